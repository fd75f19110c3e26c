"""PKCS #12 (RFC 7292): does a store hold a private key, and does a password that everybody tries open it?"""

from __future__ import annotations

from typing import NamedTuple

from imagelint.secrets import der

PASSWORDS = ("", "changeit", "password", "notasecret", "changeme")
"""None at all, and what the manuals of Java, of many servers and of Google's service accounts have."""
_EFFORT = 60_000
"""Digests for one store, 40 ms: OpenSSL asks for 2,048 and Java for 10,000 of each password."""
_DATA = der.oid("1.2.840.113549.1.7.1")
_BAGS = der.oid("1.2.840.113549.1.12.10.1")
_KEY, _SHROUDED, _SECRET = 1, 2, 5
_DIGESTS = {
    der.oid("1.3.14.3.2.26"): ("sha1", 64),
    der.oid("2.16.840.1.101.3.4.2.4"): ("sha224", 64),
    der.oid("2.16.840.1.101.3.4.2.1"): ("sha256", 64),
    der.oid("2.16.840.1.101.3.4.2.2"): ("sha384", 128),
    der.oid("2.16.840.1.101.3.4.2.3"): ("sha512", 128),
}
"""Object identifier -> name, and bytes of a block."""


class Store(NamedTuple):
    """A store that holds a key."""

    key: bytes
    """The first one, as the store keeps it."""
    protected: bool
    """Nobody opens it without knowing the password."""


def read(data: bytes, *, try_passwords: bool = True) -> Store:
    """A store, alone and complete, with a private or secret key in it. ValueError for anything else, which certificates
    alone are, too: what a Java runtime trusts has this form."""
    parts = der.sequence(data)
    if not 2 <= len(parts) <= 3 or der.number(data, parts[0]) != 3:
        raise ValueError
    safe = _content(data, parts[1])
    for info in der.sequence(safe):
        if key := _key(safe, info):
            bag, value = key
            return Store(value, bag != _KEY and not (try_passwords and _opens(data, parts[2:], safe)))
    raise ValueError


def _content(data: bytes, info: der.Element) -> bytes:
    """What a ContentInfo of the kind `data` holds; empty for other kinds, which are encrypted."""
    parts = der.sequence(data, info)
    if len(parts) != 2 or parts[0].tag != der.OID:
        raise ValueError
    return der.octets(data, parts[1]) if der.content(data, parts[0]) == _DATA else b""


def _key(safe: bytes, info: der.Element) -> tuple[int, bytes] | None:
    """(kind of bag, value) of the first key in one part of a store."""
    bags = _content(safe, info)
    for bag in der.sequence(bags) if bags else ():
        parts = der.sequence(bags, bag)
        if len(parts) < 2 or parts[0].tag != der.OID or parts[1].tag != der.FIRST:
            raise ValueError
        oid = der.content(bags, parts[0])
        if oid[:-1] == _BAGS and oid[-1] in (_KEY, _SHROUDED, _SECRET):
            return oid[-1], der.content(bags, parts[1])
    return None


def _opens(data: bytes, rest: list[der.Element], safe: bytes) -> bool:
    """Whether one of PASSWORDS gives the MAC of a store."""
    if not rest:
        return False
    import hmac  # only for files of layers

    info, salt, *count = der.sequence(data, rest[0])
    algorithm, digest = der.sequence(data, info)
    known = _DIGESTS.get(der.content(data, der.sequence(data, algorithm)[0]))
    iterations = der.number(data, count[0]) if count else 1
    if known is None or salt.tag != der.OCTETS or not 0 < iterations <= _EFFORT or not salt.start < salt.stop:
        return False
    words = [b"", *((word + "\0").encode("utf-16-be") for word in PASSWORDS)]
    for word in words[: _EFFORT // iterations]:
        key = mac_key(known, word, der.content(data, salt), iterations)
        if hmac.digest(key, safe, known[0]) == der.content(data, digest):
            return True
    return False


def mac_key(algorithm: tuple[str, int], password: bytes, salt: bytes, iterations: int) -> bytes:
    """RFC 7292, B.2, with the identifier 3: as many bytes as the digest has."""
    import hashlib  # only for files of layers: it loads OpenSSL

    name, block = algorithm
    digest = getattr(hashlib, name)
    filled = [
        (part * (block // len(part) + 1))[: -(-len(part) // block) * block] if part else b""
        for part in (salt[:1024], password)
    ]
    key: bytes = digest(bytes([3]) * block + b"".join(filled)).digest()
    for _ in range(iterations - 1):
        key = digest(key).digest()
    return key
