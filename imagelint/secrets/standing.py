"""Where many values stand in many texts: in pieces, and at a cost that grows little with the number of values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

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


class _Piece:
    """A part of a text. What stands in it has one of its grams at one of its first 4 (8) characters: a look into a set
    spares most searches."""

    def __init__(self, text: str, grams: bool) -> None:
        self._text = text
        self._grams = [
            (step, size, {text[at : at + size] for at in range(0, len(text) - size + 1, step)})
            for step, size in (_GRAMS if grams else ())
        ]

    def find(self, value: str) -> int:
        """Where it stands first, or -1."""
        return self._text.find(value) if self.may_have(value) else -1

    def may_have(self, value: str) -> bool:
        """False only for what does not stand here."""
        for step, size, known in self._grams:
            if len(value) >= step + size - 1:
                return any(value[at : at + size] in known for at in range(step))
        return True

    def starts(self, value: str, least: int) -> Iterable[int]:
        """Where parts of it may begin that are as long as this, and stand here; in order."""
        last = len(value) - least
        if not self._grams:
            return range(last + 1)
        step, size, known = self._grams[-1]
        here = [at for at in range(len(value) - size + 1) if value[at : at + size] in known]
        return sorted({start for at in here for start in range(max(0, at - step + 1), min(at, last) + 1)})


def standing(values: Collection[str], texts: Sequence[str]) -> dict[str, Place]:
    """Those of the values that stand in one of the texts, and where each stands first."""
    return look(texts, values)[0]


def look(
    texts: Sequence[str], values: Collection[str], wholes: Collection[str] = (), least: int = 8
) -> tuple[dict[str, Place], dict[str, Place]]:
    """In one pass over the texts: what `standing` tells of the values, and the longest parts, of `least` (8 or more)
    characters and more, that the `wholes` have in common with a text. Whatever part they have in common lies in one of
    these."""
    found: dict[str, Place] = {}
    parts: dict[str, Place] = {}
    left, wanted = set(values), {whole for whole in wholes if len(whole) >= least}
    for number, at, text in _pieces(texts):
        if not left and not wanted:
            break
        piece = _Piece(text, len(left) + sum(map(len, wanted)) > _FEW)
        here = {value: place for value in left if (place := piece.find(value)) >= 0}
        found.update((value, (number, at + place)) for value, place in here.items())
        left -= here.keys()
        for whole in wanted:
            for part, place in _common(whole, piece, least):
                parts.setdefault(part, (number, at + place))
    return found, parts


def _common(value: str, piece: _Piece, least: int) -> Iterator[tuple[str, int]]:
    reached = 0
    for start in piece.starts(value, least):
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
