"""A baseline at work: which findings are known, which are new, and which entries are for nothing any more.

One fingerprint may stand for many findings: the same token in two Dockerfiles, the same path in two images. An entry
stands for as many as it says, at its own place and in its own image, so that a second copy elsewhere is new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from imagelint.findings import BaselineEntry, BaselineUse, Finding
from imagelint.lazy import Lazy
from imagelint.secrets.redact import Redactor
from imagelint.triage.entries import IN_IMAGE, Entry
from imagelint.triage.images import repository
from imagelint.triage.scope import Scope

_NUMBER = Lazy(r"^(layer) \d+$|^(history)\[\d+\]")
"""What a place has that is another number when a step is added ahead of it."""
MOST_TOLD = 1000
"""Entries of each kind that a report lists."""


def of_findings(findings: Iterable[Finding], images: Collection[str]) -> list[tuple[Finding, Entry]]:
    """Each finding with the entry that it would have; `images` are the targets that are images."""
    return [(finding, _entry(finding, finding.target in images)) for finding in findings]


def _entry(finding: Finding, image: bool) -> Entry:
    """Where it is, as far as that stays the same: no line, and no number of a layer or of a step."""
    place = _NUMBER.sub(lambda found: found[1] or found[2], finding.location.path)
    if image:
        return Entry(finding.fingerprint, finding.rule, IN_IMAGE + place, repository(finding.target))
    if finding.surface == "context" and finding.places:
        place = f"{place}: {finding.places[0].path}"
    return Entry(finding.fingerprint, finding.rule, place)


def match(entries: Sequence[Entry], found: Iterable[tuple[Finding, Entry]]) -> list[tuple[Finding, Entry]]:
    """The findings that are known, each with its entry, whose `used` counts them. An entry that names no image is for
    any; those that name one come first."""
    free: dict[tuple[str, ...], list[Entry]] = {}
    for entry in reversed(entries):
        free.setdefault(_key(entry, entry.image), []).append(entry)
    matched: list[tuple[Finding, Entry]] = []
    for finding, own in found:
        rows = free.get(_key(own, own.image)) or (free.get(_key(own, "")) if own.image else None)
        if rows:
            rows[-1].used += 1
            matched.append((finding, rows[-1]))
            if rows[-1].used == rows[-1].count:
                rows.pop()
    return matched


def _key(entry: Entry, image: str) -> tuple[str, ...]:
    return entry.fingerprint, entry.rule, entry.place, image


class Baseline:
    """A baseline file of our own."""

    def __init__(self, path: str, entries: list[Entry]) -> None:
        self.path, self.entries = path, entries

    def mark(self, findings: Iterable[Finding], scope: Scope, today: str, redactor: Redactor) -> BaselineUse:
        """Mark what is known as `unchanged`, and suppress it where its entry has not expired. What something else keeps
        quiet already is not asked for."""
        for entry in self.entries:
            entry.used = 0
        quieted = 0
        expired: dict[int, Entry] = {}
        for finding, entry in match(self.entries, of_findings(findings, scope.images)):
            finding.baseline = "unchanged"
            if entry.expired(today):
                expired[id(entry)] = entry
                continue
            quieted += 1
            finding.suppressed = f"in baseline {self.path}"
            finding.reason = redactor.safe(entry.reason) if entry.reason else None
        unused = [entry for entry in self.entries if not entry.used and scope.covers(entry)]
        return BaselineUse(
            file=redactor.safe(self.path),
            form="imagelint",
            entries=len(self.entries),
            used=sum(entry.used > 0 for entry in self.entries),
            quieted=quieted,
            unused=tuple(told(entry, redactor) for entry in unused[:MOST_TOLD]),
            expired=tuple(told(entry, redactor) for entry in list(expired.values())[:MOST_TOLD]),
            number_unused=len(unused),
            number_expired=len(expired),
        )


def told(entry: Entry, redactor: Redactor) -> BaselineEntry:
    """An entry as a report has it."""
    return BaselineEntry(
        entry.line,
        redactor.safe(entry.rule),
        redactor.safe(entry.place),
        entry.fingerprint,
        redactor.safe(entry.reason),
        entry.expires,
    )
