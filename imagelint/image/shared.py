"""Layers that several images of one target have in common, each read once: the images of a daemon, the platforms of an
index, the images of one archive.

A result is held only while a later image has its layer too, and only in bounds; what is not held is read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from imagelint.image import databases
from imagelint.image.model import Image, Layer
from imagelint.image.origin import Known
from imagelint.image.paths import Allowance
from imagelint.image.result import LayerResult
from imagelint.image.system import search_path
from imagelint.stream import limits


class Shared:
    """The results of layers, by Layer.same. One thread asks it, before and after an image's layers are read."""

    def __init__(self, layers: Iterable[str]) -> None:
        """`layers` has the `same` of every layer of every image of the target."""
        self._uses = Counter(name for name in layers if name)
        self._kept: dict[str, LayerResult] = {}
        self.known: list[Known] = []
        """The images of the target, for those that have one of them as their base."""
        self.paths: set[str] = set()
        """The folders of every image's PATH: what is kept of a layer serves all of them."""
        self._room = limits.SHARED_BYTES

    def take(self, layer: Layer, allowance: Allowance) -> LayerResult | None:
        """The result of the same bytes for this layer, charged to the image's allowance; None when it must be read."""
        result = self._kept.get(layer.same)
        if result is None or not _fits(result, layer) or not allowance.take_all(_charge(result)):
            return None
        return _for(layer, result)

    def through(self, image: Image, results: Sequence[LayerResult], hold: bool) -> None:
        """The image is through: let go of what no later one needs and, if so asked, hold what they do. A result with a
        hole in it is not held."""
        for layer, result in zip(image.layers, results, strict=True):
            self._uses[layer.same] -= 1
            if self._uses[layer.same] <= 0:
                self._drop(layer.same)
            elif (
                hold
                and layer.same not in self._kept
                and not result.incomplete
                and (size := _memory(result)) <= self._room
            ):
                self._room -= size
                self._kept[layer.same] = result

    def _drop(self, same: str) -> None:
        if result := self._kept.pop(same, None):
            self._room += _memory(result)


def share(images: Sequence[Image]) -> None:
    """Tell the images of one target of each other."""
    if len(images) > 1:
        shared = Shared(layer.same for image in images for layer in image.layers)
        shared.known = [Known.of(image) for image in images]
        shared.paths.update(folder for image in images for folder in search_path(image.config))
        for image in images:
            image.shared = shared


def _fits(result: LayerResult, layer: Layer) -> bool:
    """Whether the bytes that were read are what this image says of them."""
    return (
        layer.digest in ("", result.digest)
        and layer.diff_id in ("", result.diff_id)
        and layer.size in (-1, result.bytes_in)
    )


def _for(layer: Layer, result: LayerResult) -> LayerResult:
    """The same result at the layer's place in its own image; nothing in it is copied, and nobody changes it."""
    before, after = f"layer {result.index}", f"layer {layer.index}"
    limited = [(after + place.removeprefix(before), reason) for place, reason in result.limited]
    return replace(result, index=layer.index, limited=limited, shared=True)


def _charge(result: LayerResult) -> dict[str, int]:
    """What the result takes of an image's allowance, as if it had been read for it."""
    return {
        "paths": len(result.files) + len(result.folders),
        "ledger": result.ledger.memory if result.ledger is not None else 0,
        "entries": len(result.kept),
        "bytes": sum(len(kept.content) for kept in result.kept if kept.content is not None),
        "candidates": len(result.found),
        "values": sum(len(found.candidate.value) for found in result.found),
        "listed": sum(map(databases.charge, result.listed.values())),
    }


def _memory(result: LayerResult) -> int:
    """Bytes, roughly: a path has 8, an object with its names about 500."""
    charge = _charge(result)
    objects = charge["entries"] + charge["candidates"] + sum(map(len, result.links.values()))
    held = charge["bytes"] + charge["values"] + charge["ledger"]
    return 8 * (charge["paths"] + charge["listed"]) + held + 500 * objects
