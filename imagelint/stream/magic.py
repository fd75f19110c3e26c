"""What the first bytes of a file say. It imports nothing: Dockerfiles are asked too, and a cold start has a budget."""

from __future__ import annotations

import re

MAGIC = {"gzip": b"\x1f\x8b\x08", "zstd": b"\x28\xb5\x2f\xfd", "xz": b"\xfd7zXZ\0", "bzip2": b"BZh"}
"""RFC 1952, section 2.3.1; RFC 8878, section 3.1.1; the .xz file format, section 2.1.1.1; bzip2's manual."""
_BOMS = (b"\xff\xfe", b"\xfe\xff")
"""U+FEFF in UTF-16 (The Unicode Standard, section 3.10); followed by zeros it is UTF-32's."""
_TEXT = bytes(range(32, 256)) + b"\t\n\r\f"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
"""zlib streams with a window of 32 KiB (RFC 1950, section 2.2)."""
_LOOSE = re.compile(rb"(?:^|/)objects/[0-9a-f]{2}/(?:[0-9a-f]{38}|[0-9a-f]{62})$")
"""Where git keeps a loose object (gitrepository-layout(5))."""
_FIRST = frozenset(b"P\x1f\x28\xfdB!#\0\x78\xff\xfe" + bytes(range(0x50, 0x60)))
"""What the formats below begin with, but tar, pyc and UTF-16 without a mark."""
_BZIP2 = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
"""What follows `BZh` and the level: a block, or the end of an empty stream. `BZh` alone may begin a text."""
_SKIPPABLE = b"\x2a\x4d\x18"
"""Bytes 1 to 3 of a zstd skippable frame; the first is 0x50 to 0x5f (RFC 8878, section 3.1.2)."""
_USTAR_AT = 257
"""Where a tar header says `ustar` (POSIX.1-2017, pax, "ustar Interchange Format")."""
_U = ord("u")
_PYC = b"\x0d\x0e"
"""The second byte of compiled Python 3, with 2 and 3 a line end (CPython, importlib._bootstrap_external,
MAGIC_NUMBER)."""
START = 512
"""Bytes that `is_archive` and `container` look at: one tar header."""
_ZIP = (b"PK\3\4", b"PK\5\6")
"""A local file header, or the end of an empty archive (PKWARE's APPNOTE, sections 4.3.7 and 4.3.16)."""
_AR = b"!<arch>\n"
_LIBRARIES = (b"/", b"__.SYMDEF", b"#1/")
"""First members of an ar that is a library of objects, with its index of symbols: nothing in it is compressed."""
_SCRIPT_WITH_ZIP = 64 << 10
"""Bytes from which a script may have a zip behind it: Spring Boot's launch script has 10 KB, and a jar has more."""


def compression(start: bytes) -> str:
    """gzip, zstd, xz, bzip2, or empty: from the first 8 bytes."""
    for name, magic in MAGIC.items():
        if start.startswith(magic):
            return name
    return "zstd" if start[1:4] == _SKIPPABLE and start[0] >> 4 == 5 else ""


def is_archive(start: bytes) -> bool:
    """A tar, or something compressed: from the first START bytes."""
    return start[_USTAR_AT : _USTAR_AT + 5] == b"ustar" or compression(start) != ""


def _is_wide(start: bytes, text: int) -> bool:
    """Whether every other byte, from `text` on, is a character of ASCII, and the others are zero: UTF-16 without a
    mark, in the languages that most configurations are written in."""
    pairs = len(start) // 2
    zeros = start[1 - text : 2 * pairs : 2].count(0)
    return pairs > 3 and zeros * 8 >= pairs * 7 and not start[text : 2 * pairs : 2].translate(None, _TEXT)


def is_plain(data: memoryview | bytearray, at: int) -> bool:
    """Whether `container` says nothing of what begins here, at a glance: most files. START bytes of it are there."""
    second = data[at + 1]
    return data[at] not in _FIRST and second != 0 and second not in _PYC and data[at + _USTAR_AT] != _U


def container(start: bytes, size: int, name: bytes) -> str:
    """What must be done to a file of `size` bytes before its text can be searched, from its first START bytes: gzip,
    zstd, xz, bzip2, zip, ar, tar, pack (of git), object (of git, loose), utf-16-le, utf-16-be, pyc; empty for
    nothing."""
    if start[2:4] == b"\r\n" and start[1] in _PYC:
        return "pyc"
    if start[0] not in _FIRST and start[_USTAR_AT : _USTAR_AT + 5] != b"ustar":
        if start[1:2] == b"\0":
            return "utf-16-le" if _is_wide(start, 0) else ""
        return ""
    if start.startswith(_ZIP):
        return "zip"
    if start[0] == 0:
        return "utf-16-be" if _is_wide(start, 1) else ""
    if start.startswith(_BOMS):
        return "" if start[2:4] == b"\0\0" else "utf-16-le" if start[0] == 0xFF else "utf-16-be"
    if start.startswith(_ZLIB) and _LOOSE.search(name):
        return "object"
    if (found := compression(start)) and (found != "bzip2" or start[4:10] in _BZIP2):
        return found
    if start.startswith(_AR):
        return "" if start[8:24].startswith(_LIBRARIES) else "ar"
    if start.startswith(b"PACK\0\0\0"):
        return "pack"
    if start[_USTAR_AT : _USTAR_AT + 5] == b"ustar":
        return "tar"
    if start.startswith(b"#!") and (size > _SCRIPT_WITH_ZIP or b"PK\3\4" in start):
        return "zip"
    return ""
