"""Digests of the files that hold a secret, taken while they pass, to tell a package's file from a changed one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from imagelint.stream import limits

if TYPE_CHECKING:
    from imagelint.stream.tar import Entry


class Digests:
    """Follows the windows of one layer. Only files that are asked for are hashed; of the one that a window cuts, what
    leaves is kept."""

    def __init__(self, buffer: bytearray) -> None:
        self._buffer = buffer
        self._base = self._filled = 0
        self._recent: list[Entry] = []
        """Entries whose data begins in the part of the window that stays."""
        self._cut: Entry | None = None
        self._head, self._kept = bytearray(limits.HASHED), 0
        """Of that entry: its bytes ahead of the window, and how many."""
        self._last: tuple[Entry | None, bytes] = (None, b"")

    def window(self, base: int, filled: int) -> None:
        """The buffer holds so many bytes, from this offset on."""
        self._base, self._filled = base, filled

    def slide(self, new: list[Entry], base: int) -> None:
        """The bytes ahead of this offset are about to go; `new` are the entries whose headers the window brought."""
        entries = [*self._recent, *new]
        at = len(entries)
        while at and entries[at - 1].offset >= base:
            at -= 1
        self._recent = entries[at:]
        if self._cut is not None and self._cut.end <= base:
            self._cut = None
        if self._cut is None:
            self._kept = 0
            last = entries[at - 1] if at else None
            if last is None or last.end <= base or not _is_small(last):
                return
            self._cut = last
        start = self._cut.offset + self._kept - self._base
        kept, self._kept = self._kept, base - self._cut.offset
        self._head[kept : self._kept] = memoryview(self._buffer)[start : base - self._base]

    def of(self, entry: Entry) -> bytes:
        """MD5, SHA-1 and SHA-256 of an entry whose last byte is in the window, one behind the other; empty when it is
        too large, or the start of it is gone."""
        if entry is not self._last[0]:
            self._last = (entry, self._hashed(entry))
        return self._last[1]

    def _hashed(self, entry: Entry) -> bytes:
        kept = self._kept if entry is self._cut else 0
        start = entry.offset + kept - self._base
        if not _is_small(entry) or start < 0 or entry.end > self._base + self._filled:
            return b""
        with memoryview(self._buffer)[start : entry.end - self._base] as rest, memoryview(self._head)[:kept] as head:
            return digests(head, rest)


def digests(head: bytes | memoryview, rest: bytes | memoryview = b"") -> bytes:
    """MD5, SHA-1 and SHA-256 of both together, one behind the other."""
    found = b""
    for name in ("md5", "sha1", "sha256"):
        hasher = hashlib.new(name, head, usedforsecurity=False)
        hasher.update(rest)
        found += hasher.digest()
    return found


def lines(digests: bytes, path: bytes) -> list[bytes]:
    """How a package database may say it, in the form of Listed.lines: by any of the digests, and under the path by way
    of the links that /bin and /lib are, or were when the package was made."""
    short = path.removeprefix(b"usr/")
    names = (short, b"usr/" + short, b"./" + short, b"./usr/" + short)
    parts = (digests[:16], digests[16:36], digests[36:])
    return [part.hex().encode() + b"  " + name for part in parts for name in names]


def _is_small(entry: Entry) -> bool:
    return entry.type == "file" and 0 < entry.size <= limits.HASHED and entry.sparse < 0
