"""sarif-om objects to JSON.

Not by jschema_to_python, which sarif-om names for it: that leaves out an explicit `level: warning`, which readers need
that do not know the default, and takes half a millisecond a result. The text is written at once: a tree of mappings for
json.dumps takes as long to make as it takes to write.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from imagelint.report.escape import encodable, json_without_commands

RENAMED = {("Suppression", "state"): "status"}
"""What SARIF 2.1.0 calls otherwise than the draft that sarif-om 1.0.4 was made from (section 3.35.3)."""
NUMBERS = frozenset((int, float))


class Coded(str):
    """JSON text, which is written as it is: what many results share is encoded once."""

    __slots__ = ()


def dump(value: object) -> Coded:
    """JSON text of an object of sarif-om, or of a list or mapping of them: ASCII, on one line. Properties that are
    None, or -1 (SARIF's `not known`), are left out."""
    return Coded(json_without_commands(_write(value)))


def members(value: Any) -> dict[str, Coded]:
    """JSON text of each property of an object of sarif-om."""
    names = _names(value.__class__)
    return {
        names[name]: dump(item)
        for name, item in vars(value).items()
        if item is not None and item.__class__ not in NUMBERS
    }


def _write(value: Any) -> str:
    kind = value.__class__
    if kind is str:
        return _quoted(value if value.isascii() else encodable(value))
    if kind is Coded:
        return value  # type: ignore[no-any-return] # it is a str
    if kind is list or kind is tuple:
        return f"[{','.join([_write(item) for item in value])}]"
    if kind is dict:
        return f"{{{','.join([f'{_quoted(name)}:{_write(item)}' for name, item in value.items()])}}}"
    if kind is int:
        return str(value)
    if kind is bool or kind is float or value is None:
        return json.dumps(value)
    return _write(str(value)) if isinstance(value, str) else _writer(kind)(value)


@cache
def _writer(kind: type) -> Callable[[Any], str]:
    """What writes the objects of a class of sarif-om."""
    keys = {name: f'"{property_}":' for name, property_ in _names(kind).items()}

    def write(value: object) -> str:
        parts = []
        for name, item in vars(value).items():
            if item is None:
                continue
            kind = item.__class__
            if kind is int:  # what most are comes first, without a call more
                if item != -1:
                    parts.append(f"{keys[name]}{item}")
            elif kind is str and item.isascii():
                parts.append(keys[name] + _quoted(item))
            elif kind is Coded:
                parts.append(keys[name] + item)
            elif kind is not float or item != -1:
                parts.append(keys[name] + _write(item))
        return f"{{{','.join(parts)}}}"

    return write


@cache
def _names(kind: type) -> dict[str, str]:
    """The property name in SARIF of each attribute of a class."""
    import attr

    return {
        field.name: RENAMED.get((kind.__name__, field.name), field.metadata["schema_property_name"])
        for field in attr.fields(kind)
    }
