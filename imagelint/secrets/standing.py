"""Where many values stand in many texts: in pieces, and at a cost that grows little with the number of values.

What was looked for in a text once is known the next time (`Looked`): of images that share their layers, most values and
most texts are those of the image before.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from imagelint.record import once
from imagelint.secrets.keyword import VALUE_LIMIT

_PIECE = 1 << 20
"""Characters of a text that are looked at at once."""
_OVER = 8 * VALUE_LIMIT
"""Characters of the next piece that are looked at as well: forms of a value may be longer than it is."""
_FEW = 20
"""So many are looked for one by one."""
_WORD = 4
"""Bytes of the words that a piece is cut into. Whatever has 8 and stands there has one of them, and the byte behind
it."""
_TRIED = 4 * _WORD
"""Bytes of a value by which it is told that it does not stand there."""
_MIX = 0x9E3779B97F4A7C15
"""Spreads words over a table, as Fibonacci hashing does."""
_HELD = 200_000
"""Answers that are held in all, some 100 bytes each. The first ones stay: they are those of a base, the later ones of
single images."""

Place = tuple[int, int]
"""The number of a text, and where in it."""


class Looked:
    """What is known of a text. Values are in it: it stays in memory, with what the text was made of. Beside them it
    takes a byte at most for each character of the text."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] | None = None
        self._length = 0

    def length(self, text: Text) -> int:
        """Of this text, in characters."""
        return self._length if self.pieces(text) else 0

    def pieces(self, text: Text) -> list[_Piece]:
        """Of this text, which is always the same."""
        if self._pieces is None:
            self._length = len(text.whole)
            self._pieces = [_Piece(at) for at in range(0, self._length, _PIECE)]
        return self._pieces


class Text:
    """A text in which values are looked for. It is made when it is needed, which of one that is well known it seldom
    is."""

    def __init__(self, make: Callable[[], str], looked: Looked | None = None) -> None:
        """`looked` is what an earlier one of the same text left behind."""
        self._make, self._looked = make, looked or Looked()

    @once
    def whole(self) -> str:
        """The text."""
        return self._make()

    @property
    def length(self) -> int:
        """In characters."""
        return self._looked.length(self)

    @property
    def pieces(self) -> list[_Piece]:
        """Its pieces, in order."""
        return self._looked.pieces(self)


class _Value:
    """What is looked for, in one piece after the other."""

    def __init__(self, text: str) -> None:
        self.text = text

    @once
    def words(self) -> list[int]:
        """As _Words has them, those that begin at each of its bytes."""
        return _words(self.text)

    @once
    def tried(self) -> list[list[int]]:
        """Some of them: wherever the first whole one begins, those that follow."""
        words = _words(self.text[:_TRIED])
        return [words[at::_WORD] for at in range(_WORD)] if len(words) >= _WORD else []


class _Piece:
    """A part of a text, and what is known of it."""

    held = 0
    """Answers of all pieces."""

    def __init__(self, at: int) -> None:
        self.at = at
        self._asked = 0
        self._words: _Words | None = None
        self._found: dict[str, int] = {}
        self._parts: dict[tuple[str, int], list[tuple[str, int]]] = {}

    def __del__(self) -> None:
        type(self).held -= len(self._found) + len(self._parts)

    def find(self, value: _Value, text: Text) -> int:
        """Where it stands first, or -1."""
        place = self._found.get(value.text)
        if place is None:
            self._prepare(1, text)
            may = self._words is None or self._words.may_have(value)
            place = self._find(value.text, text) if may else -1
            if _Piece.held < _HELD:
                _Piece.held += 1
                self._found[value.text] = place
        return place

    def common(self, value: _Value, least: int, text: Text) -> list[tuple[str, int]]:
        """The longest parts, of `least` characters and more, that a value has in common with it, and where each
        stands."""
        parts = self._parts.get((value.text, least))
        if parts is None:
            self._prepare(len(value.text), text)
            parts = list(self._common(value, least, text))
            if _Piece.held < _HELD:
                _Piece.held += 1
                self._parts[value.text, least] = parts
        return parts

    def _find(self, value: str, text: Text) -> int:
        place = text.whole.find(value, self.at, self.at + _PIECE + _OVER)
        return place - self.at if place >= 0 else -1

    def _prepare(self, count: int, text: Text) -> None:
        self._asked += count
        if self._words is None and self._asked > _FEW:
            self._words = _Words(text.whole[self.at : self.at + _PIECE + _OVER])

    def _common(self, value: _Value, least: int, text: Text) -> Iterator[tuple[str, int]]:
        whole, reached = value.text, 0
        for start in self._starts(value, len(whole) - least):
            end = max(start + least, reached + 1)
            if end > len(whole):
                return
            place = self._find(whole[start:end], text)
            if place < 0:
                continue
            while end < len(whole) and (next_ := self._find(whole[start : end + 1], text)) >= 0:
                end, place = end + 1, next_
            reached = end
            yield whole[start:end], place

    def _starts(self, value: _Value, last: int) -> Iterable[int]:
        """Where parts of it may begin that stand here; in order."""
        if self._words is None or not value.text.isascii():
            return range(last + 1)
        here = self._words.here(value.words)
        return sorted({start for at in here for start in range(max(0, at - _WORD + 1), min(at, last) + 1)})


