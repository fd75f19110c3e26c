"""What became of every entry of every layer, in one walk from the topmost layer down.

The rules are the timeline's (timeline.py), which answers for single paths; here the answer for all of them takes one
look at a table each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import compress, pairwise

from imagelint.image.ledger import FILE, FOLDER, Ledger
from imagelint.image.result import LayerResult
from imagelint.record import record
from imagelint.stream import limits
from imagelint.stream.tar import clean

MARK = b".wh."
"""What a whiteout's name begins with; the names of opaque marks and of aufs' metadata begin with it twice (OCI image
specification, layer.md, "Whiteouts")."""
_OPAQUE = MARK + MARK + b".opq"

_FOLDER = bytes(type_ == FOLDER for type_ in range(256))
_NO_FOLDER = bytes(type_ != FOLDER for type_ in range(256))
_HELD = 50_000
"""Folders whose fate is held for those below: of a hostile image a few hundred bytes each."""


@record
class Fate:
    """Why the final file system does not have an entry's bytes."""

    kind: str
    """deleted, overwritten, hidden, metadata"""
    by: int
    """The index of the layer; of metadata, of the one that has the content already."""
    root: bytes | None = None
    """The folder, or the path itself, that was deleted, hidden or replaced with all below; None: the path itself was
    overwritten."""


def is_mark(path: bytes) -> bool:
    """Whether a path is that of a whiteout, an opaque mark, or aufs' metadata, and no file of the image."""
    return path.rpartition(b"/")[2].startswith(MARK)


def repeated(numbers: Iterable[int]) -> set[int]:
    """Those that are there more than once. Sorted, they take 40 bytes each for a moment, and a set takes 60."""
    ordered = sorted(numbers)
    return {one for one, next_ in pairwise(ordered) if one == next_}


def folder_of(path: bytes) -> bytes:
    """Its parent folder; empty for the root."""
    return path.rpartition(b"/")[0]


