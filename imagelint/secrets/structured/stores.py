"""Private keys and stores of keys in binary files, known by what they begin with, whatever their name is.

Strict parsers say what is one, so chance bytes and certificates give nothing: imagelint.secrets.der, pkcs12,
java_store and gnupg. Vaults are known by magic numbers: keepass.info/help/kb/kdbx.html (and its version 1); Password
Safe's formatV3.txt; Apple's libsecurity_filedb, AppleDatabase.cpp; GNOME keyring's file-format.txt; KWallet's backend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from imagelint.secrets import der, gnupg, java_store, pkcs12
from imagelint.secrets.known import is_known_key
from imagelint.secrets.structured import tables
from imagelint.secrets.structured.binary import keytab
from imagelint.secrets.structured.value import Reader, Value
from imagelint.sha256 import sha256

START = 32
"""Bytes that `readers` looks at, and the least that such a file has."""
_DER = "der-private-key"
_KEY_SIZE = 16 * 1024
"""Bytes of a key: of RSA with 16,384 bits 9 KB."""
_KEYRING = 256 * 1024
_STORE = 128 * 1024
"""Bytes of a PKCS #12 store: with a chain of certificates 10 KB."""
_VAULTS = (
    *(b"\x03\xd9\xa2\x9a" + bytes([number]) + b"\xfb\x4b\xb5" for number in (0x65, 0x66, 0x67)),
    b"kych\0\x01\0\0\0\0\0\x10",
    b"GnomeKeyring\n\r\0\n",
    b"KWALLET\n\r\0\r\n",
)
_PWSAFE, _PWSAFE_END = b"PWS3", b"PWS3-EOFPWS3-EOF"
_EXTENDED = (b"Key: (", b"Created: 20", b"Label: ", b"Description: ", b"OpenSSH-")
"""Names with which a key of GnuPG may begin."""


def _key(rule: str, data: bytes, key: bytes, protected: bool, dropped: str = "") -> Value:
    """The value of a key or a store; what a program publishes with its tests is known."""
    if not dropped and is_known_key(sha256(data).hexdigest()):
        dropped = "known-example"
    return Value(0, len(data), rule, "key", True, protected, dropped, text=key.hex(), proved=True)


def _alone(rule: str, longest: int, protection: Callable[[bytes], str]) -> Reader:
    """Reads a file that is one private key."""

    def read(text: str) -> Iterator[Value]:
        if len(text) > longest:
            return
        data = text.encode("latin-1")
        try:
            encrypted = protection(data) == "encrypted"
        except ValueError:
            return
        yield _key(rule, data, data, encrypted)

    return read


def _pkcs12(text: str) -> Iterator[Value]:
    if len(text) > _STORE:
        return
    data = text.encode("latin-1")
    try:
        store = pkcs12.read(data)
    except ValueError:
        return
    yield _key("pkcs12-key-store", data, store.key, store.protected)


def _java(text: str) -> Iterator[Value]:
    data = text.encode("latin-1")
    try:
        store = java_store.read(data)
    except ValueError:
        return
    yield _key("java-key-store", data, store.key, store.protected, "known-example" if store.debug else "")


def _vault(text: str) -> Iterator[Value]:
    data = text.encode("latin-1")
    if len(data) > 100 and (data.startswith(_VAULTS) or _PWSAFE_END in data[-49:-32]):
        yield Value(0, len(data), "password-vault", "vault", True, True, text=sha256(data).hexdigest())


_key_file = _alone(_DER, _KEY_SIZE, der.protection)
_expression = _alone("gnupg-private-key", _KEY_SIZE, gnupg.expression)
_packets = _alone("gnupg-private-key", _KEYRING, gnupg.packets)
SHORT = frozenset((_key_file, _packets, _pkcs12))
"""Those for files that a few bytes make worth reading."""
READERS = SHORT | {_java, _vault, _expression, keytab}
FIRST = frozenset(b"\0\x03\x05\x30\x94\x95\xc5\xce\xfe(CDGKLOPSk")
"""What the first byte of such a file may be."""


def readers(start: bytes) -> tuple[Reader, ...]:
    """Those for a file that begins so; nearly none has any."""
    if len(start) < START:
        return ()
    first = start[0]
    if first == 0x30:
        return _of_der(start)
    if start.startswith(tables.MAGIC):
        return (tables.database,)
    if start.startswith((java_store.JKS, java_store.JCEKS, *java_store.BKS)):
        return (_java,)
    if start.startswith((b"(11:private-key(", b"(21:protected-private-key(")) or start.startswith(_EXTENDED):
        return (_expression,)
    if start.startswith(_VAULTS) or start.startswith(_PWSAFE):
        return (_vault,)
    if first == 0x05:
        named = start[:4] == b"\5\2\0\0" and start[6:7] == b"\0" and 0 < start[7] < 8 and start[8:9] == b"\0"
        return (keytab,) if named else ()
    size = {0x94: 2, 0x95: 3, 0xC5: 3 if start[1] >= 192 else 2}.get(first)
    return (_packets,) if size and start[size] in (4, 5, 6) and start[size + 1] >= 0x29 else ()


def _of_der(start: bytes) -> tuple[Reader, ...]:
    """A SEQUENCE: of a version and more, or, an encrypted key, of a SEQUENCE with an identifier of PKCS."""
    at = 2 + (start[1] & 0x7F if start[1] & 0x80 else 0)
    inner = start[at : at + 3]
    if inner == b"\x02\x01\x03":
        return (_pkcs12,)
    if inner in (b"\x02\x01\x00", b"\x02\x01\x01") or (
        inner[:1] == b"\x30" and b"\x2a\x86\x48\x86\xf7\x0d\x01" in start
    ):
        return (_key_file,)
    return ()
