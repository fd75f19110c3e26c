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
MANY = 3
"""Lines of a marked part from which on it is marked by an edge."""
DOTS = "..."


def frame_lines(frame: Frame, screen: Screen, style: str, gutter: int) -> Iterator[str]:
    """The frame, drawn; line numbers take `gutter` columns."""
    bar = screen.paint("|", "frame")
    room = max((screen.width or NO_LIMIT) - gutter - 3, 8)
    last = len(frame.lines)
    marks: dict[int, list[tuple[int, int]]] = {}
    for number, column, end in frame.marks:
        marks.setdefault(number, []).append((column, end))
    lined = _lined(frame, marks)
    edge = screen.paint(">", style)
    yield f"{' ' * gutter} {bar}"
    for place, line in enumerate(frame.lines):
        if last > HEAD + TAIL + 1 and HEAD <= place < last - TAIL:
            if place == HEAD:
                yield screen.paint(DOTS, "frame")
            continue
        number = frame.first_line + place
        text, carets = _row(line, marks.get(number, [])[:MOST_MARKS], room)
        whole = number in lined
        yield f"{screen.paint(f'{number:>{gutter}}', 'frame')} {edge if whole else bar} {text}".rstrip()
        if carets and not whole:
            under = carets.lstrip()
            yield f"{' ' * gutter} {bar} {' ' * (len(carets) - len(under))}{screen.paint(under, style)}"


def fitted(frame: Frame, around: bool) -> Frame:
    """The frame without blank lines at its ends, and without any of the lines around what it marks if not `around`."""
    numbers = [line - frame.first_line for line, _, _ in frame.marks]
    marked = {number for number in numbers if 0 <= number < len(frame.lines)}
    if not marked:
        return frame
    first, last = min(marked), max(marked) + 1
    if around:
        kept = [number for number, line in enumerate(frame.lines) if number in marked or line.strip()]
        first, last = kept[0], kept[-1] + 1
    return Frame(frame.first_line + first, frame.lines[first:last], frame.marks)


def _lined(frame: Frame, marks: dict[int, list[tuple[int, int]]]) -> set[int]:
    """The lines of a long part: they are marked from end to end, so that an edge says what a row of carets each would,
    but for the first, whose carets show where the part begins."""
    whole = {
        number
        for number, (mark, *more) in marks.items()
        if not more
        and 0 <= number - frame.first_line < len(frame.lines)
        and mark[1] > len(frame.lines[number - frame.first_line].rstrip())
    }
    return {number for number in whole if number > min(marks)} if len(marks) >= MANY else set()


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
