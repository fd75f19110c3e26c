"""How much memory a compressed stream asks of its decoder, from its first bytes."""

from __future__ import annotations

_LZMA2 = 0x21
_XZ_HEADER = 12
_OVERHEAD = 1 << 20


def appetite(kind: str, start: bytes) -> int:
    """Bytes for the first block of an xz (the .xz file format, sections 3.1 and 5.3.1) or the first frame of a zstd
    (RFC 8878, section 3.1.1.1); 0 for other kinds and what cannot be read. Later blocks may ask for more."""
    try:
        if kind == "xz":
            return _xz(start) + _OVERHEAD
        return _zstd(start) + _OVERHEAD if kind == "zstd" else 0
    except IndexError:
        return 0


def _xz(start: bytes) -> int:
    flags, at = start[_XZ_HEADER + 1], _XZ_HEADER + 2
    for bit in (0x40, 0x80):  # compressed and uncompressed size
        if flags & bit:
            at = _behind_number(start, at)
    for _ in range((flags & 3) + 1):
        if start[at] == _LZMA2:
            bits = start[at + 2] & 0x3F
            return (2 | bits & 1) << bits // 2 + 11
        at = _behind_number(start, at)
        at += 1 + start[at]
    return 0


def _behind_number(start: bytes, at: int) -> int:
    while start[at] & 0x80:
        at += 1
    return at + 1


def _zstd(start: bytes) -> int:
    descriptor = start[4]
    if descriptor & 0x20:
        size = (1, 2, 4, 8)[descriptor >> 6]
        at = 5 + (0, 1, 2, 4)[descriptor & 3]
        return int.from_bytes(start[at : at + size], "little")
    base = 1 << 10 + (start[5] >> 3)
    return base + base // 8 * (start[5] & 7)
