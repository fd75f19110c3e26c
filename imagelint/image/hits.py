"""From a pattern's hit in a window to a candidate in a file: which entry, which line, which bytes around."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from itertools import accumulate
from typing import TYPE_CHECKING

from imagelint.image.result import Found, Inner
from imagelint.image.whole import Whole
from imagelint.secrets import traces
from imagelint.secrets.kinds import kind_of
from imagelint.stream import encoded, limits

if TYPE_CHECKING:
    from imagelint.image.paths import Allowance
    from imagelint.secrets.confirm import Candidate, Detector
    from imagelint.secrets.dropped import Tally
    from imagelint.secrets.prefilter import WindowScanner
    from imagelint.stream.tar import Entry

FAR = 1 << 128
"""Behind the end of any stream, and of what any header claims."""
_BINARY = 8000
"""git's rule: a file with a NUL in its first 8,000 bytes is binary and has no lines."""


BASE64, GRAMMAR = -1, -2
"""In the place of a rule's number: a trace of base64; the end of a file that is read by its grammar."""
Decode = Callable[["Entry", int, bytes, int, int], None]
"""Takes what base64 in an entry says: the entry, its place in the layer, the text, line and column of the base64."""
Report = Callable[[Found, "Entry | None"], None]
"""Takes a secret and the layer's entry whose data it lies in, while that is at hand; None for other surfaces."""


def marked(
    scanner: WindowScanner, window: memoryview, base: int, done: int, limit: int, *, zeros: bool = False
) -> tuple[list[tuple[int, int]], list[int]]:
    """Hits (rule or BASE64, absolute end) between `done` and `limit`, by end; and the ends of all telling names of
    compiled Python in the window. `zeros`: nothing else is in the window."""
    found: list[tuple[int, int]] = []
    hits = [*scanner.scan_zeros(window)] if zeros else scanner.scan(window, found)
    names = [base + at for kind, at in found if kind == traces.COMPILED]
    hits += [(BASE64, at) for kind, at in found if kind == traces.BASE64]
    return sorted(((rule, base + at) for rule, at in hits if done < base + at <= limit), key=_by_end), names


def _by_end(hit: tuple[int, int]) -> int:
    return hit[1]


class _Region:
    """A stretch of the stream that is read as one text: an entry's data, or the bytes between two entries."""

    __slots__ = (
        "binary",
        "candidates",
        "end",
        "entry",
        "glanced",
        "hits",
        "kind",
        "last",
        "line_at",
        "lines",
        "path",
        "spent",
        "start",
        "surface",
        "values",
    )

    def __init__(self, surface: str, entry: Entry | None, start: int, end: int) -> None:
        self.surface, self.entry, self.start, self.end = surface, entry, start, end
        self.path = entry.path.decode("utf-8", "surrogateescape") if entry is not None else ""
        self.kind = kind_of(self.path)
        self.candidates: list[Candidate] = []
        self.hits = 0
        self.values = 0
        self.spent = False
        """Nothing more of it is looked at."""
        self.last: dict[int, int] = {}
        """Rule -> end of its last candidate: a hit inside of it says nothing new."""
        self.glanced = -1
        """The same of those without hope."""
        self.binary: bool | None = None
        self.line_at, self.lines = start, 0
        """So many line ends stand ahead of this offset."""


UNSEEN = "too many places that look like secrets; the rest of them were not looked at"
REPEATED = "one secret in more places of a file than are kept; the rest of them is not listed"
TOO_MANY = "more secrets than are kept; the rest of them is not reported"
_NAMES = 1000
"""Pairs of owner's names that are remembered: nearly all files of a layer belong to the same few."""


def _texts(entry: Entry) -> list[bytes]:
    """What an entry's headers say: its path, the target of its link, names, its extended attributes."""
    return [entry.raw_path, entry.link, entry.names, *(key + b"=" + value for key, value in entry.xattrs.items())]


