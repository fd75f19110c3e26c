"""Base64 in a text (RFC 4648, sections 4 and 5; lines as RFC 2045 has them)."""

from __future__ import annotations

import binascii
import re

SHORTEST = 24
"""Characters of a value that is decoded: `PASSWORD=` and nine more. A shorter one holds no name and value."""
REACH = 64 << 10
"""Bytes on each side of a place that are taken for one value; a longer one is decoded in parts."""
_NEAR = 1 << 10
_LINE = rb"[A-Za-z0-9+/_-]"
_AHEAD = re.compile(rb"(?:" + _LINE + rb"+(?:\r?\n[ \t]{0,64}(?=" + _LINE + rb"{16}))?)*={0,2}")
_BACK = re.compile(rb"(?:" + _LINE + rb"+(?:[ \t]{0,64}\n\r?(?=" + _LINE + rb"{16}))?)*")
_ALL = re.compile(rb"[A-Za-z0-9+/_\s-]+={0,2}\s*")
_BREAKS = b" \t\r\n"
_STANDARD = bytes.maketrans(b"-_", b"+/")
_NO_TEXT = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\x1b") + b"\x7f"
_NEVER = 50
"""One byte in so many may be no text, beyond those of UTF-8: the ends of a value may be cut."""


def run(text: bytes | bytearray, low: int, place: int, high: int) -> tuple[int, int]:
    """Start and end of the base64 value around a place, between two others."""
    start = end = place
    for reach in (_NEAR, REACH):
        first, last = max(low, place - reach), min(high, place + reach)
        back, ahead = _BACK.match(bytes(text[first:place])[::-1]), _AHEAD.match(text, place, last)
        start, end = place - (back.end() if back else 0), ahead.end() if ahead else place
        if (start > first or first == low) and (end < last or last == high):
            break
    return start, end


def decoded(value: bytes) -> bytes:
    """The text that a value stands for, at whichever of four places its groups begin; empty when it is no text."""
    value = value.translate(_STANDARD, _BREAKS + b"=")
    if len(value) < SHORTEST:
        return b""
    for skip in range(4):
        size = len(value) - skip
        part = value[skip : len(value) - (1 if size % 4 == 1 else 0)]
        data = binascii.a2b_base64(part + b"=" * (-len(part) % 4))
        if (len(data) - len(data.translate(None, _NO_TEXT))) * _NEVER <= len(data) and _is_text(data):
            return data
    return b""


def innermost(value: bytes) -> bytes:
    """The same, however often it was encoded: as long as a text is base64 alone, what it stands for, which is a quarter
    shorter."""
    text = decoded(value)
    while _ALL.fullmatch(text) and (inner := decoded(text)):
        text = inner
    return text


def _is_text(data: bytes) -> bool:
    """Mostly ASCII, or UTF-8."""
    if len(data.translate(None, _HIGH)) * 10 >= len(data) * 9:
        return True
    try:
        data[: len(data) - 3].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_HIGH = bytes(range(128, 256))
