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
        while waiting and (done := self._next()) is not None:
            waiting.discard(done[0].same)
            yield done

    def ready(self, most: int) -> Iterator[tuple[Layer, LayerResult]]:
        """What is done without waiting, where the reader can tell; so many at most."""
        ready: Callable[[], bool] | None = getattr(self._results, "ready", None)
        while most > 0 and self._left and ready is not None and ready() and (done := self._next()) is not None:
            most -= 1
            yield done

    def _next(self) -> tuple[Layer, LayerResult] | None:
        done = next(self._results, None)
        if done is not None:
            self._left.discard(done[0].same)
        if self.through:
            self.close()
        return done

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
