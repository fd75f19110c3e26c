"""A store of this machine in front of one that many share: what came from there is asked for once, and what is put goes
there behind the back of whoever puts it."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque

from imagelint.store import Store, Told
from imagelint.store.registry import RegistryStore
from imagelint.stream import limits

_LAYERED: weakref.WeakSet[Layered] = weakref.WeakSet()


class Layered:
    """Both, as one."""

    def __init__(self, local: Store, shared: RegistryStore, told: Told) -> None:
        """`told` is the one of both."""
        self._local, self._shared, self._told = local, shared, told
        self._missed: set[tuple[str, str]] = set()
        """What the shared one did not have in this run."""
        self.anew()
        _LAYERED.add(self)

    def anew(self) -> None:
        """In a process that was just forked: what waits is the other one's to write, and so is the lock it may hold."""
        self._changed = threading.Condition()
        self._waiting: deque[tuple[str, str, bytes]] = deque()
        self._bytes = 0
        self._writer: threading.Thread | None = None

    @property
    def told(self) -> list[str]:
        """What went wrong so far, one line each."""
        return self._told.lines

    def get(self, kind: str, key: str) -> bytes | None:
        """What either has."""
        data = self._local.get(kind, key)
        if data is not None or (kind, key) in self._missed:
            return data
        data = self._shared.get(kind, key)
        if data is None:
            self._missed.add((kind, key))
        else:
            self._local.put(kind, key, data)
        return data

    def put(self, kind: str, key: str, data: bytes) -> None:
        """Keep it here now, and there soon."""
        self._local.put(kind, key, data)
        self._missed.discard((kind, key))
        if not self._shared.writable:
            return
        with self._changed:
            if self._waiting and self._bytes + len(data) > limits.CACHE_PENDING:
                self._count_unwritten()
                return
            self._waiting.append((kind, key, data))
            self._bytes += len(data)
            if self._writer is None:
                # It ends when nothing waits: where another thread runs, nobody may fork.
                self._writer = threading.Thread(target=self._write, name="imagelint-cache", daemon=True)
                self._writer.start()

    def close(self) -> None:
        """Wait until all is written, as long as limits.CACHE_CLOSING."""
        until = time.monotonic() + limits.CACHE_CLOSING
        with self._changed:
            while self._writer is not None and self._changed.wait(max(0.0, until - time.monotonic())):
                pass
            if self._shared.writable:
                for _ in range(len(self._waiting) + (self._writer is not None)):
                    self._count_unwritten()
            self._waiting.clear()
        self._shared.close()
        self._local.close()

    def _write(self) -> None:
        """In a thread of its own."""
        while True:
            with self._changed:
                if not self._waiting or not self._shared.writable:
                    self._waiting.clear()
                    self._bytes, self._writer = 0, None
                    self._changed.notify_all()
                    return
                kind, key, data = self._waiting.popleft()
            self._shared.put(kind, key, data)
            with self._changed:
                self._bytes -= len(data)

    def _count_unwritten(self) -> None:
        name = self._shared.name
        self._told.count("unwritten", lambda count: f"the cache {name} is slow: results not written there: {count}")


def _behind_fork() -> None:
    for store in list(_LAYERED):
        store.anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_behind_fork)
