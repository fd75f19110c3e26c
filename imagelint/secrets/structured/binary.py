"""Credentials in files without lines.

web.mit.edu/kerberos/krb5-latest/doc/formats/keytab_file_format.html;
dev.mysql.com/doc/refman/8.4/en/mysql-config-editor.html (obscured, not protected: the key lies in the file);
vncpasswd(1) (DES under a key that everybody knows)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from imagelint.secrets.structured.value import GENERAL, OBSCURED, Reader, Value

_ENTRIES = 1000
"""Keys of one keytab that are told."""


def keytab(text: str) -> Iterator[Value]:
    """The key of each entry, in hexadecimal digits; version 2, in which numbers are big-endian."""
    data = text.encode("latin-1")
    if data[:2] != b"\x05\x02":
        return
    at = 2
    for _ in range(_ENTRIES):
        if at + 4 > len(data):
            return
        (size,) = struct.unpack_from(">i", data, at)
        at += 4
        if size > 0 and (key := _key(data[at : at + size])):
            yield Value(
                at + key[0], at + key[1], GENERAL, "key", formed=True, text=data[at + key[0] : at + key[1]].hex()
            )
        if not size:
            return
        at += abs(size)


def _key(entry: bytes) -> tuple[int, int] | None:
    """Where in an entry its key lies."""
    try:
        (count,) = struct.unpack_from(">H", entry, 0)
        at = 2
        for _ in range(min(count, 16) + 1):  # the realm, then the components
            (size,) = struct.unpack_from(">H", entry, at)
            at += 2 + size
        at += 4 + 4 + 1 + 2  # the kind of name, the time, the version, the kind of key
        (size,) = struct.unpack_from(">H", entry, at)
    except struct.error:
        return None
    end = at + 2 + size
    return (at + 2, end) if 8 <= size <= 64 and end <= len(entry) else None


def login_path(text: str) -> Iterator[Value]:
    """.mylogin.cnf: four bytes, twenty that make the key, then lines with their length ahead."""
    if len(text) > 28 and text[:4] == "\0\0\0\0":
        data = text.encode("latin-1")
        (size,) = struct.unpack_from("<I", data, 24)
        if 16 <= size <= 4096 and size % 16 == 0 and 28 + size <= len(data):
            yield Value(4, 24, OBSCURED, "login path", formed=True, text=data[4:24].hex())


def vnc(text: str) -> Iterator[Value]:
    """Eight bytes for a password, eight more for one that may only look on."""
    if len(text) in (8, 16):
        data = text.encode("latin-1")
        yield Value(0, 8, OBSCURED, "password", formed=True, text=data[:8].hex())


READERS: dict[str, Reader] = {
    "*.keytab": keytab,
    ".mylogin.cnf": login_path,
    ".vnc/passwd": vnc,
    "tigervnc/passwd": vnc,
}
