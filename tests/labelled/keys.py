"""Keys and hashes for the templates: well-formed, of random numbers, good for nothing."""

from __future__ import annotations

import base64
import random

from tests.material import rsa_key

BECH32 = "qpzry9x8" + "gf2tvdw0" + "s3jn54kh" + "ce6mua7l"
CRYPT64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
P256 = bytes.fromhex("06082a8648ce3d030107")
CURVE25519 = bytes.fromhex("302e020100300506032b657004220420")


def lines(data: bytes, width: int = 64) -> str:
    """base64 in lines."""
    text = base64.b64encode(data).decode()
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def armoured(label: str, data: bytes, width: int = 64) -> str:
    """Data between the two lines of PEM (RFC 7468)."""
    return f"-----BEGIN {label}-----\n{lines(data, width)}\n-----END {label}-----\n"


def pem(rng: random.Random, kind: str) -> str:
    """A private key: rsa (RFC 8017), ec (RFC 5915), pkcs8 (RFC 5958, of Ed25519) or openssh (its PROTOCOL.key)."""
    private = "PRIVATE" + " KEY"
    if kind == "rsa":
        return rsa_key(rng.getrandbits(32))
    if kind == "ec":
        point = b"\x00\x04" + rng.randbytes(64)
        inner = b"\x02\x01\x01\x04\x20" + rng.randbytes(32) + b"\xa0\x0a" + P256 + b"\xa1\x44\x03\x42" + point
        return armoured("EC " + private, bytes([0x30, len(inner)]) + inner)
    if kind == "pkcs8":
        return armoured(private, CURVE25519 + rng.randbytes(32))
    name, point, seed, check = b"ssh-ed25519", rng.randbytes(32), rng.randbytes(32), rng.randbytes(4)
    both = text(name) + text(point)
    secret = check + check + both + text(seed + point) + text(b"root@build")
    secret += bytes(range(1, 1 + -len(secret) % 8))
    head = b"openssh-key-v1\0" + text(b"none") * 2 + text(b"") + b"\0\0\0\1"
    return armoured("OPENSSH " + private, head + text(both) + text(secret), 70)


def text(data: bytes) -> bytes:
    """A string of the SSH protocol (RFC 4251, section 5)."""
    return len(data).to_bytes(4, "big") + data


def public(rng: random.Random, kind: str) -> str:
    """What may be shown: a certificate, a public key, a line of authorized_keys, a PGP public key, a signature."""
    if kind == "ssh":
        return "ssh-ed25519 " + base64.b64encode(text(b"ssh-ed25519") + text(rng.randbytes(32))).decode()
    if kind == "sshrsa":
        return (
            "ssh-rsa "
            + base64.b64encode(text(b"ssh-rsa") + text(b"\1\0\1") + text(b"\0" + rng.randbytes(256))).decode()
        )
    if kind == "spki":
        return armoured("PUBLIC KEY", bytes.fromhex("302a300506032b6570032100") + rng.randbytes(32))
    if kind == "pgp":
        return (
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"
            + lines(b"\x99\x01\x0d\x04" + rng.randbytes(300))
            + "\n="
            + base64.b64encode(rng.randbytes(3)).decode()
            + "\n-----END PGP PUBLIC KEY BLOCK-----\n"
        )
    if kind == "sig":
        return (
            "-----BEGIN PGP SIGNATURE-----\n\n"
            + lines(b"\x89\x02\x33\x04" + rng.randbytes(200))
            + "\n="
            + base64.b64encode(rng.randbytes(3)).decode()
            + "\n-----END PGP SIGNATURE-----\n"
        )
    body = bytes.fromhex("30820250308201b9a003020102") + rng.randbytes(580)
    return armoured("CERTIFICATE REQUEST" if kind == "csr" else "CERTIFICATE", body)


def age(rng: random.Random) -> str:
    """An identity of age: its key in Bech32 (BIP 173), in capitals."""
    prefix = "age-secret-key-"
    number = int.from_bytes(rng.randbytes(32), "big") << 4
    data = [number >> 5 * (51 - at) & 31 for at in range(52)]
    spread = [ord(one) >> 5 for one in prefix] + [0] + [ord(one) & 31 for one in prefix]
    value = checked(spread + data + [0] * 6) ^ 1
    data += [value >> 5 * (5 - at) & 31 for at in range(6)]
    return (prefix + "1" + "".join(BECH32[one] for one in data)).upper()


def checked(values: list[int]) -> int:
    """The remainder that Bech32's check digits are made of."""
    total = 1
    for value in values:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for at, factor in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            total ^= factor if top >> at & 1 else 0
    return total


def crypt(rng: random.Random, kind: str) -> str:
    """A hash of a password, as crypt(5) writes it."""

    def some(count: int) -> str:
        return "".join(rng.choices(CRYPT64, k=count))

    return {
        "sha512": f"$6${some(16)}${some(86)}",
        "sha256": f"$5${some(16)}${some(43)}",
        "yescrypt": f"$y$j9T${some(22)}${some(43)}",
        "bcrypt": f"$2y$10${some(53)}",
        "apr1": f"$apr1${some(8)}${some(22)}",
    }[kind]
