"""The only maker of SafeText: the only way any text of a target reaches a finding.

Every candidate of a text is masked, those that a filter turned away included, and so is every value learned before.
A mask shows the fixed prefix of a format at most, and never the length. Better too much than too little: a text with
too many candidates is masked to its end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from itertools import islice
from typing import TYPE_CHECKING

from imagelint.findings import SafeText, ShownText
from imagelint.lazy import Lazy
from imagelint.secrets.filters import is_pure_reference
from imagelint.secrets.keyword import VALUE_LIMIT
from imagelint.secrets.learned import Learned, shown_of

if TYPE_CHECKING:
    from imagelint.secrets.confirm import Candidate, Detector

MASK = "****"
MOST_CANDIDATES = 5_000
"""Candidates of one text; of one with more, all is masked from the first one on. A Dockerfile holds a few, a crafted
history entry may hold millions.
"""

_PLAINLY_NONE = frozenset(
    "path url reference no-value number code word identifier sentence says-its-name comparison prose".split()
)
"""Filters whose values are masked where they stand and may be read elsewhere: `PASSWORD=/x` hides no other /x."""

_BLANK = Lazy(r"\s")

Span = tuple[int, int, str]
"""A part to mask: start, end, and what its mask begins with."""


def plain(text: str) -> SafeText:
    """A text of ours, in which nothing comes from a target: a rule's title, a digest that we computed, a number."""
    return SafeText(text)


class RedactedSource:
    """A source file, masked, line by line; lines and columns are counted from 1."""

    __slots__ = ("_moves", "lines")

    def __init__(self) -> None:
        self.lines: list[SafeText] = []
        self._moves: dict[int, list[tuple[int, int, int]]] = {}
        """For a line: start and end of each masked part, from 0, and the end of its mask in the masked line."""

    def column(self, line: int, column: int) -> int:
        """Where a column of the source stands in the masked line; for one inside a masked part, the end of the mask."""
        at, moved = column - 1, 0
        for start, end, masked_end in self._moves.get(line, ()):
            if at <= start:
                break
            if at < end:
                return masked_end + 1
            moved = masked_end - end
        return max(1, column + moved)

    def add(self, text: str, start: int, end: int, spans: Iterable[Span]) -> None:
        """Append the line text[start:end], of which the spans are to be masked; one that began on an earlier line
        shows nothing.
        """
        here = [
            (max(a, start), min(b, end), shown if a >= start else "") for a, b, shown in spans if a < end and b > start
        ]
        self.lines.append(SafeText(_masked(text, start, end, here)))
        moved = 0
        for a, b, shown in here:
            width = len(shown) + len(MASK)
            self._moves.setdefault(len(self.lines), []).append((a - start, b - start, a - start + moved + width))
            moved += width - (b - a)


