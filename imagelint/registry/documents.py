"""Manifests and configurations by digest: each is fetched once, in a run and, with a store, from run to run.

A configuration may have a password among its variables, and no store gets that: what is fetched waits until its image
is judged, when it is known whether a secret stands in it.
"""

from __future__ import annotations

import threading
import zlib
from contextlib import AbstractContextManager
from typing import Protocol

from imagelint.errors import DigestError
from imagelint.image.document import verify
from imagelint.stream import limits

_KIND = "document"
_LOCKS = 256
"""Digests that have the same one wait for each other; few are fetched at a time."""


class Keeper(Protocol):
    """What of a store (imagelint.store) is used. Threads share it."""

    def get(self, kind: str, key: str) -> bytes | None:
        """What was put under a kind and hexadecimal digits."""

    def put(self, kind: str, key: str, data: bytes) -> None:
        """Keep it."""


class Known:
    """Documents that were read; threads share them. They are held in memory within bounds, and in the store when `keep`
    says so."""

    def __init__(self, store: Keeper | None = None) -> None:
        self._store = store
        self._held: dict[str, bytes] = {}
        self._room = limits.REGISTRY_DOCUMENTS
        self._waiting: dict[str, bytes] = {}
        """Fetched, compressed, and not known to be free of secrets."""
        self._waiting_room = limits.REGISTRY_DOCUMENTS
        self._lock = threading.Lock()
        self._fetching = [threading.Lock() for _ in range(_LOCKS)]

    def once(self, digest: str) -> AbstractContextManager[object]:
        """Held by the one thread that fetches it; the others wait, and then know it."""
        return self._fetching[int(_key(digest)[:4], 16) % _LOCKS]

    def get(self, digest: str) -> bytes | None:
        """What has this digest; what a store has is verified, and none when it was changed there."""
        with self._lock:
            data = self._held.get(digest)
        if data is not None or self._store is None:
            return data
        data = self._store.get(_KIND, _key(digest))
        if data is None:
            return None
        try:
            verify(data, digest, "the document")
        except DigestError:
            return None
        self._hold(digest, data)
        return data

    def put(self, digest: str, data: bytes) -> None:
        """Remember what was verified."""
        self._hold(digest, data)
        if self._store is None:
            return
        small = zlib.compress(data, 1)
        with self._lock:
            if digest not in self._waiting and len(small) <= self._waiting_room:
                self._waiting[digest] = small
                self._waiting_room -= len(small)

    def keep(self, digest: str) -> None:
        """It holds no secret: have the store keep it, if it was fetched in this run."""
        if data := self._taken(digest):
            assert self._store is not None  # noqa: S101 - nothing waits else
            self._store.put(_KIND, _key(digest), zlib.decompress(data))

    def waits(self, digest: str) -> bytes | None:
        """What was fetched in this run, and is not known to be free of secrets."""
        with self._lock:
            data = self._waiting.get(digest)
        return zlib.decompress(data) if data else None

    def forget(self, digest: str) -> None:
        """It may hold one: it is fetched again the next time."""
        self._taken(digest)

    def _taken(self, digest: str) -> bytes | None:
        with self._lock:
            data = self._waiting.pop(digest, None)
            self._waiting_room += len(data or b"")
            return data

    def release(self) -> None:
        """Hold nothing any longer; what a store has is still known."""
        with self._lock:
            self._held.clear()
            self._room = limits.REGISTRY_DOCUMENTS

    def _hold(self, digest: str, data: bytes) -> None:
        with self._lock:
            if digest in self._held or len(data) > limits.REGISTRY_DOCUMENTS:
                return
            self._held[digest] = data
            self._room -= len(data)
            while self._room < 0:  # the oldest go first
                self._room += len(self._held.pop(next(iter(self._held))))


def _key(digest: str) -> str:
    return digest.partition(":")[2]
