"""Where a secret can sit outside the layers: the configuration, its history and the manifest's annotations (OCI
image specification 1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from imagelint.image.model import Image

BUILD_ARGUMENTS = re.compile(r"(?:^|^RUN )\|(\d{1,4}) ")
"""How both builders write the build arguments of a RUN into created_by: `|2 A=b C=d /bin/sh -c ...` (BuildKit puts
RUN ahead of it)."""
ARGUMENT = re.compile(r"([A-Za-z_][\w.-]*)=(.*?)(?= [A-Za-z_][\w.-]*=| /|$)", re.DOTALL)
"""The builders join arguments with blanks and quote nothing, so a value ends at the next NAME= or at the shell's
path."""
INSTRUCTION = re.compile(r"(?:^|#\(nop\) +)(ENV|LABEL|CMD|ENTRYPOINT|HEALTHCHECK)\b")
"""BuildKit writes the instruction as it is, the legacy builder behind `/bin/sh -c #(nop) `."""
NAME = re.compile(r"([\w.-]+)=")
MAX_TEXT = 1 << 20
"""Characters of one value. Whatever is longer is read up to here and told: no builder writes such a value."""


@dataclass(slots=True)
class Surface:
    """One text of the configuration."""

    kind: str
    """env, label, cmd, entrypoint, healthcheck, build-arg, history, annotation"""
    path: str
    """What a report shows as the place: ENV NAME, LABEL key, history[3] ..."""
    name: str
    """The key that the text is the value of; empty when it has none."""
    text: str
    history: int = -1
    """The history entry that wrote it, -1 when none is known."""


def surfaces(image: Image) -> Iterator[Surface]:
    """Every text of an image's configuration. Values of the wrong type are read as the text they would print as."""
    config = image.config
    writers = _writers(image)
    for item in _list(config.get("Env")):
        name, _, value = item.partition("=")
        yield Surface("env", f"ENV {name}", name, value, writers.get(("ENV", name), -1))
    for name, value in _mapping(config.get("Labels")):
        yield Surface("label", f"LABEL {name}", name, value, writers.get(("LABEL", name), -1))
    for kind, key in (("cmd", "Cmd"), ("entrypoint", "Entrypoint")):
        if words := _list(config.get(key)):
            yield Surface(kind, key.upper(), "", " ".join(words), writers.get((key.upper(), ""), -1))
    check = config.get("Healthcheck")
    if isinstance(check, dict) and (words := _list(check.get("Test"))):
        yield Surface("healthcheck", "HEALTHCHECK", "", " ".join(words), writers.get(("HEALTHCHECK", ""), -1))
    for index, entry in enumerate(image.history):
        yield from _history(index, entry.created_by)
        if entry.comment:
            yield Surface("history", f"history[{index}].comment", "", entry.comment, index)
    for name, value in _mapping(image.annotations):
        yield Surface("annotation", f"annotation {name}", name, value)


def _history(index: int, created_by: str) -> Iterator[Surface]:
    if found := BUILD_ARGUMENTS.search(created_by):
        rest = created_by[found.end() :][:MAX_TEXT]
        for _, argument in zip(range(int(found[1])), ARGUMENT.finditer(rest), strict=False):
            yield Surface("build-arg", f"ARG {argument[1]}", argument[1], argument[2], index)
    yield Surface("history", f"history[{index}]", "", created_by, index)


def _writers(image: Image) -> dict[tuple[str, str], int]:
    """(keyword, name) -> the last history entry with that instruction that sets that name; (keyword, "") -> the last
    one at all."""
    found: dict[tuple[str, str], int] = {}
    for index, entry in enumerate(image.history):
        head = INSTRUCTION.search(entry.created_by)
        if head:
            found[head[1], ""] = index
            if head[1] in ("ENV", "LABEL"):
                found.update(
                    {(head[1], name): index for name in NAME.findall(entry.created_by[head.end() :][:MAX_TEXT])}
                )
    return found


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item if isinstance(item, str) else str(item) for item in value] if isinstance(value, list) else []


def _mapping(value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return []
    return [(str(key), item if isinstance(item, str) else str(item)) for key, item in value.items()]
