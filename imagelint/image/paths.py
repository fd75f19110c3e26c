"""Many paths in little memory, and what one image may cost in all."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from imagelint.stream import limits

if TYPE_CHECKING:
    from multiprocessing.synchronize import Lock as ProcessLock

_RUN = 1 << 16
"""Hashes sorted at once: as Python integers for a moment, 2.5 MiB."""


class PathSet:
    """A set of paths as 64-bit hashes, 8 bytes each: a dict of a million paths takes 207 MB.

    The hash is Python's SipHash with the process's random key: two of 8 million paths meet once in 500,000 runs, and
    nobody can aim.
    """

    __slots__ = ("_new", "_runs")

    def __init__(self, paths: Iterable[bytes] = ()) -> None:
        self._new = array("q")
        self._runs: list[array[int]] = []
        hashes = map(hash, paths)
        while some := array("q", islice(hashes, _RUN)):
            self._new = some
            if len(some) == _RUN:
                self._seal()

    def add(self, path: bytes) -> None:
        """Take one path."""
        self._new.append(hash(path))
        if len(self._new) >= _RUN:
            self._seal()

    def update(self, paths: Iterable[bytes]) -> None:
        """Take several, in a fifth of the time that each by itself takes."""
        self._new.extend(map(hash, paths))
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

    def __bool__(self) -> bool:
        return bool(self._new or self._runs)

    def __len__(self) -> int:
        """Paths that were added; one that was added twice counts twice."""
        return len(self._new) + sum(map(len, self._runs))

    @property
    def total(self) -> tuple[int, int]:
        """Equal for equal sets of one process, and for no others but by chance."""
        return len(self), sum(self._new) + sum(map(sum, self._runs))

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
    """What all layers of one image may keep in memory together, whoever reads them: threads, or, within `shared`,
    forked processes."""

    def __init__(self) -> None:
        left = {
            "paths": limits.PATHS,
            "ledger": limits.LEDGER,
            "entries": limits.KEPT_ENTRIES,
            "bytes": limits.KEPT_BYTES,
            "candidates": limits.CANDIDATES,
            "values": limits.CANDIDATE_BYTES,
            "listed": limits.LISTED,
            "unpacked": limits.UNPACKED_BYTES,
        }
        self._place = {kind: place for place, kind in enumerate(left)}
        self._left: array[int] | memoryview[int] = array("q", [*left.values(), 0])
        """The last one is no allowance, but 1 once something was refused."""
        self._lock: threading.Lock | ProcessLock = threading.Lock()
        self.large_decoder: threading.Lock | ProcessLock = threading.Lock()
        """Held by the one decoder that takes limits.LZMA_MEMORY: `xz -9` is rare inside of files, and others wait."""

    def alone(self) -> Allowance:
        """Another whole one, for a layer that is read before it is known which image pays for it. The large decoder is
        the same one."""
        other = Allowance()
        other.large_decoder = self.large_decoder
        return other

    @property
    def exhausted(self) -> bool:
        """Something was refused, so what was read holds less than there is."""
        return bool(self._left[-1])

    def take(self, kind: str, count: int) -> bool:
        """Take so many, or nothing and False when not so many are left."""
        enough = self.take_all({kind: count})
        if not enough:
            self._left[-1] = 1
        return enough

    def take_all(self, counts: Mapping[str, int]) -> bool:
        """Take so many of each kind, or nothing and False when not so many are left of one of them."""
        left, place = self._left, self._place
        with self._lock:
            enough = all(count <= left[place[kind]] for kind, count in counts.items())
            if enough:
                for kind, count in counts.items():
                    left[place[kind]] -= count
            return enough

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Whatever is forked from this process within takes from the same.

        Afterwards it is this process's own again: a process that was killed may have left a lock closed.
        """
        import mmap  # only when a run needs it
        from multiprocessing import get_context

        own = array("q", self._left)
        size = own.itemsize * len(own)
        with mmap.mmap(-1, size) as memory, memoryview(memory) as view, view.cast("q") as numbers:
            numbers[:] = own
            context = get_context("fork")
            self._left, self._lock, self.large_decoder = numbers, context.Lock(), context.Lock()
            try:
                yield
            finally:
                own[:] = array("q", numbers)
                self._left, self._lock, self.large_decoder = own, threading.Lock(), threading.Lock()
