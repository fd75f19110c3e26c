"""Members of a zip: by its central directory, and by local headers where that does not lead (PKWARE's APPNOTE 6.3.10).

What the directory leaves out is still in the file, so stretches that it does not cover are searched for local headers
too; a damaged or missing directory covers nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from imagelint.errors import UnreadableError
from imagelint.stream import limits
from imagelint.stream.blob import Blob, Readable
from imagelint.stream.inflate import deflated, zip_lzma
from imagelint.stream.spool import Spool
from imagelint.stream.unpack import Member, Tell

_END = struct.Struct("<4s4H2IH")
"""4.3.16: disk, disk of the directory, entries here, entries, size, offset, length of the comment."""
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_STORED, _DEFLATE, _DEFLATE64, _BZIP2, _LZMA, _ZSTD, _XZ = 0, 8, 9, 12, 14, 93, 95
_ENCRYPTED, _STREAMED = 1, 8
_UNKNOWN = 0xFFFFFFFF


@dataclass(slots=True)
class _Place:
    """Where a member's local header stands, and what its header says."""

    name: bytes
    method: int
    flags: int
    packed: int
    """Bytes as stored; -1 when only the data itself tells."""
    offset: int
    data: int = -1
    """Where its data begins, once the local header was read."""


def zip_members(file: Spool, tell: Tell, memory: int) -> Iterator[Member]:
    """Every member that can be read, in the order of their places in the file."""
    covered = 0
    for place in sorted(_directory(file, tell), key=lambda place: place.offset):
        if place.offset < covered:
            tell(place.name, "it lies inside of another member")
            continue
        yield from _by_headers(file, covered, place.offset, tell, memory)
        local = file.read(place.offset, _LOCAL.size)
        if len(local) < _LOCAL.size or not local.startswith(b"PK\3\4"):
            tell(place.name, "it is not where the directory of the zip says")
            continue
        place.data = place.offset + _LOCAL.size + sum(struct.unpack_from("<2H", local, 26))
        covered = place.data + place.packed
        yield from _member(file, place, tell, memory)
    yield from _by_headers(file, covered, file.size, tell, memory)


def _directory(file: Spool, tell: Tell) -> list[_Place]:
    """The members that the central directory lists; none when there is no directory."""
    start = max(0, file.size - _END.size - 0xFFFF)
    tail = file.read(start, file.size - start)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        return []
    _, _, _, _, entries, size, offset, _ = _END.unpack_from(tail, at)
    end = start + at
    if _UNKNOWN in (size, offset) or entries == 0xFFFF:
        locator = file.read(end - _LOCATOR.size, _LOCATOR.size) if end >= _LOCATOR.size else b""
        if len(locator) == _LOCATOR.size and locator.startswith(b"PK\6\7"):
            end = _LOCATOR.unpack(locator)[2]
            record = file.read(end, _END64.size)
            if len(record) == _END64.size and record.startswith(b"PK\6\6"):
                *_, entries, size, offset = _END64.unpack(record)
    begin = end - size if 0 < size <= end else offset
    shift = begin - offset  # bytes that stand ahead of the zip: a launch script
    if size > limits.KEPT_IN_MEMORY * 8 or begin < 0 or shift < 0:
        tell(b"", "the directory of the zip is damaged or too large; members were looked for without it")
        return []
    return list(_entries(file.read(begin, size), shift, tell))


def _entries(data: bytes, shift: int, tell: Tell) -> Iterator[_Place]:
    at = 0
    for _ in range(limits.UNPACK_MEMBERS):
        if len(data) - at < _CENTRAL.size or data[at : at + 4] != b"PK\1\2":
            break
        fields = _CENTRAL.unpack_from(data, at)
        flags, method, packed, size, offset = fields[3], fields[4], fields[8], fields[9], fields[16]
        name_size, extra_size, comment_size = fields[10:13]
        at += _CENTRAL.size
        name = data[at : at + name_size]
        if _UNKNOWN in (packed, size, offset):
            packed, offset = _wide(data[at + name_size : at + name_size + extra_size], size, packed, offset)
        at += name_size + extra_size + comment_size
        if not name.endswith(b"/") or packed:
            yield _Place(name, method, flags, packed, offset + shift)
    if at < len(data):
        tell(b"", "the directory of the zip is damaged; members were looked for without it")


def _wide(extra: bytes, size: int, packed: int, offset: int = 0) -> tuple[int, int]:
    """(packed size, offset) from the zip64 field, which has only those that did not fit (4.5.3)."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{min(length, len(extra) - at - 4) // 8}Q", extra, at + 4))
            if size == _UNKNOWN:
                next(numbers, 0)
            packed = next(numbers, packed) if packed == _UNKNOWN else packed
            return packed, next(numbers, offset) if offset == _UNKNOWN else offset
        at += 4 + length
    return packed, offset


def _by_headers(file: Spool, start: int, end: int, tell: Tell, memory: int) -> Iterator[Member]:
    """Members whose local headers stand between two offsets."""
    while end - start >= _LOCAL.size and (at := file.find(b"PK\3\4", start, end)) >= 0:
        head = file.read(at, _LOCAL.size)
        if len(head) < _LOCAL.size:
            return
        _, _, flags, method, _, _, _, packed, size, name_size, extra_size = _LOCAL.unpack(head)
        name = file.read(at + _LOCAL.size, name_size)
        data = at + _LOCAL.size + name_size + extra_size
        start = at + 4
        if not name or name.strip(b"\0") != name or (method > _XZ and method != 99) or data > end:
            continue  # four bytes by chance
        if _UNKNOWN in (packed, size):
            packed, _ = _wide(file.read(at + _LOCAL.size + name_size, extra_size), size, packed)
        if (flags & _STREAMED and not packed) or data + packed > end:
            packed = -1
        place = _Place(name, method, flags, packed, at, data)
        if packed < 0:
            behind = file.find(b"PK", data, end)
            while behind >= 0 and file.read(behind + 2, 2) not in (b"\3\4", b"\1\2", b"\7\x08", b"\5\6"):
                behind = file.find(b"PK", behind + 2, end)
            place.packed = (end if behind < 0 else behind) - data
            start = data if method != _STORED else data + place.packed
            if method == _DEFLATE:
                place.packed = end - data  # the stream ends itself, and four bytes of it may look like a header
        else:
            start = data + packed
        if not name.endswith(b"/") or place.packed > 0:
            yield from _member(file, place, tell, memory)


def _member(file: Spool, place: _Place, tell: Tell, memory: int) -> Iterator[Member]:
    if place.flags & _ENCRYPTED:
        tell(place.name, "it is encrypted")
        return
    part = file.part(place.data, place.packed)
    reader: Readable
    try:
        if place.method == _STORED:
            reader = part
        elif place.method == _DEFLATE:
            reader = deflated(part)
        elif place.method == _LZMA:
            reader = zip_lzma(part, memory)
        elif place.method in (_BZIP2, _ZSTD, _XZ):
            reader = Blob(part, hashed=False, memory=memory)
        else:
            what = "Deflate64" if place.method == _DEFLATE64 else f"method {place.method}"
            tell(place.name, f"its compression ({what}) is not known here")
            return
    except UnreadableError as error:
        tell(place.name, str(error))
        return
    yield Member(place.name, reader)
    if isinstance(reader, Blob):
        try:
            reader.finish()
        except UnreadableError as error:
            tell(place.name, str(error))
