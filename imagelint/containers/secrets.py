"""Secrets in files that say how containers are started: by value anywhere in them, and by the name of what a container
is given."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from imagelint.dockerfile import spotted
from imagelint.dockerfile.model import Span
from imagelint.findings import Finding, SafeText
from imagelint.record import field, record
from imagelint.secrets.redact import plain
from imagelint.secrets.severity import title_of

if TYPE_CHECKING:
    from imagelint.containers.described import Described, Value
    from imagelint.dockerfile.excerpt import Page
    from imagelint.engine.rule import Rule
    from imagelint.secrets.confirm import Candidate, Detector
    from imagelint.secrets.dropped import Tally

NAME = "Dockerfile"
"""The name that detection goes by: such a file is written as a Dockerfile is, by people, with settings in it."""
_FATE = "everyone who can read this file can read it"
_SHOWN = "everyone who can read this file can read it, and `docker inspect` shows it"
_REMEDY = {
    "compose": "Leave it out of the file: `secrets:` lends it as a file, or an `env_file` that is not committed",
    "env-file": "Keep this file out of the repository and away from others, or lend the secret by `secrets:`",
    "command": "Leave it out of the command: --env-file FILE, or a mounted file, gives it when the container starts",
}


@record
class Spot:
    """A secret and its place. The candidate has the value, so it stays out of the repr."""

    candidate: Candidate = field(repr=False)
    span: Span
    part: str
    """Where it stands, as a message says it; empty where nothing is known of the place."""


def spots(file: Described, detector: Detector, tally: Tally | None) -> list[Spot]:
    """Every secret of a file, in its order; what a filter turned away goes to `tally`. Of a page of Markdown only what
    stands in commands and is likely counts: the rest is prose and examples."""
    source = file.file.source
    starts = [0, *accumulate(len(line) + 1 for line in source.split("\n"))]
    found: list[Spot] = []
    values = file.values if file.origin != "page" else []
    given = {value.span.line: value.part for value in file.values}
    sentences = {(value.span.line, value.name) for value in file.values if " " in value.text}
    folded = [value for value in values if value.span.line < value.span.end_line]
    for value in folded:  # in one piece here, and in several in the text
        _by_name(value, detector, file, found, tally)
    lines = {line for spot in found for line in range(spot.span.line, spot.span.end_line + 1)}
    for candidate in detector.text(source, NAME):
        last = max(candidate.start, candidate.end - 1)
        end = bisect_right(starts, last)
        span = Span(candidate.line, candidate.column, end, last - starts[end - 1] + 2)
        if span.line in lines or (span.line, candidate.name) in sentences:
            continue  # of a sentence only its own form would make a secret, and then it has no name
        part = given.get(span.line, "") or _part(file, span.line)
        if file.origin != "page" or (part and _is_no_example(candidate)):
            _take(Spot(candidate, span, part), file, found, tally)
    lines = {spot.span.line for spot in found}
    for value in values:
        if (
            value.span.line not in lines
            and value.span.line == value.span.end_line
            and (value.span.line, value.name) not in sentences
        ):
            _by_name(value, detector, file, found, tally)
    return sorted(found, key=lambda spot: (spot.span.line, spot.span.column))


def _by_name(value: Value, detector: Detector, file: Described, found: list[Spot], tally: Tally | None) -> None:
    for candidate in detector.text(value.text, NAME, value.name):
        candidate.name = candidate.name or value.name
        _take(Spot(candidate, value.span, value.part), file, found, tally)


def _take(spot: Spot, file: Described, found: list[Spot], tally: Tally | None) -> None:
    if not spot.candidate.dropped:
        found.append(spot)
    elif tally is not None:
        tally.add(spot.candidate.dropped, file.path, spot.span.line)


def _is_no_example(candidate: Candidate) -> bool:
    """Pages for people show commands with `postgres` and `changeme` in them."""
    return candidate.confidence != "possible" and not candidate.value.isalpha()


def _part(file: Described, line: int) -> str:
    return next((where for first, last, where in file.parts if first <= line <= last), "")


def findings(found: list[Spot], file: Described, page: Page) -> Iterator[Finding]:
    """A finding for each spot."""

    def remedy(rule: Rule, _: Spot) -> SafeText:
        from imagelint.secrets.remedy import with_revoking  # only where there is a secret

        return plain(with_revoking(_REMEDY.get(file.origin, _REMEDY["command"]), rule))

    return spotted.findings(found, page, file.surface, _message, remedy)


def _message(rule: Rule, spot: Spot) -> Iterator[tuple[str, bool]]:
    yield title_of(rule, spot.candidate), False
    if spot.part:
        yield f" in {spot.part}", False
    if spot.candidate.name:
        yield from ((" (", False), (spot.candidate.name, True), (")", False))
    yield f": {_SHOWN if spot.part else _FATE}", False
