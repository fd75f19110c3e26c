"""Tar blocks by hand, for archives that no program would write."""

from __future__ import annotations

import struct

BLOCK = 512
END = bytes(2 * BLOCK)


def header(
    name: bytes = b"f",
    size: int | bytes = 0,
    kind: bytes = b"0",
    link: bytes = b"",
    prefix: bytes = b"",
    signed: bool = False,
) -> bytes:
    """A tar header of 512 bytes, with a right checksum (POSIX.1-2017, pax, "ustar Interchange Format")."""
    field = size if isinstance(size, bytes) else b"%011o\0" % size
    block = bytearray(
        struct.pack(
            "<100s8s8s8s12s12s8sc100s8s80x155s12x",
            name,
            b"0000644\0",
            b"0000000\0",
            b"0000000\0",
            field,
            b"0" * 11,
            b" " * 8,
            kind,
            link,
            b"ustar\x0000",
            prefix,
        )
    )
    total = sum(byte - 256 if signed and byte > 127 else byte for byte in block)
    block[148:156] = b"%06o\0 " % total
    return bytes(block)


def record(key: bytes, value: bytes) -> bytes:
    """A PAX record: its length counts itself."""
    length = len(key) + len(value) + 3
    while len(str(length)) + len(key) + len(value) + 3 != length:
        length = len(str(length)) + len(key) + len(value) + 3
    return b"%d %s=%s\n" % (length, key, value)


def padded(body: bytes) -> bytes:
    """Filled up to whole blocks."""
    return body + bytes(-len(body) % BLOCK)


def pax(*records: tuple[bytes, bytes], kind: bytes = b"x") -> bytes:
    """An extended header, or a global one of kind g."""
    body = b"".join(record(key, value) for key, value in records)
    return header(b"pax", len(body), kind) + padded(body)
