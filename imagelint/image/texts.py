"""Every text of a JSON value, with the key that it is the value of: for documents whose keys are not known one by one.

Texts in base64 are read as what they hold: BuildKit embeds Dockerfiles, files and whole documents that way, and a DSSE
envelope its payload.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_PAIR = re.compile(r"([A-Za-z_][\w.-]{0,127})=(\S+)\Z")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}\Z")
_PATH = 200
"""Characters of a place that are told: a document may nest long keys a thousand deep."""
KEY = 16
"""Characters of the shortest key that is looked at as a text of its own: no token is shorter, and names are."""
_DEPTH = 3
"""Documents inside documents: an envelope, its statement, and what the statement embeds."""
ARGUMENT = "build-arg:"
"""How BuildKit calls the build argument that follows."""


@dataclass(slots=True)
class Text:
    """One text of a document."""

    path: str
    """Keys from the top, as `a.b[0].c`."""
    name: str
    """The key it is the value of, or the name that stands beside it; empty when it has none."""
    text: str
    filename: str = ""
    """The text is a file of this name, whose lines count."""


@dataclass(slots=True)
class _File:
    name: str
    data: str


def texts(value: Any, path: str = "", depth: int = 0) -> Iterator[Text]:
    """Every text and number of a JSON value, in its order; long keys are texts too."""
    todo: list[tuple[str, str, Any]] = [(path, "", value)]
    while todo:
        place, name, item = todo.pop()
        if isinstance(item, dict):
            todo += reversed(list(_of_object(place, item)))
        elif isinstance(item, list):
            todo += [(_joined(place, f"[{at}]"), "", item[at]) for at in range(len(item) - 1, -1, -1)]
        elif isinstance(item, str):
            yield from _of_text(place, name, item, depth)
        elif isinstance(item, _File):
            content = _decoded(item.data)
            yield Text(place, "", content, item.name) if content else Text(place, "", item.data)
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield Text(place, name, str(item))


def _of_object(place: str, item: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Its values, each with its name: `{"name": N, "value": V}` says N=V, and `{"filename": F, "data": base64}` is a
    file."""
    name, filename = item.get("name"), item.get("filename")
    for key, value in item.items():
        below = _joined(place, f".{key}" if place else key)
        if len(key) >= KEY:
            yield below, "", key
        if key == "value" and isinstance(name, str):
            yield below, name, value
        elif key == "data" and isinstance(filename, str) and isinstance(value, str):
            yield _joined(place, f".{filename}" if place else filename), "", _File(filename, value)
        else:
            yield below, key.removeprefix(ARGUMENT), value


def _of_text(place: str, name: str, text: str, depth: int) -> Iterator[Text]:
    """A text as it is, and what it stands for in base64. An item of a list may be a NAME=value, as environments are."""
    pair = None if name else _PAIR.match(text)
    yield Text(place, pair[1], pair[2]) if pair else Text(place, name, text)
    content = _decoded(pair[2] if pair else text)
    if not content:
        return
    place = _joined(place, " (base64)")
    if content[0] in "{[" and depth < _DEPTH:
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            pass
        else:
            yield from texts(value, place, depth + 1)
            return
    yield Text(place, pair[1] if pair else name, content)


def _decoded(text: str) -> str:
    """The text that a base64 text stands for; empty when it stands for none."""
    if not _BASE64.match(text):
        return ""
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return ""
    return content if content.replace("\n", "").replace("\t", "").replace("\r", "").isprintable() else ""


def _joined(place: str, key: str) -> str:
    """Keys are taken whole or not at all: half a secret would not be known for one."""
    if len(place) > _PATH:
        return place
    return place + (key if len(key) <= _PATH else "(a long key)")
