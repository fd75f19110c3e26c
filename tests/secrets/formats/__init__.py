"""Files with a grammar, as their programs write them, each with secrets that are made when the tests run.

A file `*.txt` of this folder has one sort after the other: a line `=== name | path | rules` and the file's text, with
marks where a secret stands. `rules` are the ids that fit beside the general ones. MARKS says what each mark becomes;
`<tok24>` and its like carry their size.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from imagelint.engine.shapes import expand
from tests.secrets.formats.binary import BINARY

GENERAL = frozenset(("secret-in-assignment", "password-in-credentials-file"))
_LETTERS = string.ascii_letters + string.digits
_CRYPT = _LETTERS + "./"
_HEX = "0123456789abcdef"


class Sort(NamedTuple):
    """One kind of file."""

    name: str
    path: str
    text: str
    rules: frozenset[str]


class Mark(NamedTuple):
    """A secret and where it stands: line and column from 1, both 0 in a binary file."""

    line: int
    column: int
    value: str


class Values:
    """Seeded values, each one made once."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def some(self, size: int, letters: str = _LETTERS) -> str:
        """Characters of one alphabet, the first a letter and the last a digit if it is long enough."""
        head = self._rng.choice([c for c in letters if c.isalpha()])
        body = "".join(self._rng.choices(letters, k=size - 2))
        return head + body + self._rng.choice([c for c in letters if c.isdigit()] or letters)

    def data(self, size: int) -> bytes:
        """Random bytes."""
        return self._rng.randbytes(size)

    def password(self) -> str:
        """As people choose them when they must."""
        return self.some(6).capitalize() + "-" + self.some(6, string.ascii_lowercase + string.digits)

    def plain(self) -> str:
        """Letters alone."""
        return "".join(self._rng.choices("bcdfghjklmnprstvwz", k=4)) + "".join(self._rng.choices(_VOWELS, k=7))

    def base64(self, size: int) -> str:
        """Base64 of so many random bytes."""
        return base64.b64encode(self.data(size)).decode()


_VOWELS = "aeioulnrst"


def _jwt(make: Values) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": make.some(12), "iat": 1700000000})
    head = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*head, make.some(43)])


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _static_key(make: Values) -> str:
    lines = "".join(make.some(32, _HEX) + "\n" for _ in range(16))
    return f"-----BEGIN OpenVPN Static key V1-----\n{lines}-----END OpenVPN Static key V1-----"


def _hash(head: str, *sizes: int) -> Callable[[Values], str]:
    return lambda make: head + "$".join(make.some(size, _CRYPT) for size in sizes)


