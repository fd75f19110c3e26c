"""Bytes of a Dockerfile into lines that dockerfile-parse can take, line for line.

dockerfile-parse knows no here-documents, no empty lines inside a continuation, no byte-order mark, no bytes that are
not UTF-8, no backslash at a line's end that is not a continuation, and joins long instructions in quadratic time. It is
given a skeleton in which all of these are gone and every line keeps its number: comments, here-document bodies and
empty continuation lines are `#`, of an instruction's further lines only the continuation is left.
"""

from __future__ import annotations

import codecs

from imagelint.dockerfile.directives import read_directives
from imagelint.dockerfile.heredocs import Closers, Operator, operators
from imagelint.dockerfile.located import Located, Piece
from imagelint.dockerfile.model import Heredoc, ParseError, Span
from imagelint.record import field, record

MAX_LINE = 64 * 1024
"""bufio.MaxScanTokenSize: BuildKit refuses a longer line."""


@record
class Body:
    """A here-document with the place of its operator in the joined line, and its lines with their places."""

    operator: Operator
    heredoc: Heredoc
    where: list[Piece]


@record
class Normal:
    """A file made ready."""

    source: str
    lines: list[str]
    escape: str = "\\"
    directives: dict[str, str] = field(default_factory=dict)
    skeleton: list[str] = field(default_factory=list)
    """One line for each of lines, for dockerfile-parse."""
    bodies: dict[int, list[Body]] = field(default_factory=dict)
    """By the number (from 0) of the line that the instruction begins in."""
    comments: list[tuple[int, str]] = field(default_factory=list)
    errors: list[ParseError] = field(default_factory=list)

    def joined(self, start: int, end: int) -> Located:
        """The text of an instruction that lies in the lines start to end (from 0, both included)."""
        return Located(
            (number + 1, 1, uncontinued(self.lines[number], self.escape)[0])
            for number in range(start, end + 1)
            if self.skeleton[number] not in ("#", "")
        )


def normalise(data: bytes) -> Normal:
    """Never raises; what a build would stumble over is in errors."""
    errors: list[ParseError] = []
    source = _decode(data, errors)
    lines = source.split("\n")
    if not lines[-1]:
        lines.pop()
    ends = any(line.endswith("\r") for line in lines)
    _check_bytes(lines, errors)
    lines = [line.rstrip("\r") for line in lines] if ends else lines
    directives, escape, mistakes = read_directives(lines)
    normal = Normal(source, lines, escape, directives, errors=errors + mistakes)
    _Skeleton(normal).build()
    if ends:
        _report_line_ends(normal)
    return normal


def _decode(data: bytes, errors: list[ParseError]) -> str:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            errors.append(ParseError("not-utf8", "the file is UTF-16, a build reads UTF-8 only", Span(1, 1, 1, 1)))
            return data[2:].decode(encoding, "replace").replace("\0", "\ufffd")
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
        text = "the file begins with a byte-order mark: BuildKit takes it off, other tools read it as part of line 1"
        errors.append(ParseError("byte-order-mark", text, Span(1, 1, 1, 1)))
    try:
        source = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        text = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        errors.append(ParseError("not-utf8", text, Span(line, column, line, column + 1)))
        source = data.decode("utf-8", "replace")
    return source


def _check_bytes(lines: list[str], errors: list[ParseError]) -> None:
    """NUL bytes (and takes them out of the lines: they would cut a C string short) and lines that are too long."""
    told = False
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            if not told:
                column = line.index("\0") + 1
                errors.append(
                    ParseError("nul-byte", "a NUL byte stands in the file", Span(number, column, number, column + 1))
                )
                told = True
            lines[number - 1] = line.replace("\0", "\ufffd")
        if len(line) * 4 >= MAX_LINE and len(line.encode()) >= MAX_LINE:
            text = f"the line is longer than {MAX_LINE - 1} bytes, the most that BuildKit takes"
            errors.append(ParseError("line-too-long", text, Span(number, 1, number, len(line.rstrip("\r")) + 1)))


def uncontinued(line: str, escape: str) -> tuple[str, bool]:
    """The line without its continuation character, and whether it had one: its last character, not doubled."""
    text = line.rstrip(" \t")
    if text.endswith(escape) and text[-2:-1] != escape:
        return text[:-1], True
    return line, False


