"""Compiled Python (.pyc) read without running it: code objects with their constants and names.

The format is that of CPython's Python/marshal.c (version 4) and of code objects in Objects/codeobject.c, 3.8 to 3.13.
Python's own marshal.loads trusts its input; this reader is bounded, and reads only what names and constants need.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

HEADER = 16
"""Magic, flags, time or hash, size (PEP 552)."""
LONGEST = 4096
"""Bytes of a text that are worth a look as a value."""
_MAGICS = range(3400, 3600)
"""3.8 begins with 3400, 3.13 ends below 3600 (Lib/importlib/_bootstrap_external.py)."""
_WITH_QUALNAME = 3450
"""From 3.11 on: no number of locals ahead of the code, and a qualified name behind the name."""
_DEPTH = 100
"""Objects inside objects; CPython's own limit is 2,000, and code has ten."""
_INT = struct.Struct("<i")
_SKIPPED = {**dict.fromkeys(b"NFTS.", 0), ord("i"): 4, ord("I"): 8, ord("g"): 8, ord("y"): 16}
_LONG_STRINGS, _SHORT_STRINGS, _LONG_TUPLES = b"aAut", b"zZ", b"([<>"
_REF = 0x80


class Damaged(ValueError):
    """Not what marshal would write."""


@dataclass(slots=True)
class Code:
    """What one code object refers to."""

    code: bytes
    consts: tuple[Any, ...]
    """Texts, tuples of texts, code objects; None for all others."""
    names: tuple[Any, ...]
    variables: tuple[Any, ...]


def version(start: bytes) -> int:
    """The magic number of a .pyc that can be read here, or 0."""
    number = int.from_bytes(start[:2], "little")
    return number if start[2:4] == b"\r\n" and number in _MAGICS else 0


def read(data: bytes, names: frozenset[bytes]) -> list[Code]:
    """The code objects of a .pyc that refer to one of these names (short ones). Damaged for what is none."""
    number = version(data)
    if not number:
        raise Damaged
    reader = _Reader(data, names, number >= _WITH_QUALNAME)
    try:
        reader.value(0)
    except (IndexError, struct.error, RecursionError):
        raise Damaged from None
    return reader.codes


class _Reader:
    def __init__(self, data: bytes, names: frozenset[bytes], qualified: bool) -> None:
        self._data = data
        self._names = names
        self._wanted: set[int] = set()
        """id() of the names as they were read: to look for equal ones would hash tuples in tuples without end."""
        self._at = HEADER
        self._qualified = qualified
        self._refs: list[Any] = []
        self.codes: list[Code] = []

    def value(self, depth: int) -> Any:
        data, at = self._data, self._at
        kind = data[at]
        at += 1
        place = -1
        if kind & _REF:
            kind &= 0x7F
            place = len(self._refs)
            self._refs.append(None)
        found: Any = None
        if kind in _SHORT_STRINGS:
            end = at + 1 + data[at]
            found = data[at + 1 : end]
            self._at = end
            if found in self._names:
                self._wanted.add(id(found))
        elif kind == 114:  # r
            self._at = at + 4
            number: int = _INT.unpack_from(data, at)[0]
            if number < 0:
                raise Damaged
            return self._refs[number]
        elif (skip := _SKIPPED.get(kind, -1)) >= 0:
            self._at = at + skip
        elif kind == 115 or kind in _LONG_STRINGS:  # s
            size: int = _INT.unpack_from(data, at)[0]
            if size < 0 or at + 4 + size > len(data):
                raise Damaged
            self._at = at + 4 + size
            found = data[at + 4 : at + 4 + size]
        elif kind == 41 or kind in _LONG_TUPLES:  # )
            if kind == 41:
                count, self._at = data[at], at + 1
            else:
                count, self._at = _INT.unpack_from(data, at)[0], at + 4
            if count < 0 or count > len(data) - at or depth > _DEPTH:
                raise Damaged
            found = tuple([self.value(depth + 1) for _ in range(count)])
        elif kind == 99:  # c
            self._code(at, depth + 1)
        elif kind == 108:  # l
            self._at = at + 4 + 2 * abs(_INT.unpack_from(data, at)[0])
        elif kind == 102:  # f
            self._at = at + 1 + data[at]
        else:
            raise Damaged
        if place >= 0:
            self._refs[place] = found
        return found

    def _code(self, at: int, depth: int) -> None:
        if depth > _DEPTH:
            raise Damaged
        self._at = at + (20 if self._qualified else 24)
        value: Callable[[int], Any] = self.value
        code, consts, names, variables = value(depth), value(depth), value(depth), value(depth)
        for _ in range(4):  # kinds of variables, file, name, qualified name; before 3.11 free and cell variables first
            value(depth)
        self._at += 4  # first line
        for _ in range(2 if self._qualified else 1):
            value(depth)
        whole = isinstance(code, bytes) and all(isinstance(item, tuple) for item in (consts, names, variables))
        if whole and any(map(self._mentions, (names, variables, consts, *consts))):
            self.codes.append(Code(code, consts, names, variables))

    def _mentions(self, items: Any) -> bool:
        return isinstance(items, tuple) and not self._wanted.isdisjoint(map(id, items))