MARKS: dict[str, Callable[[Values], str]] = {
    "pw": Values.password,
    "plain": Values.plain,
    "hard": lambda make: make.some(5) + "!%" + make.some(4) + "=&" + make.some(3),
    "hard-url": lambda make: make.some(5) + "%21" + make.some(4),
    "salt": lambda make: make.some(7) + "(a|b)+c d-9[" + make.some(9),
    "xmlpw": lambda make: make.some(9) + "&amp;a",
    "phpq": lambda make: make.some(9) + "\\'x7",
    "pwhash": lambda make: make.some(9) + "#1",
    "semi": lambda make: make.some(9) + ";x",
    "uuid": lambda make: "-".join(make.some(size, _HEX) for size in (8, 4, 4, 4, 12)),
    "aws": lambda make: make.some(40, _LETTERS + "/+"),
    "age": lambda make: expand("AGE-SECRET-KEY-1{BECH32:52}{sum:bech32}", make.some(9)),
    "jwt": _jwt,
    "boot": lambda make: make.some(6, _HEX) + "." + make.some(16, _HEX),
    "upper20": lambda make: make.some(20, string.ascii_uppercase),
    "rclone": lambda make: base64.urlsafe_b64encode(make.data(28)).decode().rstrip("="),
    "b64": lambda make: _encoded(make.password()),
    "b64env": lambda make: _encoded(f"A=1\nDB_PASSWORD={make.password()}\n"),
    "pair": lambda make: _encoded("ci:" + make.password()),
    "fernet": lambda make: base64.urlsafe_b64encode(make.data(32)).decode(),
    "cert": lambda _: _encoded("-----BEGIN CERT" + "IFICATE-----\n"),
    "django": lambda make: make.some(20) + "&^" + make.some(10) + "(#=" + make.some(12),
    "djangoi": lambda make: "django-insecure-" + make.some(20) + "&^" + make.some(10) + "(#=" + make.some(12),
    "appkey": lambda make: "base64:" + make.base64(32),
    "ck": lambda make: "LS0tLS1CRUdJTi" + make.some(400),
    "refresh": lambda make: "1//0" + make.some(60),
    "ms": lambda make: "0.A" + make.some(120),
    "ipsec64": lambda make: "0s" + make.base64(24),
    "dpapi": lambda make: "01000000D08C9DDF" + "0115D1118C7A00C0" + "4FC297EB" + make.some(200, _HEX).upper(),
    "ovpn": _static_key,
    "qb": lambda make: f"@ByteArray({make.base64(16)}:{make.base64(64)})",
    "transmission": lambda make: "{" + make.some(40, _HEX) + make.some(8),
    "md5pg": lambda make: "md5" + make.some(32, _HEX),
    "mosq": lambda make: f"$7$101${make.base64(64)}${make.base64(64)}",
    "mosq6": lambda make: f"$6${make.base64(12)}${make.base64(64)}",
    "argon": lambda make: "argon2:$argon2id$v=19$m=10240,t=10,p=8$" + make.some(22) + "$" + make.some(43),
    "sha1": lambda make: "{SHA}" + make.base64(20),
    "ssha": lambda make: "{SSHA}" + make.base64(24),
    "sha512": _hash("$6$", 16, 86),
    "sha256": _hash("$5$", 16, 43),
    "rounds": _hash("$5$rounds=5000$", 16, 43),
    "yescrypt": _hash("$y$j9T$", 22, 43),
    "bcrypt": _hash("$2y$10$", 53),
    "apr1": _hash("$apr1$", 8, 22),
    "md5c": _hash("$1$", 8, 22),
    "extdes": _hash("_", 19),
    "des": _hash("", 13),
}
_SIZED: dict[str, Callable[[Values, int], str]] = {
    "tok": Values.some,
    "hex": lambda make, size: make.some(size, _HEX),
    "key": Values.base64,
}
MARK = re.compile(rf"<({'|'.join(map(re.escape, MARKS))}|(?:{'|'.join(_SIZED)})\d+)>")
_SORT = re.compile(r"^=== (.*?) \| (.*?) \|[ ]?(.*)\n", re.MULTILINE)


def sorts(folder: str = "") -> list[Sort]:
    """All of them, in the order of files and lines; of the folder `without`, files in which no secret stands."""
    found = []
    for path in sorted((Path(__file__).parent / folder).glob("*.txt")):
        _, *pieces = _SORT.split(path.read_text(encoding="utf-8"))
        for name, where, rules, text in zip(*(iter(pieces),) * 4, strict=True):
            found.append(Sort(name, where, text, frozenset(rules.split()) | GENERAL))
    return found


def planted(sort: Sort, seed: int, ending: str = "\n", last: bool = True) -> tuple[bytes, list[Mark]]:
    """A file of a sort and what is to be found in it, with these line ends, the last line with one or without."""
    make = Values(seed)
    lines = sort.text.replace("\n", ending)
    return _filled(lines if last else lines.rstrip("\r\n"), lambda mark: _value(make, mark))


def filled(sort: Sort, value: str) -> bytes:
    """A file of a sort with one text in the place of each secret."""
    return _filled(sort.text, lambda _: value, same=True)[0]


def _value(make: Values, mark: str) -> str:
    if mark in MARKS:
        return MARKS[mark](make)
    return _SIZED[mark[:3]](make, int(mark[3:]))


def _filled(text: str, value: Callable[[str], str], same: bool = False) -> tuple[bytes, list[Mark]]:
    out, at, marks = "", 0, []
    for found in MARK.finditer(text):
        out += text[at : found.start()]
        secret = value(found[1])
        told = (
            base64.b64decode(secret).decode().strip().rpartition("=")[2]
            if found[1] == "b64env" and not same
            else secret
        )
        marks.append(Mark(out.count("\n") + 1, len(out) - out.rfind("\n"), told))
        out += secret
        at = found.end()
    return (out + text[at:]).encode(), marks


def binaries(seed: int) -> Iterator[tuple[str, str, str, bytes]]:
    """(name, path, rule, content) of files that have no lines."""
    for name, (path, rule, made) in BINARY.items():
        yield name, path, rule, made(random.Random(seed))
