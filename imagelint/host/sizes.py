"""What removing images frees: the layers that no other image has.

An engine keeps a layer once for all images that have it on the same layers below. How large each is stands in the
image's history (GET /images/ID/history): entries that made a layer have its size, the others 0. Where the two do not
line up, what `system df` says of the image alone is taken: its size without what it shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from imagelint.host.stored import Stored, chains
from imagelint.image.sources.answers import as_map, items, number, text
from imagelint.image.sources.layer_sizes import layer_sizes


class Sizes:
    """How large each layer of an engine is, and how many images have it."""

    def __init__(self) -> None:
        self._bytes: dict[int, int] = {}
        self._users: Counter[int] = Counter()
        self._alone: dict[str, int] = {}
        self._of: dict[str, tuple[int, ...]] = {}

    def add(self, image: Stored, history: list[Any]) -> None:
        """Count the layers of an image; `history` is the engine's answer, the newest entry first."""
        keys = tuple(map(hash, chains(image.layers)))
        self._of[image.id] = keys
        self._users.update(keys)
        sizes = layer_sizes(history, len(keys))
        if len(sizes) == len(keys):
            self._bytes.update(zip(keys, sizes, strict=True))

    def of(self, image: Stored) -> tuple[int, ...]:
        """The bytes of each of its layers, the lowest first; empty where that is not known."""
        keys = self._of.get(image.id, ())
        return tuple(self._bytes[key] for key in keys) if all(key in self._bytes for key in keys) else ()

    @property
    def unknown(self) -> bool:
        """Whether there are images whose layers' sizes their history does not tell."""
        return any(key not in self._bytes for keys in self._of.values() for key in keys)

    def alone(self, usage: dict[str, Any]) -> None:
        """Take in GET /system/df: Size and SharedSize of each image."""
        for item in map(as_map, items(usage.get("Images"))):
            shared = number(item.get("SharedSize"))
            if shared >= 0:
                self._alone[text(item.get("Id")).removeprefix("sha256:")] = max(number(item.get("Size")) - shared, 0)

    def fill(self, images: Iterable[Stored]) -> None:
        """Tell each image what removing it alone frees, and how many others are built on it."""
        on_top = Counter(key for keys in self._of.values() for key in keys)
        tops = Counter(keys[-1] for keys in self._of.values() if keys)
        for image in images:
            keys = self._of.get(image.id, ())
            image.frees = self._freed(image, self._users)
            image.builds = on_top[keys[-1]] - tops[keys[-1]] if keys else 0

    def in_turn(self, images: Sequence[Stored]) -> list[int]:
        """What the removal of each frees, where those ahead of it are gone."""
        users = self._users.copy()
        freed = []
        for image in images:
            freed.append(self._freed(image, users))
            users.subtract(self._of.get(image.id, ()))
        return freed

    def _freed(self, image: Stored, users: Counter[int]) -> int:
        keys = self._of.get(image.id, ())
        if any(key not in self._bytes for key in keys):
            return self._alone.get(image.id, 0)
        return sum(self._bytes[key] for key in keys if users[key] == 1)
