"""The parameters of a rule file."""

from __future__ import annotations

import re

from imagelint.engine.marks import Mapping
from imagelint.engine.parameter import TYPES, Parameter, Value


def read_parameters(top: Mapping) -> tuple[Parameter, ...]:
    """What stands behind `parameters`: names, each with type, meaning, example and, perhaps, a default."""
    inner = top.mapping("parameters")
    if inner is None:
        return ()
    found = []
    for name, node in inner.keys.items():
        if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name):
            inner.source.at(node, "a parameter's name is of small letters, with single underscores")
        elif body := inner.mapping(name):
            body.close(("type", "meaning", "example", "default"), ("type", "meaning", "example"))
            type_ = body.choice("type", tuple(TYPES), "number")
            default = _value(body, "default", type_) if "default" in body else None
            found.append(Parameter(name, type_, body.string("meaning"), _value(body, "example", type_), default))
    return tuple(found)


def _value(body: Mapping, key: str, type_: str) -> Value:
    return body.integer(key) if type_ == "number" else body.strings(key)
