"""Where many values stand in many texts: in pieces, and at a cost that grows little with the number of values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from imagelint.record import once
from imagelint.secrets.keyword import VALUE_LIMIT

_PIECE = 1 << 20
"""Characters of a text that are looked at at once."""
_OVER = 8 * VALUE_LIMIT
"""Characters of the next piece that are looked at as well: forms of a value may be longer than it is."""
_FEW = 60
"""So many are looked for one by one."""
_GRAMS = ((8, 8), (4, 5))
"""Every how many characters of a piece a gram begins, and how long it is: the first for what has 15 characters and
more, the second for what has 8."""

Place = tuple[int, int]
"""The number of a text, and where in it."""


class Filter:
    """Which short parts (grams) each piece of a text has: those it has for certain, one in eight of the others by
    chance. Made where it is first asked for; kept with a text that is looked at again, as that of a layer. No part of
    the text is in it, and less than a byte for each of its characters."""

    def __init__(self) -> None:
        self._pieces: dict[int, list[_Grams]] = {}

    def of(self, at: int, piece: str) -> list[_Grams]:
        """Of the piece that begins at this character."""
        grams = self._pieces.get(at)
        if grams is None:
            grams = self._pieces[at] = [_Grams(piece, step, size) for step, size in _GRAMS]
        return grams


class _Grams:
    """The grams of one size that begin at every so many characters of a text, by a bit each."""

    def __init__(self, text: str, step: int, size: int) -> None:
        self.step, self.size = step, size
        count = max(0, len(text) - size) // step + 1
        self._mask = (1 << max(0, count - 1).bit_length()) - 1
        self._bits = bits = bytearray(self._mask + 1)
        mask = self._mask
        for key in {hash(text[at : at + size]) for at in range(0, len(text) - size + 1, step)}:
            bits[key >> 3 & mask] |= 1 << (key & 7)

    def any(self, value: str, starts: Iterable[int]) -> bool:
        """Whether one of the grams that begin there in the value may be among them."""
        bits, mask, size = self._bits, self._mask, self.size
        for at in starts:
            key = hash(value[at : at + size])
            if bits[key >> 3 & mask] >> (key & 7) & 1:
                return True
        return False

    def here(self, keys: Iterable[int]) -> list[int]:
        """Which of these may be among them, by their place."""
        bits, mask = self._bits, self._mask
        return [at for at, key in enumerate(keys) if bits[key >> 3 & mask] >> (key & 7) & 1]


class _Piece:
    """A part of a text. What stands in it has one of its grams at one of its first 4 (8) characters: a look at a bit
    spares most searches."""

    def __init__(self, text: str, grams: Sequence[_Grams]) -> None:
        self._text, self._grams = text, grams

    def find(self, value: str) -> int:
        """Where it stands first, or -1."""
        return self._text.find(value) if self.may_have(value) else -1

    def may_have(self, value: str) -> bool:
        """False only for what does not stand here."""
        for grams in self._grams:
            if len(value) >= grams.step + grams.size - 1:
                return grams.any(value, range(grams.step))
        return True

    def starts(self, whole: _Whole, least: int) -> Iterable[int]:
        """Where parts of it may begin that are as long as this, and stand here; in order."""
        last = len(whole.text) - least
        if not self._grams:
            return range(last + 1)
        grams = self._grams[-1]
        here, step = grams.here(whole.keys), grams.step
        return sorted({start for at in here for start in range(max(0, at - step + 1), min(at, last) + 1)})


class _Whole:
    """A value of which parts are looked for, piece by piece."""

    def __init__(self, text: str) -> None:
        self.text = text

    @once
    def keys(self) -> list[int]:
        """Of the grams that begin at each of its characters."""
        size = _GRAMS[-1][1]
        return [hash(self.text[at : at + size]) for at in range(len(self.text) - size + 1)]


def standing(values: Collection[str], texts: Sequence[str]) -> dict[str, Place]:
    """Those of the values that stand in one of the texts, and where each stands first."""
    return look(texts, values)[0]


def look(
    texts: Sequence[str],
    values: Collection[str],
    wholes: Collection[str] = (),
    least: int = 8,
    filters: Sequence[Filter] = (),
) -> tuple[dict[str, Place], dict[str, Place]]:
    """In one pass over the texts: what `standing` tells of the values, and the longest parts, of `least` (8 or more)
    characters and more, that the `wholes` have in common with a text. Whatever part they have in common lies in one of
    these. `filters` are those of the texts, where somebody keeps them."""
    found: dict[str, Place] = {}
    parts: dict[str, Place] = {}
    left, wanted = set(values), [_Whole(whole) for whole in set(wholes) if len(whole) >= least]
    length = sum(len(whole.text) for whole in wanted)
    for number, at, text in _pieces(texts):
        if not left and not wanted:
            break
        many = len(left) + length > _FEW
        piece = _Piece(text, (filters[number] if filters else Filter()).of(at, text) if many else ())
        here = {value: place for value in left if (place := piece.find(value)) >= 0}
        found.update((value, (number, at + place)) for value, place in here.items())
        left -= here.keys()
        for whole in wanted:
            for part, place in _common(whole, piece, least):
                parts.setdefault(part, (number, at + place))
    return found, parts


def _common(whole: _Whole, piece: _Piece, least: int) -> Iterator[tuple[str, int]]:
    value, reached = whole.text, 0
    for start in piece.starts(whole, least):
        end = max(start + least, reached + 1)
        if end > len(value):
            return
        place = piece.find(value[start:end])
        if place < 0:
            continue
        while end < len(value) and (next_ := piece.find(value[start : end + 1])) >= 0:
            end, place = end + 1, next_
        reached = end
        yield value[start:end], place


def _pieces(texts: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    for number, text in enumerate(texts):
        for at in range(0, len(text), _PIECE):
            yield number, at, text[at : at + _PIECE + _OVER]
