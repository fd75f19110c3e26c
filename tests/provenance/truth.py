"""What the layers of an image say of the lines that made them."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.provenance.template import Dockerfile

_MARK = re.compile(r"mark_([a-z])_([0-9]+)")
_SAID = re.compile(r"said_([a-z])")
_COUNT = re.compile(r"count_([a-z])")


class Mark(NamedTuple):
    """An instruction: of which Dockerfile, and its identity there."""

    name: str
    identity: int


def of_archive(archive: Path, built: Mapping[str, Dockerfile]) -> list[frozenset[Mark]]:
    """The marks in each layer of the only image of a `docker save` archive, the lowest layer first."""
    with tarfile.open(archive) as outer:
        (image,) = json.loads(_read(outer, "manifest.json"))
        layers = []
        for path in image["Layers"]:
            member = outer.extractfile(path)  # follows the link that stands for a layer written before
            assert member is not None
            with tarfile.open(fileobj=member) as layer:
                layers.append(of_layer(layer, built))
    return layers


def history(archive: Path) -> list[str]:
    """What the builder wrote of each step."""
    with tarfile.open(archive) as outer:
        (image,) = json.loads(_read(outer, "manifest.json"))
        document = json.loads(_read(outer, image["Config"]))
    return [entry.get("created_by", "") for entry in document.get("history") or ()]


def of_layer(layer: tarfile.TarFile, built: Mapping[str, Dockerfile]) -> frozenset[Mark]:
    """The marks that a layer creates. A folder around another mark is older than the layer."""
    found = set()
    marked = {}
    for member in layer:
        parts = member.name.removeprefix("./").rstrip("/").split("/")
        for depth, part in enumerate(parts, 1):
            if _MARK.fullmatch(part):
                marked["/".join(parts[:depth])] = part
        if count := _COUNT.fullmatch(parts[-1]):
            lines = layer.extractfile(member)
            assert lines is not None
            found.add(Mark(count[1], built[count[1]].counted[len(lines.read().splitlines()) - 1]))
        if said := _SAID.fullmatch(parts[-1]):
            line = layer.extractfile(member)
            assert line is not None
            found.add(Mark(said[1], int(line.read())))
    inner = [path for path in marked if not any(other.startswith(path + "/") for other in marked)]
    for mark in filter(None, (_MARK.fullmatch(marked[path]) for path in inner)):
        found.add(Mark(mark[1], int(mark[2])))
    return frozenset(found)


def _read(archive: tarfile.TarFile, path: str) -> bytes:
    member = archive.extractfile(path)
    assert member is not None
    return member.read()