class _Words:
    """The words of a piece, each with the byte behind it, as a Bloom filter: those that it has for certain, one in
    seventy of the others by chance. A look at it spares most searches."""

    def __init__(self, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        behind = data[_WORD::_WORD]
        view = memoryview(data)[: len(behind) * _WORD].cast("I")
        words = {word << 8 | byte for word, byte in zip(view, behind, strict=True)}
        self._mask = mask = (1 << (2 * len(words)).bit_length()) - 1
        self._bits = bits = bytearray(mask + 1)
        for word in words:
            key = word * _MIX
            bits[key >> 44 & mask] |= 1 << (key >> 41 & 7)
            bits[key >> 24 & mask] |= 1 << (key >> 21 & 7)

    def here(self, words: Iterable[int]) -> list[int]:
        """Which of these may be among them, by their place."""
        bits, mask = self._bits, self._mask
        keys = [word * _MIX for word in words]
        some = [at for at, key in enumerate(keys) if bits[key >> 44 & mask] >> (key >> 41 & 7) & 1]
        return [at for at in some if bits[keys[at] >> 24 & mask] >> (keys[at] >> 21 & 7) & 1]

    def may_have(self, value: _Value) -> bool:
        """False only for what does not stand here."""
        return not value.tried or any(len(own) == len(self.here(own)) for own in value.tried)


def _words(text: str) -> list[int]:
    data = text.encode("utf-8", "surrogatepass")
    starts = range(len(data) - _WORD)
    return [int.from_bytes(data[at : at + _WORD], sys.byteorder) << 8 | data[at + _WORD] for at in starts]


def standing(values: Collection[str], texts: Sequence[str | Text]) -> dict[str, Place]:
    """Those of the values that stand in one of the texts, and where each stands first."""
    return look(texts, values)[0]


def within(texts: Sequence[Text], values: Collection[str]) -> list[list[str]]:
    """Of each text, those of the values that stand in it."""
    asked = [_Value(value) for value in values]
    return [
        [value.text for value in asked if any(piece.find(value, text) >= 0 for piece in text.pieces)] for text in texts
    ]


def look(
    texts: Sequence[str | Text], values: Collection[str], wholes: Collection[str] = (), least: int = 8
) -> tuple[dict[str, Place], dict[str, Place]]:
    """In one pass over the texts: what `standing` tells of the values, and the longest parts, of `least` (8 or more)
    characters and more, that the `wholes` have in common with a text. Whatever part they have in common lies in one of
    these."""
    found: dict[str, Place] = {}
    parts: dict[str, Place] = {}
    left = {value: _Value(value) for value in values}
    wanted = [_Value(whole) for whole in set(wholes) if len(whole) >= least]
    for number, given in enumerate(texts):
        text = given if isinstance(given, Text) else Text(given.__str__)
        for piece in text.pieces if left or wanted else ():
            here = [(value, place) for value, asked in left.items() if (place := piece.find(asked, text)) >= 0]
            for value, place in here:
                found[value] = number, piece.at + place
                del left[value]
            for whole in wanted:
                for part, place in piece.common(whole, least, text):
                    parts.setdefault(part, (number, piece.at + place))
    return found, parts
