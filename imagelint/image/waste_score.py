"""The score by the definition that dive publishes, so that its thresholds can be carried over.

wagoodman/dive, dive/filetree/efficiency.go: of each path that a layer has as a leaf (a file, a folder without content
in this layer, a whiteout), the smallest size and the sum of all. The efficiency is the smallest sizes over the sums;
wasted are the sums of paths that are there twice or more. A whiteout counts 0, or what lies below it where the path is
a folder that has an entry of its own; opaque marks are not seen. Sizes are those of the data, uncompressed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from imagelint.image.ledger import FOLDER
from imagelint.image.result import LayerResult
from imagelint.image.waste_fates import MARK, Fates, folder_of, is_mark, measured, repeated
from imagelint.record import record
from imagelint.stream.tar import clean


@record
class Score:
    """What dive tells of an image."""

    efficiency: float
    """From 0 to 1."""
    wasted: int
    """Bytes."""


def dive(results: Sequence[LayerResult]) -> Score:
    """The score of an image, from the results of all layers in order."""
    fates = Fates(results, by_name=True)
    removed = _removed(fates)
    again = repeated(hash(path) for result in fates.results for path, _ in _leaves(result, removed))
    least: dict[int, int] = {}
    sums: dict[int, int] = {}
    total = once = 0
    for result in fates.results:
        for path, size in _leaves(result, removed):
            key = hash(path)
            total += size
            if key in again:
                least[key] = min(size, least.get(key, size))
                sums[key] = sums.get(key, 0) + size
            else:
                once += size
    return Score((once + sum(least.values())) / total if total else 1.0, sum(sums.values()))


def _leaves(result: LayerResult, removed: Mapping[tuple[int, bytes], int]) -> Iterator[tuple[bytes, int]]:
    """The paths of a layer that have nothing below them there, each with its size."""
    ledger = measured(result)
    paths = ledger.paths()
    last = {path: number for number, path in enumerate(paths)}  # of several entries of a path it is the one that counts
    parents = {folder_of(path) for path in paths if MARK + MARK not in path}
    for path, number in last.items():
        if MARK in path and is_mark(path):
            folder, name = folder_of(path), path.rpartition(b"/")[2]
            if not name.startswith(MARK + MARK):
                gone = clean(folder + b"/" + name[len(MARK) :])
                yield gone, removed.get((result.index, gone), 0)
        elif path and path not in parents:
            yield path, ledger.sizes[number]


def _removed(fates: Fates) -> dict[tuple[int, bytes], int]:
    """For each folder that a layer removes, and that has an entry of its own: the sizes of all that lay below it."""
    sizes: Counter[tuple[int, bytes]] = Counter()
    folders: set[tuple[int, bytes]] = set()
    for result, of in zip(fates.results, fates.of, strict=True):
        ledger = measured(result)
        paths = ledger.paths()
        for number, fate in enumerate(of):
            if fate is not None and fate.kind == "deleted" and fate.root is not None:
                sizes[fate.by, fate.root] += ledger.sizes[number]
                if paths[number] == fate.root and ledger.types[number] == FOLDER:
                    folders.add((fate.by, fate.root))
    return {key: size for key, size in sizes.items() if key in folders}
