"""What an index answers: plain data, which every format shows (answer_*.py, overview.py)."""

from __future__ import annotations

from imagelint.record import field, record

SEVERITIES = ("error", "warning", "note")


@record
class Numbers:
    """Findings by severity; one that ten images have counts ten times."""

    error: int = 0
    warning: int = 0
    note: int = 0

    @property
    def all(self) -> int:
        """The sum."""
        return self.error + self.warning + self.note

    @property
    def worst(self) -> str:
        """The worst severity there is one of; empty where there is none."""
        return next((name for name in SEVERITIES if getattr(self, name)), "")


@record
class Group:
    """Findings that have something in common."""

    name: str
    """What: a base image, a rule, a fingerprint, a layer, a repository, a label's value."""
    about: str
    """One line more: a rule and a masked secret for a fingerprint, what made a layer; empty where there is none."""
    images: int
    """Images that hold at least one of them; an image may be in several groups."""
    fingerprints: int
    """How many different findings these are."""
    numbers: Numbers


@record
class ImageRow:
    """An image."""

    id: int
    references: list[str]
    """Of today; the last known ones where all are gone."""
    repository: str
    digest: str
    platform: str
    base: str
    scanned: str
    gone: str
    """Since when none of its references is there any more; empty while one is."""
    labels: dict[str, str]
    numbers: Numbers
    suppressed: int
    incomplete: int
    """Things that were not read."""
    limited: int
    top: list[tuple[str, str, str, int]] = field(default_factory=list)
    """(severity, rule, message, how many of the rule) of its worst findings, where they were asked for."""

    @property
    def name(self) -> str:
        """The first reference, or what is known instead."""
        return self.references[0] if self.references else f"{self.repository}@{self.digest}"


@record
class FoundRow:
    """A finding of an image."""

    image: int
    layer: int
    """Its index; -1 for the configuration."""
    line: int
    fingerprint: str
    rule: str
    severity: str
    message: str
    path: str
    surface: str
    status: str
    origin: str
    layer_digest: str
    diff_id: str
    type: str
    masked: str


@record
class HoleRow:
    """What was not read (incomplete), or not looked into (limited)."""

    reference: str
    kind: str
    place: str
    reason: str


@record
class Answer:
    """All that was asked for. The numbers of `images` add up to `totals`; so do those of each list of `groups`."""

    index: str
    asked: dict[str, str]
    """The filters, by name."""
    by: str
    """What groups were asked for; empty: none in particular."""
    images: list[ImageRow]
    """Those that hold a finding that was asked for; all of them where nothing narrows the question."""
    totals: Numbers
    suppressed: int
    """Findings that triage keeps quiet; they are in no other number."""
    fingerprints: int
    groups: dict[str, list[Group]]
    """By what they are made by: by `by`, or else by everything that an overview has."""
    holes: list[HoleRow]
    gone: list[tuple[str, str]]
    """(reference, since when) of those that are not in the registry any more."""
