"""--name=value in front of an instruction's arguments."""

from __future__ import annotations

import re

from imagelint.dockerfile.located import Located
from imagelint.dockerfile.model import Flag
from imagelint.lazy import Lazy

KNOWN: dict[str, frozenset[str]] = {
    "FROM": frozenset({"platform"}),
    "RUN": frozenset({"mount", "network", "security", "device"}),
    "COPY": frozenset({"from", "chown", "chmod", "link", "parents", "exclude"}),
    "ADD": frozenset({"chown", "chmod", "link", "keep-git-dir", "checksum", "exclude", "unpack"}),
    "HEALTHCHECK": frozenset({"interval", "timeout", "start-period", "start-interval", "retries"}),
}
"""What BuildKit's frontend takes, labs channel included; the other instructions take none."""

_WORD = re.compile(
    r"""(?:\\(?:.|$)|"(?:\\(?:.|$)|[^"\\])*(?:"|$)|'(?:\\(?:.|$)|[^'\\])*(?:'|$)|[^\s"'\\])+""", re.DOTALL
)
_QUOTES = Lazy(r"""\\(.|$)|["']""", re.DOTALL)


def split_flags(text: str, start: int) -> tuple[list[tuple[int, int]], int]:
    """(start, end) of each flag of text[start:], and where the arguments begin. A bare `--` ends the flags."""
    flags: list[tuple[int, int]] = []
    while True:
        while start < len(text) and text[start].isspace():
            start += 1
        match = _WORD.match(text, start) if text.startswith("--", start) else None
        if match is None:
            return flags, start
        start = match.end()
        if match[0] == "--":
            while start < len(text) and text[start].isspace():
                start += 1
            return flags, start
        flags.append(match.span())


def read_flags(where: Located, start: int) -> tuple[list[Flag], int]:
    """The flags, quotes taken off (`\\` escapes whatever the escape directive says), and where the arguments begin."""
    places, end = split_flags(where.text, start)
    flags = []
    for begin, stop in places:
        name, _, value = _QUOTES.sub(r"\1", where.text[begin + 2 : stop]).partition("=")
        flags.append(Flag(name, value, where.span(begin, stop)))
    return flags, end
