"""A stream that is read in small exact steps, as formats with headers between their members need it."""

from __future__ import annotations

from collections.abc import Callable

from imagelint.stream import limits
from imagelint.stream.blob import Readable

_PIECE = 256 * limits.KIB


class Pull:
    """Buffers a stream; `at` counts the bytes that were taken or passed over."""

    def __init__(self, stream: Readable) -> None:
        self.at = 0
        self._stream = stream
        self._buffer = memoryview(bytearray(_PIECE))
        self._start = self._end = 0

    def take(self, count: int) -> bytes:
        """Exactly so many bytes (no more than a few KiB), fewer at the end."""
        if self._end - self._start >= count:
            data = self._buffer[self._start : self._start + count].tobytes()
            self._start += count
            self.at += count
            return data
        data = b""
        while len(data) < count and self._fill():
            part = self._buffer[self._start : min(self._end, self._start + count - len(data))].tobytes()
            self._start += len(part)
            self.at += len(part)
            data += part
        return data

    def skip(self, count: int) -> None:
        """Pass over so many bytes, or up to the end."""
        while count > 0 and self._fill():
            step = min(count, self._end - self._start)
            self._start += step
            self.at += step
            count -= step

    def readinto(self, target: memoryview) -> int:
        """The next bytes; 0 at the end."""
        if self._start == self._end and len(target) >= _PIECE:
            count = self._stream.readinto(target) or 0  # large members without a second copy
            self.at += count
            return count
        if not self._fill():
            return 0
        count = min(len(target), self._end - self._start)
        target[:count] = self._buffer[self._start : self._start + count]
        self._start += count
        self.at += count
        return count

    def _fill(self) -> bool:
        if self._start == self._end:
            self._start, self._end = 0, self._stream.readinto(self._buffer) or 0
        return self._end > 0


class Bounded:
    """The next so many bytes of a Pull."""

    def __init__(self, pull: Pull, size: int) -> None:
        self._pull = pull
        self._left = size

    def readinto(self, target: memoryview) -> int:
        """The next bytes; 0 at the end."""
        if not self._left:
            return 0
        count = self._pull.readinto(target[: self._left])
        self._left = self._left - count if count else 0
        return count


class Behind:
    """Bytes that were read already, and the stream behind them, whose bytes are counted."""

    def __init__(self, start: bytes, reader: Readable, spend: Callable[[int], None] | None = None) -> None:
        self.start = start
        """What is left of the bytes that were read already."""
        self._reader = reader
        self._spend = spend

    def readinto(self, target: memoryview) -> int:
        """The next bytes; 0 at the end."""
        if self.start:
            count = min(len(self.start), len(target))
            target[:count] = self.start[:count]
            self.start = self.start[count:]
            return count
        count = self._reader.readinto(target) or 0
        if self._spend is not None:
            self._spend(count)
        return count
