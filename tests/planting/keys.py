"""Private keys of many sorts, by chance and in their true structure."""

from __future__ import annotations

import base64
import random
import struct
from collections.abc import Callable

from tests.planting.digits import crc24, lines
from tests.planting.text import hexa

Maker = Callable[[random.Random], str]
_DASHES = "-" * 5


def _pem(label: str, data: bytes, width: int = 64, headers: tuple[str, ...] = ()) -> str:
    body = [*headers, "", *lines(data, width)] if headers else lines(data, width)
    return "\n".join([f"{_DASHES}BEGIN {label}{_DASHES}", *body, f"{_DASHES}END {label}{_DASHES}"])


def _tlv(tag: int, data: bytes) -> bytes:
    size = len(data)
    if size < 128:
        return bytes([tag, size]) + data
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + data


def _integer(number: int) -> bytes:
    return _tlv(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _sequence(*parts: bytes) -> bytes:
    return _tlv(0x30, b"".join(parts))


_RSA_OID = bytes.fromhex("06092a864886f70d010101")
_P256_OID = bytes.fromhex("06082a8648ce3d030107")
_EC_OID = bytes.fromhex("06072a8648ce3d0201")
_ED25519_OID = bytes.fromhex("06032b6570")


def _prime(rng: random.Random, bits: int) -> int:
    while True:
        number = rng.getrandbits(bits) | (3 << (bits - 2)) | 1
        if (
            all(number % p for p in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31))
            and (number - 1) % 65537
            and pow(2, number - 1, number) == 1
        ):
            return number


def _rsa(rng: random.Random) -> bytes:
    """RFC 8017's RSAPrivateKey; 1024 bits, for speed."""
    p, q = _prime(rng, 512), _prime(rng, 512)
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = (0, p * q, 65537, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    return _sequence(*(_integer(n) for n in numbers))


def rsa_pkcs1(rng: random.Random) -> str:
    """An RSA key as OpenSSL 1 wrote it."""
    return _pem("RSA PRIVATE" + " KEY", _rsa(rng))


def rsa_pkcs8(rng: random.Random) -> str:
    """An RSA key in PKCS#8."""
    return _pem("PRIVATE" + " KEY", _sequence(_integer(0), _sequence(_RSA_OID, b"\x05\x00"), _tlv(4, _rsa(rng))))


def _ec(rng: random.Random, *, named: bool) -> bytes:
    parts = [_integer(1), _tlv(4, rng.randbytes(32))]
    return _sequence(*parts, *([_tlv(0xA0, _P256_OID)] if named else []))


def ec_sec1(rng: random.Random) -> str:
    """An EC key of RFC 5915."""
    return _pem("EC PRIVATE" + " KEY", _ec(rng, named=True))


def ec_pkcs8(rng: random.Random) -> str:
    """An EC key in PKCS#8."""
    return _pem(
        "PRIVATE" + " KEY", _sequence(_integer(0), _sequence(_EC_OID, _P256_OID), _tlv(4, _ec(rng, named=False)))
    )


def ed25519_pkcs8(rng: random.Random) -> str:
    """An Ed25519 key of RFC 8410."""
    return _pem(
        "PRIVATE" + " KEY", _sequence(_integer(0), _sequence(_ED25519_OID), _tlv(4, _tlv(4, rng.randbytes(32))))
    )


def encrypted_pkcs8(rng: random.Random) -> str:
    """A key under a password: PBES2 with PBKDF2 and AES-256-CBC, RFC 8018."""
    kdf = _sequence(bytes.fromhex("06092a864886f70d01050c"), _sequence(_tlv(4, rng.randbytes(8)), _integer(2048)))
    cipher = _sequence(bytes.fromhex("060960864801650304012a"), _tlv(4, rng.randbytes(16)))
    scheme = _sequence(bytes.fromhex("06092a864886f70d01050d"), _sequence(kdf, cipher))
    return _pem("ENCRYPTED PRIVATE" + " KEY", _sequence(scheme, _tlv(4, rng.randbytes(144))))


def dsa(rng: random.Random) -> str:
    """A DSA key in OpenSSL's own structure."""
    numbers = (0, *(rng.getrandbits(bits) | 1 << (bits - 1) for bits in (1024, 160, 1020, 1020, 158)))
    return _pem("DSA PRIVATE" + " KEY", _sequence(*(_integer(n) for n in numbers)))


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def openssh(rng: random.Random) -> str:
    """An Ed25519 key of OpenSSH, PROTOCOL.key, without a passphrase."""
    seed, public = rng.randbytes(32), rng.randbytes(32)
    blob = _string(b"ssh-ed25519") + _string(public)
    check = rng.randbytes(4)
    inner = check * 2 + blob + _string(seed + public) + _string(b"deploy@example.org")
    inner += bytes(range(1, 1 + -len(inner) % 8))
    data = b"openssh-key-v1\0" + _string(b"none") + _string(b"none") + _string(b"") + struct.pack(">I", 1)
    return _pem("OPENSSH PRIVATE" + " KEY", data + _string(blob) + _string(inner), 70)


def putty(rng: random.Random) -> str:
    """A PuTTY key file of version 3."""
    public = lines(_string(b"ssh-ed25519") + _string(rng.randbytes(32)), 64)
    private = lines(_string(rng.randbytes(32)), 64)
    return "\n".join([
        "PuTTY-User-Key-File" + "-3: ssh-ed25519",
        "Encryption: none",
        "Comment: eddsa-key-20240311",
        f"Public-Lines: {len(public)}",
        *public,
        f"Private-Lines: {len(private)}",
        *private,
        f"Private-MAC: {hexa(rng, 64)}",
    ])  # fmt: skip


def pgp(rng: random.Random) -> str:
    """An OpenPGP secret key packet of an EdDSA key (RFC 4880, RFC 6637) in an armor with its check sum."""
    oid = bytes.fromhex("092b06010401da470f01")
    body = b"\x04" + struct.pack(">I", 1_650_000_000 + rng.randrange(10**7)) + b"\x16" + oid
    body += struct.pack(">H", 263) + b"\x40" + rng.randbytes(32) + b"\x00"
    secret = struct.pack(">H", 256) + bytes([0x80 | rng.randrange(128)]) + rng.randbytes(31)
    body += secret + struct.pack(">H", sum(secret) & 0xFFFF)
    identity = b"Build Robot <build@example.org>"
    data = bytes([0x94, len(body)]) + body + bytes([0xB4, len(identity)]) + identity
    label = "PGP PRIVATE" + " KEY BLOCK"
    check = "=" + base64.b64encode(crc24(data)).decode()
    return "\n".join(
        [f"{_DASHES}BEGIN {label}{_DASHES}", "", *lines(data, 64), check, f"{_DASHES}END {label}{_DASHES}"]
    )


def openvpn(rng: random.Random) -> str:
    """A static key of OpenVPN."""
    label = "OpenVPN Static" + " key V1"
    return "\n".join(
        [f"{_DASHES}BEGIN {label}{_DASHES}", *(hexa(rng, 32) for _ in range(16)), f"{_DASHES}END {label}{_DASHES}"]
    )


def nebula(rng: random.Random) -> str:
    """A host key of Nebula."""
    return _pem("NEBULA X25519 PRIVATE" + " KEY", rng.randbytes(32))
