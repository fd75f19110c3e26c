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
        self._head = bytearray()
        """Of that entry: its bytes ahead of the window."""
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
            self._head = bytearray()
            last = entries[at - 1] if at else None
            if last is None or last.end <= base or not _is_small(last):
                return
            self._cut = last
        start = self._cut.offset + len(self._head) - self._base
        self._head += memoryview(self._buffer)[start : base - self._base]

    def of(self, entry: Entry) -> bytes:
        """MD5, SHA-1 and SHA-256 of an entry whose last byte is in the window, one behind the other; empty when it is
        too large, or the start of it is gone."""
        if entry is not self._last[0]:
            self._last = (entry, self._hashed(entry))
        return self._last[1]

    def _hashed(self, entry: Entry) -> bytes:
        head = bytes(self._head) if entry is self._cut else b""
        start = entry.offset + len(head) - self._base
        if not _is_small(entry) or start < 0 or entry.end > self._base + self._filled:
            return b""
        with memoryview(self._buffer)[start : entry.end - self._base] as rest:
            digests = b""
            for name in ("md5", "sha1", "sha256"):
                hasher = hashlib.new(name, head, usedforsecurity=False)
                hasher.update(rest)
                digests += hasher.digest()
        return digests


def lines(digests: bytes, path: bytes) -> list[bytes]:
    """How a package database says it, in the form of Listed.lines: once for each digest."""
    name = path.removeprefix(b"usr/")
    parts = (digests[:16], digests[16:36], digests[36:])
    return [part.hex().encode() + b"  " + name for part in parts]


def _is_small(entry: Entry) -> bool:
    return entry.type == "file" and 0 < entry.size <= limits.HASHED and entry.sparse < 0
