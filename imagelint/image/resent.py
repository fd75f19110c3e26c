"""Files in the layers that a pull transmits, which whoever has the old image has already, byte for byte."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest

from imagelint.compared import Resent
from imagelint.findings import SafeText
from imagelint.image.ledger import FILE
from imagelint.image.result import LayerResult

_TOLD = 10
"""The largest files, by path."""


def resent(new: Iterable[LayerResult], old: Sequence[LayerResult], safe: Callable[[str], SafeText]) -> Resent:
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
            share = ledger.steps.between(begin, end)
            compressed += share
            found.files += 1
            found.size += ledger.sizes[number]
            files.append((round(share), paths[number]))
            if len(files) > 2 * _TOLD:
                files = nlargest(_TOLD, files)
    found.compressed = round(compressed)
    found.largest = [(size, safe(path.decode("utf-8", "surrogateescape"))) for size, path in nlargest(_TOLD, files)]
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