class _Skeleton:
    """Goes over the lines once and fills a Normal's skeleton, bodies, comments and errors."""

    def __init__(self, normal: Normal) -> None:
        self.normal = normal
        self.lines, self.skeleton = normal.lines, normal.skeleton
        self.closers: Closers | None = None

    def build(self) -> None:
        while len(self.skeleton) < len(self.lines):
            line = self.lines[len(self.skeleton)]
            text = line.strip()
            if text.startswith("#"):
                self.comment(text)
            elif text:
                self.instruction()
            else:
                self.skeleton.append("")

    def comment(self, text: str) -> None:
        self.skeleton.append("#")
        self.normal.comments.append((len(self.skeleton), text[1:].strip()))

    def instruction(self) -> None:
        """One instruction with its continuations and the bodies of its here-documents."""
        first, last = -1, -1
        empty = 0
        pieces: list[str] = []
        goes_on = True
        while goes_on and len(self.skeleton) < len(self.lines):
            number = len(self.skeleton)
            line = self.lines[number]
            text = line.strip()
            if not text or text.startswith("#"):
                if text:
                    self.comment(text)
                else:
                    self.skeleton.append("#")
                    empty = empty or number + 1
                continue
            line, goes_on = uncontinued(line, self.normal.escape)
            text = line.strip()
            if first < 0 and not text:
                self.skeleton.append("#")  # a line of nothing but the continuation: the instruction begins below
                continue
            if first < 0:
                first = number
                kept = text + "." if text.endswith("\\") else text  # what is no continuation must not look like one
            else:
                kept = "-"
            pieces.append(line)
            last = number
            self.skeleton.append(f"{kept} \\" if goes_on else kept)
        if first < 0:
            return
        self.skeleton[last] = self.skeleton[last].removesuffix(" \\")  # the file ends in a continuation
        if 0 < empty <= last:
            text = "an empty line inside a continuation: a later BuildKit will refuse it"
            self.normal.errors.append(ParseError("empty-continuation", text, Span(empty, 1, empty, 1)))
        joined = "".join(pieces)
        if "<<" in joined:
            self.heredocs(joined, first, last)

    def heredocs(self, joined: str, first: int, last: int) -> None:
        for operator in operators(joined):
            if self.closers is None:
                self.closers = Closers(self.lines)
            start = len(self.skeleton)
            end = self.closers.closing(operator, start)
            if operator.doubt and (
                end < 0 or (operator.doubt != "spaced" and end > self.closers.next_instruction(start))
            ):
                continue
            closed = True
            if end < 0:
                end, closed = self.closers.meant(operator, start)
                self.open_heredoc(operator, end, closed, first, last)
            elif operator.doubt == "guessed" and joined[operator.start - 1 : operator.start].strip():
                text = "a blank must stand in front of `<<`: BuildKit reads no here-document here"
                self.report("open-heredoc", text, operator, first, last)
            elif operator.doubt == "hidden":
                text = "BuildKit reads no here-document in a line with a `${...}` that it does not know"
                self.report("open-heredoc", text, operator, first, last)
            self.skeleton.extend("#" * (end - start + closed))
            self.normal.bodies.setdefault(first, []).append(self.body(operator, start, end))

    def open_heredoc(self, operator: Operator, end: int, closed: bool, first: int, last: int) -> None:
        text = "the here-document is never closed: its name must stand alone on a line"
        if closed:
            text += f", and line {end + 1} is not exactly that"
        self.report("open-heredoc", text, operator, first, last)

    def report(self, code: str, text: str, operator: Operator, first: int, last: int) -> None:
        span = self.normal.joined(first, last).span(operator.start, operator.end)
        self.normal.errors.append(ParseError(code, text, span))

    def body(self, operator: Operator, start: int, end: int) -> Body:
        """The lines start to end, the last one not included."""
        where: list[Piece] = []
        for number in range(start, end):
            line = self.lines[number]
            text = line.lstrip("\t") if operator.strip_tabs else line
            where.append((number + 1, len(line) - len(text) + 1, text + "\n"))
        body = "".join(text for _, _, text in where)
        stop = (
            Span(start + 1, 1, end, len(self.lines[end - 1]) + 1) if end > start else Span(start + 1, 1, start + 1, 1)
        )
        return Body(operator, Heredoc(operator.name, body, operator.expand, operator.strip_tabs, stop), where)


def _report_line_ends(normal: Normal) -> None:
    """One entry at most. BuildKit takes the carriage returns off instructions, and leaves them in here-documents."""
    raw = normal.source.split("\n")
    bodies = (body for bodies in normal.bodies.values() for body in bodies)
    for body in bodies:
        if any(raw[line - 1].endswith("\r") for line, _, _ in body.where):
            text = "the lines of a here-document end in CR LF: its shell, or the file it makes, gets the CR"
            normal.errors.append(ParseError("crlf", text, body.heredoc.span))
            return
