"""What the first bytes of a file say. It imports nothing: Dockerfiles are asked too, and a cold start has a budget."""

from __future__ import annotations

MAGIC = {"gzip": b"\x1f\x8b\x08", "zstd": b"\x28\xb5\x2f\xfd", "xz": b"\xfd7zXZ\0", "bzip2": b"BZh"}
"""RFC 1952, section 2.3.1; RFC 8878, section 3.1.1; the .xz file format, section 2.1.1.1; bzip2's manual."""
_SKIPPABLE = b"\x2a\x4d\x18"
"""Bytes 1 to 3 of a zstd skippable frame; the first is 0x50 to 0x5f (RFC 8878, section 3.1.2)."""
_USTAR_AT = 257
"""Where a tar header says `ustar` (POSIX.1-2017, pax, "ustar Interchange Format")."""
START = 512
"""Bytes that `is_archive` looks at: one tar header."""


def compression(start: bytes) -> str:
    """gzip, zstd, xz, bzip2, or empty: from the first 8 bytes."""
    for name, magic in MAGIC.items():
        if start.startswith(magic):
            return name
    return "zstd" if start[1:4] == _SKIPPABLE and start[0] >> 4 == 5 else ""


def is_archive(start: bytes) -> bool:
    """A tar, or something compressed: from the first START bytes."""
    return start[_USTAR_AT : _USTAR_AT + 5] == b"ustar" or compression(start) != ""
