"""Check digits, as those who make tokens compute them: shapes.py makes examples with them, secrets/checksum.py tests
what is found.
"""

from __future__ import annotations

import string
import zlib

from imagelint.sha256 import sha256

BECH32 = "qpzry9x8gf2tvdw0" + "s3jn54khce6mua7l"
BASE32 = string.ascii_uppercase + "234567"
BASE58 = "".join(c for c in string.digits + string.ascii_uppercase + string.ascii_lowercase if c not in "0IOl")
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def bech32(prefix: str, data: str) -> str:
    """The six digits of a text in bech32 (BIP 173): its human-readable part, then the characters behind the 1, all in
    lower case. ValueError for a character that is none of BECH32."""
    numbers = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    numbers += [*(BECH32.index(c) for c in data), 0, 0, 0, 0, 0, 0]
    rest = 1
    for number in numbers:
        top = rest >> 25
        rest = (rest & 0x1FFFFFF) << 5 ^ number
        for bit, constant in enumerate(_GENERATOR):
            rest ^= constant if top >> bit & 1 else 0
    rest ^= 1
    return "".join(BECH32[rest >> 5 * place & 31] for place in range(5, -1, -1))


def double_sha256(data: bytes) -> bytes:
    """The four bytes that base58check adds (BIP 32, "Serialization format")."""
    return sha256(sha256(data).digest()).digest()[:4]


def to_base58(data: bytes) -> str:
    """Base 58 of bytes of which the first is not zero."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = BASE58[digit] + digits
    return digits


def from_base58(text: str) -> bytes:
    """The bytes of digits in base 58. ValueError for a character that is none of BASE58."""
    number = 0
    for character in text:
        number = number * 58 + BASE58.index(character)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def crc32_little(text: str) -> str:
    """The CRC-32 of a text in hexadecimal, the lowest byte first."""
    return zlib.crc32(text.encode()).to_bytes(4, "little").hex()
