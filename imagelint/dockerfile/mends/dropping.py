"""Mends that take something out."""

from __future__ import annotations

from bisect import bisect_left

from imagelint.dockerfile import places
from imagelint.dockerfile.changes import Change, blank_ahead, line_of, whole_lines
from imagelint.dockerfile.model import Dockerfile, Span
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_instruction import InstructionSubject, VariableSubject
from imagelint.dockerfile.subjects import ErrorSubject


def blank_lines(error: ErrorSubject, file: Dockerfile) -> list[Change] | None:
    """The empty lines inside a continuation."""
    if error.code != "empty-continuation":
        return None
    number = bisect_left(file.instructions, error.line, key=lambda instruction: instruction.span.line) - 1
    span = file.instructions[max(number, 0)].span
    lines = range(max(span.line, error.line - 1) + 1, span.end_line)
    return [(Span(line, 1, line + 1, 1), "") for line in lines if not line_of(file, line).strip()]


def earlier_twin(instruction: InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """The instruction of the same keyword ahead of this one, which this one replaces."""
    data = instruction.instruction
    for number in range(data.number - 1, -1, -1):
        other = file.instructions[number]
        if other.stage != data.stage:
            break
        if other.keyword == data.keyword and not other.onbuild:
            return _lines(whole_lines(file, other))
    return None


def variable(variable: VariableSubject, file: Dockerfile) -> list[Change] | None:
    """The instruction of a variable that stands alone in it."""
    data = variable.instruction.instruction
    return _lines(whole_lines(file, data)) if len(data.pairs) == 1 else None


def _lines(change: Change | None) -> list[Change] | None:
    return [change] if change else None


def sandbox_flags(instruction: InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """--network=host and --security=insecure."""
    wanted = {("network", "host"), ("security", "insecure")}
    flags = [flag.span for flag in instruction.instruction.flags if (flag.name, flag.value) in wanted]
    changes = [change for span in flags if (change := blank_ahead(file, span))]
    return changes if len(changes) == len(flags) else None


def wrapper(command: CommandSubject, file: Dockerfile) -> list[Change] | None:
    """sudo ahead of a program; None when it has options or sets variables."""
    tokens = list(places.tokens(command))[:2]
    words = command.command.words
    if len(tokens) < 2 or [text for _, text in tokens[:1]] != words[:1] or len(words) < 2:
        return None
    (first, _), (second, text) = tokens
    if (
        first.line != second.line
        or text.startswith("-")
        or "=" in text
        or (not text[0].isalnum() and text[0] not in "/.")
    ):
        return None
    return [(Span(first.line, first.column, second.line, second.column), "")]