class Redactor:
    """Masks the texts of one target. `show` masks nothing: the user asked to see the secrets."""

    def __init__(self, detector: Detector, show: bool = False) -> None:
        self._detector = detector
        self._show = show
        self.learned = Learned()
        self._masked = False
        self._clear = ""
        """A source in which there was nothing to mask, so that there is nothing in any part of it."""

    def learn(self, value: str, prefix: int = 0) -> None:
        """Mask a value from now on, wherever it occurs: as it is, escaped, quoted, encoded, and each long line of
        it.
        """
        self.learned.add(value, prefix)

    def mask(self, value: str, prefix: int = 0) -> SafeText:
        """What is shown of a value: its prefix at most."""
        return ShownText(value) if self._show else self.masked(shown_of(value, prefix))

    @staticmethod
    def masked(shown: str) -> SafeText:
        """The mask of a value of which this prefix is shown: the fixed one of its format, or nothing."""
        return SafeText(shown + MASK)

    def safe(self, text: str, filename: str = "", name: str = "") -> SafeText:
        """A text of a target, masked; `name`: the text is the value of this variable."""
        if self._show:
            return ShownText(text)
        if self._harmless(text, name, filename):
            return SafeText(text)
        return SafeText(_masked(text, 0, len(text), self._spans(text, filename, name)))

    def parts(self, parts: Iterable[tuple[str, bool]]) -> SafeText:
        """The pieces of a message, (text, whether it comes from the target); a secret may lie across several of
        them.
        """
        pieces = list(parts)
        text = "".join(piece for piece, _ in pieces)
        if self._show:
            return ShownText(text)
        if all(not theirs or self._is_clear(piece) for piece, theirs in pieces) or self._harmless(text):
            return SafeText(text)
        spans = self._spans(text)
        out, at = [], 0
        for piece, theirs in pieces:
            end = at + len(piece)
            if theirs and self.learned.holds(piece):
                out.append(MASK)
                at = end
                continue
            alone = [(start + at, stop + at, shown) for start, stop, shown in self._spans(piece)] if theirs else []
            out.append(_masked(text, at, end, _merged(spans + alone)) if theirs else piece)
            at = end
        return SafeText("".join(out))

    def source(self, text: str, filename: str) -> RedactedSource:
        """A whole file, line by line as its text is split at line feeds. What it holds is learned."""
        source = RedactedSource()
        if self._show or self._harmless(text, filename=filename):
            self._clear = text
            make = ShownText if self._show else SafeText
            source.lines = [make(line.removesuffix("\r")) for line in text.split("\n")]
            return source
        found = self._candidates(text, filename)
        for candidate in found[:MOST_CANDIDATES]:
            if candidate.dropped not in _PLAINLY_NONE:
                self.learn(candidate.value, candidate.prefix)
        spans = self._of(found, text)
        self._masked = self._masked or bool(spans)
        starts = [start for start, _, _ in spans]
        at = 0
        for line in text.split("\n"):
            end = at + len(line.removesuffix("\r"))
            first, last = max(0, bisect_right(starts, at) - 1), bisect_right(starts, end)
            source.add(text, at, end, spans[first:last])
            at += len(line) + 1
        return source

    def _harmless(self, text: str, name: str = "", filename: str = "") -> bool:
        """Nothing in it is to be masked; said of most texts, at little cost."""
        if not (name or filename) and self._is_clear(text):
            return True
        return not self.learned and self._detector.none_in(text, name, filename)

    @property
    def clear(self) -> bool:
        """Nothing was learned, and nothing was to be masked in a whole file."""
        return not self.learned and not self._masked

    def _is_clear(self, text: str) -> bool:
        return not self.learned and text in self._clear

    def _spans(self, text: str, filename: str = "", name: str = "") -> list[Span]:
        """What to mask, in order and without overlaps."""
        return self._of(self._candidates(text, filename, name), text)

    def _candidates(self, text: str, filename: str, name: str = "") -> list[Candidate]:
        found = self._detector.every(text, filename, name, anywhere=True)
        telling = (candidate for candidate in found if not is_pure_reference(candidate.value))
        return list(islice(telling, MOST_CANDIDATES + 1))

    def _of(self, found: list[Candidate], text: str) -> list[Span]:
        spans = [_span(candidate) for candidate in found]
        if len(found) > MOST_CANDIDATES:
            spans.append((min(start for start, _, _ in spans), len(text), ""))
        long = {
            candidate.start for candidate in found if candidate.bare or candidate.end - candidate.start >= VALUE_LIMIT
        }
        return _merged(spans + list(self.learned.spans(text)), text, long)


def _span(candidate: Candidate) -> Span:
    return candidate.start, candidate.end, shown_of(candidate.value, candidate.prefix)


def _merged(spans: list[Span], text: str = "", open_ended: Collection[int] = ()) -> list[Span]:
    """Without overlaps; a part that begins at an open-ended place goes on to the next blank.

    Of two that begin together the longer prefix is shown: each is the fixed part of a format.
    """
    out: list[Span] = []
    for start, end, shown in sorted(spans, key=lambda span: (span[0], -len(span[2]))):
        before = out[-1][1] if out else 0
        if start in open_ended and end > before:
            blank = _BLANK.search(text, end)
            end = blank.start() if blank else len(text)
        if start < before:
            out[-1] = (out[-1][0], max(before, end), out[-1][2])
        else:
            out.append((start, end, shown))
    return out


def _masked(text: str, start: int, end: int, spans: Iterable[Span]) -> str:
    out, at = [], start
    for first, last, shown in spans:
        if last > start and first < end:
            out.append(text[at : max(at, first)])
            out.append((shown if first >= start else "") + MASK)
            at = min(end, last)
    out.append(text[at:end])
    return "".join(out)
