"""What rpm's database says of a package's files.

The header of a package, as the database keeps it, is that of a package file without its magic (rpm.org, "RPM v4
package format", Header; tags and their types: rpm's documentation, "RPM Tags"). It lies in a row of the table
Packages of an SQLite file (rpm 4.16), or in a slot of SUSE's own Packages.db (rpm's lib/backend/ndb/rpmpkg.c).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from operator import add

from imagelint.errors import UnreadableError
from imagelint.stream import limits, sqlite
from imagelint.stream.spool import Spool

_DIGESTS, _INDEXES, _NAMES, _FOLDERS = 1035, 1116, 1117, 1118
_TAGS = {_DIGESTS: 8, _INDEXES: 4, _NAMES: 8, _FOLDERS: 8}
"""FILEDIGESTS, DIRINDEXES, BASENAMES, DIRNAMES, and their types: 8 is an array of texts, 4 of 32-bit numbers."""
_MODES, _CAPABILITIES = 1030, 5010
_OPTIONAL = {_MODES: 3, _CAPABILITIES: 8}
"""FILEMODES, 16-bit numbers; FILECAPS, texts, where a file of the package has any."""
PRIVILEGED = b"+"
"""Ahead of the digest in a second line for a file that its package gives setuid, setgid or capabilities."""
_FILES = 200_000
"""Files of one package: a kernel's headers have 22,000."""
_PATH = 4096
_ENTRY = struct.Struct(">IIII").iter_unpack
_SLOT = struct.Struct("<IIII")
_PAGE = 4096


def headers(file: Spool) -> Iterator[bytes]:
    """The headers in an rpmdb.sqlite. UnreadableError for a file that is damaged."""
    for row in sqlite.rows(file, "Packages"):
        if len(row) == 2:
            yield row[1]


def ndb_headers(file: Spool) -> Iterator[bytes]:
    """The headers in a Packages.db: slots of 16 bytes (magic, number, place and length in units of 16 bytes) fill its
    first pages, and lead to blobs (magic, number, generation, length, data). Everything is little-endian."""
    head = file.read(0, 32)
    if len(head) < 32 or head[:4] != b"RpmP":
        raise UnreadableError("it is no database of rpm")
    left = file.size
    pages = int.from_bytes(head[12:16], "little")
    for page in range(min(pages, file.size // _PAGE)):
        data = file.read(page * _PAGE, _PAGE)
        for at in range(0 if page else 32, len(data) - 15, 16):
            magic, number, place, length = _SLOT.unpack_from(data, at)
            if magic != 0x746F6C53 or not number or not length:  # Slot
                continue
            blob = file.read(place * 16, 16)
            if len(blob) < 16:
                raise UnreadableError("it ends ahead of its last package")
            mark, owner, _, size = _SLOT.unpack(blob)
            left -= size
            if mark != 0x53626C42 or owner != number or size > limits.DATABASE_ROW or left < 0:  # BlbS
                raise UnreadableError("a slot of it leads nowhere")
            yield file.read(place * 16 + 16, size)


def listed(header: bytes) -> list[bytes]:
    """`DIGEST  PATH` for each regular file of a package: the digest in hexadecimal, by whatever algorithm
    (FILEDIGESTALGO; its length tells), the path without the leading /. Behind these, `+DIGEST  PATH` for those of them
    with privileges.

    UnreadableError for a header that does not hold together.
    """
    count, size = struct.unpack(">II", header[:8]) if len(header) >= 8 else (1, 0)
    store = 8 + 16 * count
    if store + size > len(header):
        raise UnreadableError("the header of a package is damaged")
    places: dict[int, tuple[int, int]] = {}
    for tag, kind, offset, number in _ENTRY(header[8:store]):
        if kind in (_TAGS.get(tag), _OPTIONAL.get(tag)) and offset < size:
            places[tag] = (store + offset, number)
    if not places.keys() >= _TAGS.keys():
        return []  # a package without files
    total = places[_NAMES][1]
    if total > _FILES or places[_FOLDERS][1] > _FILES:
        raise UnreadableError(f"a package of more than {_FILES} files")
    names = _texts(header, *places[_NAMES])
    digests = _texts(header, places[_DIGESTS][0], total)
    folders = [
        b"  " + folder.removeprefix(b"/") if len(folder) <= _PATH else b""
        for folder in _texts(header, *places[_FOLDERS])
    ]
    at = places[_INDEXES][0]
    if at + 4 * total > len(header) or len(names) != total or len(digests) != total:
        raise UnreadableError("the header of a package is damaged")
    indexes = struct.unpack_from(f">{total}I", header, at)
    if indexes and max(indexes) >= len(folders):
        raise UnreadableError("the header of a package is damaged")
    lines = list(map(add, digests, map(add, map(folders.__getitem__, indexes), names)))
    found = [line for line, digest in zip(lines, digests, strict=True) if len(digest) >= 32]
    return found + [PRIVILEGED + lines[n] for n in _privileged(header, places, total) if len(digests[n]) >= 32]


def _privileged(header: bytes, places: Mapping[int, tuple[int, int]], total: int) -> list[int]:
    """Which files have setuid, setgid or capabilities."""
    found: set[int] = set()
    if _MODES in places and (at := places[_MODES][0]) + 2 * total <= len(header):
        found.update(n for n, mode in enumerate(struct.unpack_from(f">{total}H", header, at)) if mode & 0o6000)
    if _CAPABILITIES in places:
        found.update(n for n, text in enumerate(_texts(header, places[_CAPABILITIES][0], total)) if text)
    return sorted(found)


def _texts(header: bytes, at: int, count: int) -> list[bytes]:
    """So many texts, each ended by a zero."""
    found = header[at:].split(b"\0", count)
    return found[:count]
