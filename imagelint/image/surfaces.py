"""Where a secret can sit outside the layers: the configuration, its history, and the documents that lead to it (OCI
image specification 1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from imagelint.image.model import Image
from imagelint.image.texts import KEY, Text, texts

BUILD_ARGUMENTS = re.compile(r"(?:^|^RUN )\|(\d{1,4}) ")
"""How both builders write the build arguments of a RUN into created_by: `|2 A=b C=d /bin/sh -c ...` (BuildKit puts
RUN ahead of it)."""
ARGUMENT = re.compile(r"([A-Za-z_][\w.-]*)=(.*?)(?= [A-Za-z_][\w.-]*=| /|$)", re.DOTALL)
"""The builders join arguments with blanks and quote nothing, so a value ends at the next NAME= or at the shell's
path."""
INSTRUCTIONS = {
    "Env": ("env", "ENV"),
    "Labels": ("label", "LABEL"),
    "Cmd": ("cmd", "CMD"),
    "Entrypoint": ("entrypoint", "ENTRYPOINT"),
    "Healthcheck": ("healthcheck", "HEALTHCHECK"),
    "OnBuild": ("onbuild", "ONBUILD"),
    "Shell": ("shell", "SHELL"),
    "ExposedPorts": ("port", "EXPOSE"),
    "Volumes": ("volume", "VOLUME"),
    "WorkingDir": ("workdir", "WORKDIR"),
    "User": ("user", "USER"),
    "StopSignal": ("stop-signal", "STOPSIGNAL"),
}
"""Key of the configuration -> surface, and the instruction that sets it."""
_WORDS = "|".join(["MAINTAINER", *(word for _, word in INSTRUCTIONS.values())])
INSTRUCTION = re.compile(rf"(?:^|#\(nop\) +)({_WORDS})\b|#\(nop\) +((?i:{_WORDS})) ")
"""BuildKit writes the instruction as it is, the legacy builder behind `/bin/sh -c #(nop) `; Buildah leaves small
letters."""
NAME = re.compile(r"([\w.-]+)=")
MAX_TEXT = 1 << 20
"""Characters of one value. Whatever is longer is read up to here and told: no builder writes such a value."""


@dataclass(slots=True)
class Surface:
    """One text outside the layers."""

    kind: str
    """One of secrets.SURFACES."""
    path: str
    """What a report shows as the place: ENV NAME, LABEL key, history[3] ..."""
    name: str
    """The key that the text is the value of; empty when it has none."""
    text: str
    history: int = -1
    """The history entry that wrote it, -1 when none is known."""
    filename: str = ""
    """The text is a whole file of this name, and its lines count."""


def surfaces(image: Image) -> Iterator[Surface]:
    """Every text of an image's configuration, history and manifest. Values of the wrong type are read as the text they
    would print as."""
    written = writers(image)
    for key, value in image.config.items():
        yield from _of_config(key, value, written)
    for text in texts(image.document):
        kind = text.path if text.path in ("author", "comment") else "config"
        writer = written.get(("MAINTAINER", ""), -1) if kind == "author" else -1
        yield surface(kind, f"configuration: {text.path}" if kind == "config" else kind, text, writer)
    for index, entry in enumerate(image.history):
        yield from _history(index, entry.created_by)
        if entry.comment:
            yield Surface("history", f"history[{index}].comment", "", entry.comment, index)
        for text in texts(entry.more, f"history[{index}]"):
            yield surface("history", text.path, text, index)
    for name, value in _mapping(image.annotations):
        yield from _named("annotation", f"annotation {name}", name, value)
    for what, document in image.described:
        for text in texts(document):
            kind = "annotation" if "annotations." in text.path else "manifest"
            yield surface(kind, f"{what}: {text.path}", text)


def _of_config(key: str, value: Any, writers: dict[tuple[str, str], int]) -> Iterator[Surface]:
    """The texts of one key of the configuration (config.md, "Properties"): known ones under the name of their
    instruction."""
    kind, keyword = INSTRUCTIONS.get(key, ("config", ""))
    writer = writers.get((keyword, ""), -1)
    if key == "Env" and isinstance(value, list | str):
        for item in _list(value):
            name, _, given = item.partition("=")
            yield from _named("env", f"ENV {name}", name, given, writers.get(("ENV", name), -1))
    elif key == "Labels" and isinstance(value, dict):
        for name, label in _mapping(value):
            yield from _named("label", f"LABEL {name}", name, label, writers.get(("LABEL", name), -1))
    elif key in ("Cmd", "Entrypoint", "Shell") and isinstance(value, list | str):
        if words := _list(value):
            yield Surface(kind, keyword, "", " ".join(words), writer)
    elif key == "Healthcheck" and isinstance(value, dict) and (words := _list(value.get("Test"))):
        yield Surface(kind, keyword, "", " ".join(words), writer)
    elif keyword and isinstance(value, list | str):
        for word in _list(value):
            yield Surface(kind, keyword, "", word, writer)
    elif keyword and isinstance(value, dict) and key in ("ExposedPorts", "Volumes"):
        for word in value:
            yield Surface(kind, keyword, "", word, writer)
    else:
        for text in texts(value, key):
            yield surface("config", f"configuration: config.{text.path}", text)


def _named(kind: str, path: str, name: str, text: str, history: int = -1) -> Iterator[Surface]:
    """A value, and its name, where that is long enough to be a secret itself."""
    yield Surface(kind, path, name, text, history)
    if len(name) >= KEY:
        yield Surface(kind, path, "", name, history)


def surface(kind: str, path: str, text: Text, history: int = -1) -> Surface:
    """A text of a document as a surface."""
    return Surface(kind, path, text.name, text.text, history, text.filename)


def _history(index: int, created_by: str) -> Iterator[Surface]:
    if found := BUILD_ARGUMENTS.search(created_by):
        rest = created_by[found.end() :][:MAX_TEXT]
        for _, argument in zip(range(int(found[1])), ARGUMENT.finditer(rest), strict=False):
            yield Surface("build-arg", f"ARG {argument[1]}", argument[1], argument[2], index)
    yield Surface("history", f"history[{index}]", "", created_by, index)


def writers(image: Image) -> dict[tuple[str, str], int]:
    """(instruction, name) -> the last history entry with that instruction that sets that name; (instruction, "") ->
    the last one at all."""
    found: dict[tuple[str, str], int] = {}
    for index, entry in enumerate(image.history):
        head = INSTRUCTION.search(entry.created_by)
        if head:
            keyword = (head[1] or head[2]).upper()
            found[keyword, ""] = index
            if keyword in ("ENV", "LABEL"):
                rest = entry.created_by[head.end() :][:MAX_TEXT]
                first = rest.split(maxsplit=1)[:1]
                names = first if first and "=" not in first[0] else NAME.findall(rest)  # `ENV NAME value`
                found.update({(keyword, name): index for name in names})
    return found


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item if isinstance(item, str) else str(item) for item in value] if isinstance(value, list) else []


def _mapping(value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return []
    return [(str(key), item if isinstance(item, str) else str(item)) for key, item in value.items()]