class Fates:
    """Of all entries of an image. `by_name` leaves out of account what is more than names: opaque marks, hard links,
    contents."""

    def __init__(self, results: Sequence[LayerResult], *, by_name: bool = False) -> None:
        self.results = [result for result in results if result.ledger is not None]
        self.cut = False
        """Something was too deep, or too much, to be followed: of it, what went with its folder may count as there."""
        self._by_name = by_name
        self._taken: set[int] = set()
        """hash() of the paths that are a folder in one layer, and something else in another."""
        self._again = self._repeated()
        """hash() of the paths of entries that may end another one, or be ended by it."""
        # By hash() of a path, what ends there what lies below: a file, a folder, and what the folder holds.
        self._files: dict[int, Fate] = {}
        self._folders: dict[int, Fate] = {}
        self._below: dict[int, Fate] = {}
        self._linked: set[bytes] = set()
        """Files whose bytes a hard link in a layer above keeps."""
        self._last: dict[int, tuple[int, int]] = {}
        """By hash() of a path, the place of the result and the entry that have it in the next layer above."""
        self.of: list[list[Fate | None]] = [[] for _ in self.results]
        """For each result, for each of its entries, in order; None: it is there to stay. Marks stay, too."""
        for place in reversed(range(len(self.results))):
            self._layer(place)

    def _repeated(self) -> set[int]:
        again: set[int] = set()
        others: set[int] = set()
        folders: set[int] = set()
        # Paths are taken out of the ledgers again and again: all of them at once take 100 bytes each.
        for result in self.results:
            ledger = measured(result)
            paths = ledger.paths()
            keys = list(map(hash, paths))
            these = set(compress(keys, ledger.types.translate(_NO_FOLDER)))
            if len(these) < len(keys) - ledger.types.count(FOLDER):
                counts = Counter(compress(keys, ledger.types.translate(_NO_FOLDER)))
                again.update(key for key, count in counts.items() if count > 1)
            again |= these & others
            others |= these
            folders.update(compress(keys, ledger.types.translate(_FOLDER)))
            for folder in ledger.parents(paths):
                above = self._not_too_deep(folder)
                while above and (key := hash(above)) not in folders:
                    folders.add(key)
                    above = folder_of(above)
                if len(folders) > limits.WASTE_FOLDERS:
                    self.cut = True
                    break
        self._taken = others & folders
        return again | self._taken

    def _not_too_deep(self, folder: bytes) -> bytes:
        """The folder, or the deepest one above it that is followed."""
        if len(folder) > 2 * limits.WASTE_DEPTH and folder.count(b"/") >= limits.WASTE_DEPTH:
            self.cut = True
            folder = b"/".join(folder.split(b"/", limits.WASTE_DEPTH)[:-1])
        return folder

    def _layer(self, place: int) -> None:
        result, ledger = self.results[place], measured(self.results[place])
        paths = ledger.paths()
        fates: list[Fate | None] = [None] * len(paths)
        self.of[place] = fates
        ended: dict[bytes, Fate] = {}
        if self._below:
            ended = self._ended(ledger.parents(paths))
        again, files = self._again, self._files
        marked: set[int] = set()
        if ledger.names(MARK):
            marked = {number for number, path in enumerate(paths) if MARK in path and is_mark(path)}
        keys = list(map(hash, paths))
        every = set(keys)
        touched = (every & again) | (files.keys() & every)
        at = {number for number, key in enumerate(keys) if key in touched} if touched else set()
        if ended:
            at.update(number for number, path in enumerate(paths) if path.rpartition(b"/")[0] in ended)
        numbers = sorted(at | marked)
        here: dict[int, Fate] = {}
        replaced = Fate("overwritten", result.index)
        for number in reversed(numbers):
            path = paths[number]
            if number in marked:
                if ledger.sizes[number] and not self._by_name:
                    fates[number] = Fate("hidden", result.index, path)  # a body that no file has
                continue
            key, kind = keys[number], ledger.types[number]
            fate = ended.get(folder_of(path))
            own = (self._folders if kind == FOLDER else files).get(key)
            if own is not None and (fate is None or own.by < fate.by or (own.by == fate.by and own.root == path)):
                fate = own
            if kind != FOLDER and key in again:
                fate = here.get(key) or fate
                here[key] = replaced
            fates[number] = None if fate is not None and path in self._linked else fate
            if key in again and ledger.sums and not self._by_name:
                self._compare(place, number, key)
        self._links(result, paths, fates)
        self._took(result, paths, [number for number in numbers if number not in marked])
        for number in numbers:
            if number in marked:
                self._mark(result.index, paths[number])

    def _ended(self, folders: Iterable[bytes]) -> dict[bytes, Fate]:
        """What ends the content of these folders first, from here up; those that nothing ends are left out."""
        root = {b"": self._below.get(hash(b""))}
        known = dict(root)
        ended: dict[bytes, Fate] = {}
        for folder in folders:
            above, ways = self._not_too_deep(folder), []
            while above not in known:
                ways.append(above)
                above = folder_of(above)
            fate = known[above]
            for way in reversed(ways):
                own = self._below.get(hash(way))
                # within a layer as the timeline has it: deleted, hidden, overwritten
                if own is not None and (fate is None or (own.by, own.kind) < (fate.by, fate.kind)):
                    fate = own
                known[way] = fate
            if fate is not None:
                ended[folder] = fate
            if len(known) > _HELD:
                known = dict(root)
        return ended

    def _compare(self, place: int, number: int, key: int) -> None:
        """Where the layer above has the same content at this path, its copy is the one too many."""
        fate, last = self.of[place][number], self._last.get(key)
        self._last[key] = (place, number)
        ledger = measured(self.results[place])
        if last is None or fate is None or fate.root is not None:
            return
        upper, above = self.results[last[0]], last[1]
        other = measured(upper)
        if (
            fate.by == upper.index
            and ledger.types[number] == other.types[above] == FILE
            and ledger.sizes[number] == other.sizes[above]
            and other.sums
            and ledger.sums[number] == other.sums[above]
        ):
            self.of[place][number] = self.of[last[0]][above]
            self.of[last[0]][above] = Fate("metadata", self.results[place].index)

    def _links(self, result: LayerResult, paths: list[bytes], fates: list[Fate | None]) -> None:
        """Bytes stay as long as one of their names does."""
        if self._by_name or not result.links:
            return
        wanted = {name for root, names in result.links.items() for name in (root, *(name for name, _ in names))}
        numbers = {path: number for number, path in enumerate(paths) if path in wanted}
        for root, names in result.links.items():
            if any(name in numbers and fates[numbers[name]] is None for name, _ in names):
                if root in numbers:
                    fates[numbers[root]] = None
                else:
                    self._linked.add(root)

    def _took(self, result: LayerResult, paths: list[bytes], numbers: list[int]) -> None:
        """What the entries of this layer end of those below."""
        replaced, types = Fate("overwritten", result.index), measured(result).types
        for number in numbers:
            path = paths[number]
            key = hash(path)
            if key in self._again:
                self._files[key] = replaced
                if types[number] != FOLDER and path and key in self._taken:
                    self._folders[key] = self._below[key] = Fate("overwritten", result.index, path)

    def _mark(self, index: int, path: bytes) -> None:
        """What a mark of this layer ends of those below: to them marks come ahead of entries."""
        folder, _, name = path.rpartition(b"/")
        if name == _OPAQUE:
            if not self._by_name:
                self._below[hash(folder)] = Fate("hidden", index, folder)
        elif not name.startswith(MARK + MARK) and (deleted := name[len(MARK) :]) not in (b"", b".", b".."):
            gone = clean(folder + b"/" + deleted)
            key = hash(gone)
            self._files[key] = self._folders[key] = self._below[key] = Fate("deleted", index, gone)


def measured(result: LayerResult) -> Ledger:
    """What was measured of a layer of which something was."""
    assert result.ledger is not None  # noqa: S101 - only such results are taken
    return result.ledger
