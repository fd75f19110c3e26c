"""Secrets for tests, made when the tests run: no file of this repository may hold one."""

from __future__ import annotations

import base64
import random
import string

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def password(seed: int) -> str:
    """A password as people choose them when they must: letters of both cases, digits, a sign."""
    rng = random.Random(seed)
    return "".join(rng.choices(string.ascii_letters, k=9)) + "-" + "".join(rng.choices(string.digits, k=4)) + "x"


def rsa_key(seed: int, bits: int = 2048) -> str:
    """A private key in PEM (RFC 8017, appendix A.1.2): well-formed, of random numbers, and good for nothing."""
    rng = random.Random(seed)
    half = bits // 2
    sizes = (bits, 17, bits, half, half, half, half, half)
    numbers = [0, *(rng.getrandbits(size) | 1 << size - 1 | 1 for size in sizes)]
    body = b"".join(_der(2, number.to_bytes(number.bit_length() // 8 + 1, "big")) for number in numbers)
    text = base64.b64encode(_der(0x30, body)).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    label = "RSA PRIVATE" + " KEY"
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _der(tag: int, content: bytes) -> bytes:
    """One value in DER (X.690, section 8.1)."""
    size = len(content)
    length = (
        bytes([size])
        if size < 128
        else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8, "big")
    )
    return bytes([tag]) + length + content
