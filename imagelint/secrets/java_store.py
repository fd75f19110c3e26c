"""Stores of Java's own formats: JKS and JCEKS (sun.security.provider.JavaKeyStore, com.sun.crypto.provider.JceKeyStore)
and BKS of Bouncy Castle (BcKeyStoreSpi).
"""

from __future__ import annotations

from typing import NamedTuple

from imagelint.secrets.pkcs12 import PASSWORDS

JKS, JCEKS = b"\xfe\xed\xfe\xed\0\0\0", b"\xce\xce\xce\xce\0\0\0"
BKS = (b"\0\0\0\x01\0\0\0\x14", b"\0\0\0\x02\0\0\0\x14")
"""The version and the length of the salt."""
_DIGEST = 20
_TRIED = (*PASSWORDS[1:], "android")
_DEBUG = "androiddebugkey"
"""The alias of the key that Android's tools make on each machine, under a password that they publish."""
_PRIVATE, _CERTIFICATE, _SECRET = 1, 2, 3


class Store(NamedTuple):
    """A store that holds a key."""

    key: bytes
    """The first one, as the store keeps it."""
    alias: str
    protected: bool
    """Nobody opens it without knowing the password."""
    size: int
    """Bytes of the store."""

    @property
    def debug(self) -> bool:
        """Whether it only signs what a developer tries out."""
        return self.alias == _DEBUG and not self.protected


class _Stream:
    """Numbers and strings as DataInputStream reads them. ValueError at the end."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, size: int) -> bytes:
        start, self.at = self.at, self.at + size
        if self.at > len(self.data):
            raise ValueError
        return self.data[start : self.at]

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "big")

    def text(self) -> str:
        return self.take(self.number(2)).decode("utf-8", "replace")

    def certificate(self, typed: bool) -> None:
        if typed and self.text() not in ("X.509", "X509"):
            raise ValueError
        if self.take(self.number())[:1] != b"\x30":
            raise ValueError


def read(data: bytes) -> Store:
    """The store that data begins with, if it holds a key. ValueError for anything else, a store of certificates
    included."""
    if data.startswith((JKS, JCEKS)):
        return _sun(data)
    if data.startswith(BKS):
        return _bouncy(data)
    raise ValueError


def _sun(data: bytes) -> Store:
    stream = _Stream(data, 4)
    version, count = stream.number(), stream.number()
    if version not in (1, 2):
        raise ValueError
    key, name = b"", ""
    for _ in range(count):
        tag, alias, _ = stream.number(), stream.text(), stream.take(8)
        if tag == _CERTIFICATE:
            stream.certificate(version == 2)
            continue
        if tag == _PRIVATE:
            found = stream.take(stream.number())
            for _ in range(stream.number()):
                stream.certificate(version == 2)
        elif tag == _SECRET and data.startswith(JCEKS):
            found = data[stream.at : -_DIGEST]  # an object of Java, whose end only Java knows
            if not found.startswith(b"\xac\xed\0\x05"):
                raise ValueError
            stream.at = len(data) - _DIGEST
        else:
            raise ValueError
        key, name = (key, name) if key else (found, alias)
        if tag == _SECRET:
            break
    body, digest = data[: stream.at], stream.take(_DIGEST)
    if len(key) < 20:
        raise ValueError
    return Store(key, name, not _opens(body, digest), stream.at)


def _opens(body: bytes, digest: bytes) -> bool:
    """Whether a store carries the digest that a password which everybody tries would give (JavaKeyStore.java,
    getPreKeyedHash)."""
    import hashlib  # only for files of layers: it loads OpenSSL

    return any(
        hashlib.sha1(word.encode("utf-16-be") + b"Mighty Aphrodite" + body, usedforsecurity=False).digest() == digest
        for word in _TRIED
    )


def _bouncy(data: bytes) -> Store:
    stream = _Stream(data, 8 + _DIGEST)
    if not 0 < stream.number() < 1 << 20:  # iterations
        raise ValueError
    key, name, plain = b"", "", False
    while tag := stream.number(1):
        alias, _ = stream.text(), stream.take(8)
        for _ in range(stream.number()):
            stream.certificate(True)
        if tag == 1:
            stream.certificate(True)
            continue
        if tag == 2:  # kind of key, format, algorithm; Bouncy Castle no longer writes it
            _, format, _ = stream.number(1), stream.text(), stream.text()
            if format not in ("PKCS#8", "PKCS8", "RAW"):
                raise ValueError
        elif tag not in (3, 4):  # a secret as it came; what the store sealed
            raise ValueError
        found = stream.take(stream.number())
        if not key:
            key, name, plain = found, alias, tag == 2
    stream.take(_DIGEST)
    if len(key) < 16:
        raise ValueError
    return Store(key, name, not plain, stream.at)
