"""Many paths in little memory, and what one image may cost in all."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping

from imagelint.stream import limits

_RUN = 1 << 16
"""Hashes sorted at once: as Python integers for a moment, 2.5 MiB."""


class PathSet:
    """A set of paths as 64-bit hashes, 8 bytes each: a dict of a million paths takes 207 MB.

    The hash is Python's SipHash with the process's random key: two of 8 million paths meet once in 500,000 runs, and
    nobody can aim.
    """

    __slots__ = ("_new", "_runs")

    def __init__(self, paths: Iterable[bytes] = ()) -> None:
        self._new = array("q", map(hash, paths))
        self._runs: list[array[int]] = []

    def add(self, path: bytes) -> None:
        """Take one path."""
        self._new.append(hash(path))
        if len(self._new) >= _RUN:
            self._seal()

    def __contains__(self, path: bytes) -> bool:
        return self.has(hash(path))

    def has(self, key: int) -> bool:
        """Whether the path with this hash() is in the set."""
        if self._new:
            self._seal()
        for run in self._runs:
            place = bisect_left(run, key)
            if place < len(run) and run[place] == key:
                return True
        return False

    def __len__(self) -> int:
        """Paths that were added; one that was added twice counts twice."""
        return len(self._new) + sum(map(len, self._runs))

    def _seal(self) -> None:
        # In one step, so that a thread that looks something up meanwhile sees the run or the new ones.
        self._runs = [*self._runs, array("q", sorted(self._new))]
        self._new = array("q")


def ancestors(path: bytes) -> list[bytes]:
    """Its parent folders, the root (empty) first; at most limits.PATH_DEPTH of them."""
    found = [b""] if path else []
    place = path.find(b"/")
    while place >= 0 and len(found) < limits.PATH_DEPTH:
        found.append(path[:place])
        place = path.find(b"/", place + 1)
    return found


class Allowance:
    """What all layers of one image may keep in memory together; may be shared between threads."""

    def __init__(self) -> None:
        self._left = {
            "paths": limits.PATHS,
            "entries": limits.KEPT_ENTRIES,
            "bytes": limits.KEPT_BYTES,
            "candidates": limits.CANDIDATES,
            "values": limits.CANDIDATE_BYTES,
            "unpacked": limits.UNPACKED_BYTES,
        }
        self.exhausted = False
        """Something was refused, so what was read holds less than there is."""
        self._lock = threading.Lock()

    def take(self, kind: str, count: int) -> bool:
        """Take so many, or nothing and False when not so many are left."""
        enough = self.take_all({kind: count})
        self.exhausted = self.exhausted or not enough
        return enough

    def take_all(self, counts: Mapping[str, int]) -> bool:
        """Take so many of each kind, or nothing and False when not so many are left of one of them."""
        with self._lock:
            enough = all(count <= self._left[kind] for kind, count in counts.items())
            if enough:
                for kind, count in counts.items():
                    self._left[kind] -= count
            return enough