class Hits:
    """Takes the hits of one layer's windows in order and calls `report` with each candidate, when its entry's region
    is through."""

    def __init__(
        self,
        detector: Detector,
        buffer: bytearray,
        allowance: Allowance,
        report: Report,
        limited: Callable[[str], None],
        decode: Decode,
        tally: Tally | None = None,
    ) -> None:
        self._tally = tally
        """Takes what filters turn away; None where nobody asked."""
        self._glances = limits.FILE_HITS if tally is not None else 0
        self._decode = decode
        self._detector = detector
        self._buffer = buffer
        self._allowance = allowance
        self._report = report
        self._limited = limited
        self._entries: list[Entry] = []
        self._starts: list[int] = []
        self._dropped = 0
        self._region: _Region | None = None
        self._budget = limits.LAYER_HITS
        self._filled = 0
        """Bytes of the buffer that are the stream's."""
        self._seen_names: set[bytes] = set()
        self._whole = Whole(detector, limited)

    def add_entries(self, entries: list[Entry], scanner: WindowScanner) -> None:
        """The entries whose headers lie in the window, before its hits.

        What the headers say is scanned apart: in a header a link's target follows a digit and a name may end at one,
        which hides a token.
        """
        if entries:
            self._headers(entries, scanner)
        if scanner.cut:  # here, or in the window that was searched just before
            scanner.cut = False
            self._limited(UNSEEN)

    def _headers(self, entries: list[Entry], scanner: WindowScanner) -> None:
        self._entries += entries
        self._starts += [entry.start for entry in entries]
        self._whole.add(entries)
        texts = [
            b"\n".join(_texts(entry)) if entry.link or entry.xattrs or self._new_names(entry) else entry.raw_path
            for entry in entries
        ]
        hits = scanner.scan(b"\n".join(texts))
        if hits:
            ends = list(accumulate(len(text) + 1 for text in texts))
            first = len(self._entries) - len(entries)
            for place in sorted({bisect_right(ends, end - 1) for _, end in hits}):
                self._names(entries[place], self._dropped + first + place + 1)

    def _new_names(self, entry: Entry) -> bool:
        """Whether nobody told these names before: one entry tells them for all."""
        if entry.names in self._seen_names:
            return False
        if len(self._seen_names) < _NAMES:
            self._seen_names.add(entry.names)
        return True

    def window(self, length: int, base: int, hits: list[tuple[int, int]], limit: int) -> None:
        """Confirm hits (rule, absolute end up to `limit`) in the first `length` bytes of the buffer, which lie at
        `base`."""
        self._filled = length
        if ends := self._whole.window(self._buffer, base, length, limit):
            hits = sorted([*hits, *((GRAMMAR, end) for end in ends)], key=_by_end)
        for rule, end in hits:
            region = self._region
            if region is not None and region.surface == "file" and region.start < end <= region.end and rule >= 0:
                self._confirm(region, base, base + length, rule, end)
                continue
            place = bisect_right(self._starts, end - 1) - 1
            entry = self._entries[place] if place >= 0 else None
            if entry is None or end > entry.offset:
                region = self._enter(place, entry, end)
                if rule == GRAMMAR:
                    self._by_grammar(region)
                else:
                    look = self._encoded if rule == BASE64 else self._confirm
                    look(region, base, base + length, rule, end)
        region = self._region
        if region is not None and region.end <= limit:
            self._close()

    def slide(self, base: int, new_base: int) -> None:
        """The window moves on: bytes ahead of `new_base` go away."""
        place = bisect_right(self._starts, new_base) - 1
        if place > 0:
            del self._entries[:place], self._starts[:place]
            self._dropped += place
        self._count_leaving(base, new_base)

    def ended(self, entry: Entry) -> None:
        """The end of an entry is known now, whose region was open to FAR."""
        if self._region is not None and self._region.entry is entry:
            self._region.end = entry.end

    def _count_leaving(self, base: int, new_base: int) -> None:
        """Line ends of a file that is longer than the window are counted before they go."""
        entry = self._entries[0] if self._entries else None
        if entry is not None and entry.offset <= new_base < entry.end:
            if self._region is None or self._region.entry is not entry:
                self._close()
                self._region = _Region("file", entry, entry.offset, entry.end)
            self._lines_to(self._region, base, new_base)

    def _enter(self, place: int, entry: Entry | None, end: int) -> _Region:
        """The region of a hit; the one before is closed."""
        region = self._region
        if region is not None and region.entry is entry and region.start < end <= region.end:
            return region
        self._close()
        if entry is not None and end <= entry.end:
            self._region = _Region("file", entry, entry.offset, entry.end)
        else:
            behind = self._starts[place + 1] if place + 1 < len(self._starts) else FAR
            self._region = _Region("gap", entry, 0 if entry is None else entry.end, behind)
        return self._region

    def _confirm(self, region: _Region, base: int, window_end: int, rule: int, end: int) -> None:
        if region.spent or end <= region.last.get(rule, -1):
            return
        if self._detector.hopeless(rule, self._buffer, end - base, region.kind):
            if self._tally is not None:
                self._glance(region, base, window_end, rule, end)
            return
        if not self._counts(region):
            return
        candidate = self._candidate(region, base, window_end, rule, end)
        if candidate is not None:
            region.last[rule] = region.start + candidate.end
            region.values += len(candidate.value)
            region.candidates.append(candidate)

    def _glance(self, region: _Region, base: int, window_end: int, rule: int, end: int) -> None:
        """Say why a hopeless hit is turned away; what is found is as if nobody had asked."""
        if end <= region.glanced:
            return
        if not self._glances:
            self._limited("too many assignments without hope; the rest of them was not counted as dropped")
            return
        self._glances -= 1
        candidate = self._candidate(region, base, window_end, rule, end)
        if candidate is not None and candidate.dropped:
            region.glanced = region.start + candidate.end
            candidate.value = ""
            region.candidates.append(candidate)

    def _candidate(self, region: _Region, base: int, window_end: int, rule: int, end: int) -> Candidate | None:
        """What the bytes around a hit say, with offsets and lines of the region."""
        low = max(region.start, end - limits.CONTEXT_BEFORE, base)
        high = min(region.end, end + limits.CONTEXT_AFTER, window_end)
        candidate = self._detector.confirm(rule, self._buffer, end - base, region.path, low - base, high - base)
        if candidate is None:
            return None
        before = self._lines_to(region, base, low)
        if region.binary or region.surface == "gap":
            candidate.line = candidate.column = 0
        else:
            candidate.line += before
        candidate.start += low - region.start
        candidate.end += low - region.start
        return candidate

    def _by_grammar(self, region: _Region) -> None:
        """What the whole file says; what patterns found in it is settled with it when the region is through."""
        if region.entry is None or not self._counts(region):
            return
        for candidate in self._whole.read(region.entry):
            region.values += len(candidate.value)
            region.candidates.append(candidate)

    def _encoded(self, region: _Region, base: int, window_end: int, rule: int, end: int) -> None:
        """Decode the base64 value around a trace."""
        entry = region.entry
        if entry is None or end <= region.last.get(rule, -1) or not self._counts(region):
            return
        low, high = max(region.start, end - encoded.REACH, base), min(region.end, end + encoded.REACH, window_end)
        start, stop = encoded.run(self._buffer, low - base, end - base, high - base)
        region.last[rule] = base + stop
        if text := encoded.innermost(bytes(self._buffer[start:stop])):
            lines = self._lines_to(region, base, base + start)
            line = self._buffer.rfind(b"\n", max(0, region.start - base), start) + 1
            column = start - max(line, region.start - base)
            place = (0, 0) if region.binary else (lines + 1, column + 1)
            self._decode(entry, self._ordinal(region), text, *place)

    def _counts(self, region: _Region) -> bool:
        """Count one more place that is looked at; whether it may be."""
        region.hits += 1
        if region.hits <= limits.FILE_HITS:  # one file does not spend what the others need
            self._budget -= 1
        if region.hits > limits.FILE_HITS or self._budget < 0 or region.values > limits.CANDIDATE_BYTES:
            self._limited(UNSEEN)
            region.spent = True
            return False
        return True

    def _ordinal(self, region: _Region) -> int:
        return bisect_right(self._starts, region.start) + self._dropped if region.entry is not None else 0

    def _lines_to(self, region: _Region, base: int, offset: int) -> int:
        """Line ends between the region's start and an offset in the window."""
        if region.binary is None:
            start = max(region.start - base, 0)
            region.binary = self._buffer.find(0, start, min(start + _BINARY, region.end - base, self._filled)) >= 0
        if region.binary:
            return 0
        if offset < region.line_at:
            return region.lines - self._buffer.count(b"\n", offset - base, region.line_at - base)
        region.lines += self._buffer.count(b"\n", max(region.line_at - base, 0), offset - base)
        region.line_at = offset
        return region.lines

    def _names(self, entry: Entry, ordinal: int) -> None:
        surfaces = ["name", "link", "header", *["xattr"] * len(entry.xattrs)]
        for surface, text in zip(surfaces, _texts(entry), strict=True):
            for candidate in self._detector.text(text.decode("utf-8", "replace")):
                candidate.line = candidate.column = 0
                self._tell(candidate, entry, surface, -1, ordinal)

    def _close(self) -> None:
        region, self._region = self._region, None
        if region is None or not region.candidates:
            return
        ordinal = self._ordinal(region)
        places: Counter[tuple[str, str]] = Counter()
        for candidate in self._detector.settle(region.candidates):
            if not candidate.dropped:  # one file's repetition does not spend what the others need
                places[candidate.rule, candidate.value] += 1
                if places[candidate.rule, candidate.value] > limits.FILE_PLACES:
                    self._limited(REPEATED)
                    continue
            self._tell(candidate, region.entry, region.surface, candidate.start, ordinal)

    def _tell(self, candidate: Candidate, entry: Entry | None, surface: str, offset: int, ordinal: int) -> None:
        if candidate.dropped and self._tally is None:
            return
        path, way = entry.path if entry is not None else b"", b""
        if isinstance(entry, Inner):
            path, way, ordinal = entry.outer.path, entry.way, entry.ordinal
            surface = "archive" if way else "file"
            if entry.place is not None:
                candidate.line, candidate.column = entry.place
                candidate.encoded = True
            entry = entry.outer
        if candidate.dropped:
            if self._tally is not None:
                name = path + b"!" + way if way else path
                self._tally.add(candidate.dropped, name.decode("utf-8", "surrogateescape"), candidate.line)
            return
        if not self._allowance.take("candidates", 1) or not self._allowance.take("values", len(candidate.value)):
            self._limited(TOO_MANY)
            return
        found = Found(candidate, path, surface, candidate.line, candidate.column, offset, ordinal, way=way)
        self._report(found, entry if surface in ("file", "archive") else None)
