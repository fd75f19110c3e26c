"""A file that is kept while it passes: in memory while it is small, then in a temporary file without a name."""

from __future__ import annotations

from typing import Any

from imagelint.errors import UnreadableError
from imagelint.stream import limits


class Spool:
    """Bytes that are written once, then read anywhere. Close it: a temporary file goes away then."""

    def __init__(self, data: bytes | bytearray | memoryview = b"") -> None:
        self.size = len(data)
        self._memory = data if isinstance(data, bytes) else bytearray(data)
        self._file: Any = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append. UnreadableError when the disk is full."""
        self.size += len(data)
        if self._file is None and self.size <= limits.KEPT_IN_MEMORY:
            self._memory += data
            return
        try:
            if self._file is None:
                import tempfile  # heavy: only for large archives

                self._file = tempfile.TemporaryFile(prefix="imagelint-", buffering=0)  # noqa: SIM115 - close() closes it
                self._file.write(self._memory)
                self._memory = b""
            self._file.write(data)
        except OSError as error:
            raise UnreadableError(f"it could not be kept in a temporary file: {error.strerror}") from None

    def read(self, offset: int, count: int) -> bytes:
        """Bytes from an offset on; fewer at the end."""
        if self._file is None:
            return bytes(self._memory[offset : offset + count])
        try:
            self._file.seek(offset)
            data: bytes = self._file.read(count)
        except OSError as error:
            raise UnreadableError(f"the temporary file cannot be read: {error.strerror}") from None
        return data

    def find(self, sub: bytes, start: int, end: int) -> int:
        """Where these bytes stand next, between two offsets, or -1."""
        if self._file is None:
            return self._memory.find(sub, start, end)
        while start < end:
            data = self.read(start, min(limits.READ, end - start))
            found = data.find(sub)
            if found >= 0:
                return start + found
            if len(data) < len(sub):
                break
            start += len(data) - len(sub) + 1
        return -1

    def part(self, start: int = 0, size: int = -1) -> Part:
        """A stream over some of it, or all."""
        return Part(self, start, self.size - start if size < 0 else size)

    def close(self) -> None:
        """Let go of the bytes."""
        if self._file is not None:
            self._file.close()
        self._memory = b""


class Part:
    """A stream over a stretch of a Spool."""

    def __init__(self, spool: Spool, start: int, size: int) -> None:
        self._spool = spool
        self.at = start
        self._end = min(start + size, spool.size)

    def readinto(self, target: memoryview) -> int:
        """The next bytes; 0 at the end."""
        data = self._spool.read(self.at, min(len(target), self._end - self.at))
        target[: len(data)] = data
        self.at += len(data)
        return len(data)

    def read(self, count: int) -> bytes:
        """The same as bytes."""
        data = self._spool.read(self.at, min(count, self._end - self.at))
        self.at += len(data)
        return data
