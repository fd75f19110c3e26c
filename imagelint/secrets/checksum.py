"""Offline proof: does a value carry the check digits, the structure or the header that a real one has?

`check` answers True (proved), False (cannot be real: drop it) or None (no way to tell).
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Callable
from functools import partial

from imagelint.engine import digits
from imagelint.secrets import keys

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


_REFRESH = 76
"""Characters of GitHub's refresh tokens, of whose check digits nothing is published
(https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens).
"""


def base62(number: int, width: int) -> str:
    """A number in base 62, digits first, filled with zeros to the width."""
    out = ""
    while number:
        number, rest = divmod(number, 62)
        out = _BASE62[rest] + out
    return out.rjust(width, "0")


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
    body, _, end = value.rpartition("_")
    number = zlib.crc32(body.encode())
    if value.startswith("sy"):
        return end == base62(number, 6)
    return end == base62(number, 1)[::-1].rjust(6, "0")


def bech32(value: str) -> bool | None:
    """The last six characters are those of BIP 173: keys of age (C2SP's age.md) and of nostr (NIP-19)."""
    prefix, _, data = value.lower().rpartition("1")
    try:
        return digits.bech32(prefix, data[:-6]) == data[-6:]
    except ValueError:
        return False


def base58check(value: str) -> bool | None:
    """An extended key of BIP 32: 78 bytes, and four of their double SHA-256."""
    data = digits.from_base58(value)
    return len(data) == 82 and digits.double_sha256(data[:-4]) == data[-4:]


def grafana(value: str) -> bool | None:
    """Behind the last underscore is the CRC32 of all ahead of it, lowest byte first (grafana/grafana,
    pkg/components/satokengen/tokengen.go).
    """
    body, _, end = value.rpartition("_")
    return digits.crc32_little(body) == end


def gitlab(value: str) -> bool | None:
    """Routable tokens end with the CRC32 of all ahead of it, in base 36 (GitLab's handbook, "Routable tokens"); the
    older ones have none.
    """
    body, end = value[:-7], value[-7:]
    if "." in body and end.isalnum() and end.islower() | end.isdigit():
        return int(end, 36) == zlib.crc32(body.encode()) or None
    return None


def payload(value: str) -> bool | None:
    """Behind the prefix is JSON in base64: tokens of Sentry (sentry/utils/security/orgauthtoken_token.py, then `_` and
    the secret), Grafana Cloud, 1Password's service accounts.
    """
    said = base64url(value.partition("_")[2].partition("_")[0].rstrip("="))
    return (said.startswith(b'{"') and said.endswith(b"}") and said.isascii()) or None


def macaroon(value: str) -> bool | None:
    """PyPI's tokens are macaroons (libmacaroons, format v2): a version, the location, an identifier, caveats, and 32
    bytes of signature at the end.
    """
    data = base64url(value.removeprefix("pypi-"))
    size = data[2] if len(data) > 40 else 0
    where = data[3 : 3 + size]
    return (data[:2] == b"\2\1" and b"pypi" in where and data[-34:-32] == b"\6\x20") or None


def snowflake(value: str) -> bool | None:
    """Discord's bot tokens begin with the number of the bot in base64 (Discord's reference, "Snowflakes")."""
    number = base64url(value.partition(".")[0])
    return (number.isdigit() and 17 <= len(number) <= 20) or None


def aws(_: str) -> bool | None:
    """An access key's id has no check digits; `about` reads its account."""
    return None


def jwt(value: str) -> bool | None:
    """RFC 7519: header and payload are base64url of JSON objects, and the header names an algorithm."""
    parts = value.split(".")
    if len(parts) < 2:
        return False
    header, payload = base64url(parts[0]), base64url(parts[1])
    if not (header.startswith(b"{") and header.rstrip().endswith(b"}") and b'"alg"' in header):
        return False
    if b'"none"' in header.lower():
        return False
    return payload.startswith(b"{") and payload.rstrip().endswith(b"}")


def base64url(part: str) -> bytes:
    """What either alphabet of base64 says, with padding or without; empty when it is none."""
    try:
        return binascii.a2b_base64(part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return b""


def basic_auth(value: str) -> bool | None:
    """RFC 7617: base64 of `user:password`, the user printable and neither empty."""
    text = base64url(value.rstrip("="))
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
    "bech32": bech32,
    "base58check": base58check,
    "grafana": grafana,
    "gitlab": gitlab,
    "json": payload,
    "macaroon": macaroon,
    "snowflake": snowflake,
    "aws": aws,
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
    **{name: partial(keys.check_bare, name=name) for name in keys.BARE},
}
NAMES = frozenset(_FUNCTIONS)
"""What a rule may write behind `checksum`."""

DIGITS = frozenset({"github", "npm", "netbird", "matrix"})
"""Those with check digits: 32 bits that no sample has by chance."""

BLOCKS = frozenset({"pem", "openssh", "pgp", "putty", "ssh2", "nebula", "openvpn", "sealed"}) | keys.BARE
"""Those whose pattern finds the first line of a block: the value goes on to the block's end, and may be encrypted."""


def check(name: str, value: str) -> bool | None:
    """True: proved. False: no real one looks like this. None: cannot tell."""
    return _FUNCTIONS[name](value) if name else None
