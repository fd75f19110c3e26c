"""Check digits and small encodings of token makers, written from their descriptions."""

from __future__ import annotations

import base64
import json
import random
import zlib
from collections.abc import Mapping

from tests.planting.text import ALNUM, b64url, chars, uuid

BECH32 = "qpzry9x8gf2tvdw0" + "s3jn54khce6mua7l"


def base62(number: int, width: int) -> str:
    """A number in digits 0-9 A-Z a-z, filled up with 0."""
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = ALNUM[rest] + text
    return text.rjust(width, "0")


def with_crc(rng: random.Random, length: int, prefix: str = "") -> str:
    """Random characters and six of a CRC32 over them: GitHub's and npm's form, told in GitHub's engineering blog."""
    body = chars(rng, ALNUM, length)
    return prefix + body + base62(zlib.crc32(body.encode()), 6)


def matrix(rng: random.Random) -> str:
    """A token of Synapse: the user, a random part, and the CRC32 of both with what is ahead of them."""
    name = base64.b64encode(chars(rng, "abcdefghijklmnop", 9).encode()).decode()
    head = f"syt_{name}_{chars(rng, ALNUM[10:], 20)}"
    return f"{head}_{base62(zlib.crc32(head.encode()), 6)}"


def grafana(rng: random.Random) -> str:
    """A Grafana service account token: the CRC32 of what is ahead, little end first, as in its apikeygenprefix."""
    head = "glsa_" + chars(rng, ALNUM, 32)
    return f"{head}_{zlib.crc32(head.encode()).to_bytes(4, 'little').hex()}"


def jwt(rng: random.Random, claims: Mapping[str, object] | None = None) -> str:
    """A signed token of RFC 7519 that expires far from now."""
    head = {"alg": rng.choice(["HS256", "RS256"]), "typ": "JWT"}
    body = claims or {"sub": uuid(rng), "iat": 1_700_000_000 + rng.randrange(10**7), "exp": 4_100_000_000}
    signature = rng.randbytes(32 if head["alg"] == "HS256" else 256)
    return ".".join([compact(head), compact(body), b64url(signature)])


def compact(document: Mapping[str, object]) -> str:
    """A JSON document as base64 for URLs."""
    return b64url(json.dumps(document, separators=(",", ":")).encode())


def pypi(rng: random.Random) -> str:
    """A PyPI token: a macaroon of version 2 with one caveat."""
    identifier = uuid(rng).encode()
    caveat = b'{"version": 1, "permissions": "user"}'
    packets = b"\x02\x01\x08py" + b"pi.org" + b"\x02" + bytes([len(identifier)]) + identifier + b"\x00"
    packets += b"\x02" + bytes([len(caveat)]) + caveat + b"\x00\x00\x06\x20" + rng.randbytes(32)
    return "pypi-" + b64url(packets)


def bech32(prefix: str, data: bytes) -> str:
    """BIP 173's encoding, with its six check characters."""
    bits = int.from_bytes(data, "big")
    size = len(data) * 8
    pad = -size % 5
    bits <<= pad
    values = [(bits >> shift) & 31 for shift in range(size + pad - 5, -1, -5)]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = _polymod([*expanded, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [(check >> 5 * (5 - i)) & 31 for i in range(6)]
    return prefix + "1" + "".join(BECH32[v] for v in values)


def _polymod(values: list[int]) -> int:
    generator = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit in range(5):
            check ^= generator[bit] if (top >> bit) & 1 else 0
    return check


def crc24(data: bytes) -> bytes:
    """The check sum of an OpenPGP armor, RFC 4880 section 6.1."""
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return (crc & 0xFFFFFF).to_bytes(3, "big")


def lines(data: bytes, width: int) -> list[str]:
    """Bytes as base64, in lines."""
    text = base64.b64encode(data).decode()
    return [text[at : at + width] for at in range(0, len(text), width)]
