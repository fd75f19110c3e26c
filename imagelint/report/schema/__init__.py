"""The JSON Schemas of what the formats json and gitlab write, and `imagelint size` as json (draft 2020-12), which
`imagelint schema` prints."""

from __future__ import annotations

from pathlib import Path

SCHEMAS = {"json": "report.schema.json", "gitlab": "gitlab.schema.json", "size": "size.schema.json"}
"""By the format's name, the file in this folder."""


def text(name: str) -> str:
    """The schema of a format, as JSON."""
    return (Path(__file__).parent / SCHEMAS[name]).read_text(encoding="utf-8")
