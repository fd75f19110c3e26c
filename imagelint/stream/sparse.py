"""Sparse files whole again (GNU tar's manual, "Storing Sparse Files": old GNU, PAX 0.0, 0.1 and 1.0)."""

from __future__ import annotations

from typing import BinaryIO

from imagelint.errors import UnreadableError
from imagelint.stream import limits
from imagelint.stream.tar import BLOCK, OLD_GNU, Entry, number

_NUMBER = 12
_DAMAGED = "the file is stored without its holes, and where they are is damaged"


class Filled:
    """Writes the stored bytes of a sparse file where they belong in a new file; what lies between is a hole there
    too."""

    def __init__(self, entry: Entry, output: BinaryIO) -> None:
        if entry.sparse > limits.LAYER_BYTES:
            raise UnreadableError(f"with its holes the file has {entry.sparse} bytes, over {limits.LAYER_BYTES}")
        self._output, self._size = output, entry.sparse
        self._head = bytearray() if bytes(entry.pieces) == b"1.0" else None
        """The data begin with the pieces, which are not complete yet."""
        self._pieces = _of_headers(entry.pieces) if self._head is None else []
        self._piece, self._done = 0, 0

    def write(self, data: memoryview) -> None:
        """The next stored bytes."""
        if self._head is not None:
            self._head += data
            found = _of_data(self._head)
            if found is None:
                return
            self._pieces, begin = found
            data, self._head = memoryview(bytes(self._head[begin:])), None
        while len(data) and self._piece < len(self._pieces):
            offset, size = self._pieces[self._piece]
            part = data[: size - self._done]
            if offset + size > self._size:
                raise UnreadableError(_DAMAGED)
            self._output.seek(offset + self._done)
            self._output.write(part)
            self._done += len(part)
            data = data[len(part) :]
            if self._done == size:
                self._piece, self._done = self._piece + 1, 0

    def finish(self) -> int:
        """The size of the whole file in bytes."""
        if self._head is not None or any(size for _, size in self._pieces[self._piece :]):
            raise UnreadableError(_DAMAGED)
        self._output.truncate(self._size)
        return self._size


def _of_headers(pieces: bytes | bytearray) -> list[tuple[int, int]]:
    """Offsets and sizes as headers give them."""
    if pieces.startswith(OLD_GNU):
        binary = bytes(pieces[len(OLD_GNU) :])
        numbers = [number(binary[at : at + _NUMBER]) for at in range(0, len(binary), _NUMBER)]
    else:
        texts = bytes(pieces).strip(b",").split(b",") if pieces else []
        numbers = [_decimal(text) for text in texts]
    return _pairs(numbers)


def _of_data(data: bytearray) -> tuple[list[tuple[int, int]], int] | None:
    """PAX 1.0: lines with the count, then each offset and size, filled up to whole blocks. With the place of the bytes
    behind them; None while lines are missing."""
    lines = bytes(data[: limits.TAR_EXTENSION]).split(b"\n")
    if len(lines) < 2:
        if len(data) > BLOCK:
            raise UnreadableError(_DAMAGED)
        return None
    count = _decimal(lines[0])
    if len(lines) < 2 * count + 2:
        if len(data) >= limits.TAR_EXTENSION:
            raise UnreadableError(_DAMAGED)
        return None
    lines = lines[: 2 * count + 1]
    begin = sum(map(len, lines)) + len(lines)
    return _pairs([_decimal(line) for line in lines[1:]]), begin + BLOCK - 1 & -BLOCK


def _pairs(numbers: list[int]) -> list[tuple[int, int]]:
    if len(numbers) % 2 or any(value < 0 for value in numbers):
        raise UnreadableError(_DAMAGED)
    return [(offset, size) for offset, size in zip(numbers[::2], numbers[1::2], strict=True) if size]


def _decimal(text: bytes) -> int:
    return int(text) if text.isdigit() and len(text) <= 20 else -1
