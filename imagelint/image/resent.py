"""Files in the layers that a pull transmits, which whoever has the old image has already, byte for byte."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from heapq import nlargest

from imagelint.image.ledger import FILE
from imagelint.image.result import LayerResult
from imagelint.record import field, record

_TOLD = 10
"""The largest files, by path."""


@record
class Resent:
    """Bytes of the data of files."""

    files: int = 0
    size: int = 0
    compressed: int = 0
    """Of the layers as stored: their share, measured in the compressed stream."""
    largest: list[tuple[int, bytes]] = field(default_factory=list)
    """(compressed, path), the largest first."""
    complete: bool = True
    """All entries of both images were compared."""


def resent(new: Iterable[LayerResult], old: Sequence[LayerResult]) -> Resent:
    """Compare the files of some layers with all of an image, by the sums of their contents."""
    known, complete = _sums(old)
    found = Resent(complete=complete)
    files: list[tuple[int, bytes]] = []
    compressed = 0.0
    for result in new:
        ledger = result.ledger
        if ledger is None or not ledger.sums or ledger.cut or result.incomplete:
            found.complete = False
        if ledger is None or not ledger.sums:
            continue
        paths = ledger.paths()
        for number, key in enumerate(ledger.sums):
            if not key or ledger.types[number] != FILE:
                continue
            place = bisect_left(known, key)
            if place == len(known) or known[place] != key:
                continue
            _, begin, _ = ledger.spans(number)
            end = begin + ledger.sizes[number]
            share = ledger.steps.at(end) - ledger.steps.at(begin)
            compressed += share
            found.files += 1
            found.size += ledger.sizes[number]
            files.append((round(share), paths[number]))
            if len(files) > 2 * _TOLD:
                files = nlargest(_TOLD, files)
    found.compressed = round(compressed)
    found.largest = nlargest(_TOLD, files)
    return found


def _sums(results: Sequence[LayerResult]) -> tuple[array[int], bool]:
    """The sums of all files, in order, 8 bytes each; and whether those are all."""
    every: list[int] = []
    complete = True
    for result in results:
        ledger = result.ledger
        if ledger is None or ledger.cut or result.incomplete or (len(ledger) and not ledger.sums):
            complete = False
        if ledger is not None:
            every += (key for key in ledger.sums if key)
    return array("Q", sorted(set(every))), complete
