"""How far a scan of registries is: lists, images, layers, bytes, and how long the rest may take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from imagelint.image.model import Image
from imagelint.report.interface import counted

_SURE = 5.0
"""Seconds of reading after which it is said how long the rest takes."""


class Screen(Protocol):
    """Where it is shown (report/progress.py)."""

    def layer(self, done: int, total: int, text: str) -> None:
        """Of one layer, by bytes."""

    def overall(self, done: int, total: int, text: str) -> None:
        """Of all, by bytes (-1: not known)."""


class Course:
    """Counts, and tells. `layer` may be called from any thread."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._done: dict[str, int] = {}
        """Bytes, by layer."""
        self._bytes = self._images = self._layers = 0
        self._all = (0, 0, 0)
        """Bytes, images and layers."""
        self._start = time.monotonic()

    def tell(self, what: str, done: int, of: int) -> None:
        """So many of what is listed are through."""
        self._screen.overall(0, -1, f"{what}: {done} of {of}")

    def plan(self, images: Sequence[Image], left: Sequence[Image]) -> None:
        """These images are judged; of those that are left layers may have to be read."""
        sizes = {layer.digest: max(layer.size, 0) for image in left for layer in image.layers}
        self._all = sum(sizes.values()), len(images), len(sizes)
        self._start = time.monotonic()

    def layer(self, done: int, total: int, text: str) -> None:
        """So many bytes of a layer are read."""
        self._bytes += done - self._done.get(text, 0)
        self._done[text] = done
        self._layers += done >= total >= 0
        self._screen.layer(done, total, text)
        self._show()

    def image(self) -> None:
        """One more is judged."""
        self._images += 1
        self._show()

    def _show(self) -> None:
        size, images, layers = self._all
        text = f"{self._images} of {counted(images, 'image')}, {self._layers} layers read, {layers} at most"
        self._screen.overall(self._bytes, size, text + _left(time.monotonic() - self._start, self._images, images))


def _left(seconds: float, done: int, of: int) -> str:
    """How long the rest takes, if it goes on like this."""
    if seconds < _SURE or not done:
        return ""
    rest = seconds * (of - done) / done
    return f", about {rest / 60:.0f} min left" if rest >= 90 else f", about {rest:.0f} s left"
