"""Rules made ready: where each is put, its condition as serialised CEL, and the two data files of the wheel.

    compiled.jsonl  what every run needs. The first line: {"binding", "ids", "kinds", "profiles", "keywords": one for
                    each rule, "gates": [[number of the rule, instructions, programs, texts, guard]]}.
                    Then a line for each rule, and one for each gate: [facts that the condition reads, expression].
    texts.json      what explain, SARIF and a second compilation need: {id: {"when", "rationale", "examples", ...}}

A run looks at a few rules and conditions only, so their lines are read when something is asked of them.
"""

from __future__ import annotations

import json
import os
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from imagelint.engine import checked, vocabulary
from imagelint.engine.fact import PARAMETER, Fact
from imagelint.engine.guard import Guard
from imagelint.engine.rule import Fix, Index, Rule, Step, Texts, read_rules
from imagelint.engine.selection import by_name
from imagelint.errors import RuleError
from imagelint.findings import Severity
from imagelint.record import fields, once, record
from imagelint.sha256 import sha256

if TYPE_CHECKING:
    from pathlib import Path

    from imagelint.engine.parameter import Parameter

COMPILED, TEXTS = "compiled.jsonl", "texts.json"


@record
class Gate:
    """Which subjects a rule is put to; empty parts stand for any."""

    rule: Rule
    instructions: Sequence[str]
    programs: Sequence[str]
    texts: Sequence[str]
    """The subject's `text` has one of them."""
    guard: Guard
    """What its facts meet."""


class RuleSet:
    """All rules that a run may use; `binding`: the version of the CEL binding that serialised the conditions.

    `conditions`: of rules by their ids, as JSON: the facts that a condition reads, each with the type it was compiled
    for, and the expression, serialised and in base64. The others are compiled from their texts.
    """

    def __init__(
        self, rules: list[Rule], gates: list[Gate], conditions: dict[str, str] | None = None, binding: str = ""
    ) -> None:
        self.rules, self.gates, self.binding = rules, gates, binding
        self.conditions = conditions or {}
        self.by_id = {rule.id: rule for rule in rules}

    @once
    def named(self) -> dict[str, list[Rule]]:
        """The rules by what a user may call them, in small letters: their ids, and every peer's."""
        return by_name(self.rules)

    @once
    def aliases(self) -> dict[str, dict[str, list[str]]]:
        """For each peer, its ids with those of our rules that look for the same."""
        found: dict[str, dict[str, list[str]]] = {}
        for rule in self.rules:
            for peer, ids in rule.aliases.items():
                for alias in ids:
                    found.setdefault(peer, {}).setdefault(alias, []).append(rule.id)
        return found

    def texts(self, rule_id: str) -> Texts:
        """The long texts of a rule."""
        return self.by_id[rule_id].texts

    def program(self, rule: Rule) -> tuple[Any, dict[str, str]]:
        """The condition as a CEL expression, and the facts that it reads, each with its type.

        What was serialised for another vocabulary or by another binding is compiled again from the rule's text. Raises
        RuleError when that fails.
        """
        from imagelint.engine.environments import binding, environment, reader

        words = vocabulary.facts(rule.kind)
        if rule.id in self.conditions and self.binding == binding():
            reads, expression = json.loads(self.conditions[rule.id])
            if all(
                words[name].type == type_ if name in words else name.startswith(PARAMETER)
                for name, type_ in reads.items()
            ):
                return reader().deserialize(a2b_base64(expression)), reads
        own = _parameters(rule)
        try:
            program = environment(rule.kind, own).compile(rule.when)
        except RuntimeError as error:
            raise RuleError(f"the condition of {rule.id} does not compile") from error
        return program, {name: (words | own)[name].type for name in checked.reads(program.serialize())[0]}


def gates(rules: Iterable[Rule]) -> list[Gate]:
    """The gates of these rules; secret rules have no condition and no gate."""
    from imagelint.engine.guard_text import guard  # what was compiled has its guards

    return [
        Gate(rule, rule.instruction, rule.program, rule.index.text if rule.index else (), guard(rule.when))
        for rule in rules
        if rule.kind != "secret"
    ]


def load(extra_dirs: Sequence[str | Path] = ()) -> RuleSet:
    """The rules that come with imagelint, and those of further folders.

    Raises RuleError with every mistake of the files that had to be read.
    """
    found = _own()
    for folder in extra_dirs:
        more = read_rules(folder, taken={rule.id: "a rule of imagelint or of another folder" for rule in found.rules})
        found = RuleSet(found.rules + more, found.gates + gates(more), found.conditions, found.binding)
    return found


