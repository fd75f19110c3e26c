"""Changes of a Dockerfile's text: a span, and what stands there instead."""

from __future__ import annotations

import re

from imagelint.dockerfile.model import Dockerfile, Instruction, Span

Change = tuple[Span, str]


def line_of(file: Dockerfile, number: int) -> str:
    """A line of the file, counted from 1, without its end."""
    return file.lines[number - 1]


def at(line: int, column: int) -> Span:
    """The place between two characters."""
    return Span(line, column, line, column)


def start_of(span: Span) -> Span:
    """The place ahead of a span."""
    return at(span.line, span.column)


def end_of(span: Span) -> Span:
    """The place behind a span."""
    return at(span.end_line, span.end_column)


def between(first: Span, second: Span) -> Span:
    """From the end of one span to the start of another."""
    return Span(first.end_line, first.end_column, second.line, second.column)


def then(first: Span, last: Span) -> Span:
    """From the start of one span to the end of another."""
    return Span(first.line, first.column, last.end_line, last.end_column)


def text_of(file: Dockerfile, span: Span) -> str:
    """What stands in a span, its lines put together by line feeds."""
    if span.line == span.end_line:
        return line_of(file, span.line)[span.column - 1 : span.end_column - 1]
    first = line_of(file, span.line)[span.column - 1 :]
    last = line_of(file, span.end_line)[: span.end_column - 1]
    return "\n".join([first, *file.lines[span.line : span.end_line - 1], last])


def escape_of(file: Dockerfile) -> str:
    """The character that continues a line."""
    return "`" if file.directives.get("escape") == "`" else "\\"


def is_blank(file: Dockerfile, text: str) -> bool:
    """Nothing but blanks and continuations stands in it, no comment among them."""
    return re.fullmatch(rf"(?:[ \t]|{re.escape(escape_of(file))}[ \t]*\n)*", text) is not None


def blank_ahead(file: Dockerfile, span: Span) -> Change | None:
    """Take out words of one line, together with the blanks ahead of them, or behind them at the start of a line."""
    text = line_of(file, span.line)
    if span.line != span.end_line:
        return None
    start, end = span.column - 1, span.end_column - 1
    if (ahead := len(text[:start]) - len(text[:start].rstrip())) and ahead < start:
        return Span(span.line, start - ahead + 1, span.line, end + 1), ""
    behind = len(text[end:]) - len(text[end:].lstrip())
    if not text[end:].strip().removeprefix(escape_of(file)) or not behind:
        return None
    return Span(span.line, start + 1, span.line, end + behind + 1), ""


def whole_lines(file: Dockerfile, instruction: Instruction) -> Change | None:
    """Take out an instruction with its lines; None where a comment or a here-document would go with it, or where the
    file does not end its last line."""
    span = instruction.span
    if instruction.heredocs or (span.end_line == len(file.lines) and not file.source.endswith("\n")):
        return None
    comments = any(line.lstrip().startswith("#") for line in file.lines[span.line : span.end_line])
    if comments or line_of(file, span.line)[: span.column - 1].strip():
        return None
    return Span(span.line, 1, span.end_line + 1, 1), ""
