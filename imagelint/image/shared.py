"""Layers that several images of one target have in common, each read once: the images of a daemon, the platforms of an
index, the images of one archive.

A result is held only while a later image has its layer too, and only in bounds; what is not held is read again. Layers
of the next images are read ahead of them, as many at a time as there are workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from imagelint.image import databases
from imagelint.image.ahead import Ahead, Reader, Tell
from imagelint.image.keeping import Keeping
from imagelint.image.model import Image, Layer
from imagelint.image.origin import Known
from imagelint.image.paths import Allowance
from imagelint.image.progress import Progress
from imagelint.image.result import LayerResult
from imagelint.image.subjects_waste import Told, as_told
from imagelint.image.system import search_path
from imagelint.image.waste_below import Below
from imagelint.stream import limits

_MOST = 1024
"""Layers that a reader is given at once: workers are started once for so many."""


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
        self._below: Below[Told] = Below()
        self.keeping: Keeping | None = None
        """Finds results of earlier runs, where somebody keeps them."""
        self.reader: Reader | None = None
        """Who reads layers ahead, if not this machine."""
        self.most = _MOST
        """Layers that are given to a reader at once."""
        self.lasting = False
        """A layer that could not be read is not tried again for the next image."""
        self._present: dict[str, tuple[bool, bool]] = {}
        """Whether an earlier run had a result when it was last looked for, and whether that has forgotten values."""
        self._valued: set[str] = set()
        """Layers whose values are wanted: a result that forgot them does not count."""
        self._coming: list[Image] = []
        self._ahead: Ahead | None = None
        self._early: dict[str, tuple[Layer, LayerResult]] = {}
        """Read ahead, for an image that has not had it yet; with the layer as that image has it."""

    def coming(self, images: Sequence[Image]) -> None:
        """These images follow, in this order, so that their layers may be read ahead. What was read for others before
        and is not held is let go of."""
        if self._ahead is not None:
            self._ahead.close()
        self._ahead, self._coming = None, list(images)
        self._early.clear()

    @property
    def to_come(self) -> Sequence[Image]:
        """The images that are not through yet."""
        return self._coming

    def there(self, image: Image, allowance: Allowance, known: Sequence[LayerResult] = ()) -> list[LayerResult]:
        """The results that there are of an image's layers, beside those that are known."""
        have = {result.index for result in known}
        taken = [self.take(layer, allowance) for layer in image.layers if layer.index not in have]
        return [*known, *(result for result in taken if result is not None)]

    def take(self, layer: Layer, allowance: Allowance) -> LayerResult | None:
        """The result of the same bytes for this layer, charged to the image's allowance; None when it must be read."""
        early = self._early.pop(layer.same, None)
        if early is not None and early[0] is layer:
            return early[1] if allowance.take_all(_charge(early[1])) else None
        usable = early is not None and (not early[1].incomplete or self._failed(early[1], layer))
        result = early[1] if early is not None and usable else self._kept.get(layer.same)
        if result is None and self.keeping is not None and (self._ahead is None or layer.same not in self._ahead):
            result = self.keeping.find(layer)
        if result is None or (result.forgot and layer.same in self._valued):
            return None
        if not _fits(result, layer) and not self._failed(result, layer):
            return None
        return _for(layer, result) if allowance.take_all(_charge(result)) else None

    def _failed(self, result: LayerResult, layer: Layer) -> bool:
        """Whether the layer's bytes could not be had at all, and are not asked for again. What was wrong with what
        another image says of them, is that image's."""
        return self.lasting and bool(result.incomplete) and result.digest != layer.digest

    def want_values(self, image: Image) -> None:
        """An image cannot be judged without what its layers' results have forgotten."""
        for layer in image.layers:
            self._valued.add(layer.same)
            if layer.same in self._kept and self._kept[layer.same].forgot:
                self._drop(layer.same)

    def read_ahead(self, image: Image, left: Sequence[Layer], reader: Reader, progress: Progress | None) -> None:
        """Have the layers that are left of an image read, and others meanwhile that come later."""
        wanted = {layer.same for layer in left}
        while wanted and any(one is image for one in self._coming):
            if self._ahead is None:
                begun = self._next(wanted)
                if (len(begun) < 2 and self.reader is None) or not wanted.intersection(begun):
                    return
                reader = self.reader or reader
                self._ahead = Ahead([layer for layer, _ in begun.values()], reader, _telling(begun, progress))
            for layer, result in self._ahead.until(wanted):
                self._early[layer.same] = layer, result
            wanted.difference_update(self._early)
            if not self._ahead.through:
                return
            self._ahead = None

    def gather(self) -> None:
        """Take what was read ahead, so that its readers go on while an image is judged."""
        if self._ahead is not None:
            self._early.update(
                (layer.same, (layer, result)) for layer, result in self._ahead.ready(limits.AHEAD - len(self._early))
            )

    def _next(self, wanted: Collection[str]) -> dict[str, tuple[Layer, Image]]:
        """The next layers to be read, by their `same`, each with the first image that needs it."""
        found: dict[str, tuple[Layer, Image]] = {}
        for image in self._coming:
            for layer in image.layers:
                if layer.same and layer.same not in found and (layer.same in wanted or not self._has(layer)):
                    found[layer.same] = layer, image
                    if len(found) == self.most:
                        return found
        return found

    def _has(self, layer: Layer) -> bool:
        """Whether a layer need not be read, as far as can be seen now."""
        if layer.same in self._kept or layer.same in self._early:
            return True
        if self.keeping is not None and layer.same not in self._present:
            found = self.keeping.find(layer)
            self._present[layer.same] = found is not None, found is not None and found.forgot
        there, forgot = self._present.get(layer.same, (False, False))
        return there and not (forgot and layer.same in self._valued)

    def through(self, image: Image, results: Sequence[LayerResult], hold: bool) -> None:
        """The image is through: let go of what no later one needs and, if so asked, hold what they do. A result with a
        hole in it is not held."""
        if self._coming and self._coming[0] is image:
            del self._coming[0]
        else:
            self._coming = [one for one in self._coming if one is not image]
        for layer, result in zip(image.layers, results, strict=True):
            self._uses[layer.same] -= 1
            if self._uses[layer.same] <= 0:
                self._drop(layer.same)
            elif (
                hold
                and layer.same not in self._kept
                and (not result.incomplete or self._failed(result, layer))
                and (size := _memory(result)) <= self._room
            ):
                self._room -= size
                self._kept[layer.same] = result

    def waste(self, image: Image, results: Sequence[LayerResult]) -> list[Told]:
        """What is waste in an image that is through; what it has in common with later ones is worked out once."""
        again = sum(1 for _ in takewhile(lambda layer: self._uses[layer.same] > 0, image.layers))
        return self._below.told(results, again, as_told)

    def _drop(self, same: str) -> None:
        if result := self._kept.pop(same, None):
            self._room += _memory(result)


