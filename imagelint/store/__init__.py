"""Where the results of layers are kept for the next scan: on this disk, and for many machines in a registry.

A store is a convenience that is never believed blindly: what it gives is what was put, byte for byte, or nothing.
Whatever is wrong with it costs one line in `told`, and the scan goes on without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

KINDS = ("layer", "image", "note", "document")
"""What entries are: results of layers, of images, notes about images, documents."""
REGISTRY = "registry:"
"""How the name of a store in a registry begins."""


class Store(Protocol):
    """Keeps bytes by kind and key. Threads may share one; a forked process opens its own of the same."""

    @property
    def told(self) -> list[str]:
        """What went wrong so far, one line each."""

    def get(self, kind: str, key: str) -> bytes | None:
        """What was put under one of KINDS and a key of hexadecimal digits, or None. It never raises."""

    def put(self, kind: str, key: str, data: bytes) -> None:
        """Keep it, whole or not at all; what was there under the same name is replaced. It never raises."""

    def close(self) -> None:
        """Nothing more is asked. What waits to be written is written, within bounds."""


class Nothing:
    """No store: nothing is kept. `told` has why, where that was not asked for."""

    def __init__(self, told: Told | None = None) -> None:
        self._told = told or Told()

    @property
    def told(self) -> list[str]:
        """Nothing more goes wrong."""
        return self._told.lines

    def get(self, kind: str, key: str) -> bytes | None:
        """None."""
        return None

    def put(self, kind: str, key: str, data: bytes) -> None:
        """Forget it."""

    def close(self) -> None:
        """Nothing was open."""


class Told:
    """Lines about what went wrong, each told once, or with how many times. It has no lock, which a process that is
    forked could find locked: two threads at a time may count one too few."""

    def __init__(self) -> None:
        self._texts: dict[str, Callable[[int], str]] = {}
        self._counts: dict[str, int] = {}

    def once(self, line: str) -> None:
        """Tell it if it has not been told."""
        self.count(line, lambda _: line)

    def count(self, what: str, text: Callable[[int], str]) -> None:
        """One more of `what`; `text`, the last one, makes the line of their number."""
        self._counts[what] = self._counts.get(what, 0) + 1
        self._texts[what] = text

    @property
    def lines(self) -> list[str]:
        """All lines, in the order in which each was first told."""
        return [text(self._counts[what]) for what, text in list(self._texts.items())]


def key_of(*parts: str) -> str:
    """64 hexadecimal digits that other parts, or the same ones cut elsewhere, do not have."""
    return digest_of(*(part.encode("utf-8", "surrogatepass") for part in parts)).hex()


def digest_of(*parts: bytes) -> bytes:
    """The SHA-256 over the parts, each behind its length."""
    from hashlib import sha256  # loads OpenSSL: only runs that read layers need it

    whole = sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.digest()


def open_store(
    words: Sequence[str] = (), key_file: str = "", insecure: Iterable[str] = (), targets: Iterable[str] = ()
) -> Store:
    """The store that `--cache` names: a folder, a registry (`registry:HOST/REPOSITORY`), or one of each. Without words
    it is the user's own folder; a registry has that, or the folder that is named, in front of it.

    `key_file` is what `--cache-key` names, `insecure` are hosts that may be asked without TLS, `targets` is what is
    scanned: a folder below one of them is refused. UsageError for what cannot be meant; whatever is wrong with the
    place itself is told. Nothing is opened, made or asked before the first get or put.
    """
    from imagelint.store.opening import opened  # a run without layers needs none of it

    return opened(words, key_file, insecure, targets)
