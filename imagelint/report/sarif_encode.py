"""sarif-om objects to JSON.

Not by jschema_to_python, which sarif-om names for it: that leaves out an explicit `level: warning`, which readers need
that do not know the default, and takes half a millisecond a result.
"""

from __future__ import annotations

import json
from functools import cache

from imagelint.report.escape import encodable, json_without_commands

RENAMED = {("Suppression", "state"): "status"}
"""What SARIF 2.1.0 calls otherwise than the draft that sarif-om 1.0.4 was made from (section 3.35.3)."""


def dump(value: object) -> str:
    """JSON text of an object of sarif-om, or of a list or mapping of them: ASCII, on one line."""
    return json_without_commands(json.dumps(encode(value), separators=(",", ":")))


def encode(value: object) -> object:
    """JSON's types. Properties that are None, or -1 (SARIF's `not known`), are left out."""
    kind = value.__class__
    if kind is int or kind is bool or kind is float or value is None:
        return value
    if isinstance(value, str):
        return encodable(value)
    if kind is list or kind is tuple:
        return [encode(item) for item in value]  # type: ignore[attr-defined] # it is a list or a tuple
    if kind is dict:
        return {encodable(key): encode(item) for key, item in value.items()}  # type: ignore[attr-defined] # it is a dict
    names = _names(kind)  # type: ignore[arg-type]
    return {names[key]: encode(item) for key, item in vars(value).items() if item is not None and item != -1}


@cache
def _names(kind: type) -> dict[str, str]:
    """The property name in SARIF of each attribute of a class."""
    import attr

    return {
        field.name: RENAMED.get((kind.__name__, field.name), field.metadata["schema_property_name"])
        for field in attr.fields(kind)
    }
