"""Layers of images that come later, read while earlier ones are judged: images with one layer of their own each would
leave all workers but one without work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from imagelint.image.model import Layer
from imagelint.image.result import LayerResult

Tell = Callable[[Layer, int], None]
"""Told how many stored bytes of a layer are read."""
Reader = Callable[[Sequence[Layer], Tell | None], Iterator[tuple[Layer, LayerResult]]]
"""Reads layers, begun in this order, and gives each with its result as it is done; nothing more is begun than its
workers can have in hand while nobody takes what is done."""


class Ahead:
    """One run of a reader over layers of several images."""

    def __init__(self, layers: Sequence[Layer], reader: Reader, tell: Tell | None) -> None:
        """`layers` have a `same` each, and all another one."""
        self._left = {layer.same for layer in layers}
        self._results = reader(layers, tell)

    def until(self, wanted: Collection[str]) -> Iterator[tuple[Layer, LayerResult]]:
        """Whatever is done until those with this `same` are, as far as they are among its layers."""
        waiting = self._left.intersection(wanted)
        while waiting and (done := next(self._results, None)) is not None:
            self._left.discard(done[0].same)
            waiting.discard(done[0].same)
            yield done

    def __contains__(self, same: str) -> bool:
        """Whether this layer is still to come."""
        return same in self._left

    @property
    def through(self) -> bool:
        """All are read."""
        return not self._left

    def close(self) -> None:
        """End what is being read."""
        if close := getattr(self._results, "close", None):  # a generator's
            close()
