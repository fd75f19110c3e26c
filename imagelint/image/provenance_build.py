"""What BuildKit's provenance of a build (`mode=max`) says of its Dockerfile: the file itself, which lines each step
ran, and which layers lay there behind it.

https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md, `source` and `layers`; SLSA v0.2 and
v1. Anybody can write such a document: what has not the form is left aside, and no line is believed that is none of an
instruction.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from imagelint.errors import UnreadableError
from imagelint.image.document import parse
from imagelint.record import field, record
from imagelint.stream import limits

_KEY = "https://mobyproject.org/buildkit@v1#metadata"
_LINES = 1 << 31
Lines = tuple[int, int, int]
"""Number of the source, first and last line."""


@record
class Build:
    """One build."""

    sources: list[tuple[str, bytes]] = field(default_factory=list, repr=False)
    """Name and content of each Dockerfile, by number."""
    large: list[str] = field(default_factory=list, repr=False)
    """Names of those that are too large to be read; they are empty."""
    target: str = ""
    """The stage that was asked for; empty for the last."""
    chains: dict[tuple[str, ...], set[Lines | None]] = field(default_factory=dict, repr=False)
    """Digests of all layers behind a step, the lowest first -> where the steps stand; None for one that stands nowhere,
    or in several files."""


def read_build(document: Any) -> Build | None:
    """The build that an in-toto statement tells of, plain or in a DSSE envelope; None when it holds no Dockerfile."""
    if isinstance(document, dict) and isinstance(document.get("payload"), str):
        try:
            document = parse(base64.b64decode(document["payload"]), "a payload")
        except (binascii.Error, ValueError, UnreadableError):
            return None
    predicate = _part(document, "predicate")
    metadata = _part(predicate, "metadata") or _part(predicate, "runDetails", "metadata")
    told = _part(metadata, _KEY) or _part(metadata, "buildkit_metadata")
    build = Build(_sources(_part(told, "source").get("infos")))
    for number, (name, data) in enumerate(build.sources):
        if len(data) > limits.EMBEDDED_DOCKERFILE:
            build.sources[number] = (name, b"")
            build.large.append(name)
    if not build.large and not any(data for _, data in build.sources):
        return None
    asked = _part(predicate, "buildDefinition", "externalParameters")
    parameters = _part(predicate, "invocation", "parameters") or _part(asked, "request") or _part(asked, "parameters")
    target = _part(parameters, "args").get("target")
    build.target = target if isinstance(target, str) else ""
    steps = {step: _lines(value) for step, value in _part(told, "source", "locations").items()}
    for output, chains in _part(told, "layers").items():
        for chain in _list(chains):
            digests = tuple(_digest(layer) for layer in _list(chain))
            if digests and all(digests):
                build.chains.setdefault(digests, set()).add(steps.get(output.rpartition(":")[0]))
    return build


def _part(value: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _digest(layer: Any) -> str:
    digest = layer.get("digest") if isinstance(layer, dict) else None
    return digest if isinstance(digest, str) else ""


def _sources(infos: Any) -> list[tuple[str, bytes]]:
    """One that is no Dockerfile keeps its number, and is empty."""
    found = []
    for info in _list(infos):
        name, data, language = (info.get(key) if isinstance(info, dict) else None for key in _SOURCE)
        content = b""
        if isinstance(data, str) and language in ("Dockerfile", None, ""):
            try:
                content = base64.b64decode(data)
            except (binascii.Error, ValueError):
                content = b""
        found.append((name if isinstance(name, str) and name else "Dockerfile", content))
    return found


_SOURCE = ("filename", "data", "language")


def _lines(value: Any) -> Lines | None:
    """Of a step: solver/pb/ops.proto, Locations."""
    found: set[int] = set()
    lines: list[int] = []
    source: Any
    for location in _list(_part({"of": value}, "of").get("locations")):
        source = location.get("sourceIndex", 0) if isinstance(location, dict) else None
        for span in _list(location.get("ranges")) if isinstance(location, dict) else ():
            for end in ("start", "end"):
                line = _part(span, end).get("line")
                if type(line) is not int or type(source) is not int or not 0 < line < _LINES:
                    return None
                lines.append(line)
            found.add(source)
    return (found.pop(), min(lines), max(lines)) if len(found) == 1 else None
