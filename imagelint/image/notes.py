"""What is remembered of an image, so that it can be composed again of layers whose values are forgotten (stored.py),
and its report is the same byte for byte.

A note has the numbers of equal values, what packages brought, and where in the image's own texts forms of the layers'
values stand: there they are read again, and learned. No value is in it, nor anything made of one.

It is sound, or there is none. A report shows texts of the image (notes_texts.py), parts of them, and several joined. So
a form that stands in one of them is known again. One that stands in none can only come together where parts are joined,
of which each is in the texts: it is passed over if some part of it is in none of them, in whatever case, and otherwise
there is no note. Of names that come from elsewhere, as a tag, the note knows those in which no value stands.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from imagelint.errors import DamagedError
from imagelint.image.notes_texts import Texts
from imagelint.image.packages import Published
from imagelint.image.result import Found, Kept, LayerResult
from imagelint.image.secrets import Spot
from imagelint.image.stored_head import Head
from imagelint.record import record
from imagelint.secrets.identity import grouping
from imagelint.secrets.learned import PART, Learned, small
from imagelint.secrets.redact import Redactor
from imagelint.secrets.standing import Place, Text, look, standing
from imagelint.stream import kept_bytes, limits
from imagelint.stream.kept_bytes import Column

FORMAT = 2
"""Raised whenever the bytes, or what they mean, change: a part of every key."""
MAGIC = b"iLLn"
_WINDOW = 8
"""Characters of a form of which a text has all or nothing: what is joined of shorter pieces is not thought of."""
_MOST = 10**13
"""Characters of all values times those of all texts: some ten seconds, as 300 private keys in an image of 100,000 files
have it. Of one with more there is no note, and its layers are read again each time."""
_NAMES = 1000
"""Names of one image that are remembered."""


def make(
    of: Texts,
    layers: Sequence[LayerResult],
    packaged: Published,
    spots: Sequence[Spot],
    learned: Learned,
    own: Learned,
    names: Iterable[str],
    earlier: Note | None = None,
) -> bytes | None:
    """The note of an image that was composed of layers with all their values; None where none is sound.

    `learned` has the values of the image, `own` those of its own texts alone, which are read again each time. `names`
    come from elsewhere; those of an `earlier` note of the same image stay known.
    """
    forms = {form: shown for form, shown in learned.forms.items() if own.forms.get(form) != shown}
    values = set(learned.pieces()).difference(own.pieces())
    if sum(map(len, values)) * sum(text.length for text in of.all) > _MOST:
        return None
    outside = _outside(names, of)
    beside = [*outside, *(text for pair in packaged.limited for text in pair)]
    if standing(learned.forms, beside) or look([small(text) for text in beside], (), values, PART)[1]:
        return None
    # Of most forms not even one part is there: it is looked for first.
    some = {form: _middle(small(form)) for form in forms}
    there, parts = look(of.small, set(some.values()), values, PART)
    windows = {form: _windows(small(form), every=False) for form in forms if some[form] in there}
    there = standing({small(form) for form in windows}.union(*windows.values()), of.small)
    places = _placed([form for form in windows if small(form) in there], of.all, there)
    doubtful = [form for form in windows if form not in places and there.keys() >= windows[form]]
    if not _nowhere(doubtful, of.small):
        return None
    known = set(map(_name, outside))
    if earlier is not None and earlier.digest == of.digest:
        known |= earlier.names
    head = {
        "texts": [of.digest, len(learned)],
        "names": sorted(known)[:_NAMES],
        "forms": [[*place, len(form), len(forms[form])] for form, place in sorted(places.items(), key=_by_place)],
        "parts": [[*place, len(part)] for part, place in sorted(parts.items(), key=_by_place)],
        "found": _numbers(layers, packaged.found),
        "granted": _numbers(layers, packaged.granted),
        "limited": list(map(list, packaged.limited)),
    }
    return kept_bytes.wrap(MAGIC, FORMAT, 0, kept_bytes.pack(head, [_groups(spots)]))


@record
class Note:
    """A note that was read; every method says whether it fits."""

    digest: str
    names: set[str]
    count: int
    forms: list[list[int]]
    parts: list[list[int]]
    found: list[list[int]]
    granted: list[list[int]]
    limited: list[tuple[str, str]]
    groups: Column

    @classmethod
    def of(cls, data: bytes) -> Note:
        """Raises DamagedError for bytes that `make` did not write."""
        kind, body = kept_bytes.unwrap(data, MAGIC, FORMAT)
        told, columns = kept_bytes.unpack(body)
        if kind or len(columns) != 1 or not isinstance(columns[0], array) or columns[0].typecode != "I":
            raise DamagedError("their columns are not those of a note")
        texts, names = Head(told.get("texts"), 2), Head(told.get("names"))
        return cls(
            texts.text(),
            {names.text() for _ in told["names"]},
            texts.number(),
            _rows(told.get("forms"), 4),
            _rows(told.get("parts"), 3),
            _rows(told.get("found"), 3),
            _rows(told.get("granted"), 3),
            Head([told.get("limited")]).pairs(),
            columns[0],
        )

    def packaged(self, layers: Sequence[LayerResult]) -> Published | None:
        """What packages brought; None where the note is of other layers."""
        told = Published(limited=list(self.limited))
        for rows, to in ((self.found, told.found), (self.granted, told.granted)):
            for place, kind, number in rows:
                things = _things(layers[place])[kind] if place < len(layers) and kind < 2 else []
                if number >= len(things):
                    return None
                to.add((layers[place].index, things[number]))
        return told

    def apply(self, spots: Sequence[Spot], of: Texts, redactor: Redactor) -> bool:
        """Say of all spots which have one value, and learn the forgotten values where they stand: to be called when all
        others are learned. False, and nothing done, where the note is of another image."""
        told = [spot for spot in spots if not _is_within(spot)]
        if of.digest != self.digest or len(told) != len(self.groups):
            return False
        forms = {_at(of.all, row): row[3] for row in self.forms}
        parts = [_at(of.small, row) for row in self.parts]
        if "" in forms or "" in parts or any(shown > len(form) for form, shown in forms.items()):
            return False
        for spot, number in zip(told, self.groups, strict=True):
            spot.value = b"%d" % number
        redactor.learned.recall({form: form[:shown] for form, shown in forms.items()}, parts, self.count)
        return True

    def knows(self, of: Texts, names: Iterable[str]) -> bool:
        """Whether no forgotten value stands in any of these names."""
        return not _outside([name for name in names if _name(name) not in self.names], of)


def read(data: bytes | None) -> Note | None:
    """None for no note, and for one that cannot be used: the layers are read again then."""
    try:
        return Note.of(data) if data is not None else None
    except DamagedError:
        return None


def _placed(forms: Collection[str], texts: Sequence[Text], there: Mapping[str, Place]) -> dict[str, Place]:
    """Where these stand first; `there` says it of all in small letters."""
    near = {form: there[small(form)] for form in forms}
    found = {form: (number, at) for form, (number, at) in near.items() if texts[number].whole.startswith(form, at)}
    return found | standing([form for form in forms if form not in found], texts)


def _nowhere(forms: Iterable[str], texts: Sequence[Text]) -> bool:
    """Whether each of these forms, which stand in no text as they are, has a part that is in none of the texts; these
    are in small letters."""
    windows = [_windows(small(form), every=True) for form in forms]
    there = standing(set().union(*windows), texts) if windows else {}
    return not any(there.keys() >= some for some in windows)


def _windows(form: str, *, every: bool) -> set[str]:
    """Parts of a form: some, or all."""
    last = max(0, len(form) - _WINDOW)
    return {form[at : at + _WINDOW] for at in (range(last + 1) if every else (last // 2, last, 0))}


def _middle(form: str) -> str:
    """One part of a form."""
    last = max(0, len(form) - _WINDOW)
    return form[last // 2 : last // 2 + _WINDOW]


def _groups(spots: Iterable[Spot]) -> array[int]:
    """For each spot the number of its value, in the order in which they come."""
    numbers: dict[bytes, int] = {}
    values = (grouping(spot.candidate.value) for spot in spots if not _is_within(spot))
    return array("I", [numbers.setdefault(value, len(numbers)) for value in values])


def _is_within(spot: Spot) -> bool:
    return spot.found is not None and spot.found.within


def _things(layer: LayerResult) -> tuple[list[Found | Kept], list[Found | Kept]]:
    """What is numbered of a layer."""
    return [found for found in layer.found if not found.within], [*layer.kept]


def _numbers(layers: Sequence[LayerResult], of: set[tuple[int, Found | Kept]]) -> list[list[int]]:
    """[place of the layer, 0 for a secret and 1 for an entry, its number] of each."""
    return [
        [place, kind, number]
        for place, layer in enumerate(layers if of else ())
        for kind, things in enumerate(_things(layer))
        for number, thing in enumerate(things)
        if (layer.index, thing) in of
    ]


def _rows(items: Any, length: int) -> list[list[int]]:
    return [[row.number(0, limits.KEPT_RESULT) for _ in range(length)] for row in Head([items]).lists(length)]


def _at(texts: Sequence[Text], row: Sequence[int]) -> str:
    """What stands at [text, place, length]; empty where that is no place."""
    number, at, length = islice(row, 3)
    text = texts[number].whole if number < len(texts) else ""
    return text[at : at + length] if at + length <= len(text) else ""


def _by_place(item: tuple[str, tuple[int, int]]) -> tuple[int, int, int]:
    return (*item[1], len(item[0]))


def _outside(names: Iterable[str], of: Texts) -> list[str]:
    """Those of the names that stand in none of the texts, each once."""
    some = [name for name in dict.fromkeys(names) if name]
    known = standing(some, of.all)
    return [name for name in some if name not in known]


def _name(name: str) -> str:
    """A name that is known; no value stands in it."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
