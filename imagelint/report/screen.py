"""What a screen can do, and text made to fit it: colour, links, width, wide characters, box drawing."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from imagelint.report.escape import no_command

if TYPE_CHECKING:
    from imagelint.report.links import Links

CODES = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "frame": "1;34",
    "bold": "1",
    "dim": "2",
    "help": "1;32",
    "added": "32",
    "removed": "31",
}
"""Select Graphic Rendition parameters (ECMA-48 section 8.3.117)."""
LINKING = {
    "TERM": ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "foot-extra", "contour"),
    "TERM_PROGRAM": ("iTerm.app", "WezTerm", "vscode", "ghostty", "mintty", "Hyper", "Tabby"),
}
"""What terminals that follow links (OSC 8) call themselves."""
MARKS = ("WT_SESSION", "KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "DOMTERM", "GHOSTTY_RESOURCES_DIR")
"""Variables that such terminals set: Windows Terminal, kitty, Alacritty, DomTerm, Ghostty."""
VTE, KONSOLE = 5002, 201200
"""The first versions with links that work, as VTE_VERSION and KONSOLE_VERSION have them: VTE 0.50.2, Konsole 20.12."""


def wants_color(out: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Colour is for terminals. NO_COLOR (no-color.org) wins over FORCE_COLOR, which wins over what the stream is."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return environment["FORCE_COLOR"] != "0"
    return out.isatty() and environment.get("TERM") != "dumb"


def wants_links(out: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Links are for terminals that are known to follow them; another one may print their addresses. FORCE_HYPERLINK
    says it for standard output; `0` says no."""
    if forced := environment.get("FORCE_HYPERLINK"):
        return forced != "0" and (out is sys.stdout or out.isatty())
    term = environment.get("TERM", "")
    if not out.isatty() or term == "dumb" or environment.get("CI") or term.startswith(("screen", "tmux", "linux")):
        return False
    if any(environment.get(name) in known for name, known in LINKING.items()):
        return True
    versions = (("VTE_VERSION", VTE), ("KONSOLE_VERSION", KONSOLE))
    return any(environment.get(mark) for mark in MARKS) or any(
        (version := environment.get(name, "")).isascii() and version.isdigit() and int(version[:9]) >= first
        for name, first in versions
    )


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

    def __init__(self, color: bool, width: int, encoding: str | None, links: Links | None = None) -> None:
        self.color, self.width, self.links = color, max(width, 20) if width > 0 else 0, links
        self.encoding = encoding or "utf-8"
        self.line = "──" if self._has("─") else "--"
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
    """Columns of one character: 2 for East Asian wide ones (Unicode Standard Annex 11), 0 for marks on others."""
    if char.isascii():
        return 1
    import unicodedata

    # Marks that stand on the character before them, and the vowels and ends of a Korean syllable in pieces.
    if unicodedata.category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":
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


def fit(text: str, room: int) -> str:
    """The text in at most `room` columns (4 or more): the middle gives way, whole characters with their marks."""
    if cells(text) <= room:
        return text
    room = max(room, 4)
    head = cut(text, (room - 3) * 2 // 3)
    left, start = room - 3 - cells(head), len(text)
    while start and cell(text[start - 1]) <= left:
        start -= 1
        left -= cell(text[start])
    while start < len(text) and not cell(text[start]):
        start += 1
    return f"{head}...{text[start:]}"
