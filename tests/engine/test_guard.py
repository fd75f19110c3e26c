"""A guard says yes or no only where the condition says it too, and leaves little to say."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.engine import vocabulary
from imagelint.engine.compiled import Gate, load
from imagelint.engine.evaluate import _Runner
from imagelint.engine.fact import BOOL, INT, LIST
from imagelint.engine.guard import ALWAYS, Guard
from imagelint.engine.guard_text import guard
from imagelint.engine.message import attribute

RULES = load()
GATES = [gate for gate in RULES.gates if gate.guard != ALWAYS]

SAYS: dict[str, list[list[str]]] = {
    "stage.final": [["stage.final is"]],
    "!stage.final": [["stage.final !is"]],
    'stage.base != ""': [["stage.base is"]],
    'stage.base == ""': [["stage.base !is"]],
    'stage.base == "a"': [["stage.base in ['a']"]],
    'stage.base in ["a", "b"]': [["stage.base in ['a', 'b']"]],
    "stage.circle.size() > 2": [["stage.circle over 2"]],
    "stage.runs >= 2": [["stage.runs least 2"]],
    "stage.circle.size() == 2": [["stage.circle equals 2"]],
    "stage.circle.size() == 0": [["stage.circle !is"]],
    '!stage.base.startsWith("/")': [["stage.base !begins '/'"]],
    '"a" in stage.circle': [["stage.circle has 'a'"]],
    'stage.base == "a && b"': [["stage.base in ['a && b']"]],
    "true": [[]],
    "stage.final && stage.used || stage.ships": [["stage.final is", "stage.used is"], ["stage.ships is"]],
    "stage.final && (stage.used || stage.ships)": [
        ["stage.final is", "stage.used is"],
        ["stage.final is", "stage.ships is"],
    ],
    "stage.final || stage.final && stage.used": [["stage.final is"]],
    'stage.final // || stage.used\n && stage.base != "//"': [["stage.final is", "stage.base !in ['//']"]],
    'stage.base.matches("a") || stage.final': [["stage.final is"], ["?"]],
    'stage.final && stage.base.matches("a")': [["stage.final is", "?"]],
    'stage.circle.exists(c, c == "a" || c == ")")': [["stage.circle is", "?"]],
    '!(stage.base in ["a"])': [["?"]],
    '!stage.circle.exists(c, c == "a")': [["?"]],
    "stage.circle.exists(c, true) == stage.circle.exists(c, false)": [["?"]],
    r'stage.base == "\n"': [["?"]],
    "stage.final ? stage.used : stage.ships": [["?"]],
    'stage.final && stage.base.matches("a") || stage.final': [["stage.final is"]],
    'stage.final && stage.used || stage.final && stage.base.matches("a")': [
        ["stage.final is", "stage.used is"],
        ["stage.final is", "?"],
    ],
}
"""A question mark: there is more to say, which is CEL's to say."""


def told(of: Guard) -> list[list[str]]:
    """A guard in words."""
    return [
        [f"{fact} {test}" + ("" if value is None else f" {value!r}") for fact, test, value in demands]
        + ([] if exact else ["?"])
        for exact, demands in of
    ]


@pytest.mark.parametrize("condition", SAYS)
def test_what_a_condition_demands(condition: str) -> None:
    assert told(guard(condition)) == SAYS[condition]


def test_most_conditions_demand_something() -> None:
    assert len(GATES) > 0.9 * len(RULES.gates)


WORDS = st.sampled_from(
    ["", "a", "/", "/etc", "root", "-y", "install", "latest", "x:latest", "http://x", "$A", "RUN", "shell", "0"]
)
OF_TYPE: dict[str, Any] = {BOOL: st.booleans(), INT: st.integers(-1, 3), LIST: st.lists(WORDS, max_size=3)}


def _values(of: Guard, name: str) -> Iterator[Any]:
    """What a guard compares a fact with."""
    for fact, _, value in (demand for _, demands in of for demand in demands):
        if fact == name:
            yield from value if isinstance(value, list) else [value]


@st.composite
def subjects(draw: st.DrawFn, gate: Gate) -> Any:
    """A subject of the rule's kind, each fact that its condition reads drawn by its type."""
    kind = gate.rule.kind
    words = vocabulary.facts(kind)
    subject = SimpleNamespace(kind=kind, index_instruction="", index_program="")
    for name in (name for name in RULES.program(gate.rule)[1] if name in words):
        *outer, last = attribute(kind, name).split(".")
        at = subject
        for step in outer:
            if not hasattr(at, step):
                setattr(at, step, SimpleNamespace())
            at = getattr(at, step)
        told = sorted({text for text in _values(gate.guard, name) if isinstance(text, str)})
        strategy = OF_TYPE.get(words[name].type, WORDS if not told else WORDS | st.sampled_from(told))
        if told and words[name].type == LIST:
            strategy = strategy | st.lists(WORDS | st.sampled_from(told), max_size=3)
        setattr(at, last, draw(strategy))
    return subject


@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_a_guard_says_what_the_condition_says(data: st.DataObject) -> None:
    gate = data.draw(st.sampled_from(GATES), label="rule")
    subject = data.draw(subjects(gate), label="subject")
    example = {parameter.name: parameter.example for parameter in gate.rule.parameters}
    runner = _Runner(RULES, Gate(gate.rule, (), (), (), gate.guard), {gate.rule.id: example})
    get, test, wanted = runner.first()
    held = runner.holds(subject)
    assert held is False or get is None or test(get(subject)) is wanted
    assert runner.glance(subject) in (None, held)
