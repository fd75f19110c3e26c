"""What was found in an image, as JSON and back: masked texts, numbers and words, and nothing that runs."""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from imagelint.errors import DamagedError
from imagelint.findings import Finding, SafeText, ScannedImage
from imagelint.record import fields, record
from imagelint.secrets.redact import plain
from imagelint.sha256 import sha256

_OTHER = "they are of another version"


@record
class Judged:
    """An image's findings, of a run in which nothing was missing, and which showed no values."""

    findings: list[Finding]
    limited: list[tuple[str, str]]
    image: ScannedImage
    mixed: list[str]
    """As lint.Result has it."""
    until: str
    """The last day on which the same would be found (YYYY-MM-DD), where certificates decide; empty for any day."""
    labels: dict[SafeText, SafeText]
    """As lint.Result has them."""


def pack(judged: Judged) -> bytes:
    """As bytes, the digest of the rest ahead of it."""
    body = json.dumps(_row(judged), separators=(",", ":"), check_circular=False).encode("utf-8", "surrogatepass")
    return sha256(body).digest() + body


def unpack(data: bytes) -> Judged:
    """What became these bytes; what its texts say was masked then. Raises DamagedError for others."""
    row = _rows(data)
    try:
        judged: Judged = _maker(Judged)(row)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamagedError(_OTHER) from error
    return judged


def until(data: bytes) -> str:
    """The last day of what `unpack` makes of it, at a third of the cost."""
    row = _rows(data)
    if not isinstance(row, list) or len(row) != len(fields(Judged)):
        raise DamagedError(_OTHER)
    last: str = row[fields(Judged).index("until")]
    return last


def _rows(data: bytes) -> Any:
    if sha256(data[32:]).digest() != data[:32]:
        raise DamagedError("their digest is another one")
    try:
        return json.loads(data[32:])
    except (ValueError, RecursionError) as error:
        raise DamagedError(_OTHER) from error


def _row(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [_row(one) for one in value]
    if isinstance(value, dict):
        return [[name, _row(one)] for name, one in value.items()]
    if value is None or isinstance(value, str | int | float):
        return value
    return [_row(getattr(value, name)) for name in fields(value)]


@cache
def _maker(kind: Any) -> Callable[[Any], Any]:
    """Makes a value of a type of its row."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is SafeText:
        return plain
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if origin in (Union, types.UnionType):
        return _optional(_maker(next(one for one in inner if one is not types.NoneType)))
    if origin is tuple and inner[-1:] != (...,):
        makers = [_maker(one) for one in inner]
        return lambda row: tuple(make(one) for make, one in zip(makers, row, strict=True))
    if origin in (list, tuple):
        each = _maker(inner[0])
        return lambda row: origin(map(each, row))
    if origin is dict:
        name, value = map(_maker, inner)
        return lambda row: {name(key): value(one) for key, one in row}
    if kind in (str, int, bool, float):
        return _checked(kind)
    hints = get_type_hints(kind)
    parts = [(name, _maker(hints[name])) for name in fields(kind)]
    return lambda row: kind(**{name: make(one) for (name, make), one in zip(parts, row, strict=True)})


def _optional(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda row: None if row is None else make(row)


def _checked(kind: type) -> Callable[[Any], Any]:
    def made(row: Any) -> Any:
        if type(row) is not kind:
            raise TypeError(kind.__name__)
        return row

    return made
