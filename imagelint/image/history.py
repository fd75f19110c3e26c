"""The configuration's history, and which entry made which layer (OCI image specification, config.md, "history")."""

from __future__ import annotations

from typing import Any

from imagelint.image.model import History, Layer

_READ = frozenset(("created", "created_by", "comment", "empty_layer"))


def read_history(value: object) -> list[History]:
    """The entries in order; what is no object, or has values of other types, counts as an entry that says nothing."""
    if not isinstance(value, list):
        return []
    return [_entry(item if isinstance(item, dict) else {}) for item in value]


def match(history: list[History], layers: list[Layer]) -> str:
    """Give each layer its entry: the n-th layer is of the n-th entry that is not empty. A reason when the counts
    differ, else empty."""
    made = [index for index, entry in enumerate(history) if not entry.empty]
    if len(made) != len(layers):
        for layer in layers:
            layer.history = -1
        return (
            f"the history tells of {len(made)} layers and the image has {len(layers)}: it is not known what made which"
        )
    for layer, index in zip(layers, made, strict=True):
        layer.history = index
    return ""


def _entry(item: dict[str, Any]) -> History:
    created_by, comment = item.get("created_by"), item.get("comment")
    return History(
        created_by if isinstance(created_by, str) else "",
        comment if isinstance(comment, str) else "",
        item.get("empty_layer") is True,
        {key: value for key, value in item.items() if key not in _READ},
    )
