"""Bytes that a pull transmits and that nobody needs, each counted once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from imagelint.image.ledger import FOLDER
from imagelint.image.waste_fates import MARK, Fates, is_mark, measured, repeated
from imagelint.record import record
from imagelint.stream import limits

if TYPE_CHECKING:
    from imagelint.image.ledger import Ledger
    from imagelint.image.result import LayerResult

UNSEEN = ("deleted", "overwritten", "hidden", "metadata")
"""Kinds of bytes that the final file system does not need, whatever a file is for."""
DUPLICATE = "duplicate"


@record
class Piece:
    """Files of one layer that are waste for one reason."""

    kind: str
    """deleted, overwritten or hidden, as findings.STATUSES; metadata: the content that the path had before, shipped
    again by a layer that changed mode, owner or times alone; duplicate: the content of a file at another path; or a
    kind of leftovers.py: files that are there and of no use. metadata and duplicate are told only where the layers'
    content was compared (`imagelint size`)."""
    layer: int
    """Whose bytes they are: the pull of this layer would be smaller."""
    by: int
    """Which layer made them waste: that deleted, overwrote or hid them; of metadata and duplicate, the one that has the
    content already. For leftovers the same as `layer`."""
    path: bytes
    """Of the one file; of the folder that was deleted, hidden or replaced with all below; or of a folder that several
    are in, where there are too many to tell them all."""
    files: int
    """Entries of the layer's tar: links and folders count, too."""
    size: int
    """In bytes, of the uncompressed tar: headers, extended ones among them, data and padding. Of a duplicate data and
    padding: a link in its place has a header, too."""
    compressed: int
    """Of the layer as stored: their share, measured in the compressed stream. The same as `size` where the layer is
    stored uncompressed."""
    largest: bytes = b""
    """Path of the largest of several files."""
    first: bytes = b""
    """Of a duplicate (the largest of several), the path that has the content already."""


def pieces(
    results: Sequence[LayerResult],
    useless: Callable[[Ledger, Sequence[bytes]], Mapping[int, str]] | None = None,
    fates: Fates | None = None,
) -> list[Piece]:
    """What is waste in an image, from the results of all its layers in order (those that read_layer measured), the
    largest first, by compressed size.

    `useless` tells which of a layer's paths are leftovers, and of which kind, by their numbers: of those that are there
    to stay, file or link, it counts. `fates` are those of the results, where somebody has them already.
    """
    fates = fates or Fates(results)
    groups: dict[tuple[str, int, int], _Group] = {}
    twice = repeated(one for result in fates.results for one in measured(result).sums if one)
    first: dict[tuple[int, int], tuple[int, bytes]] = {}

    left: list[Piece] = []

    def take(
        kind: str, by: int, path: bytes, begin: int, end: int, same: bytes = b"", root: bytes | None = None
    ) -> None:
        group = groups.setdefault((kind, result.index, by), _Group())
        group.add(path, root, end - begin, ledger.steps.between(begin, end), same)

    for result, of in zip(fates.results, fates.of, strict=True):
        ledger = measured(result)
        if useless is None and not twice and not any(of):
            continue
        paths = ledger.paths()
        sums, kinds = ledger.sums, useless(ledger, paths) if useless is not None else {}
        fated = [number for number, fate in enumerate(of) if fate is not None] if any(of) else []
        if not twice and kinds.keys().isdisjoint(fated):
            left += _left(result, ledger, paths, kinds)
            kinds = {}
        some = range(len(paths)) if twice else sorted({*kinds, *fated})
        for number in some:
            path, fate = paths[number], of[number]
            if fate is not None:
                begin, _, end = ledger.spans(number)
                take(fate.kind, fate.by, path, begin, end, root=fate.root)
                continue
            if not _is_file(ledger, number, path):
                continue
            if kind := kinds.get(number, ""):
                begin, _, end = ledger.spans(number)
                take(kind, result.index, path, begin, end)
            elif sums and sums[number] in twice:
                key = (sums[number], ledger.sizes[number])
                if key in first:
                    _, begin, end = ledger.spans(number)
                    take(DUPLICATE, first[key][0], path, begin, end, first[key][1])
                else:
                    first[key] = (result.index, path)
    found = left + [piece for key, group in groups.items() for piece in group.pieces(*key)]
    return sorted(found, key=lambda piece: (-piece.compressed, -piece.size, piece.layer, piece.path))


def _is_file(ledger: Ledger, number: int, path: bytes) -> bool:
    """Whether an entry is a file or a link, and no mark."""
    return ledger.types[number] != FOLDER and not (MARK in path and is_mark(path))


def _left(result: LayerResult, ledger: Ledger, paths: Sequence[bytes], kinds: Mapping[int, str]) -> Sequence[Piece]:
    """The pieces of a layer's leftovers, where no other layer has to do with them: the same in all images that have
    the layer at this place, which are told one after the other."""
    known, index = result.derived.pieces, result.index
    if known is not None and known[:2] == (index, kinds):
        return known[2]
    groups: dict[str, _Group] = {}
    for number, kind in kinds.items():
        if not _is_file(ledger, number, paths[number]):
            continue
        begin, _, end = ledger.spans(number)
        group = groups.setdefault(kind, _Group())
        group.add(paths[number], None, end - begin, ledger.steps.between(begin, end), b"")
    found = [piece for kind, group in groups.items() for piece in group.pieces(kind, index, index)]
    result.derived.pieces = (index, kinds, found)
    return found


class _Group:
    """Files of one kind, layer and cause. Where there are too many, those of one folder are told together, as deep as
    there is room."""

    def __init__(self) -> None:
        self._sums: dict[bytes, _Sum] = {}
        self._depth = limits.PATH_DEPTH

    def add(self, path: bytes, root: bytes | None, size: int, compressed: float, same: bytes) -> None:
        key = path if root is None else root
        key = _cut(key, self._depth) if self._depth < limits.PATH_DEPTH else key
        known = self._sums.get(key)
        if known is not None:
            known.take(1, size, compressed, size, path, same)
            return
        self._sums[key] = _Sum(1, size, compressed, size, path, same)
        while len(self._sums) > limits.WASTE_PATHS and self._depth > 1:
            self._depth = min(self._depth, max(key.count(b"/") + 1 for key in self._sums)) - 1
            sums, self._sums = self._sums, {}
            for key, one in sums.items():
                short = _cut(key, self._depth)
                if short in self._sums:
                    self._sums[short].take(one.files, one.size, one.compressed, one.most, one.largest, one.first)
                else:
                    self._sums[short] = one

    def pieces(self, kind: str, layer: int, by: int) -> Iterator[Piece]:
        for path, one in self._sums.items():
            yield Piece(
                kind,
                layer,
                by,
                path,
                one.files,
                one.size,
                round(one.compressed),
                one.largest if one.files > 1 else b"",
                one.first,
            )


@record
class _Sum:
    files: int
    size: int
    compressed: float
    most: int
    """Size of the largest file."""
    largest: bytes
    first: bytes

    def take(self, files: int, size: int, compressed: float, most: int, largest: bytes, first: bytes) -> None:
        """Take those of another sum in."""
        self.files += files
        self.size += size
        self.compressed += compressed
        if most > self.most:
            self.most, self.largest, self.first = most, largest, first


def _cut(path: bytes, depth: int) -> bytes:
    parts = path.split(b"/", depth)
    return b"/".join(parts[:depth]) if len(parts) > depth else path