@cache
def _own() -> RuleSet:
    """Those that come with imagelint; read once, however many scans a program makes."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "rules")
    if os.path.exists(os.path.join(inside, COMPILED)):
        return read_compiled(inside)
    own = read_rules(os.path.join(os.path.dirname(package), "rules"), thorough=False)
    return RuleSet(own, gates(own))


def write_compiled(rules: Sequence[Rule], folder: str | os.PathLike[str]) -> None:
    """Write the two data files of the wheel; the same bytes for the same rules."""
    from imagelint.engine.environments import binding

    found = RuleSet(list(rules), gates(rules))
    numbers = {rule.id: number for number, rule in enumerate(found.rules)}
    conditions = []
    for gate in found.gates:
        program, reads = found.program(gate.rule)
        expression = b2a_base64(checked.canonical(program.serialize()), newline=False).decode()
        conditions.append(_dump([reads, expression]))
    head = {
        "binding": binding(),
        "ids": [rule.id for rule in found.rules],
        "kinds": [rule.kind for rule in found.rules],
        "profiles": [rule.profile for rule in found.rules],
        "keywords": [rule.keywords for rule in found.rules],
        "gates": [[numbers[g.rule.id], g.instructions, g.programs, g.texts, g.guard] for g in found.gates],
    }
    lines = [_dump(head), *(_dump(to_row(rule)) for rule in found.rules), *conditions]
    texts = {rule.id: _slim(rule.texts) for rule in found.rules}
    for name, content in ((COMPILED, "\n".join(lines)), (TEXTS, _dump(texts))):
        with open(os.path.join(folder, name), "w", encoding="ascii", newline="\n") as file:
            file.write(content)


def read_compiled(folder: str) -> RuleSet:
    """The rules of the two data files in a folder."""
    with open(os.path.join(folder, COMPILED), encoding="ascii") as file:
        lines = file.read().split("\n")
    head = json.loads(lines[0])
    shelf = _Shelf(dict(zip(head["ids"], lines[1:], strict=False)), os.path.join(folder, TEXTS))
    columns = (head[name] for name in ("ids", "kinds", "profiles", "keywords"))
    rules = [shelf.rule(*values) for values in zip(*columns, strict=True)]
    found = [Gate(rules[number], *parts) for number, *parts in head["gates"]]
    conditions = {gate.rule.id: line for gate, line in zip(found, lines[1 + len(rules) :], strict=True)}
    return RuleSet(rules, found, conditions, head["binding"])


class _Shelf:
    """Where rules come from that were compiled: the line of each by its id, and the file of the long texts."""

    def __init__(self, lines: dict[str, str], texts: str) -> None:
        self._lines, self._path = lines, texts
        self._texts: dict[str, dict[str, Any]] = {}

    def rule(self, rule_id: str, kind: str, profile: str, keywords: list[str]) -> Rule:
        """A rule of which no more is there than what chooses it."""
        rule = Rule.__new__(Rule)
        rule.id, rule.kind, rule.profile, rule.keywords, rule.load = rule_id, kind, profile, tuple(keywords), self
        return rule

    def fill(self, rule: Rule) -> None:
        """Fill in the rest."""
        # The same object, since gates and the set share it.
        rule.__init__(load=self, **_values(json.loads(self._lines[rule.id])))  # type: ignore[misc]

    def __call__(self, rule_id: str) -> Texts:
        """The long texts."""
        if not self._texts:
            with open(self._path, encoding="ascii") as file:
                self._texts = json.load(file)
        row = dict(self._texts[rule_id])
        row["references"] = tuple(row.get("references", ()))
        return Texts(**row)


def to_row(rule: Rule) -> dict[str, Any]:
    """What a run needs of a rule, as JSON has it: all but its long texts."""
    return _slim(rule) | {"severity": rule.severity.value}


def digest_of(rules: Sequence[Rule]) -> str:
    """Of all that rules say to a run: the same in a checkout and in a wheel, 64 hexadecimal digits."""
    rows = json.dumps([to_row(rule) for rule in rules], sort_keys=True)
    return sha256(rows.encode()).hexdigest()


def of_row(row: dict[str, Any]) -> Rule:
    """The rule again; its long texts are empty."""
    return Rule(load=lambda _: Texts(), **_values(dict(row)))


def _values(row: dict[str, Any]) -> dict[str, Any]:
    for name, value in row.items():
        if isinstance(value, list):
            row[name] = tuple(value)
    row["severity"] = _SEVERITIES[row["severity"]]
    if "aliases" in row:
        row["aliases"] = {tool: tuple(names) for tool, names in row["aliases"].items()}
    if "index" in row:
        index = dict(row["index"])
        row["index"] = Index(index.pop("mode", 0), **{name: tuple(words) for name, words in index.items()})
    if "parameters" in row:
        row["parameters"] = tuple(_parameter(each) for each in row["parameters"])
    if "fix" in row:
        row["fix"] = _fix(row["fix"])
    return row


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _slim(value: Rule | Texts | Index | Fix | Step | Parameter) -> dict[str, Any]:
    """The fields that are not empty; nested rows likewise."""
    row = {name: getattr(value, name) for name in fields(value) if name != "load"}
    slim = {name: _slim(part) if isinstance(part, Index | Fix) else part for name, part in row.items() if part}
    if isinstance(value, Fix):
        slim["steps"] = [_slim(step) for step in value.steps]
    if isinstance(value, Rule) and value.parameters:
        slim["parameters"] = [_slim(each) for each in value.parameters]
    return slim


def _fix(row: dict[str, Any]) -> Fix:
    steps = (Step(**step | {"words": tuple(step.get("words", ()))}) for step in row["steps"])
    return Fix(row["title"], row["safety"], tuple(steps))


def _parameters(rule: Rule) -> dict[str, Fact]:
    if not rule.parameters:
        return {}
    from imagelint.engine.parameter import facts  # few rules have any

    return facts(rule.parameters)


def _parameter(row: dict[str, Any]) -> Parameter:
    from imagelint.engine.parameter import Parameter

    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Parameter(**given)


_SEVERITIES = {severity.value: severity for severity in Severity}
"""Asking the class takes ten times as long."""
