"""How far the reading of an image's layers is, told while it goes on."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO, cast

from imagelint.image.model import Layer

Progress = Callable[[int, int, str], None]
"""Called from any thread with the stored bytes of a layer that are read, those in all (-1: not known), and what is
read."""


def watched(layer: Layer, tell: Callable[[int], None]) -> Layer:
    """The same layer, whose stream tells how many bytes are read from it."""
    return replace(layer, open=lambda: cast(BinaryIO, _Counted(layer.open(), tell)))


class _Counted(io.RawIOBase):
    def __init__(self, stream: BinaryIO, tell: Callable[[int], None]) -> None:
        super().__init__()
        self._stream, self._tell, self._done = stream, tell, 0
        self._readinto = getattr(stream, "readinto", None)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # Blob gives memoryviews only
        if self._readinto is not None:
            count: int = self._readinto(buffer) or 0
        else:
            data = self._stream.read(len(buffer))
            count = len(data)
            buffer[:count] = data
        self._done += count
        self._tell(self._done)
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()
