"""Texts in pieces that a template can mark up without trusting them."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.findings import Frame, Location
from imagelint.record import record
from imagelint.report.escape import brief

LONGEST = 240
"""Characters of a name, a path or a history entry; a path may have 4,096."""
LONGEST_LINE = 200
"""Characters of a line of source: one may hold a megabyte."""
AHEAD = 40
"""Characters of a longer line that are kept ahead of its first mark."""
HEAD, TAIL = 8, 3
"""Lines of a long frame that are shown at its two ends."""
MOST_MARKS = 20
"""Marked parts of one line."""
MOST_PARAGRAPHS = 20
DOTS = "..."

Pieces = list[tuple[bool, str]]
"""(marked or code, text) each."""


@record
class Line:
    """A line of a frame; number 0 stands for the lines between that are left out."""

    number: int
    pieces: Pieces


def short(text: str) -> str:
    """A name, visible and of a length that a reader will read."""
    return brief(text, LONGEST)


def line_of(location: Location) -> str:
    """`path:line`: a whole instruction begins where its line does."""
    return short(location.path) + (f":{location.line}" if location.line else "")


def spans(text: str) -> Pieces:
    """A sentence with `code` in it; a backquote without its other half is a character like others."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return [(False, text)]
    return [(number % 2 == 1, part) for number, part in enumerate(parts) if part]


def paragraphs(text: str) -> list[Pieces]:
    """The paragraphs of a rule's text."""
    found = [" ".join(block.split()) for block in text.split("\n\n")]
    return [spans(brief(block, 4000)) for block in found if block][:MOST_PARAGRAPHS]


def lines(frame: Frame) -> list[Line]:
    """A frame's lines with what is marked in them."""
    return list(_lines(frame))


def _lines(frame: Frame) -> Iterator[Line]:
    last = len(frame.lines)
    for place, text in enumerate(frame.lines):
        if last > HEAD + TAIL + 1 and HEAD <= place < last - TAIL:
            if place == HEAD:
                yield Line(0, [(False, DOTS)])
            continue
        number = frame.first_line + place
        marks = [mark[1:] for mark in frame.marks if mark[0] == number][:MOST_MARKS]
        yield Line(number, _pieces(text, marks))


def _pieces(text: str, marks: list[tuple[int, int]]) -> Pieces:
    """The line, cut at its marks, at most LONGEST_LINE characters of it with the first mark in sight."""
    begin, end = 0, len(text)
    if end > LONGEST_LINE:
        first = min((column for column, _ in marks), default=1) - 1
        begin = max(0, min(first - AHEAD, end - LONGEST_LINE))
        end = begin + LONGEST_LINE
    pieces: Pieces = [(False, DOTS)] if begin else []
    done = begin
    for column, behind in sorted(marks):
        start = min(max(column - 1, done), end)
        stop = min(max(behind - 1, start), end)
        if done < start:
            pieces.append((False, text[done:start]))
        if start < stop:
            pieces.append((True, text[start:stop]))
            done = stop
        else:
            done = start
    if done < end:
        pieces.append((False, text[done:end]))
    if end < len(text):
        pieces.append((False, DOTS))
    return [(marked, piece.replace("\t", "    ")) for marked, piece in pieces]
