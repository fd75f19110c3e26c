"""Is this file, byte for byte, what a package of the distribution brought?

Asked of files that hold a secret, privileges or certificates, once all layers are read. What counts is the state of the
databases in the layer that brought the file: one that came later, or was deleted or written anew before, says nothing
of it.

Whoever builds an image can write these databases. So they are never taken for proof that a secret is none: they only
decide what a report shows unasked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from imagelint.image.databases import lasting
from imagelint.image.digests import lines
from imagelint.image.result import Found, Kept, LayerResult, Listed
from imagelint.image.timeline import Timeline
from imagelint.stream import limits
from imagelint.stream.rpm import PRIVILEGED

_STEPS = 2_000_000
"""Comparisons for one image: a layer of 1,000 such files and 10 databases takes 10,000."""
_Wanted = dict[int, list[tuple[int, list[Found | Kept]]]]
"""A line, as Listed.lines has it -> where files lie that it would be about, and what is asked of them."""
_LIFE = 10
"""What the life of a database costs, in comparisons for each layer."""


@dataclass(slots=True)
class Published:
    """What the databases of an image said."""

    found: set[tuple[int, Found | Kept]] = field(default_factory=set)
    """(layer, secret or entry): the file is what its package lists."""
    granted: set[tuple[int, Found | Kept]] = field(default_factory=set)
    """The same, and its package lists privileges with it."""
    limited: list[tuple[str, str]] = field(default_factory=list)


def published(layers: Sequence[LayerResult], timeline: Timeline, known: Published | None = None) -> Published:
    """Put the files that hold secrets to the databases; all layers, in order. `known` is what is known already of files
    whose digests are forgotten."""
    return _Question(layers, timeline, known or Published()).answer()


class _Question:
    def __init__(self, layers: Sequence[LayerResult], timeline: Timeline, known: Published) -> None:
        self._layers, self._timeline = layers, timeline
        self._result = known
        self._steps = _STEPS
        self._ends: dict[tuple[int, bytes], int] = {}
        kinds = {listed.lasting for layer in layers for listed in layer.listed.values()}
        self._keys = [lasting if kind else hash for kind in sorted(kinds)]
        self._privileged: _Wanted = {}
        """What a database would say of files with privileges, where it knows these."""

    def answer(self) -> Published:
        """See `published`."""
        result = self._result
        wanted = self._wanted() if self._keys else {}
        if not wanted:
            return result
        for place, layer in enumerate(self._layers):
            for listed in layer.listed.values():
                for key in wanted.keys() & listed.lines:
                    self._match(place, listed, wanted[key], result.found)
                for key in self._privileged.keys() & listed.lines:
                    self._match(place, listed, self._privileged[key], result.granted)
        if self._steps < 0:
            reason = "too many package databases list its files; those that were not compared count as its own"
            result.limited.append(("package databases", reason))
        self._unread()
        return result

    def _wanted(self) -> _Wanted:
        """What a database would say of each file: hash -> where such files lie, and what was found in them."""
        wanted: _Wanted = {}
        for place, layer in enumerate(self._layers):
            files: dict[tuple[bytes, bytes], list[Found | Kept]] = {}
            for found in layer.found:
                if found.digests:
                    files.setdefault((found.path, found.digests), []).append(found)
            for kept in layer.kept:
                if kept.digests:
                    files.setdefault((kept.entry.path, kept.digests), []).append(kept)
            diverted = self._diverted(place) if files else {}
            for (path, digests), secrets in files.items():
                for name in {path, diverted.get(path, path)}:
                    for line in lines(digests, name):
                        for key in self._keys:
                            wanted.setdefault(key(line), []).append((place, secrets))
                        if any(isinstance(one, Kept) for one in secrets):
                            for key in self._keys:
                                self._privileged.setdefault(key(PRIVILEGED + line), []).append((place, secrets))
        return wanted

    def _diverted(self, place: int) -> dict[bytes, bytes]:
        """dpkg's diversions in the state of a layer."""
        for below in range(place, -1, -1):
            for listed in self._layers[below].listed.values():
                if listed.diverted:
                    return listed.diverted if self._end(below, listed) > place else {}
        return {}

    def _match(
        self, below: int, listed: Listed, files: list[tuple[int, list[Found | Kept]]], to: set[tuple[int, Found | Kept]]
    ) -> None:
        """A database of the layer `below` lists these files; those of the layers in which it stands are published."""
        self._steps -= len(files)
        if self._steps < 0:
            return
        end = self._end(below, listed)
        for place, secrets in files:
            if below <= place < end:
                to.update((self._layers[place].index, found) for found in secrets)

    def _end(self, below: int, listed: Listed) -> int:
        """The first layer in which a database no longer stands."""
        key = (below, listed.path)
        if key not in self._ends:
            self._steps -= _LIFE * len(self._layers)
            life = self._timeline.status(listed.path, self._layers[below].index, listed.ordinal)
            if life.status == "present":
                # When it is so under another name only, where its own ended is not known.
                end = below if life.name else len(self._layers)
            else:
                end = next(n for n, layer in enumerate(self._layers) if layer.index == life.by)
            self._ends[key] = end
        return self._ends[key]

    def _unread(self) -> None:
        """Name the databases that could not be read, and may list what is reported as the image's own."""
        told = self._result.found
        own = [
            place
            for place, layer in enumerate(self._layers)
            if any(found.digests and (layer.index, found) not in told for found in layer.found)
        ]
        for below, layer in enumerate(self._layers):
            for listed in layer.listed.values():
                if len(self._result.limited) >= limits.LIMITED:
                    return
                if listed.unread and self._steps >= 0 and any(below <= n < self._end(below, listed) for n in own):
                    where = f"layer {layer.index}: {listed.path.decode('utf-8', 'surrogateescape')}"
                    reason = f"{listed.unread}; files of its packages count as the image's own"
                    self._result.limited.append((where, reason))
