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

    __slots__ = ("_floor", "_out", "_places", "_room", "_shift", "_stored", "_weights")

    def __init__(self, shift: int = COARSE) -> None:
        self._shift, self._floor = shift, limits.PIECE if shift == COARSE else limits.FINE_PIECE
        self._out, self._stored = array("q"), array("q")
        self._places, self._weights, self._room = array("q", [0]), array("q", [0]), array("d", [0.0])

    def __len__(self) -> int:
        return len(self._out)

    @classmethod
    def of(cls, out: array[int], stored: array[int]) -> Steps:
        """COARSE ones, from their columns."""
        steps = cls()
        steps._out, steps._stored = out, stored
        return steps

    @property
    def columns(self) -> tuple[array[int], array[int]]:
        """Uncompressed and stored bytes ahead of each step."""
        return self._out, self._stored

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
        """What lies ahead of this place weighs so much, compressed by itself: between two steps the stored bytes are
        spread by weight. With none they are spread evenly."""
        size, own = out - self._places[-1], weight - self._weights[-1]
        self._places.append(out)
        self._weights.append(weight)
        self._room.append(self._room[-1] + (own * (size - own) / size if 0 < own < size else 0.0))

    def between(self, begin: int, end: int) -> float:
        """Stored bytes of what lies between two places of the uncompressed stream."""
        if len(self._out) >= 2 > len(self._places):
            low, high = _around(self._out, begin)
            if self._out[low] <= begin and end <= self._out[high]:  # as most files do
                return (self._stored[high] - self._stored[low]) * (end - begin) / (self._out[high] - self._out[low])
        return self.at(end) - self.at(begin)

    def at(self, out: int) -> float:
        """Stored bytes ahead of this place of the uncompressed stream."""
        if len(self._out) < 2:
            return out
        low, high = _around(self._out, out)
        begin, end = self._out[low], self._out[high]
        before, whole = self._stored[low], self._stored[high] - self._stored[low]
        if len(self._places) < 2:
            return before + whole * _share(begin, out, end)
        first, here, last = self._weight(begin), self._weight(out), self._weight(end)
        if last[1] <= first[1]:
            return before + whole * _share(first[0], here[0], last[0])
        # Another compressor makes more or less of text; noise and zeros are what they are for all of them.
        other = (whole - (last[0] - first[0])) * _share(first[1], here[1], last[1])
        return before + min(max(here[0] - first[0] + other, 0.0), float(whole))

    def _weight(self, out: int) -> tuple[float, float]:
        """The weight ahead of a place, and how much of it hangs on the compressor."""
        low, high = _around(self._places, out)
        share = _share(self._places[low], out, self._places[high])
        weight, room = self._weights[low], self._room[low]
        return weight + share * (self._weights[high] - weight), room + share * (self._room[high] - room)


def _around(places: array[int], place: int) -> tuple[int, int]:
    """The numbers of the two between which it lies, of at least two."""
    high = min(max(bisect_right(places, place), 1), len(places) - 1)
    return high - 1, high


def _share(low: float, place: float, high: float) -> float:
    """How far it is between the two, from 0 to 1."""
    return min(max((place - low) / (high - low), 0.0), 1.0) if high > low else 1.0
