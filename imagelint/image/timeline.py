"""The life of a path over the layers: where it came from, what became of its bytes.

OCI image specification, layer.md: a layer's whiteouts and opaque marks act on the layers below it only, whatever their
order in the archive; its entries replace those below; a folder that turns into something else takes its content along.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from imagelint.image.paths import ancestors
from imagelint.image.result import Found, Kept, LayerResult

_LINK_DEPTH = 4
"""Layers over which a hard link's own life is followed."""

_HELD = 10_000
"""Answers about folders that are held, some 200 bytes each."""
_LINKS = 64
"""Names of the same bytes that are tried: hard links by the thousand only keep a scan busy."""


@dataclass(slots=True, frozen=True)
class Life:
    """What became of bytes: a status (findings.STATUSES) and the layer that made it so, -1 for present."""

    status: str
    by: int = -1
    name: bytes = b""
    """A hard link under which the bytes are still present, when their own path is gone."""


@dataclass(slots=True, frozen=True)
class Event:
    """One step of a path's trail: introduced, changed, deleted, overwritten or hidden, in a layer."""

    kind: str
    layer: int
    path: bytes
    """The path itself, or the parent folder that was deleted, hidden or replaced."""


class Timeline:
    """Answers for any path, from the results of all layers in order; a missing layer changes nothing."""

    def __init__(self, results: Sequence[LayerResult]) -> None:
        self._results = list(results)
        self._folders: dict[tuple[int, bytes], Event | None] = {}
        """What a layer (by its number) does to all below a folder: many paths are asked about that lie in one."""

    def status(self, path: bytes, layer: int, ordinal: int = 0, replaced: int = 0) -> Life:
        """Of the bytes that an entry at `path` brought in `layer`.

        `ordinal` and `replaced` are those of Found and Kept: they tell the entries of one path in one layer apart. The
        bytes are present while a hard link to them is.
        """
        return self._status(path, layer, ordinal, replaced, 0)

    def of(self, thing: Found | Kept, layer: int) -> Life:
        """Of a secret or an entry. Bytes that no file has (aufs metadata, whiteouts with a body, gaps) are hidden from
        the start."""
        if isinstance(thing, Kept):
            return self.status(thing.entry.path, layer, thing.ordinal, thing.replaced)
        if thing.surface == "gap" or (thing.path and any(part.startswith(b".wh.") for part in thing.path.split(b"/"))):
            return Life("hidden", layer)
        return self.status(thing.path, layer, thing.ordinal, thing.replaced)

    def steps(self, path: bytes, layers: Collection[int], gone: Collection[int] = ()) -> list[Event]:
        """The path's trail over all layers; the bytes in question are those that `layers` brought. In layers of `gone`
        a later entry of the same layer took their place."""
        events: list[Event] = []
        exists = ours = False
        for result in self._results:
            ended = self._ended(result, path) if exists else None
            if ended is not None and (ended.kind != "overwritten" or ended.path != path):
                events.append(ended)
                exists = ours = False
            brings = result.index in layers
            if brings or path in result.files or path in result.folders:
                kind = "introduced" if not exists else "overwritten" if ours and not brings else "changed"
                events.append(Event(kind, result.index, path))
                exists, ours = True, brings
                if ours and result.index in gone:
                    events.append(Event("overwritten", result.index, path))
                    ours = False
        return events

    def _status(self, path: bytes, layer: int, ordinal: int, replaced: int, depth: int) -> Life:
        place = next((place for place, result in enumerate(self._results) if result.index == layer), -1)
        own = self._results[place].links if place >= 0 else {}
        life = self._own_life(path, layer, place, replaced)
        if life.status == "present" or depth >= _LINK_DEPTH:
            return life
        names = [(name, layer) for name, at in own.get(path, ()) if at > ordinal and (not replaced or at < replaced)]
        for result in self._results[place + 1 :]:
            if path in result.links and path not in result.files and (life.by < 0 or result.index < life.by):
                names += [(name, result.index) for name, _ in result.links[path]]
        for name, index in names[:_LINKS]:
            other = self._status(name, index, 0, 0, depth + 1)
            if other.status == "present":
                return Life("present", -1, other.name or name)
        return life

    def _own_life(self, path: bytes, layer: int, place: int, replaced: int) -> Life:
        if replaced:
            return Life("overwritten", layer)
        for result in self._results[place + 1 :] if place >= 0 else ():
            ended = self._ended(result, path)
            if ended is not None:
                return Life(ended.kind, ended.layer)
        return Life("present")

    def _ended(self, result: LayerResult, path: bytes) -> Event | None:
        """What this layer does to bytes at the path that lie below it."""
        key = hash(path)
        if result.whiteouts.has(key):
            return Event("deleted", result.index, path)
        if path and (above := self._above(result, path)) is not None:
            return above
        if result.files.has(key) or result.folders.has(key):
            return Event("overwritten", result.index, path)
        return None

    def _above(self, result: LayerResult, path: bytes) -> Event | None:
        """What it does to the folders that the path lies in."""
        asked = (result.index, path[: max(0, path.rfind(b"/"))])
        if asked not in self._folders:
            if len(self._folders) >= _HELD:
                self._folders.clear()
            self._folders[asked] = next(self._over(result, ancestors(path)), None)
        return self._folders[asked]

    @staticmethod
    def _over(result: LayerResult, folders: Sequence[bytes]) -> Iterator[Event]:
        for kind, paths in (("deleted", result.whiteouts), ("hidden", result.opaque), ("overwritten", result.files)):
            for folder in folders if paths else ():
                if folder in paths:
                    yield Event(kind, result.index, folder)
