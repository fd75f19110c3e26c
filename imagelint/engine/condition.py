"""The condition of a rule: compiled, and every mistake in it brought back to its place in the rule file."""

from __future__ import annotations

import json
import re
from typing import Any

from imagelint.engine import checked
from imagelint.engine.environments import environment
from imagelint.engine.fact import LIST, Fact
from imagelint.engine.marks import Source
from imagelint.engine.vocabulary import KINDS, facts
from imagelint.errors import nearest

_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*?)(?: \[[A-Z_]+\])?$", re.M)
_UNDECLARED = re.compile(r"undeclared reference to '([\w.]+)'")

MAX_LENGTH = 20_000
"""Of a condition; the longest of ours has a thousand characters, and cel-cpp takes 100,000."""


def check(source: Source, node: Any, kind: str, parameters: dict[str, Fact]) -> str:
    """The text of a condition; its mistakes are noted in `source`. `node` is the YAML scalar behind `when:`, and
    `parameters` are those of the rule."""
    if node.id != "scalar" or node.style != "|":
        source.at(node, "write the condition below `when: |`, so that nothing in it means something to YAML")
        return ""
    place = _Place(source, node)
    if len(node.value) > MAX_LENGTH:
        place.mistake(1, 1, f"a condition has {MAX_LENGTH} characters at most")
        return ""
    try:
        program = environment(kind, parameters).compile(node.value)
    except RuntimeError as error:
        _compile_errors(place, str(error), kind, parameters)
        return ""
    if program.return_type().name() != "BOOL":
        place.mistake(1, 1, f"a condition is true or false, this is {program.return_type().name().lower()}")
        return ""
    names, patterns = checked.reads(program.serialize())
    _patterns(place, patterns, kind)
    words = facts(kind)
    for name in names:
        scope = name.partition(".")[0]
        if name in words and scope != kind and words[name].type == LIST:
            # The list is walked again for every inner subject: the square of a file's length.
            why = f"{name} is a list of an outer subject, and would be read again for every {kind}; use kind: {scope}"
            place.mistake(*place.find(name), why)
    return str(node.value)


class _Place:
    """Places inside a literal block as places in its file."""

    def __init__(self, source: Source, node: Any) -> None:
        self.source, self.lines = source, node.value.split("\n")
        self.first = node.start_mark.line + 2  # the block begins on the line below its `|`
        own = next((n for n, line in enumerate(self.lines) if line.strip()), 0)
        written = source.lines[min(self.first + own, len(source.lines)) - 1]
        self.indent = _leading(written) - _leading(self.lines[own])

    def mistake(self, line: int, column: int, text: str) -> None:
        self.source.mistake(self.first + line - 1, max(self.indent, 0) + column, text)

    def inside(self, line: int, column: int) -> tuple[int, int]:
        """The same place, or the end of the condition for one behind it."""
        last = max((n for n, text in enumerate(self.lines, 1) if text.strip()), default=1)
        return (line, column) if line <= last else (last, len(self.lines[last - 1].rstrip()) + 1)

    def find(self, text: str) -> tuple[int, int]:
        """Where a text stands, or the start of the condition."""
        for number, line in enumerate(self.lines, 1):
            if text in line:
                return number, line.index(text) + 1
        return 1, 1


def _leading(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _compile_errors(place: _Place, text: str, kind: str, parameters: dict[str, Fact]) -> None:
    errors = [(int(line), int(column), why) for line, column, why in _ERROR.findall(text)] or [(1, 1, text)]
    if "recursion limit" in text:
        place.mistake(1, 1, "the condition is nested too deeply")
        return
    if any(why.startswith("Syntax error: ") for _, _, why in errors):
        # The parser stumbles on: only the first error means anything, and not what it would have liked better.
        line, column, why = errors[0]
        place.mistake(*place.inside(line, column), re.sub(r" expecting .*", "", why))
        return
    undeclared = [_UNDECLARED.match(why) for _, _, why in errors]
    # A misspelt fact may be reported together with its bare scope, which says nothing more.
    telling = [
        error for error, name in zip(errors, undeclared, strict=True) if not (name and name[1] in (*KINDS, "parameter"))
    ]
    for line, column, why in telling or errors:
        if name := _UNDECLARED.match(why):
            column = _start_of(name[1], place.lines[line - 1] if line <= len(place.lines) else "", column)
            why = f"no fact {name[1]!r} for kind {kind}{nearest(name[1], facts(kind) | parameters)}"
            if "." not in name[1] and name[1] not in (*KINDS, "parameter"):
                why = f"no name or function {name[1]!r}"
        place.mistake(line, column, why)


def _start_of(name: str, line: str, column: int) -> int:
    """CEL points at a dot of the name, or at the parenthesis behind it: its first column."""
    for found in re.finditer(rf"(?<![\w.]){re.escape(name)}|{re.escape(name)}(?=\()", line):
        if found.start() <= column - 1 <= found.end():
            return found.start() + 1
    return column


def _patterns(place: _Place, patterns: tuple[str, ...], kind: str) -> None:
    """RE2 refuses a pattern only when it is evaluated, and && may keep that from ever happening: try each one now."""
    for pattern in patterns:
        value = environment(kind).compile(f'"".matches({json.dumps(pattern, ensure_ascii=False)})').eval()
        if value.type().name() == "ERROR":
            why = str(value.value()).partition(": ")[2]
            where = place.find(pattern)
            place.mistake(*(where if where != (1, 1) else place.find("matches(")), why)
