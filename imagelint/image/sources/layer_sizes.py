"""How large the layers of an engine's image are, as its history tells it (Docker Engine API,
GET /images/ID/history)."""

from __future__ import annotations

import re
from typing import Any

from imagelint.image.sources.answers import as_map, number, text

_EMPTY = re.compile(
    r"(?:/bin/sh -c )?(?:#\(nop\) +)?"
    r"(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b"
)
"""Instructions that make no layer."""


def layer_sizes(history: list[Any], layers: int) -> list[int]:
    """The sizes of the layers, the lowest first; another number of them where it is not known which entry made which.

    A layer may have 0 bytes (`RUN true`): of entries of that size those count that may have made one, if all of them
    are needed."""
    entries = [as_map(entry) for entry in reversed(history)]
    full = [number(entry.get("Size")) for entry in entries if number(entry.get("Size"))]
    if len(full) == layers:
        return full
    return [
        number(e.get("Size")) for e in entries if number(e.get("Size")) or not _EMPTY.match(text(e.get("CreatedBy")))
    ]
