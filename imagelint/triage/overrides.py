"""Rules that a configuration keeps quiet, or gives another severity, in some places: by path, by image, with a reason.

A finding takes the first override that fits. One that is over its day fits nothing, and is told when it would have. A
secret in several places is kept quiet only where every one of them fits: what is a sample below `tests/` is none in the
image's `/srv`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from imagelint.dockerfile.patterns import BadPatternError, matcher
from imagelint.dockerfile.sent_secrets import MOST_PLACES
from imagelint.engine.selection import resolve
from imagelint.errors import UsageError
from imagelint.findings import Finding, Report, Severity
from imagelint.record import record
from imagelint.triage.images import images_of, repository, without_source

if TYPE_CHECKING:
    from imagelint.engine.rule import Rule
    from imagelint.secrets.redact import Redactor

IGNORE = "ignore"
MOST_PLACES_OF_IMAGE = 1000
"""Of a secret in an image that a finding has (image.secrets.MAX_PLACES); with so many there may be more."""


@record
class Override:
    """One of the overrides, as it stands in the file."""

    place: str
    """File and line, or key."""
    rules: tuple[str, ...]
    paths: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    severity: str = IGNORE
    reason: str = ""
    expires: str = ""


def bad_pattern(pattern: str) -> str:
    """Why a text is no pattern; empty where it is one."""
    try:
        matcher(_bare(pattern), deep=True)
    except (BadPatternError, re.error) as error:
        return str(error)
    return "" if _bare(pattern) else "it is empty"


def _bare(path: str) -> str:
    """A path or a pattern as both are compared: no `/` or `./` ahead, and no `/` behind."""
    path = path.removeprefix("./").strip("/")
    return "**" if path == "." else path


class Patterns:
    """Patterns of paths; a folder stands for all below it."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._match: list[Callable[[str], object]] = [matcher(_bare(pattern), deep=True) for pattern in patterns]

    def __bool__(self) -> bool:
        return bool(self._match)

    def fits(self, path: str) -> bool:
        """Whether one of them fits a path, or a folder that it lies in."""
        path = _bare(path)
        while path:
            if any(match(path) for match in self._match):
                return True
            path = path.rpartition("/")[0]
        return False


def names(target: str) -> set[str]:
    """What a pattern may call an image: with or without digest and tag."""
    whole = without_source(target)
    return {whole, whole.partition("@")[0], repository(target)}


class Fitting:
    """An override, ready for findings."""

    def __init__(self, override: Override, rules: Sequence[Rule], today: str) -> None:
        """UsageError where a rule is unknown."""
        self.override = override
        try:
            self.rules = {rule.id for rule in resolve(rules, override.rules, lenient=True)}
        except UsageError as error:
            raise UsageError(f"{override.place}: {error}") from None
        self._paths, self._images = Patterns(override.paths), Patterns(override.images)
        self.expired = bool(override.expires) and override.expires < today
        self.count = 0

    def fits(self, finding: Finding, image: bool) -> bool:
        """Whether it is about the finding; `image`: the finding's target is one."""
        if finding.rule not in self.rules:
            return False
        if self._images and not (image and any(map(self._images.fits, names(finding.target)))):
            return False
        return not self._paths or self._where(finding)

    def _where(self, finding: Finding) -> bool:
        fits, places = self._paths.fits, finding.places
        if finding.surface == "context":
            all_told = 0 < len(places) < MOST_PLACES
            return fits(finding.location.path) or (all_told and all(fits(place.path) for place in places))
        if places:
            return len(places) < MOST_PLACES_OF_IMAGE and all(fits(place.path) for place in places)
        return fits(finding.location.path)


class Overrides:
    """All overrides of a configuration."""

    def __init__(self, overrides: Iterable[Override], rules: Sequence[Rule], today: str) -> None:
        self._all = [Fitting(override, rules, today) for override in overrides]
        self._by_rule: dict[str, list[Fitting]] = {}
        for fitting in self._all:
            for rule in fitting.rules:
                self._by_rule.setdefault(rule, []).append(fitting)

    def find(self, finding: Finding, image: bool) -> Fitting | None:
        """The override of a finding. One that is over its day is only counted."""
        for fitting in self._by_rule.get(finding.rule, ()):
            if fitting.fits(finding, image):
                fitting.count += 1
                if not fitting.expired:
                    return fitting
        return None

    def ignores(self, finding: Finding) -> bool:
        """Whether a finding of a Dockerfile is to stay as it is; it is not counted."""
        fitting = next(
            (f for f in self._by_rule.get(finding.rule, ()) if not f.expired and f.fits(finding, False)), None
        )
        return fitting is not None and fitting.override.severity == IGNORE

    def mark(self, report: Report, redactor: Redactor) -> int:
        """Suppress findings, or change their severity; what a comment keeps quiet stays so. How many are suppressed."""
        quieted, images = 0, images_of(report)
        for finding in report.findings:
            if finding.suppressed or (fitting := self.find(finding, finding.target in images)) is None:
                continue
            override = fitting.override
            if override.severity == IGNORE:
                quieted += 1
                finding.suppressed = f"ignored by {override.place}"
                finding.reason = redactor.safe(override.reason)
            else:
                finding.severity = Severity(override.severity)
        return quieted

    def told(self, redactor: Redactor) -> list[dict[str, object]]:
        """What became of each, for the report's `config`."""
        rows = []
        for fitting in self._all:
            override = fitting.override
            row: dict[str, object] = {
                "place": redactor.safe(override.place),
                "rules": sorted(fitting.rules),
                "paths": [redactor.safe(pattern) for pattern in override.paths],
                "images": [redactor.safe(pattern) for pattern in override.images],
                "severity": override.severity,
                "reason": redactor.safe(override.reason),
                "expires": override.expires,
                "expired": fitting.expired,
                "findings": fitting.count,
            }
            rows.append({key: value for key, value in row.items() if value or key == "findings"})
        return rows
