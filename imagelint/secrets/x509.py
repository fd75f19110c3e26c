"""Certificates, as far as a scan asks: whose they are, until when they hold, and which private key is theirs (RFC 5280,
4.1; PEM: RFC 7468)."""

from __future__ import annotations

import binascii
import hashlib
import re
from datetime import UTC, datetime

from imagelint.record import record
from imagelint.secrets import der
from imagelint.secrets.keys import decoded

BUNDLE = 10
"""Certificates of one file; what has more is a store of those that others trust, and no service's own."""
_BEGIN = b"-----BEGIN CERTIFICATE-----"
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,24000})-----END CERTIFICATE-----")
_NAMES = {der.oid("2.5.4.3"): "CN", der.oid("2.5.4.11"): "OU", der.oid("2.5.4.10"): "O"}
"""Parts of a name, in the order in which one of them is told (X.520; RFC 4514, 3)."""
_NAME = 64
"""Characters of a subject that is told: ub-common-name (RFC 5280, A.1). Nothing is cut: of a piece of a secret nobody
would know that it is one."""
_EXPLICIT_VERSION, _PUBLIC_KEY = der.FIRST, der.FIRST + 1
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18


@record
class Certificate:
    """What is kept of one."""

    subject: str
    """CN=example.org, or another part of the name; a text of the target."""
    expires: str
    """The last day on which it holds: YYYY-MM-DD."""
    key: bytes
    """What its private key has as well, as `key_of` gives it."""


def certificates(content: bytes) -> list[Certificate]:
    """Those of a file in PEM, with whatever stands between them, or in DER. None of a file that has more than BUNDLE,
    and none where one of them cannot be read."""
    try:
        if content.startswith(b"\x30"):
            return [_certificate(content)]
        if content.count(_BEGIN, 0, len(content)) > BUNDLE:
            return []
        return [_certificate(binascii.a2b_base64(block[1])) for block in _BLOCK.finditer(content)]
    except ValueError:
        return []


def key_of(block: str) -> bytes:
    """What a private key in PEM and its certificate have in common: a digest of RSA's modulus, of the point of an
    elliptic curve. Empty where the key does not say it, as one behind a passphrase."""
    data = decoded(block)
    try:
        return _public(data)
    except ValueError:
        return b""


def _certificate(data: bytes) -> Certificate:
    signed, *_ = der.sequence(data)
    parts = der.sequence(data, signed)
    if parts and parts[0].tag == _EXPLICIT_VERSION:
        parts = parts[1:]
    if len(parts) < 6:
        raise ValueError
    _, _, _, validity, subject, key = parts[:6]
    times = der.sequence(data, validity)
    if len(times) != 2:
        raise ValueError
    return Certificate(_subject(data, subject), _day(data, times[1]), _key(data, key))


def _day(data: bytes, item: der.Element) -> str:
    """UTCTime and GeneralizedTime in RFC 5280's only form (4.1.2.5)."""
    text = der.content(data, item).decode("ascii", "replace")
    if item.tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif item.tag != _GENERALIZED_TIME:
        raise ValueError
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).strftime("%Y-%m-%d")


def _subject(data: bytes, name: der.Element) -> str:
    found: dict[bytes, str] = {}
    for one in der.children(data, name):
        for pair in der.children(data, one):
            kind, value = der.sequence(data, pair)
            text = der.content(data, value).decode("utf-16-be" if value.tag == 0x1E else "utf-8", "replace")
            found.setdefault(der.content(data, kind), text)
    told = (
        f"{short}={found[kind]}" for kind, short in _NAMES.items() if len(found.get(kind, "")) in range(1, _NAME + 1)
    )
    return next(told, "")


def _key(data: bytes, info: der.Element) -> bytes:
    """Of a SubjectPublicKeyInfo (4.1.2.7)."""
    _, bits = der.sequence(data, info)
    content = der.content(data, bits)[1:]
    try:
        modulus, *_ = der.sequence(content)
        return _digest(der.number(content, modulus))
    except ValueError:
        return _digest(content)


def _public(data: bytes, *, wrapped: bool = False) -> bytes:
    """Of a private key: PKCS #1 (RFC 8017, A.1.2), SEC 1 with its public part (RFC 5915); `wrapped`: in
    PKCS #8 already, once."""
    parts = der.sequence(data)
    tags = [part.tag for part in parts]
    if tags[:3] == [der.INTEGER, der.SEQUENCE, der.OCTETS] and not wrapped:
        return _public(der.content(data, parts[2]), wrapped=True)
    if len(tags) >= 9 and set(tags[:9]) == {der.INTEGER}:
        return _digest(der.number(data, parts[1]))
    if tags[:2] == [der.INTEGER, der.OCTETS] and _PUBLIC_KEY in tags:
        bits, *_ = der.children(data, parts[tags.index(_PUBLIC_KEY)])
        return _digest(der.content(data, bits)[1:])
    raise ValueError


def _digest(key: int | bytes) -> bytes:
    text = key if isinstance(key, bytes) else b"%x" % abs(key)
    return hashlib.sha256(text).digest()[:16]
