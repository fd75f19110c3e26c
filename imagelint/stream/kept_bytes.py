"""Bytes that are kept for another process or another day: a head of JSON and columns of numbers, compressed, with a
length and a checksum for everything.

    magic, format, kind    4, 2 and 1 bytes
    CRC-32 of the body     4 bytes
    body                   a zstd frame that tells its size
      length of the head   4 bytes
      head                 JSON: {"columns": [[code, count], ...], ...}
      columns              one behind the other, each as an array has it on a little-endian machine

Whoever reads them trusts nothing: what is not as it must be is a DamagedError that says so.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from imagelint.errors import DamagedError
from imagelint.stream import limits

_PREFIX = struct.Struct("<4sHBI")
_LENGTH = struct.Struct("<I")
_SIZES = {"q": 8, "Q": 8, "I": 4, "d": 8, "B": 1}
if TYPE_CHECKING:
    Column = array[Any] | bytes | bytearray
else:
    Column = object  # Python 3.11's arrays cannot be subscripted


def wrap(magic: bytes, format_: int, kind: int, body: bytes) -> bytes:
    """The bytes: a body that was packed, and perhaps sealed, behind what it is known by."""
    return _PREFIX.pack(magic, format_, kind, zlib.crc32(body)) + body


def pack(head: dict[str, Any], columns: Sequence[Column] = ()) -> bytes:
    """A body. A text in the head may hold lone surrogates, as paths that are no UTF-8 have them."""
    import zstandard  # heavy: only where something is kept

    described, parts = [], []
    for column in columns:
        code, count = (column.typecode, len(column)) if isinstance(column, array) else ("B", len(column))
        described.append([code, count])
        parts.append(_little(column).tobytes() if isinstance(column, array) else column)
    text = json.dumps({**head, "columns": described}, separators=(",", ":")).encode()
    raw = b"".join([_LENGTH.pack(len(text)), text, *parts])
    return zstandard.ZstdCompressor(level=3).compress(raw)


def size_of(body: bytes) -> int:
    """Bytes of a body that was packed here, uncompressed."""
    import zstandard  # heavy: only where something is kept

    return int(zstandard.frame_content_size(body))


def unwrap(data: bytes, magic: bytes, format_: int) -> tuple[int, bytes]:
    """The kind and the body of bytes that were written with this magic and in this format."""
    if len(data) < _PREFIX.size or data[:4] != magic:
        raise DamagedError("these are no bytes that imagelint kept")
    _, found, kind, checksum = _PREFIX.unpack_from(data)
    if found != format_:
        raise DamagedError(f"they are in format {found}, and this version reads {format_}")
    body = data[_PREFIX.size :]
    if zlib.crc32(body) != checksum:
        raise DamagedError("they are damaged or cut: their checksum is another one")
    return kind, body


def unpack(body: bytes) -> tuple[dict[str, Any], list[Column]]:
    """Head and columns of a body; columns of bytes are bytes."""
    import zstandard  # heavy: only where something is kept

    try:
        size = zstandard.frame_content_size(body)
        if not 0 <= size <= limits.KEPT_RESULT:
            raise DamagedError(f"they say that they hold {size} bytes, and at most {limits.KEPT_RESULT} are read")
        raw = zstandard.ZstdDecompressor().decompress(body, max_output_size=max(size, 1), allow_extra_data=False)
    except (zstandard.ZstdError, MemoryError) as error:
        raise DamagedError("their compression is damaged, or they are cut") from error
    if len(raw) < _LENGTH.size:
        raise DamagedError("they end ahead of their head")
    (length,) = _LENGTH.unpack_from(raw)
    at = _LENGTH.size + length
    if at > len(raw):
        raise DamagedError("they end in their head")
    try:
        head = json.loads(raw[_LENGTH.size : at])
    except (ValueError, RecursionError) as error:
        raise DamagedError("their head is no JSON") from error
    if not isinstance(head, dict):
        raise DamagedError("their head is no object")
    return head, _columns(raw, at, head.get("columns"))


def _columns(raw: bytes, at: int, described: Any) -> list[Column]:
    found: list[Column] = []
    for pair in described if isinstance(described, list) else ():
        code, count = pair if isinstance(pair, list) and len(pair) == 2 else ("", 0)
        size = _SIZES.get(code, 0) if isinstance(code, str) else 0
        if not size or not isinstance(count, int) or not 0 <= count * size <= len(raw) - at:
            raise DamagedError("a column is not as long as it should be")
        data = raw[at : at + count * size]
        found.append(data if code == "B" else _little(array(code, data)))
        at += count * size
    if at != len(raw):
        raise DamagedError("they are longer than their columns")
    return found


def _little(column: array[Any]) -> array[Any]:
    """The same in the other order of bytes, where the machine has it."""
    if sys.byteorder == "big":
        column = array(column.typecode, column)
        column.byteswap()
    return column
