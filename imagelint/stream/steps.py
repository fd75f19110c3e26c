"""Where in the stored bytes of a compressed stream a place of the uncompressed one lies: what a file in the middle of a
layer takes of a pull.

A decoder that asks for more has turned all that it was given into what it gave: each time is a step. Between two steps
stored bytes are spread evenly.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right

from imagelint.stream import limits

COARSE, FINE = 6, 12
"""Steps are this power of two times closer together than the stored bytes so far: what a file takes of a layer is then
known to 1/64 of what lies ahead of it, or to 1/4,096, and a stream of 1 GiB has 500 steps, or 30,000."""


class Steps:
    """Filled in order while a stream is decoded; without any, the stream is stored as it is."""

    __slots__ = ("_floor", "_out", "_places", "_shift", "_stored", "_weights")

    def __init__(self, shift: int = COARSE) -> None:
        self._shift, self._floor = shift, limits.PIECE if shift == COARSE else limits.FINE_PIECE
        self._out, self._stored = array("q"), array("q")
        self._places, self._weights = array("q", [0]), array("q", [0])

    def __len__(self) -> int:
        return len(self._out)

    @property
    def fine(self) -> bool:
        """Whether they are FINE ones."""
        return self._shift == FINE

    def room(self, stored: int) -> int:
        """How many stored bytes to read at most for the next step, behind so many."""
        return max(self._floor, min(limits.READ, stored >> self._shift))

    def given(self, out: int) -> int:
        """How many uncompressed bytes to take at once behind so many, from a decoder that asks for more on its own."""
        return max(self._floor, min(limits.WINDOW, out >> self._shift))

    def note(self, out: int, stored: int) -> None:
        """So many stored bytes gave so many uncompressed ones. Steps that are too close to the last one are left
        out."""
        if not self._out or (out > self._out[-1] and stored - self._stored[-1] >= self._floor >> 1):
            self._out.append(out)
            self._stored.append(stored)

    def finish(self, out: int, stored: int) -> None:
        """The end of the stream."""
        while len(self._out) > 1 and self._out[-1] >= out:
            del self._out[-1], self._stored[-1]
        if self._out:
            self._out.append(out)
            self._stored.append(stored)

    def weigh(self, out: int, weight: int) -> None:
        """What lies ahead of this place weighs so much: between two steps the stored bytes are spread by weight. With
        none they are spread evenly."""
        self._places.append(out)
        self._weights.append(weight)

    def at(self, out: int) -> float:
        """Stored bytes ahead of this place of the uncompressed stream."""
        if len(self._out) < 2:
            return out
        low, high = _around(self._out, out)
        begin, end = self._out[low], self._out[high]
        share = _share(begin, out, end)
        if len(self._places) > 1:
            share = _share(self._weight(begin), self._weight(out), self._weight(end))
        return self._stored[low] + share * (self._stored[high] - self._stored[low])

    def _weight(self, out: int) -> float:
        low, high = _around(self._places, out)
        share = _share(self._places[low], out, self._places[high])
        return self._weights[low] + share * (self._weights[high] - self._weights[low])


def _around(places: array[int], place: int) -> tuple[int, int]:
    """The numbers of the two between which it lies, of at least two."""
    high = min(max(bisect_right(places, place), 1), len(places) - 1)
    return high - 1, high


def _share(low: float, place: float, high: float) -> float:
    """How far it is between the two, from 0 to 1."""
    return min(max((place - low) / (high - low), 0.0), 1.0) if high > low else 1.0
