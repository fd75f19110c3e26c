"""A bounded reader of tar headers that finds its feet again: ustar, pax, GNU, V7, and every kind of sparse file.

Formats: POSIX.1-2017 pax ("ustar Interchange Format", "pax Header Block"), and GNU tar's manual ("Basic Tar Format",
"Storing Sparse Files"). Where readers differ it goes with Go's archive/tar, because that is what unpacks layers in
Docker, containerd and Podman: links, devices and folders have no data, a longname beats a pax path, a global header
changes nothing, two blocks of zeros end the archive.

It is pushed: `feed` takes pieces of the stream and returns the entries whose headers are complete; the data of entries
is never looked at.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache

from imagelint.stream import limits
from imagelint.stream.pax import Extension, read_records

BLOCK = 512
_FIELDS = struct.Struct("<100s8s8s8s12s12x8sc100s6s2x64s16x155s12x").unpack_from
_TYPES = {
    **dict.fromkeys((b"0", b"\0", b"7", b"S"), "file"),
    b"1": "hardlink",
    b"2": "symlink",
    b"3": "char",
    b"4": "block",
    b"5": "dir",
    b"6": "fifo",
}
_WITHOUT_DATA = frozenset(("hardlink", "symlink", "char", "block", "dir", "fifo"))
_EXTENSIONS = b"xXgLK"
_NONE: dict[bytes, bytes] = {}
_SUM_MODULUS = 65521


@dataclass(slots=True, eq=False)
class Entry:
    """One member. Offsets count from the start of the uncompressed stream."""

    path: bytes
    """Cleaned: no leading / or ./, no `..`, no doubled or trailing slash; empty for the root."""
    raw_path: bytes
    type: str
    """file, dir, symlink, hardlink, char, block, fifo or other."""
    size: int
    """Bytes of data in the stream."""
    mode: int
    uid: int
    gid: int
    link: bytes
    """The target as written, of a symlink or hardlink."""
    xattrs: dict[bytes, bytes]
    start: int
    """Of its first header block, extensions included."""
    offset: int
    """Of its data."""
    sparse: int = -1
    """Size of the whole file when it is stored without its holes, else -1."""
    pieces: bytes | bytearray = b""
    """Which stretches of a sparse file are stored, as its headers say it; sparse.py reads it."""
    names: bytes = b""
    """What else its headers say in words, a line each: user, group, and pax records that no reader acts on."""

    @property
    def end(self) -> int:
        """Behind the last byte of its data."""
        return self.offset + self.size


class TarReader:
    """Reads headers from pieces of a stream that are fed in order."""

    def __init__(self) -> None:
        self.next = 0
        """Offset of the first byte that it needs to see; data ahead of it may be left out."""
        self.entries = 0
        self.ended = False
        """The two blocks of zeros were seen; whatever follows belongs to no entry."""
        self.garbage = 0
        """Bytes that stood where a header belongs."""
        self.notes: list[str] = []
        """What was not taken as written, each kind once."""
        self._zeros = 0
        self._start = -1
        self._extension = Extension()
        self._extended = 0
        """Bytes of the extended headers ahead of the next entry."""
        self._want = 0
        self._body = bytearray()
        self._body_type = b""
        self._held = bytearray()
        self._sparse_entry: Entry | None = None
        self._last_end = 0

    def feed(self, data: bytes | bytearray | memoryview, at: int) -> list[Entry]:
        """The entries that become complete with this piece, which lies at offset `at` (not behind `next`)."""
        found: list[Entry] = []
        end = at + len(data)
        while not self.ended and self.next < end:
            place = self.next - at
            if self._want:
                self._collect(data, place)
            elif self._held or self.next + BLOCK > end:
                part = data[place : place + BLOCK - len(self._held)]
                self._held += part
                self.next += len(part)
                if len(self._held) == BLOCK:
                    block, self._held = bytes(self._held), bytearray()
                    self.next -= BLOCK
                    self._header(block, 0, found)
            else:
                self._header(data, place, found)
        return found

    def finish(self, size: int) -> str:
        """Tell that the stream ended at `size`; returns what is missing, or empty."""
        if self.garbage and not self.entries:
            return "no tar header was found"
        if self._want or self._held or self._start >= 0:
            return "the archive ends inside a header"
        if self._last_end > size:
            return f"the archive ends {self._last_end - size} bytes ahead of the end of its last member"
        if self.garbage:
            return f"{self.garbage} bytes stand where a tar header belongs"
        return ""

    def _header(self, data: bytes | bytearray | memoryview, place: int, found: list[Entry]) -> None:
        if self._sparse_entry is not None:
            self._sparse_map(self._sparse_entry, data[place : place + BLOCK], found)
            return
        name, mode, uid, gid, size_field, checksum, kind, link, magic, owner, prefix = _FIELDS(data, place)
        block = data[place : place + BLOCK]
        size = number(size_field)
        if size < 0 or (
            zlib.adler32(block) & 0xFFFF != _stated_sum(checksum) and not _signed_sum_holds(block, checksum)
        ):
            self._no_header(block)
            return
        self._zeros = 0
        begin = self.next
        if self._start < 0:
            self._start = begin
        self.next = begin + BLOCK
        if kind in _EXTENSIONS:
            self._extend(kind, size)
            return
        extension = self._extension
        type_ = _TYPES.get(kind, "other")
        if prefix[0] and magic == b"ustar\0":
            name = _text(prefix) + b"/" + _text(name)
        else:
            name = _text(name)
        link = _text(link) if link[0] else b""
        xattrs, names = _NONE, _owner(owner)
        uid_number, gid_number, sparse = _positive(uid), _positive(gid), -1
        if kind == b"\0" and name.endswith(b"/"):
            type_ = "dir"  # V7 had no type for it
        if extension.used:
            name, link, size = (
                extension.path or name,
                extension.link or link,
                extension.size if extension.size >= 0 else size,
            )
            xattrs, sparse = extension.xattrs or _NONE, extension.sparse
            uid_number = extension.uid if extension.uid >= 0 else uid_number
            gid_number = extension.gid if extension.gid >= 0 else gid_number
            names = b"\n".join((names, *extension.names))
            self._extension = Extension()
        self._extended = 0
        if type_ in _WITHOUT_DATA:
            size = 0
        entry = Entry(
            clean(name),
            name,
            type_,
            size,
            _positive(mode),
            uid_number,
            gid_number,
            link,
            xattrs,
            self._start,
            self.next,
            sparse,
            extension.pieces,
            names,
        )
        self._start = -1
        if kind == b"S":
            entry.sparse = number(bytes(data[place + 483 : place + 495]))
            entry.pieces = bytearray(OLD_GNU) + data[place + 386 : place + 482]
            if data[place + 482]:
                self._sparse_entry, self._start = entry, entry.start
                return
        self._emit(entry, found)

    def _emit(self, entry: Entry, found: list[Entry]) -> None:
        offset, size = entry.offset, entry.size
        self.next = offset + (size + BLOCK - 1 & -BLOCK)
        self.entries += 1
        self._last_end = offset + size
        found.append(entry)

    def _sparse_map(self, entry: Entry, block: bytes | bytearray | memoryview, found: list[Entry]) -> None:
        """Old GNU: blocks of 21 pieces each between header and data, the last one with a zero at 504."""
        self.next += BLOCK
        entry.pieces += block[:504] if len(entry.pieces) < limits.TAR_EXTENSION else b""
        if not block[504]:
            self._sparse_entry, self._start = None, -1
            entry.offset = self.next
            self._emit(entry, found)

    def _no_header(self, block: bytes | bytearray | memoryview) -> None:
        """Zeros, of which two blocks end the archive, or garbage: then the next block may be a header again."""
        self.next += BLOCK
        if bytes(block) == _ZEROS:
            self._zeros += 1
            self.ended = self._zeros == 2
            return
        self._zeros = 0
        self.garbage += BLOCK

    def _extend(self, kind: bytes, size: int) -> None:
        """A header that describes the next one: its body is collected, or passed over when there is too much of it."""
        self._extended += size
        if self._extended > limits.TAR_EXTENSION:
            self._note(f"extended headers of more than {limits.TAR_EXTENSION} bytes were passed over")
            self.next += size + BLOCK - 1 & -BLOCK
        elif size:
            self._body_type, self._want, self._body = kind, size, bytearray()

    def _collect(self, data: bytes | bytearray | memoryview, place: int) -> None:
        part = data[place : place + self._want - len(self._body)]
        self._body += part
        self.next += len(part)
        if len(self._body) < self._want:
            return
        self.next += -self._want % BLOCK
        kind, body, self._want = self._body_type, bytes(self._body), 0
        if kind == b"L":
            self._extension.long_path(_text(body))
        elif kind == b"K":
            self._extension.long_link(_text(body))
        else:
            extension = self._extension if kind != b"g" else Extension()
            if not read_records(body, extension):
                self._note("a pax header holds a record that cannot be read")
            if kind == b"g":
                self._start = -1
                if extension.path or extension.link or extension.size >= 0:
                    self._note("a global pax header names a path or a size; it was left aside, as container engines do")

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


class OneFile:
    """A stream that is one file and no archive, with what TarReader has to say of it."""

    def __init__(self, name: bytes) -> None:
        self.entries = 0
        self.notes: list[str] = []
        self._name = name

    def feed(self, data: bytes | bytearray | memoryview, at: int) -> list[Entry]:
        """The file, with the first piece."""
        if self.entries or not len(data):
            return []
        self.entries = 1
        return [Entry(self._name, self._name, "file", 1 << 128, 0, 0, 0, b"", _NONE, at, at)]

    def finish(self, size: int) -> str:
        """Nothing can be missing."""
        return ""


OLD_GNU = b"S"
"""Ahead of the pieces that a header of old GNU tar has, which are binary."""
_ZEROS = bytes(BLOCK)


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


@lru_cache(maxsize=8192)
def _owner(field: bytes) -> bytes:
    """The names of user and group, which stand side by side; a line each."""
    return b"\n".join(name for name in (_text(field[:32]), _text(field[32:])) if name)


@lru_cache(maxsize=8192)
def number(field: bytes) -> int:
    """An octal field, or GNU's base 256 (first bit set); 0 when empty, -1 when it is neither or negative."""
    if field[0] & 0x80:
        return -1 if field[0] & 0x40 else int.from_bytes(bytes((field[0] & 0x3F,)) + field[1:], "big")
    digits = field.strip(b" \0")
    if digits.translate(None, b"01234567"):
        return -1
    return int(digits or b"0", 8)


