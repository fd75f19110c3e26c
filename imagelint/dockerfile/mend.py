"""Edits of a Dockerfile's bytes, and fixes in rounds until none is left.

Edits name lines and columns of the decoded text. Here they are carried to the bytes, so that everything an edit does
not name stays as it is: a byte-order mark, carriage returns, bytes that are no UTF-8.
"""

from __future__ import annotations

import codecs
from array import array
from collections import Counter
from collections.abc import Callable, Iterable

from imagelint.dockerfile.parse import parse
from imagelint.findings import Edit, Finding
from imagelint.lazy import Lazy
from imagelint.record import field, record

ROUNDS = 20
"""A command that three rules mend takes three rounds, and so does `cd` behind `cd` behind `cd`."""

TRIES = 64
"""How often the fixes of a round are parsed to find those that a build would refuse; nobody has seen one."""

_CHARACTER = Lazy(
    rb"[\xc2-\xdf][\x80-\xbf]?"
    rb"|(?:\xe0[\xa0-\xbf]|\xed[\x80-\x9f]|[\xe1-\xec\xee\xef][\x80-\xbf])[\x80-\xbf]?"
    rb"|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])(?:[\x80-\xbf][\x80-\xbf]?)?"
    rb"|[\x00-\xff]"
)
"""What a decoder makes one character of: of what is no UTF-8, the longest start of one (Unicode, section 3.9)."""

Piece = tuple[int, int, bytes]
"""Start and end in the bytes, and what stands there instead."""


@record
class Mended:
    """What became of a file's bytes."""

    data: bytes
    rules: dict[str, int] = field(default_factory=dict)
    """How many findings of each rule were mended."""
    origins: list[int] = field(default_factory=list)
    """For each line of data the number, from 0, of the line that it was before; -1 where it has changed."""
    reason: str = ""
    """Why not all of them, where that is not the fixes' own doing."""


def mend(data: bytes, find: Callable[[bytes], list[Finding]], unsafe: bool) -> Mended:
    """Apply the fixes that `find` gives for the bytes, those that overlap one after the other.

    What a build would refuse in the mended file and not in the one before is no fix: it is left out.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Mended(data, reason="it is UTF-16, which a build does not read; save it as UTF-8 first")
    mended = Mended(data, origins=list(range(data.count(b"\n") + 1)))
    for _ in range(ROUNDS):
        chosen = _without_overlaps(mended.data, find(mended.data), unsafe)
        chosen = _harmless(mended.data, chosen)
        if not chosen:
            return mended
        all_pieces = [piece for _, pieces in chosen for piece in pieces]
        mended.origins = _origins(mended.data, mended.origins, all_pieces)
        mended.data = replaced(mended.data, all_pieces)
        for rule, _ in chosen:
            mended.rules[rule] = mended.rules.get(rule, 0) + 1
    mended.reason = f"after {ROUNDS} rounds there are still fixes left; run it again"
    return mended


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes after some edits, which do not overlap."""
    lines = _Lines(data)
    return replaced(data, [lines.piece(edit) for edit in edits])


def replaced(data: bytes, pieces: Iterable[Piece]) -> bytes:
    """The bytes with pieces of them replaced; of two at one place the first one comes first."""
    out, done = [], 0
    for start, end, text in sorted(pieces, key=lambda piece: piece[:2]):
        out += [data[done:start], text]
        done = end
    return b"".join([*out, data[done:]])


def _origins(data: bytes, origins: list[int], pieces: list[Piece]) -> list[int]:
    """Where the lines come from after pieces were replaced: what a piece touches comes from nowhere."""
    out: list[int] = []
    line, at, touched = 0, 0, -1
    for start, end, text in sorted(pieces, key=lambda piece: piece[:2]):
        first = line + data.count(b"\n", at, start)
        last = first + data.count(b"\n", start, end)
        if first > touched:
            out += [*origins[touched + 1 : first], -1]
        out += [-1] * text.count(b"\n")
        line, at, touched = last, end, last
    return out + origins[touched + 1 :]


class _Lines:
    """Leads from lines and columns of the decoded text to its bytes."""

    def __init__(self, data: bytes) -> None:
        start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
        self._lines = data[start:].split(b"\n")
        self._starts: list[int] = []
        self._line, self._ends = 0, array("L")
        for line in self._lines:
            self._starts.append(start)
            start += len(line) + 1

    def piece(self, edit: Edit) -> Piece:
        """The edit as bytes, with the line ends that the line has which it begins in."""
        start = self._place(edit.line, edit.column)
        end = self._place(edit.end_line, edit.end_column)
        text = edit.text.replace("\n", "\r\n") if self._returns(edit.line) else edit.text
        return start, max(start, end), text.encode()

    def _returns(self, line: int) -> bool:
        """Whether a line ends in CR LF; the last one, which has no end, as the one above it."""
        return self._lines[max(0, min(line - 1, len(self._lines) - 2))].endswith(b"\r")

    def _place(self, line: int, column: int) -> int:
        body = self._lines[line - 1]
        return self._starts[line - 1] + (column - 1 if body.isascii() else self._wide(line)[column - 1])

    def _wide(self, line: int) -> array[int]:
        """Where in a line each character begins, and where the line ends."""
        if line != self._line:
            ends = (match.end() for match in _CHARACTER.finditer(self._lines[line - 1]))
            self._line, self._ends = line, array("L", [0, *ends])
        return self._ends


Chosen = list[tuple[str, list[Piece]]]


def _without_overlaps(data: bytes, findings: list[Finding], unsafe: bool) -> Chosen:
    """The fixes that may be made together: between the first and the last edit of each there is no other's."""
    lines = _Lines(data)
    found: list[tuple[int, int, str, list[Piece]]] = []
    for finding in findings:
        if finding.fix is None or not finding.fix.edits or (finding.fix.safety != "safe" and not unsafe):
            continue
        pieces = [lines.piece(edit) for edit in finding.fix.edits]
        start, end = min(start for start, _, _ in pieces), max(end for _, end, _ in pieces)
        found.append((start, end, finding.rule, pieces))
    chosen: Chosen = []
    taken = -1
    for start, end, rule, pieces in sorted(found, key=lambda item: item[:3]):
        if start > taken and any(data[a:b] != text for a, b, text in pieces):
            chosen.append((rule, pieces))
            taken = end
    return chosen


def _harmless(data: bytes, chosen: Chosen) -> Chosen:
    """Those fixes after which a build refuses no more than before."""
    refused = _refused(data)

    def good(some: Chosen) -> bool:
        return not _refused(replaced(data, [piece for _, pieces in some for piece in pieces])) - refused

    if not chosen or good(chosen):
        return chosen
    kept: Chosen = []
    waiting = [chosen]
    for _ in range(TRIES):
        if not waiting:
            break
        some = waiting.pop()
        if good([*kept, *some]):
            kept += some
        elif len(some) > 1:
            half = len(some) // 2
            waiting += [some[half:], some[:half]]
    return kept


def _refused(data: bytes) -> Counter[str]:
    return Counter(error.code for error in parse(data).errors)
