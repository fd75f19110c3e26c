"""Private keys as GnuPG keeps them: files of private-keys-v1.d (agent/keyformat.txt: canonical S-expressions, or since
GnuPG 2.3 lines of names and values), and OpenPGP's packets (RFC 9580; secring.gpg, an export without armour).
"""

from __future__ import annotations

from imagelint.lazy import Lazy

_CANONICAL = Lazy(
    rb"\((?:11:private-key|(?P<protected>21:protected-private-key))"
    rb"\((?:3:rsa|3:dsa|3:ecc|3:elg|5:ecdsa|5:eddsa|4:ecdh)\("
)
_EXTENDED = Lazy(
    rb"(?:[A-Z][A-Za-z0-9-]{0,40}:[^\n]{0,400}\n){0,20}?Key:\s{1,4}\((?:private-key|(?P<protected>protected-private-key))\s"
    rb"{1,4}\((?:rsa|dsa|ecc|elg|ecdsa|eddsa|ecdh)\s{0,4}\("
)
_SECRET_KEY, _SECRET_SUBKEY = 5, 7
_FOLLOW = frozenset((_SECRET_KEY, _SECRET_SUBKEY, 2, 10, 12, 13, 17, 21))
"""Tags of what may stand behind a secret key."""
_NUMBERS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4, 20: 3}
"""Public numbers of RSA, Elgamal, DSA, by algorithm."""
_CURVES = {18: True, 19: False, 22: False}
"""ECDH, ECDSA, EdDSA: an identifier, a point; behind ECDH's how a key is derived."""
_FIXED = {25: 32, 26: 56, 27: 32, 28: 57}
_SINCE = 0x29000000
"""Seconds in 1991, when PGP was first published."""
_PACKETS = 10_000


def expression(data: bytes) -> str:
    """`plain` or `encrypted` for a file of private-keys-v1.d. ValueError for anything else, a key that lies on a
    smartcard included."""
    found = _CANONICAL.match(data) or _EXTENDED.match(data[: 1 << 14])
    if found is None or not data.rstrip().endswith(b")") or len(data) < 100:
        raise ValueError
    return "encrypted" if found["protected"] else "plain"


def packets(data: bytes) -> str:
    """`plain` or `encrypted` for packets of OpenPGP of which the first is a secret key. ValueError for anything else,
    keys without their secret part included."""
    at = first = 0
    for _ in range(_PACKETS):
        tag, start, stop = _packet(data, at)
        if first == 0 and tag != _SECRET_KEY:
            raise ValueError
        first = 1
        if stop < len(data) and _packet(data, stop)[0] not in _FOLLOW:
            raise ValueError
        if tag in (_SECRET_KEY, _SECRET_SUBKEY) and (kind := _secret(data[start:stop])):
            return kind
        if stop == len(data):
            break
        at = stop
    raise ValueError


def _packet(data: bytes, at: int) -> tuple[int, int, int]:
    """(tag, start, end) of the packet at an offset; RFC 9580, 4.2."""
    head = data[at : at + 6]
    if len(head) < 2 or not head[0] & 0x80:
        raise ValueError
    if not head[0] & 0x40:
        tag, size = head[0] >> 2 & 15, 1 << (head[0] & 3)
        if size == 8:
            raise ValueError
        start, length = at + 1 + size, int.from_bytes(head[1 : 1 + size], "big")
    elif head[1] < 192:
        tag, start, length = head[0] & 63, at + 2, head[1]
    elif head[1] < 224:
        tag, start, length = head[0] & 63, at + 3, (head[1] - 192 << 8) + int.from_bytes(head[2:3], "big") + 192
    elif head[1] == 255:
        tag, start, length = head[0] & 63, at + 6, int.from_bytes(head[2:6], "big")
    else:
        raise ValueError
    if start + length > len(data):
        raise ValueError
    return tag, start, start + length


def _secret(body: bytes) -> str:
    """`plain`, `encrypted`, or empty when the secret part is elsewhere; RFC 9580, 5.5.3."""
    if len(body) < 40 or int.from_bytes(body[1:5], "big") < _SINCE:
        raise ValueError
    version, algorithm, at = body[0], body[5], 6
    if version in (5, 6):
        at += 4
    elif version != 4:
        raise ValueError
    if algorithm in _NUMBERS:
        for _ in range(_NUMBERS[algorithm]):
            at = _behind_number(body, at)
    elif algorithm in _CURVES:
        at = _behind_number(body, at + 1 + body[at])
        at += 1 + body[at] if _CURVES[algorithm] and at < len(body) else 0
    elif algorithm in _FIXED:
        at += _FIXED[algorithm]
    else:
        raise ValueError
    rest = body[at:]
    if len(rest) < 20:
        # what GnuPG leaves of a key whose secret is elsewhere: S2K 101, `GNU`, and where (doc/DETAILS)
        return _none() if b"GNU" not in rest else ""
    if rest[0] in (253, 254, 255):
        return "" if rest[2] == 101 or b"\x65\x02GNU" in rest[:12] or b"\0GNU" in rest[:12] else "encrypted"
    if rest[0] > 13:
        raise ValueError
    return "encrypted" if rest[0] else "plain"


def _behind_number(body: bytes, at: int) -> int:
    """Behind a multiprecision integer, whose first bit is set (RFC 9580, 3.2)."""
    bits = int.from_bytes(body[at : at + 2], "big")
    end = at + 2 + (bits + 7 >> 3)
    if not bits or end > len(body) or body[at + 2].bit_length() != (bits - 1) % 8 + 1:
        raise ValueError
    return end


def _none() -> str:
    raise ValueError
