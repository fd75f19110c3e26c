"""The guard of a condition, read from its text.

A guard never says no where the condition would hold or fail with an error: CEL's `a && b` is false when a is, whatever
b is. What is written in a form that is not known here makes no demand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from imagelint.engine.guard import Demand, Guard

Alternative = tuple[bool, tuple[Demand, ...]]

MOST = 12
"""Alternatives of one guard; whoever would have more demands less."""

_TOKEN = re.compile(
    r"""
    (?P<text>[rR]?(?:'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"))
    | (?P<comment>//[^\n]*) | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<sign>&&|\|\||\?) | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_FACT = r"(?P<fact>(?!parameter\.)[a-z]+\.[a-z_]+)"
_TEXT = r'"[^"\\]*"'
_EXACT = tuple(
    (re.compile(pattern, re.DOTALL), test)
    for pattern, test in (
        (_FACT, "is"),
        (rf'{_FACT} != ""', "is"),
        (rf'{_FACT} == ""|{_FACT.replace("fact", "other")}(?:\.size\(\))? == 0', "!is"),
        (rf"{_FACT}(?:\.size\(\))? > (?P<one>\d+)", "over"),
        (rf"{_FACT}(?:\.size\(\))? >= (?P<one>[1-9]\d*)", "least"),
        (rf"{_FACT}(?:\.size\(\))? == (?P<one>[1-9]\d*)", "equals"),
        (rf"{_FACT} == (?P<one>{_TEXT})", "in"),
        (rf"{_FACT} != (?P<one>{_TEXT})", "!in"),
        (rf"{_FACT} in (?P<any>\[{_TEXT}(?:,\s*{_TEXT})*\])", "in"),
        (rf"{_FACT}\.contains\((?P<one>{_TEXT})\)|(?P<item>{_TEXT}) in {_FACT.replace('fact', 'other')}", "has"),
        (rf"{_FACT}\.startsWith\((?P<one>{_TEXT})\)", "begins"),
        (rf"{_FACT}\.endsWith\((?P<one>{_TEXT})\)", "ends"),
    )
)
_EXISTS = re.compile(rf"{_FACT}\.exists\(.*\)", re.DOTALL)


def guard(condition: str) -> Guard:
    """The guard of a condition in CEL, as it stands in a rule."""
    return _simplest(_read(_without_comments(condition)))


def _without_comments(text: str) -> str:
    return "".join(token[0] for token in _TOKEN.finditer(text) if token.lastgroup != "comment")


def _read(text: str) -> list[Alternative]:
    text = text.strip()
    if len(list(_parts(text, "?"))) > 1:
        return [(False, ())]
    parts = list(_parts(text, "||"))
    if len(parts) > 1:
        return [alternative for part in parts for alternative in _read(part)]
    parts = list(_parts(text, "&&"))
    if len(parts) > 1:
        out: list[Alternative] = [(True, ())]
        for part in parts:
            more = _read(part)
            if len(out) * len(more) > MOST:
                more = [(False, ())]
            out = [(exact and also, (*before, *demands)) for exact, before in out for also, demands in more]
        return out
    if text.startswith("(") and _closes(text) == len(text):
        return _read(text[1:-1])
    return [_demand(text)]


def _parts(text: str, sign: str) -> Iterator[str]:
    """The text, cut at a sign that stands outside of all brackets."""
    depth = begin = 0
    for token in _TOKEN.finditer(text):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth == 0 and token.lastgroup == "sign" and token[0] == sign:
            yield text[begin : token.start()]
            begin = token.end()
    yield text[begin:]


def _closes(text: str) -> int:
    """Behind the bracket that closes the first one."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth == 0:
            return token.end()
    return 0


def _demand(text: str) -> Alternative:
    if (found := _EXISTS.fullmatch(text)) and _closes(text[text.index("(") :]) == len(text) - text.index("("):
        return False, ((found["fact"], "is", None),)
    negated, text = text.startswith("!"), text.removeprefix("!")
    for form, test in _EXACT:
        if found := form.fullmatch(text):
            named = {name: value for name, value in found.groupdict().items() if value is not None}
            fact = named.pop("fact", "") or named.pop("other")
            values = [json.loads(value) for value in named.values()]
            value = values[0] if values else None
            if test in ("in", "!in") and "any" not in named:
                value = values
            return True, ((fact, f"!{test}".removeprefix("!!") if negated else test, value),)
    return text == "true", ()


def _simplest(alternatives: list[Alternative]) -> Guard:
    """The exact ones first, and without those that demand all that another one does, and more."""
    kept: list[tuple[Alternative, set[str]]] = []
    for exact, demands in sorted(alternatives, key=lambda alternative: not alternative[0]):
        texts = set(map(repr, demands))
        if not any(others <= texts and (known or not exact) for (known, _), others in kept):
            kept = [one for one in kept if one[0][0] or exact or not texts <= one[1]]
            kept.append(((exact, tuple({repr(demand): demand for demand in demands}.values())), texts))
    return tuple(alternative for alternative, _ in kept)
