"""Real private keys from a seed, without a library: RSA, P-256, Ed25519."""

from __future__ import annotations

import base64
import hashlib
import textwrap

from tests.second.values import Values

DASHES = "-" * 5


def pem(label: str, der: bytes, width: int = 64) -> str:
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), width))
    return f"{DASHES}BEGIN {label}{DASHES}\n{body}\n{DASHES}END {label}{DASHES}\n"


def _tag(kind: int, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return bytes([kind, size]) + body
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([kind, 128 + len(digits)]) + digits + body


def _number(value: int) -> bytes:
    return _tag(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _sequence(*parts: bytes) -> bytes:
    return _tag(0x30, b"".join(parts))


def _prime(r: Values, bits: int) -> int:
    while True:
        number = r.getrandbits(bits) | 3 << (bits - 2) | 1
        if number % 65537 != 1 and all(number % small for small in (3, 5, 7, 11, 13, 17, 19, 23)) and _passes(number):
            return number


def _passes(number: int) -> bool:
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17):
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def rsa_der(r: Values, bits: int = 1024) -> bytes:
    """RSAPrivateKey of RFC 8017."""
    p, q = _prime(r, bits // 2), _prime(r, bits // 2)
    d = pow(65537, -1, (p - 1) * (q - 1))
    return _sequence(*map(_number, (0, p * q, 65537, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))))


def rsa(r: Values) -> str:
    return pem("RSA PRIVATE" + " KEY", rsa_der(r))


def pkcs8_der(r: Values) -> bytes:
    """PrivateKeyInfo of RFC 5208 around an RSA key."""
    algorithm = _sequence(bytes.fromhex("06092a864886f70d010101"), b"\x05\x00")
    return _sequence(_number(0), algorithm, _tag(4, rsa_der(r)))


def pkcs8(r: Values) -> str:
    return pem("PRIVATE" + " KEY", pkcs8_der(r))


def ec(r: Values) -> str:
    """ECPrivateKey of RFC 5915 on P-256, without the optional public part."""
    curve = _tag(0xA0, bytes.fromhex("06082a8648ce3d030107"))
    return pem("EC PRIVATE" + " KEY", _sequence(_number(1), _tag(4, b"\x01" + r.randbytes(31)), curve))


def _ed25519_public(seed: bytes) -> bytes:
    """RFC 8032, 5.1.5."""
    prime = 2**255 - 19
    d = -121665 * pow(121666, -1, prime) % prime
    y = 4 * pow(5, -1, prime) % prime
    xx = (y * y - 1) * pow(d * y * y + 1, -1, prime) % prime
    x = pow(xx, (prime + 3) // 8, prime)
    if (x * x - xx) % prime:
        x = x * pow(2, (prime - 1) // 4, prime) % prime
    x = prime - x if x % 2 else x

    def add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
        (x1, y1), (x2, y2) = one, two
        k = d * x1 * x2 * y1 * y2 % prime
        return (
            (x1 * y2 + x2 * y1) * pow(1 + k, -1, prime) % prime,
            (y1 * y2 + x1 * x2) * pow(1 - k, -1, prime) % prime,
        )

    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    scalar = scalar & ~7 & ~(128 << 8 * 31) | 64 << 8 * 31
    point, step = (0, 1), (x, y)
    while scalar:
        if scalar & 1:
            point = add(point, step)
        step, scalar = add(step, step), scalar >> 1
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def openssh(r: Values) -> str:
    """An Ed25519 key without a passphrase, PROTOCOL.key of OpenSSH."""

    def text(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    seed, check = r.randbytes(32), r.randbytes(4)
    public = _ed25519_public(seed)
    head = text(b"ssh-ed25519") + text(public)
    private = check + check + head + text(seed + public) + text(b"deploy@build7")
    private += bytes(range(1, -len(private) % 8 + 1))
    blob = b"openssh-key-v1\0" + text(b"none") + text(b"none") + text(b"") + b"\0\0\0\1" + text(head) + text(private)
    return pem("OPENSSH PRIVATE" + " KEY", blob, 70)
