"""Passwords in compiled Python, where name and value stand apart: which files are worth reading, and what they say.

Of 12,940 .pyc files on a machine with much Python, 1,700 have a telling word in a name, 570 a name that ends in one,
230 a text beside it that could be a password; those are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from imagelint.lazy import Lazy
from imagelint.secrets.filters import why_no_password
from imagelint.secrets.kinds import CODE
from imagelint.secrets.names import is_password_name, is_secret_name
from imagelint.secrets.traces import COMPILED_NAME
from imagelint.stream import marshal
from imagelint.stream.pyc import assigned

_STRING = rb"[zZ\xda\xfa]"
"""Types of a short text in marshal: ASCII, interned, each with or without a reference to it."""
_TELLING = Lazy(
    r"(?:(?i:passw(?:or)?d|passphrase|pwd|_pass|secret|api_?key|(?:secret|access|auth|signing|encryption)_key|_token)"
    r"|TOKEN)\Z"
)
_NAME = 64
_TEXT = Lazy(_STRING + rb"([\x08-\x40])([!-~]{8,64})")
_DIGIT = re.compile(rb"\d")


def telling_names(data: bytes, ends: Iterable[int] | None = None) -> frozenset[bytes]:
    """The telling names of a .pyc in which a text stands that could be the value of one; empty for all others.

    `ends`: where traces.COMPILED_NAME matched; None when that is not known.
    """
    if ends is None:
        ends = (found.end() for found in _trace().finditer(data))
    names = {name for end in ends if (name := _name_at(data, end)) and _is_telling(name)}
    if not names:
        return frozenset()
    judge = "password" if any(is_password_name(name) or "secret" in name.lower() for name in names) else "token"
    for found in _TEXT.finditer(data):
        text = found[2][: found[1][0]]
        if len(text) == found[1][0] and _DIGIT.search(text) and not why_no_password(judge, text.decode(), CODE, True):
            return frozenset(map(str.encode, names))
    return frozenset()


def reconstructed(data: bytes, names: frozenset[bytes]) -> bytes:
    """The assignments of a .pyc to these names, as lines of Python; empty for a damaged one."""
    version = marshal.version(data)
    try:
        codes = marshal.read(data, names)
    except marshal.Damaged:
        return b""
    lines = (line for code in codes for line in _lines(code, version, names))
    return b"".join(dict.fromkeys(lines))


def _lines(code: marshal.Code, version: int, names: frozenset[bytes]) -> Iterator[bytes]:
    for name, value in assigned(code, version):
        if name in names and len(value) <= marshal.LONGEST:
            quote = b"'" if b'"' in value else b'"'
            text = value.replace(b"\\", b"\\\\").replace(quote, b"\\" + quote).replace(b"\n", b"\\n")
            yield b"%s = %s%s%s\n" % (name, quote, text, quote)


def _name_at(data: bytes, end: int) -> str:
    """The text of marshal that a match lies in, or empty."""
    for start in range(end - 3, max(0, end - _NAME), -1):
        size = data[start]
        if start + 1 + size >= end and data[start - 1] in b"zZ\xda\xfa" and size <= _NAME:
            name = data[start + 1 : start + 1 + size]
            if len(name) == size and name.isascii() and name.replace(b"_", b"a").isalnum():
                return name.decode()
    return ""


@lru_cache(maxsize=8192)
def _is_telling(name: str) -> bool:
    return _TELLING.search(name) is not None and is_secret_name(name)


@lru_cache(maxsize=1)
def _trace() -> re.Pattern[bytes]:
    return re.compile(COMPILED_NAME.encode())
