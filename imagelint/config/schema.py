"""The JSON Schema (draft 2020-12) of a configuration, from the table of settings: for editors, and to check a file in a
pipeline. `imagelint config schema` prints it; docs/config.schema.json is a copy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from imagelint.config.settings import OVERRIDE, SETTINGS, Setting

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "minLength": 1, "pattern": r"\S"}
PARAMETERS: Schema = {"type": "object", "additionalProperties": {"type": "object"}}


def schema() -> Schema:
    """The schema, as plain data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": ".imagelint.yaml",
        "description": "The configuration of imagelint, also below [tool.imagelint] of pyproject.toml.",
        **_object(SETTINGS),
    }


def text() -> str:
    """The schema, as it is printed."""
    return json.dumps(schema(), indent=2) + "\n"


def _object(table: Mapping[str, Setting]) -> Schema:
    made = {name: {"description": setting.meaning, **_value(name, setting)} for name, setting in table.items()}
    return {"type": "object", "additionalProperties": False, "properties": made}


def _value(name: str, setting: Setting) -> Schema:
    default = {} if setting.default in (None, (), {}) else {"default": setting.default}
    if setting.kind == "word":
        return {"enum": list(setting.choices), **default}
    if setting.kind == "switch":
        return {"type": "boolean", **default}
    if setting.kind == "words":
        item = {"enum": list(setting.choices)} if setting.choices else {"type": "string"}
        least = {"minItems": 1} if name in OVERRIDE else {}
        return {"anyOf": [item, {"type": "array", "items": item, **least}], **default}
    if setting.kind == "text":
        return TEXT
    if setting.kind == "day":
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
    if setting.kind == "parameters":
        return PARAMETERS
    ignores = {"properties": {"severity": {"const": "ignore"}}}
    rule = {"required": ["rules"], "if": ignores, "then": {"required": ["reason"]}}
    return {"type": "array", "items": {**_object(OVERRIDE), **rule}}


if __name__ == "__main__":
    print(text(), end="")
