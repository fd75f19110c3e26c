"""The source around a finding, with line numbers and carets."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.findings import Frame
from imagelint.report.escape import COMMAND, INVISIBLE, escaped
from imagelint.report.screen import Screen, cells

HEAD, TAIL = 8, 3
"""Lines of a long frame that are shown at its two ends: a finding may span a RUN of hundreds."""
NO_LIMIT = 160
"""Columns of a line where the screen sets no limit: one line of a file may hold a megabyte."""
MOST_MARKS = 20
"""Parts that are underlined in one line."""
DOTS = "..."


def frame_lines(frame: Frame, screen: Screen, style: str, gutter: int) -> Iterator[str]:
    """The frame, drawn; line numbers take `gutter` columns."""
    bar = screen.paint("|", "frame")
    room = max((screen.width or NO_LIMIT) - gutter - 3, 8)
    last = len(frame.lines)
    yield f"{' ' * gutter} {bar}"
    for place, line in enumerate(frame.lines):
        if last > HEAD + TAIL + 1 and HEAD <= place < last - TAIL:
            if place == HEAD:
                yield screen.paint(DOTS, "frame")
            continue
        number = frame.first_line + place
        text, carets = _row(line, [mark[1:] for mark in frame.marks if mark[0] == number][:MOST_MARKS], room)
        yield f"{screen.paint(f'{number:>{gutter}}', 'frame')} {bar} {text}".rstrip()
        if carets:
            under = carets.lstrip()
            yield f"{' ' * gutter} {bar} {' ' * (len(carets) - len(under))}{screen.paint(under, style)}"
    yield f"{' ' * gutter} {bar}"


def _row(line: str, marks: list[tuple[int, int]], room: int) -> tuple[str, str]:
    """A line and what stands under it, in at most `room` columns, with the first mark in sight."""
    spans = [(min(max(column, 1), len(line) + 1) - 1, end - 1) for column, end in marks]
    begin = _begin(line, min(spans)[0] if spans else 0, room)
    pieces = [_piece(char) for char in line[begin : begin + room + 1]]
    for command in COMMAND.finditer(line, begin, begin + len(pieces)):
        pieces[command.start() - begin] = "\\x23"
    widths = [cells(piece) for piece in pieces]
    edge = len(DOTS) if begin else 0
    whole = begin + len(pieces) == len(line) and edge + sum(widths) <= room
    while not whole and pieces and edge + sum(widths) > room - len(DOTS):
        pieces.pop()
        widths.pop()
    carets = " " * edge
    for place, width in enumerate([*widths, 1], begin):
        carets += ("^" if any(start <= place < max(end, start + 1) for start, end in spans) else " ") * width
    text = (DOTS if begin else "") + "".join(pieces) + ("" if whole else DOTS)
    return text, carets.rstrip()


def _begin(line: str, first: int, room: int) -> int:
    """The first character to show, so that the one at `first` is in sight."""
    shown = line[: room + 1]
    if len(line) <= room and sum(cells(_piece(char)) for char in shown) <= room:
        return 0
    if first < room and sum(cells(_piece(char)) for char in line[:first]) < room * 2 // 3:
        return 0
    begin = max(first - room // 3, 0)
    return begin if sum(cells(_piece(char)) for char in line[begin:first]) <= room // 3 else first


def _piece(char: str) -> str:
    if char == "\t":
        return "    "
    return char if char.isprintable() and char not in INVISIBLE else escaped(char)