@lru_cache(maxsize=8192)
def _positive(field: bytes) -> int:
    """The same, and 0 for what is no number."""
    return max(0, number(field))


@lru_cache(maxsize=8192)
def _stated_sum(field: bytes) -> int:
    """What the low half of the header's Adler-32 must be for its checksum to hold; -1 for none.

    It is 1 + the sum of all bytes, modulo 65,521: summed in C, and a sum of 512 bytes is at most twice that.
    """
    stated = number(field)
    return (1 + stated + sum(field) - 8 * 0x20) % _SUM_MODULUS if stated > 0 else -1


def _signed_sum_holds(block: bytes | bytearray | memoryview, field: bytes) -> bool:
    """The checksum over signed bytes, as some old writers made it."""
    stated, data = number(field), bytes(block)
    high = sum(byte >> 7 for byte in data)
    signed = sum(data) - 256 * high - sum(field) + 256 * sum(byte >> 7 for byte in field) + 8 * 0x20
    return stated > 0 and high > 0 and signed == stated


def clean(path: bytes) -> bytes:
    """The path as it lies below the root: `/`, `.` and `..` resolved by name alone, never above the root."""
    if path[-1:] == b"/":
        path = path.rstrip(b"/")
    if path[:1] not in (b"/", b".") and b"/." not in path and b"//" not in path:
        return path
    parts: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            if parts:
                parts.pop()
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts)
