"""What became of every entry of every layer, in one walk from the topmost layer down.

The rules are the timeline's (timeline.py), which answers for single paths; here the answer for all of them takes one
look at a table each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from imagelint.image.ledger import FILE, FOLDER, Ledger
from imagelint.image.paths import ancestors
from imagelint.image.result import LayerResult
from imagelint.record import record
from imagelint.stream.tar import clean

MARK = b".wh."
"""What a whiteout's name begins with; the names of opaque marks and of aufs' metadata begin with it twice (OCI image
specification, layer.md, "Whiteouts")."""
_OPAQUE = MARK + MARK + b".opq"


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
    return MARK in path and path[path.rfind(b"/") + 1 :].startswith(MARK)


def repeated(numbers: Iterable[int]) -> set[int]:
    """Those that are there more than once. Sorted, they take 40 bytes each for a moment, and a set takes 60."""
    ordered = sorted(numbers)
    return {one for one, next_ in pairwise(ordered) if one == next_}


def folder_of(path: bytes) -> bytes:
    """Its parent folder; empty for the root."""
    return path[: max(path.rfind(b"/"), 0)]


class Fates:
    """Of all entries of an image. `by_name` leaves out of account what is more than names: opaque marks, hard links,
    contents."""

    def __init__(self, results: Sequence[LayerResult], *, by_name: bool = False) -> None:
        self.results = [result for result in results if result.ledger is not None]
        self._by_name = by_name
        self._again = repeated(key for result in self.results for key in self._keys(measured(result)))
        """hash() of the paths that more than one entry has: the others are nobody's end."""
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

    def _layer(self, place: int) -> None:
        result = self.results[place]
        ledger, paths = measured(result), measured(result).paths()
        fates: list[Fate | None] = [None] * len(paths)
        self.of[place] = fates
        folders: dict[bytes, Fate | None] = {}
        here: dict[int, Fate] = {}
        replaced = Fate("overwritten", result.index)
        for number in range(len(paths) - 1, -1, -1):
            path = paths[number]
            if MARK in path and is_mark(path):
                if self._by_name or ledger.sizes[number] == 0:
                    continue
                fates[number] = Fate("hidden", result.index, path)  # a body that no file has
                continue
            key, folder = hash(path), folder_of(path)
            if folder not in folders:
                folders[folder] = self._ended(folder)
            fate, kind = folders[folder], ledger.types[number]
            own = (self._folders if kind == FOLDER else self._files).get(key)
            if own is not None and (fate is None or own.by < fate.by or (own.by == fate.by and own.root == path)):
                fate = own
            if key in self._again and kind != FOLDER:
                fate = here.get(key) or fate
                here[key] = replaced
            if fate is not None and path in self._linked:
                fate = None
            fates[number] = fate
            if key in self._again and not self._by_name:
                self._compare(place, number, key)
        self._links(result, paths, fates)
        self._took(result, ledger, paths)

    def _ended(self, folder: bytes) -> Fate | None:
        """What ends the content of a folder first, from here up."""
        if not self._below:
            return None
        found: Fate | None = None
        for one in (*ancestors(folder), folder):
            fate = self._below.get(hash(one))
            if fate is not None and (found is None or (fate.by, fate.kind) < (found.by, found.kind)):
                found = fate  # within a layer as the timeline has it: deleted, hidden, overwritten
        return found

    def _compare(self, place: int, number: int, key: int) -> None:
        """Where the layer above has the same content at this path, its copy is the one too many."""
        fate, last = self.of[place][number], self._last.get(key)
        self._last[key] = (place, number)
        ledger = measured(self.results[place])
        if last is None or fate is None or fate.root is not None or not ledger.sums:
            return
        upper = self.results[last[0]]
        other = measured(upper)
        same = bool(other.sums) and (ledger.sums[number], ledger.sizes[number]) == (
            other.sums[last[1]],
            other.sizes[last[1]],
        )
        if same and ledger.types[number] == other.types[last[1]] == FILE and fate.by == upper.index:
            self.of[place][number] = self.of[last[0]][last[1]]
            self.of[last[0]][last[1]] = Fate("metadata", self.results[place].index)

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

    def _took(self, result: LayerResult, ledger: Ledger, paths: list[bytes]) -> None:
        """What this layer ends of those below: its entries first, then its marks, which come first for them."""
        index = result.index
        replaced = Fate("overwritten", index)
        marks = []
        for number, path in enumerate(paths):
            if MARK in path and is_mark(path):
                marks.append(path)
                continue
            key = hash(path)
            if key not in self._again:
                continue
            self._files[key] = replaced
            if ledger.types[number] != FOLDER and path:
                self._folders[key] = self._below[key] = Fate("overwritten", index, path)
        for path in marks:
            folder, name = folder_of(path), path[path.rfind(b"/") + 1 :]
            if name == _OPAQUE:
                if not self._by_name:
                    self._below[hash(folder)] = Fate("hidden", index, folder)
            elif not name.startswith(MARK + MARK) and (deleted := name[len(MARK) :]) not in (b"", b".", b".."):
                gone = clean(folder + b"/" + deleted)
                fate = Fate("deleted", index, gone)
                key = hash(gone)
                self._files[key] = self._folders[key] = self._below[key] = fate

    @staticmethod
    def _keys(ledger: Ledger) -> Iterable[int]:
        paths = ledger.paths()
        yield from map(hash, paths)
        seen: set[bytes] = set()
        for folder in set(map(folder_of, paths)):
            while folder and folder not in seen:
                seen.add(folder)
                yield hash(folder)
                folder = folder_of(folder)


def measured(result: LayerResult) -> Ledger:
    """What was measured of a layer of which something was."""
    assert result.ledger is not None  # noqa: S101 - only such results are taken
    return result.ledger
