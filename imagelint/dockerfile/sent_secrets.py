"""Secrets in the files that COPY and ADD take: findings at the instruction, with the files beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from imagelint.dockerfile.subject_copy import CopySubject
from imagelint.findings import Finding, Place, Secret, Severity
from imagelint.record import record
from imagelint.secrets.identity import fingerprint
from imagelint.secrets.redact import plain
from imagelint.secrets.remedy import how, with_revoking
from imagelint.secrets.severity import severity_of, title_of

if TYPE_CHECKING:
    from imagelint.dockerfile.context import Context, Sent
    from imagelint.dockerfile.excerpt import Page
    from imagelint.dockerfile.subjects import Subject

MOST_PLACES = 100
"""Files of one secret that are named."""


@record
class Carried:
    """A secret, and the first instruction that takes a file with it; one whose stage ships, where there is one."""

    copy: CopySubject
    places: list[Sent]


def carried(context: Context, things: Iterable[Subject]) -> list[Carried]:
    """Every secret in what the Dockerfile takes of its context."""
    copies: dict[str, CopySubject] = {}
    files = {}
    for thing in things:
        if isinstance(thing, CopySubject) and thing.taken is not None:
            for entry, _ in thing.taken.files:
                if entry.path not in copies or (thing.stage.ships and not copies[entry.path].stage.ships):
                    copies[entry.path] = thing
                    files[entry.path] = entry
    found = []
    files.pop(context.own, None)
    for places in context.secrets([files[path] for path in sorted(files)]):
        places.sort(key=lambda place: not copies[place.path].stage.ships)
        found.append(Carried(copies[places[0].path], places))
    return found


def findings(found: list[Carried], context: Context, page: Page) -> Iterator[Finding]:
    """One for each secret."""
    ordinals: dict[tuple[str, str, str], int] = {}
    for item in found:
        sent, stage = item.places[0], item.copy.stage
        candidate = sent.candidate
        rule = page.secrets.get(candidate.rule)
        if rule is None:
            continue
        place = context.shown(sent.way)
        key = (rule.id, place, candidate.name)
        ordinal = ordinals[key] = ordinals.get(key, -1) + 1
        at = f"{page.path}\0{place}"
        identity = fingerprint(rule.id, candidate.value, candidate.strong, at, candidate.name, ordinal)
        masked = page.redactor.mask(candidate.value, candidate.prefix)
        value = candidate.value if page.show else None
        span = item.copy.instruction.instruction.span
        where = f":{sent.line}" if sent.line else ""
        fate = "it becomes part of a layer that everyone who can pull the image can read"
        if not stage.ships:
            fate = "the stage does not ship, but its build cache, which may be pushed, keeps it"
        yield Finding(
            rule=rule.id,
            severity=severity_of(rule, candidate) if stage.ships else Severity.NOTE,
            message=page.redactor.parts(
                [
                    (f"{title_of(rule, candidate)} in ", False),
                    (place, True),
                    (f"{where}, which {item.copy.index_instruction} takes: {fate}", False),
                ]
            ),
            target=page.target,
            location=page.excerpts.location(span),
            fingerprint=identity,
            surface="context",
            secret=Secret(rule.title, masked, identity, candidate.confidence, candidate.encrypted, value),
            frame=page.excerpts.frame(span),
            remedy=plain(with_revoking(how(item.copy.index_instruction), rule)),
            places=tuple(
                Place(page.redactor.safe(context.shown(one.way)), one.line, -1, "", "context")
                for one in item.places[:MOST_PLACES]
            ),
        )