def share(images: Sequence[Image], *, always: bool = False) -> Shared:
    """Tell the images of one target of each other; one that is alone, if `always`."""
    shared = Shared(layer.same for image in images for layer in image.layers)
    if len(images) > 1 or always:
        shared.known = [Known.of(image) for image in images]
        shared.paths.update(folder for image in images for folder in search_path(image.config))
        for image in images:
            image.shared = shared
        shared.coming(images)
    return shared


def _telling(begun: Mapping[str, tuple[Layer, Image]], progress: Progress | None) -> Tell | None:
    if progress is None:
        return None

    def tell(layer: Layer, done: int) -> None:
        image = begun[layer.same][1]
        progress(done, layer.size, f"{image.target or image.name}: layer {layer.index + 1} of {len(image.layers)}")

    return tell


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
    incomplete, limited = (
        [(after + place.removeprefix(before), reason) for place, reason in told]
        for told in (result.incomplete, result.limited)
    )
    return replace(result, index=layer.index, incomplete=incomplete, limited=limited, shared=True)


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
    if result.ledger is not None and result.ledger.left is not None:
        objects += min(len(result.ledger.left[0]), limits.WASTE_PATHS)
    held = charge["bytes"] + charge["values"] + charge["ledger"]
    return 8 * (charge["paths"] + charge["listed"]) + held + 500 * objects
