"""Is a document of ours what its published schema says?"""

from __future__ import annotations

import json

from jsonschema import Draft202012Validator

from imagelint.report import schema

VALIDATORS = {name: Draft202012Validator(json.loads(schema.text(name))) for name in schema.SCHEMAS}


def errors(name: str, document: object) -> list[str]:
    """What the schema of a format has against a document, on short lines: what a validator prints by itself holds all
    of the schema and of the document."""
    return [f"{error.json_path}: {error.message[:200]}" for error in VALIDATORS[name].iter_errors(document)]
