"""Waste of images whose lowest layers are those of the image before: as images of a registry come, one base after the
other. What is waste in such layers is worked out once, and serves every image whose other layers have nothing to do
with them: they delete, replace and link to nothing that lies in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Generic, TypeVar

from imagelint.image.ledger import FOLDER
from imagelint.image.paths import PathSet, ancestors
from imagelint.image.result import Derived, LayerResult
from imagelint.image.waste_fates import MARK, measured
from imagelint.stream import limits

T = TypeVar("T")
_MOST = 1_000_000
"""Paths of the lowest layers: 8 bytes each are held."""


class Below(Generic[T]):
    """Of one target, whose images are asked about in turn."""

    def __init__(self) -> None:
        self._lowest: _Lowest[T] | None = None

    def told(
        self, layers: Sequence[LayerResult], again: int, tell: Callable[[Sequence[LayerResult]], list[T]]
    ) -> list[T]:
        """What `tell` tells of the layers of an image, layer by layer, whatever lies in others that have nothing to do
        with them. So many of the lowest come `again` in other images."""
        if any(one.ledger is None or one.ledger.cut for one in layers):
            return tell(layers)
        own, again = [(layer.index, layer.derived) for layer in layers], min(again, len(layers) - 1)
        lowest = self._lowest
        if lowest is None or len(lowest.own) < again or not _begins(own, lowest.own):
            lowest = self._lowest = _Lowest(layers[:again], tell) if again > 0 else None
        if lowest is None or not lowest.apart(upper := layers[len(lowest.own) :]):
            return tell(layers)
        return [*lowest.told, *tell(upper)]


class _Lowest(Generic[T]):
    def __init__(self, layers: Sequence[LayerResult], tell: Callable[[Sequence[LayerResult]], list[T]]) -> None:
        self.own = [(layer.index, layer.derived) for layer in layers]
        self.told: list[T] = []
        self._files, self._folders = PathSet(), PathSet()
        self._within = sum(len(measured(layer)) for layer in layers) <= _MOST
        if not self._within:
            return
        for layer in layers:
            files, folders = _paths(layer)
            self._files.update(files)
            self._folders.update(folders)
        # A link to what no layer here has may be to a file of a layer above.
        self._within = all(root in self._files for layer in layers for root in layer.links)
        if self._within:
            self.told = tell(layers)

    def apart(self, upper: Sequence[LayerResult]) -> bool:
        """Whether these have nothing to do with the lowest layers."""
        return self._within and all(map(self._apart, upper))

    def _apart(self, layer: LayerResult) -> bool:
        if measured(layer).names(MARK) or any(root in self._files for root in layer.links):
            return False
        files, folders = _paths(layer)
        if len(self._folders) + len(folders) > limits.WASTE_FOLDERS:
            return False
        return not any(path in self._files or path in self._folders for path in files) and not any(
            folder in self._files for folder in folders
        )


def _begins(own: Sequence[tuple[int, Derived]], lowest: Sequence[tuple[int, Derived]]) -> bool:
    """Whether these are its lowest layers, and not all."""
    pairs = zip(own, lowest, strict=False)
    return len(lowest) < len(own) and all(index == at and one is other for (index, one), (at, other) in pairs)


def _paths(layer: LayerResult) -> tuple[list[bytes], set[bytes]]:
    """Its entries that are no folders, and the folders that it has or that its entries lie in."""
    ledger = measured(layer)
    paths = ledger.paths()
    are = [type_ == FOLDER for type_ in ledger.types]
    folders = set(compress(paths, are))
    for parent in ledger.parents(paths):
        if parent not in folders:
            folders.add(parent)
            folders.update(ancestors(parent))
    return [path for path, is_folder in zip(paths, are, strict=True) if not is_folder], folders
