"""What a screen can do, and text made to fit it: colour, width, wide characters, box drawing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from imagelint.report.escape import no_command

CODES = {"error": "1;31", "warning": "1;33", "note": "1;36", "frame": "1;34", "bold": "1", "dim": "2", "help": "1;32"}
"""Select Graphic Rendition parameters (ECMA-48 section 8.3.117)."""


def wants_color(out: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Colour is for terminals. NO_COLOR (no-color.org) wins over FORCE_COLOR, which wins over what the stream is."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return environment["FORCE_COLOR"] != "0"
    return out.isatty() and environment.get("TERM") != "dumb"


def width_of(out: TextIO, environment: Mapping[str, str] = os.environ) -> int:
    """Columns: what COLUMNS says, else the terminal's; 0, no limit, where there is no terminal."""
    named = environment.get("COLUMNS", "")
    if named.isascii() and named.isdigit():
        return int(named)
    try:
        return os.get_terminal_size(out.fileno()).columns if out.isatty() else 0
    except (OSError, ValueError):
        return 0


class Screen:
    """How a report is drawn."""

    def __init__(self, color: bool, width: int, encoding: str | None) -> None:
        self.color, self.width = color, max(width, 20) if width > 0 else 0
        self.encoding = encoding or "utf-8"
        self.branch, self.last, self.down = ("├─ ", "╰─ ", "│  ") if self._has("├─╰│") else ("|- ", "`- ", "|  ")

    def _has(self, text: str) -> bool:
        try:
            text.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def paint(self, text: str, style: str) -> str:
        """The text in a style of CODES, where there is colour."""
        return f"\x1b[{CODES[style]}m{text}\x1b[0m" if self.color and text else text

    def shown(self, text: str) -> str:
        """The line, with escapes for what the stream's encoding does not have; no command of a build server."""
        text = no_command(text)
        return text if self._has(text) else text.encode("ascii", "backslashreplace").decode()

    def wrap(self, text: str, first: int = 0, indent: int = 0) -> list[str]:
        """Lines that fit; the first one has `first` columns taken already, the others begin with `indent` blanks."""
        line, *others = self.rows(text, first, indent)
        return [line, *(" " * indent + other for other in others)]

    def rows(self, text: str, first: int, others: int) -> list[str]:
        """The text cut at blanks into rows; `first` columns are taken in the first one, `others` in the rest."""
        if not self.width or first + cells(text) <= self.width:
            return [text]
        rows: list[str] = []
        row, room, full = "", self.width - first, max(self.width - others, 8)
        for word in text.split(" "):
            size = cells(word)
            if (row and cells(row) + 1 + size > room) or (not rows and room < size <= full):
                rows.append(row)
                row, room = "", full
            row = f"{row} {word}" if row else word
            while cells(row) > room:
                head = cut(row, room) if room > 0 else ""
                rows.append(head)
                row, room = row[len(head) :], full
        return [line.rstrip() for line in ([*rows, row] if row else rows)]


def cells(text: str) -> int:
    """Columns that a text takes on a screen."""
    return len(text) if text.isascii() else sum(map(cell, text))


def cell(char: str) -> int:
    """Columns of one character: 2 for East Asian wide ones (Unicode Standard Annex 11), 0 for combining marks."""
    if char.isascii():
        return 1
    import unicodedata

    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, room: int) -> str:
    """As much of the text's beginning as fits in `room` columns, but one character at least."""
    taken = 0
    for number, char in enumerate(text):
        taken += cell(char)
        if taken > room and number:
            return text[:number]
    return text
