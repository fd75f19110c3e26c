"""Secrets by value in the text of a Dockerfile: in instructions, comments, here-documents, wherever they stand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING

from imagelint.dockerfile import spotted
from imagelint.dockerfile.arguments import KEYWORDS
from imagelint.dockerfile.excerpt import Page
from imagelint.dockerfile.model import Dockerfile, Instruction, Pair, Span
from imagelint.engine.rule import Rule
from imagelint.findings import Finding, SafeText
from imagelint.record import field, record
from imagelint.secrets.confirm import Candidate, Detector
from imagelint.secrets.redact import plain
from imagelint.secrets.severity import title_of

if TYPE_CHECKING:
    from imagelint.secrets.dropped import Tally

NAME = "Dockerfile"
"""The name that detection goes by, which decides how sure it wants to be: the file is one, whatever it is called."""
_CONFIGURATION = "the image's configuration tells it to everyone who can pull the image"
_HISTORY = "the image's history tells it to everyone who can pull the image"
_LAYER = "it becomes part of a layer that everyone who can pull the image can read"
_FATE = dict.fromkeys(("ENV", "LABEL", "CMD", "ENTRYPOINT", "HEALTHCHECK"), _CONFIGURATION)
_FATE |= {"RUN": _HISTORY, "ARG": _HISTORY, "COPY": _LAYER, "ADD": _LAYER}
"""What becomes of what stands in an instruction."""
_ELSEWHERE = "everyone who can read this file can read it"


@record
class Spot:
    """A secret and its place. The candidate has the value, so it stays out of the repr."""

    candidate: Candidate = field(repr=False)
    span: Span
    keyword: str
    """Of the instruction it stands in; empty for a comment."""


def spots(file: Dockerfile, detector: Detector, path: str = "", tally: Tally | None = None) -> list[Spot]:
    """Every secret of the file, in file order; what a filter turned away goes to `tally` under this path."""
    found = []
    candidates = detector.text(file.source, NAME)
    turned = [(c.line, c.column, c.dropped) for c in candidates if c.dropped] if tally is not None else []
    candidates = [candidate for candidate in candidates if not candidate.dropped]
    if candidates:
        starts = _line_starts(file.source)
        owners = [(instruction.span.line, instruction) for instruction in file.instructions]
        comments = {line for line, _ in file.comments}
        for candidate in candidates:
            span = Span(candidate.line, candidate.column, *_end(starts, candidate))
            keyword = "" if span.line in comments else _owner(owners, span.line)
            found.append(Spot(candidate, span, keyword))
    seen = {spot.candidate.value for spot in found}
    for instruction, pair in folded(file):
        value = pair.value
        for candidate in detector.text(value.value, NAME, pair.name) if value else ():
            if value and not candidate.dropped and candidate.value not in seen:
                candidate.name = candidate.name or pair.name
                found.append(Spot(candidate, value.span, instruction.keyword))
            if value and tally is not None:
                turned = _folded_too(turned, value.span, candidate)
    if tally is not None:
        for line, _, why in turned:
            tally.add(why, path, line)
    return sorted(found, key=lambda spot: (spot.span.line, spot.span.column))


def _folded_too(turned: list[tuple[int, int, str]], span: Span, candidate: Candidate) -> list[tuple[int, int, str]]:
    """What was turned away, each once: a value in pieces is judged by its first piece, too, where the file has it."""
    last = (span.end_line, span.end_column, "")
    others = [place for place in turned if not (span.line, span.column) <= place < last]
    if candidate.dropped:
        return turned if len(others) < len(turned) else [*turned, (span.line, span.column, candidate.dropped)]
    return others


def folded(file: Dockerfile) -> Iterator[tuple[Instruction, Pair]]:
    """The pairs whose value does not stand in the file in one piece: cut by continuations, escapes or quotes."""
    for instruction in file.instructions:
        for pair in instruction.pairs:
            value = pair.value
            if not value or not value.value:
                continue
            cut = value.span.line != value.span.end_line
            if cut or ("$" not in value.raw and value.value not in value.raw):
                yield instruction, pair


def findings(found: list[Spot], page: Page) -> Iterator[Finding]:
    """A finding for each spot."""
    return spotted.findings(found, page, "dockerfile", _message, _remedy)


def _remedy(rule: Rule, spot: Spot) -> SafeText:
    from imagelint.secrets.remedy import WRITTEN, how, with_revoking  # only where there is a secret

    kept = WRITTEN if spot.keyword in ("COPY", "ADD") else how(spot.keyword if spot.keyword in KEYWORDS else "")
    return plain(with_revoking(kept, rule))


def _message(rule: Rule, spot: Spot) -> Iterator[tuple[str, bool]]:
    title = title_of(rule, spot.candidate)
    known = spot.keyword in KEYWORDS  # a token may stand where an instruction should
    yield f"{title} in {spot.keyword if known else 'an unknown instruction' if spot.keyword else 'a comment'}", False
    if spot.candidate.name:
        yield from ((" (", False), (spot.candidate.name, True), (")", False))
    yield f": {_FATE.get(spot.keyword, _ELSEWHERE)}", False


def _line_starts(text: str) -> list[int]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def _end(starts: list[int], candidate: Candidate) -> tuple[int, int]:
    last = max(candidate.start, candidate.end - 1)
    line = bisect_right(starts, last)
    return line, last - starts[line - 1] + 2


def _owner(owners: list[tuple[int, Instruction]], line: int) -> str:
    place = bisect_right(owners, line, key=lambda owner: owner[0]) - 1
    return owners[place][1].keyword if place >= 0 else ""
