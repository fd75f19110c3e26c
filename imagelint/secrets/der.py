"""DER and BER, as far as keys need it (ITU-T X.690), and which bytes are a private key.

Everything raises ValueError where the bytes are not what was asked for, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

INTEGER, BITS, OCTETS, OID, SEQUENCE, FIRST = 0x02, 0x03, 0x04, 0x06, 0x30, 0xA0
"""Tags; FIRST is [0], constructed."""
_DEPTH = 6
"""Elements without a length inside of each other: a store of Bouncy Castle has four."""
_MOST = 10_000
"""Elements inside of one: of Bouncy Castle's pieces of 1,000 bytes, a MiB has a thousand."""
_KEY_BITS = range(512, 16385)


def oid(dotted: str) -> bytes:
    """An object identifier, encoded (X.690, 8.19)."""
    first, second, *rest = map(int, dotted.split("."))
    out = bytes([first * 40 + second])
    for number in rest:
        group = [number & 0x7F]
        while number := number >> 7:
            group.insert(0, number & 0x7F | 0x80)
        out += bytes(group)
    return out


_ALGORITHMS = (
    oid("1.2.840.113549.1.1"),  # RSA, RSA-PSS (RFC 8017, appendix C)
    oid("1.2.840.10045.2.1"),  # EC (RFC 5480, 2.1.1)
    oid("1.2.840.10040.4.1"),  # DSA (RFC 3279, 2.3.2)
    oid("1.2.840.10046.2.1"),  # Diffie-Hellman (RFC 3279, 2.3.3)
    *(oid(f"1.3.101.{number}") for number in range(110, 114)),  # X25519, X448, Ed25519, Ed448 (RFC 8410, 3)
)
_CIPHERS = (oid("1.2.840.113549.1.5"), oid("1.2.840.113549.1.12.1"))
"""What PKCS #5 (RFC 8018, appendix A) and PKCS #12 (RFC 7292, appendix C) encrypt with under a password."""


class Element(NamedTuple):
    """Where an element's content lies, and where the next one begins."""

    tag: int
    start: int
    stop: int
    next: int


def element(data: bytes, at: int, end: int, depth: int = 0) -> Element:
    """The element at an offset; it may have no length (BER), and never leaves data[:end]."""
    if at + 2 > end:
        raise ValueError
    tag, size, start = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise ValueError
    if size == 0x80 and tag & 0x20:
        if depth == _DEPTH:
            raise ValueError
        at = start
        while data[at : at + 2] != b"\0\0":
            at = element(data, at, end, depth + 1).next
        if at + 2 > end:
            raise ValueError
        return Element(tag, start, at, at + 2)
    if size & 0x80:
        count = size & 0x7F
        if not 0 < count < 5:
            raise ValueError
        size = int.from_bytes(data[start : start + count], "big")
        start += count
    if start + size > end:
        raise ValueError
    return Element(tag, start, start + size, start + size)


def children(data: bytes, outer: Element) -> Iterator[Element]:
    """The elements inside of one, which they fill."""
    at = outer.start
    for _ in range(_MOST):
        if at >= outer.stop:
            return
        inner = element(data, at, outer.stop)
        yield inner
        at = inner.next
    raise ValueError


def sequence(data: bytes, outer: Element | None = None) -> list[Element]:
    """The elements of a SEQUENCE; without `outer`, of the one that all data is."""
    if outer is None:
        outer = element(data, 0, len(data))
        if outer.next != len(data):
            raise ValueError
    if outer.tag != SEQUENCE:
        raise ValueError
    return list(children(data, outer))


def octets(data: bytes, outer: Element, depth: int = 0) -> bytes:
    """The content of an OCTET STRING, which BER may have in pieces; also of one that [0] wraps."""
    if outer.tag == OCTETS:
        return content(data, outer)
    if outer.tag not in (OCTETS | 0x20, FIRST) or depth == _DEPTH:
        raise ValueError
    return b"".join(octets(data, inner, depth + 1) for inner in children(data, outer))


def number(data: bytes, item: Element) -> int:
    """An INTEGER."""
    if item.tag != INTEGER or item.start == item.stop:
        raise ValueError
    return int.from_bytes(data[item.start : item.stop], "big", signed=True)


def content(data: bytes, item: Element) -> bytes:
    """What an element holds."""
    return data[item.start : item.stop]


def protection(data: bytes) -> str:
    """`plain` or `encrypted` for a private key, alone and complete: PKCS #8 (RFC 5958), PKCS #1 (RFC 8017, A.1.2),
    SEC 1 (RFC 5915), OpenSSL's form for DSA. ValueError for anything else."""
    parts = sequence(data)
    tags = [part.tag for part in parts]
    if tags == [SEQUENCE, OCTETS]:
        if _algorithm(data, parts[0]).startswith(_CIPHERS) and parts[1].stop - parts[1].start >= 40:
            return "encrypted"
    elif tags[:3] == [INTEGER, SEQUENCE, OCTETS]:
        if number(data, parts[0]) in (0, 1) and _algorithm(data, parts[1]).startswith(_ALGORITHMS):
            return "plain"
    elif tags[:2] == [INTEGER, OCTETS]:
        size = parts[1].stop - parts[1].start
        if number(data, parts[0]) == 1 and 20 <= size <= 72 and set(tags[2:]) <= {FIRST, FIRST + 1} and tags[2:]:
            return "plain"
    elif len(tags) in (6, 9) and set(tags) == {INTEGER}:
        version, *numbers = (number(data, part) for part in parts)
        if version == 0 and numbers[0].bit_length() in _KEY_BITS and min(numbers) > 0:
            if len(numbers) == 5:  # p, q, g, y, x
                return "plain" if numbers[1].bit_length() in range(160, 513) and max(numbers) == numbers[0] else _none()
            if numbers[0] == numbers[3] * numbers[4]:  # n = pq
                return "plain"
    return _none()


def _none() -> str:
    raise ValueError


def _algorithm(data: bytes, item: Element) -> bytes:
    """The object identifier of an AlgorithmIdentifier (RFC 5280, 4.1.1.2)."""
    parts = sequence(data, item)
    if not parts or len(parts) > 2 or parts[0].tag != OID:
        raise ValueError
    return content(data, parts[0])
