"""What fixes change, as a unified diff in which secrets are masked.

The fixes say themselves which lines they touched, so nothing has to be searched for: the time is that of one walk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from imagelint.dockerfile.embedded import NAME
from imagelint.dockerfile.lint import learn
from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.subjects import subjects
from imagelint.findings import SafeText
from imagelint.secrets.redact import Redactor, plain

if TYPE_CHECKING:
    from imagelint.secrets.confirm import Detector

AROUND = 3
"""Lines that do not change, ahead of and behind those that do."""

Change = tuple[int, int, int, int]
"""Lines of the old text, and of the new one, from 0: start and end each."""


def diff(path: str, before: bytes, after: bytes, origins: list[int], detector: Detector) -> list[SafeText]:
    """The lines of a unified diff (https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html),
    for people: a carriage return at a line's end is left out."""
    redactor = Redactor(detector)
    _masked(after, path, detector, redactor)  # what one text gives away as a secret is masked in the other too
    old, new = _masked(before, path, detector, redactor), _masked(after, path, detector, redactor)
    changes = _changes(before.split(b"\n"), after.split(b"\n"), origins)
    lines = [redactor.parts([("--- ", False), (path, True)]), redactor.parts([("+++ ", False), (path, True)])]
    for hunk in _hunks(changes):
        lines += _drawn(hunk, old, new)
    return lines


def _masked(data: bytes, path: str, detector: Detector, redactor: Redactor) -> list[SafeText]:
    file = parse(data)
    learn(list(subjects(file, path)), file, detector, redactor)
    return redactor.source(file.source, NAME).lines


def _changes(old: list[bytes], new: list[bytes], origins: list[int]) -> Iterator[Change]:
    """What differs between two lines that stayed, without lines that are the same at its ends."""
    here = there = 0
    for place, origin in enumerate([*origins, len(old)]):
        if origin < 0:
            continue
        start, end, begin, stop = here, origin, there, place
        while start < end and begin < stop and old[start] == new[begin]:
            start, begin = start + 1, begin + 1
        while start < end and begin < stop and old[end - 1] == new[stop - 1]:
            end, stop = end - 1, stop - 1
        if start < end or begin < stop:
            yield start, end, begin, stop
        here, there = origin + 1, place + 1


def _hunks(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Changes that are so near to each other that the lines around them meet."""
    hunk: list[Change] = []
    for change in changes:
        if hunk and change[0] - hunk[-1][1] > 2 * AROUND:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _drawn(hunk: list[Change], old: list[SafeText], new: list[SafeText]) -> Iterator[SafeText]:
    most = len(old) - 1 if old[-1] == "" else len(old)  # behind the last line end there is no line
    lead = min(AROUND, hunk[0][0])
    tail = max(0, min(AROUND, most - hunk[-1][1]))
    first, last = hunk[0][0] - lead, hunk[-1][1] + tail
    begin, stop = hunk[0][2] - lead, hunk[-1][3] + tail
    yield plain(f"@@ -{_range(first, last)} +{_range(begin, stop)} @@")
    at = first
    for start, end, into, out in hunk:
        yield from (_line(" ", text) for text in old[at:start])
        yield from (_line("-", text) for text in old[start:end])
        yield from (_line("+", text) for text in new[into:out])
        at = end
    yield from (_line(" ", text) for text in old[at:last])


def _range(start: int, end: int) -> str:
    """`START,COUNT` as diff counts: of no lines the one ahead of them."""
    count = end - start
    return f"{start + 1}" if count == 1 else f"{start + 1 if count else start},{count}"


def _line(sign: str, text: SafeText) -> SafeText:
    return plain(sign + text)  # the text is masked already
