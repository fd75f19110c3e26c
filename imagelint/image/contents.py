"""The content of a layer's files, followed window by window: a sum of each, to find those that are shipped twice, and
how well each compresses, where the layer's own stream does not tell it closely enough."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

from imagelint.image.ledger import Ledger
from imagelint.stream import limits
from imagelint.stream.tar import Entry

if TYPE_CHECKING:
    from zstandard import ZstdCompressionObj

_KEY = os.urandom(16)
"""Of this process and its workers, so that nobody can make two files with the same sum of 64 bits."""
_CHUNK = 64 * limits.KIB
_WORTH = limits.KIB
"""Bytes that are weighed by themselves."""
_BLOCKS = frozenset(("zstd", "bzip2", "xz"))
"""What is decoded in blocks of 128 KiB and more: between two steps lie many files."""


class Contents:
    """Of one layer. `window` is called with each window in order."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._at = 0
        self._open: Entry | None = None
        self._hash: Any = None
        self._model: ZstdCompressionObj | None = None
        self._weight = self._weighed = 0

    def window(self, new: list[Entry], window: memoryview, base: int, compression: str) -> None:
        """The window begins at `base`; `new` are the entries whose headers became complete in it."""
        end = base + len(window)
        if self._open is not None:
            self._sum(self._open, window, base, end)
        for entry in new:
            if entry.type == "file" and entry.size:
                self._hash = hashlib.blake2b(digest_size=8, key=_KEY)
                if entry.sparse >= 0:
                    self._hash.update(b"%d %s" % (entry.sparse, entry.pieces))
                self._sum(entry, window, base, end)
            else:
                self._ledger.sums.append(0)
        if compression in _BLOCKS:
            self._weigh(new, window, base, end)
        self._at = end

    def finish(self) -> None:
        """The end of the layer; of a file that it cuts there is no sum."""
        if self._open is not None:
            self._ledger.sums.append(0)
            self._open = None

    def _sum(self, entry: Entry, window: memoryview, base: int, end: int) -> None:
        begin = max(entry.offset, self._at)
        if begin < end:
            self._hash.update(window[begin - base : min(entry.end, end) - base])
        self._open = entry if entry.end > end else None
        if self._open is None:
            self._ledger.sums.append(int.from_bytes(self._hash.digest(), "little") or 1)

    def _weigh(self, new: list[Entry], window: memoryview, base: int, end: int) -> None:
        """A quick compressor that is made to give what it has at the border of each file: what the file takes beside
        those ahead of it."""
        if self._model is None:
            import zstandard  # heavy: only when a run needs it

            self._model = zstandard.ZstdCompressor(level=1).compressobj()
        borders = [entry.start for entry in new if entry.start > self._at]
        for border, entry in zip([*borders, end], [*new[len(new) - len(borders) :], None], strict=True):
            worth = entry is None or entry.size >= _WORTH or border - self._weighed >= _WORTH
            while worth and self._at < border:
                part = min(border - self._at, _CHUNK)
                self._weight += len(self._model.compress(window[self._at - base : self._at - base + part]))
                self._weight += len(self._model.flush(1))  # COMPRESSOBJ_FLUSH_BLOCK
                self._at += part
                self._weighed = self._at
                self._ledger.steps.weigh(self._at, self._weight)
