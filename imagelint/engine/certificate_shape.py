"""A certificate for examples: in the form of RFC 5280, 4.1, of random numbers, and good for nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator

_RSA = bytes.fromhex("300d06092a864886f70d0101010500")
"""AlgorithmIdentifier of a public key, RSA (RFC 3279, 2.3.1)."""
_SIGNED = bytes.fromhex("300d06092a864886f70d01010b0500")
"""The same of a signature, RSA with SHA-256 (RFC 4055, 5)."""
_COMMON_NAME = bytes.fromhex("0603550403")


def certificate(day: str, stream: Iterator[int]) -> str:
    """In PEM; it is for `CN=example.org`, and holds until this day (YYYYMMDD). The numbers come from the stream."""
    numbers = bytes(next(stream) & 255 for _ in range(256))
    name = _der(0x30, _der(0x31, _der(0x30, _COMMON_NAME, _der(0x0C, b"example.org"))))
    times = _der(0x30, _der(0x18, b"20000101000000Z"), _der(0x18, f"{day}000000Z".encode()))
    key = _der(0x30, _der(0x02, b"\0\x80" + numbers[:127]), _der(0x02, b"\1\0\1"))
    info = _der(0x30, _RSA, _der(0x03, b"\0", key))
    inner = _der(0x30, _der(0xA0, _der(0x02, b"\2")), _der(0x02, b"\1"), _SIGNED, name, times, name, info)
    text = base64.encodebytes(_der(0x30, inner, _SIGNED, _der(0x03, b"\0", numbers[128:]))).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


def _der(tag: int, *parts: bytes) -> bytes:
    """One value (X.690, 8.1)."""
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content
