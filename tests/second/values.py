"""Values that look as their vendors and owners make them, from a seed."""

from __future__ import annotations

import base64
import json
import random
import string
import uuid
import zlib
from collections.abc import Callable
from functools import partial

ALNUM = string.ascii_letters + string.digits
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
URL64 = ALNUM + "-_"
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
WORDS = (
    "Kestrel Harbor Granite Walnut Copper Meridian Juniper Falcon Saffron Tundra Lantern Orchid Cobalt Bramble".split()
)
BECH32 = "".join("qpzry9x8 gf2tvdw0 s3jn54kh ce6mua7l".split())

Maker = Callable[["Values"], "str | dict[str, str]"]
"""Makes a row's value, or what each placeholder of its template stands for, `v` being the value."""

Row = tuple[str, str, str, Maker]
"""(kind, path in the image, text of the file, maker)"""


class Values(random.Random):
    """Random texts. Lengths are in characters unless an argument says bytes."""

    def of(self, letters: str, length: int) -> str:
        return "".join(self.choice(letters) for _ in range(length))

    def alnum(self, length: int) -> str:
        return self.of(ALNUM, length)

    def hex(self, length: int) -> str:
        return self.of("0123456789abcdef", length)

    def url64(self, length: int) -> str:
        return self.of(ALNUM, 1) + self.of(URL64, length - 2) + self.of(ALNUM, 1)

    def base64(self, size: int) -> str:
        return base64.b64encode(self.randbytes(size)).decode()

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.getrandbits(128), version=4))

    def password(self) -> str:
        """Random, as a generator makes it: letters of both cases and digits."""
        return self.choice("ABCDEFGHJKLM") + self.alnum(self.randint(13, 21)) + self.choice("23456789")

    def signs(self, signs: str = "!#%*@^+=") -> str:
        """As a person is told to make it: with signs inside."""
        parts = [self.alnum(4), self.choice(signs), self.alnum(5), self.choice(signs), self.alnum(3)]
        return self.choice("bcdfgh") + "".join(parts) + self.choice("4567")

    def phrase(self) -> str:
        """Words and a number, as a person does."""
        one, two = self.sample(WORDS, 2)
        return f"{one}{self.choice('-_.')}{two}{self.randint(100, 9999)}"

    def jwt(self, **claims: object) -> str:
        """Signed by nothing that exists: header, claims and 32 random bytes."""
        parts = [{"alg": "HS256", "typ": "JWT"}, claims]
        encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts]
        encoded.append(base64.urlsafe_b64encode(self.randbytes(32)))
        return ".".join(part.rstrip(b"=").decode() for part in encoded)


def base62(number: int, width: int, alphabet: str = BASE62) -> str:
    """The number in base 62, zeros before it up to the width."""
    out = ""
    while number:
        number, digit = divmod(number, 62)
        out = alphabet[digit] + out
    return out.rjust(width, alphabet[0])


def checked(prefix: str, alphabet: str = BASE62) -> Maker:
    """30 characters and the CRC32 of them in base 62: GitHub, npm (github.blog, 2021-04-05 and 2021-09-23), NetBird."""

    def make(r: Values) -> str:
        body = r.alnum(30)
        return prefix + body + base62(zlib.crc32(body.encode()), 6, alphabet)

    return make


def after(prefix: str, letters: str, length: int, end: str = "") -> Maker:
    """A prefix, random letters and an end."""
    return lambda r: prefix + r.of(letters, length) + end


hexa = partial(after, letters="0123456789abcdef")


def grafana(r: Values) -> str:
    """A service account's token: its last part is the CRC32 of what stands before it (grafana, satokengen)."""
    body = "glsa_" + r.alnum(32)
    return f"{body}_{zlib.crc32(body.encode()):08x}"


def atlassian(r: Values) -> str:
    """An API token of id.atlassian.com: eight digits of CRC32 after the equals sign."""
    body = "ATATT3xFfGF0" + r.url64(171)
    return f"{body}={zlib.crc32(body.encode()):08X}"


def bech32(human: str, data: bytes) -> str:
    """BIP 173, which age uses for its identities."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    words = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    expanded = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human]
    check = 1
    for value in [*expanded, *words, 0, 0, 0, 0, 0, 0]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    check ^= 1
    words += [check >> 5 * (5 - at) & 31 for at in range(6)]
    return human + "1" + "".join(BECH32[word] for word in words)


def age(r: Values) -> str:
    return bech32("age-secret-key-", r.randbytes(32)).upper()


def macaroon(r: Values) -> str:
    """PyPI's token: a version 2 macaroon in base64 (pypitoken): place, identifier, a caveat, signature."""

    def field(kind: int, data: bytes) -> bytes:
        return bytes([kind, len(data)]) + data

    caveat = field(2, json.dumps([3, r.uuid()]).encode()) + b"\0"
    body = b"\x02" + field(1, b".".join((b"pypi", b"org"))) + field(2, r.uuid().encode()) + b"\0" + caveat + b"\0"
    return "pypi-" + base64.urlsafe_b64encode(body + field(6, r.randbytes(32))).rstrip(b"=").decode()


def artifactory(r: Values) -> str:
    """JFrog's reference token: base64 of reftkn:01:<expiry>:<random>."""
    return (
        base64.b64encode(f"reftkn:01:{r.randint(1700000000, 1790000000)}:{r.alnum(28)}".encode()).decode().rstrip("=")
    )


def json64(prefix: str, fields: Callable[[Values], dict[str, object]]) -> Maker:
    """A prefix and a JSON object in base64."""
    return lambda r: prefix + base64.b64encode(json.dumps(fields(r), separators=(",", ":")).encode()).decode()
