"""What a grammar gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

GENERAL = "password-in-credentials-file"
"""The rule of a secret that has no format of its own: the file says that it is one."""
HASH = "password-hash-in-shadow"
OBSCURED = "obscured-password"
ON_COMMAND_LINE = "password-on-command-line"


class Value(NamedTuple):
    """A part of a file that its grammar calls a secret: text[start:end], of the file in latin-1, a character a byte."""

    start: int
    end: int
    rule: str = GENERAL
    name: str = "password"
    formed: bool = False
    """It has the form of a key or a hash, so it is not asked whether anybody would choose it."""
    encrypted: bool = False
    dropped: str = ""
    """Why it is no secret; it is told so that nobody else takes it for one."""
    meaning: str = ""
    """What the value says in base64."""
    text: str = ""
    """The secret itself, in a binary file."""
    proved: bool = False
    """It was parsed, and is what its form says."""

    def __repr__(self) -> str:
        """Never the value."""
        return f"Value({self.rule!r}, {self.start}..{self.end})"


class Cut(Exception):
    """A reader gave what it found and goes no further; the text says what it did not read."""


Reader = Callable[[str], Iterator[Value]]
"""Reads a file in latin-1, whatever is in it, in time and memory that grow with its length alone; never raises but Cut
at its end."""
