"""Records as plain data, for comparing and searching them whole."""

from __future__ import annotations

from typing import Any

from imagelint.record import fields


def plain(value: Any) -> Any:
    """The same with every record as a dict of its fields."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "_hidden"):
        return {name: plain(getattr(value, name)) for name in fields(value)}
    return value
