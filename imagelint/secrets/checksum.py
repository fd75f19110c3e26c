"""Offline proof: does a value carry the check digits, the structure or the header that a real one has?

`check` answers True (proved), False (cannot be real: drop it) or None (no way to tell).
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Callable

from imagelint.secrets import keys

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


_REFRESH = 76
"""Characters of GitHub's refresh tokens, of whose check digits nothing is published
(https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens).
"""


def base62(number: int, width: int) -> str:
    """A number in base 62, digits first, filled with zeros to the width."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(width, "0")


def crc32_base62(value: str) -> bool | None:
    """The last six characters are the CRC32 of those before, behind the prefix, in base 62 (GitHub's blog, April
    2021; npm and NetBird do the same).
    """
    body = value[value.index("_") + 1 :] if "_" in value else value
    right = base62(zlib.crc32(body[:-6].encode()), 6) == body[-6:]
    return right or (None if len(body) == _REFRESH else False)


def matrix(value: str) -> bool | None:
    """Behind the last underscore is the CRC32 of all that stands before it, in base 62: tokens of Synapse (`syt_`,
    `syr_`; synapse/handlers/auth.py) and of the Matrix Authentication Service (`mar_`, `mct_`, `mcr_`;
    crates/data-model/src/tokens.rs), which writes the last digit first and fills up with zeros in front.
    """
    body, _, digits = value.rpartition("_")
    number = zlib.crc32(body.encode())
    if value.startswith("sy"):
        return digits == base62(number, 6)
    return digits == base62(number, 1)[::-1].rjust(6, "0")


def jwt(value: str) -> bool | None:
    """RFC 7519: header and payload are base64url of JSON objects, and the header names an algorithm."""
    parts = value.split(".")
    if len(parts) < 2:
        return False
    header, payload = _json(parts[0]), _json(parts[1])
    if not (header.startswith(b"{") and header.rstrip().endswith(b"}") and b'"alg"' in header):
        return False
    if b'"none"' in header.lower():
        return False
    return payload.startswith(b"{") and payload.rstrip().endswith(b"}")


def _json(part: str) -> bytes:
    try:
        return binascii.a2b_base64(part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return b""


def basic_auth(value: str) -> bool | None:
    """RFC 7617: base64 of `user:password`, the user printable and neither empty."""
    text = _json(value.rstrip("="))
    user, colon, password = text.partition(b":")
    return bool(colon and user and password and all(32 < byte < 127 for byte in user))


def crypt_hash(value: str) -> bool | None:
    """crypt(5): `$id$salt$hash`, with parameters in between for some methods."""
    return value.startswith("$") and len(value.rsplit("$", 1)[-1]) >= 20


_FUNCTIONS: dict[str, Callable[[str], bool | None]] = {
    "github": crc32_base62,
    "npm": crc32_base62,
    "netbird": crc32_base62,
    "matrix": matrix,
    "jwt": jwt,
    "basic-auth": basic_auth,
    "crypt": crypt_hash,
    "pem": keys.check_pem,
    "openssh": keys.check_openssh,
    "pgp": keys.check_pgp,
    "putty": keys.check_putty,
    "ssh2": keys.check_ssh2,
    "nebula": keys.check_nebula,
    "openvpn": keys.check_openvpn,
    "sealed": keys.check_sealed,
}
NAMES = frozenset(_FUNCTIONS)
"""What a rule may write behind `checksum`."""

DIGITS = frozenset({"github", "npm", "netbird", "matrix"})
"""Those with check digits: 32 bits that no sample has by chance."""

BLOCKS = frozenset({"pem", "openssh", "pgp", "putty", "ssh2", "nebula", "openvpn", "sealed"})
"""Those whose pattern finds the first line of a block: the value goes on to the block's end, and may be encrypted."""


def check(name: str, value: str) -> bool | None:
    """True: proved. False: no real one looks like this. None: cannot tell."""
    return _FUNCTIONS[name](value) if name else None
