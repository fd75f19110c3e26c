"""What every format has in common: the texts of a rule, the order of findings, and `render`.

A format is a module with one function:

    render(report, rules, out, *, color, width, quiet) -> None

`rules` may build its values when they are asked for: a format asks only for the rules that it prints, and once. `out`
is a text stream; a format never writes a character that the stream's encoding does not have. `color` and `width`
(columns, 0: no limit) matter on a screen, and `quiet` leaves out what is neither a finding nor a hole; files for
machines take all three and need none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TextIO

from imagelint.errors import UsageError
from imagelint.findings import Dropped, Finding, Place, Report, Severity, Step
from imagelint.record import record

FORMATS = {
    "terminal": "imagelint.report.terminal",
    "json": "imagelint.report.json",
    "sarif": "imagelint.report.sarif",
    "github": "imagelint.report.github",
    "gitlab": "imagelint.report.gitlab",
    "junit": "imagelint.report.junit",
    "html": "imagelint.report.html",
}
"""The formats and their modules, each imported only when it is asked for."""
STATUS = {
    "present": "in the final filesystem",
    "deleted": "gone from the final filesystem, still in its layer",
    "overwritten": "replaced by a later layer, the old bytes are still in theirs",
    "hidden": "behind a directory that a later layer replaced, still in its layer",
}
"""What each status of a path in an image means."""
STEPS = {"shipped": "still shipped"}
"""Kinds of steps that have another name in a report."""


@record
class RuleText:
    """What a report tells of a rule: the texts of its file, in Markdown, ours or those of the user who wrote it."""

    id: str
    title: str
    severity: Severity
    rationale: str = ""
    references: tuple[str, ...] = ()
    """Addresses."""
    tags: tuple[str, ...] = ()
    cwe: tuple[int, ...] = ()
    security_severity: str = ""
    """A CVSS-like number from 0.1 to 10.0, which GitHub sorts by; empty for a rule that is not about security."""
    help: str = ""
    """The rule's page in Markdown."""
    remedy: str = ""
    """How to mend it, in one line (a secret rule: how to revoke it)."""
    precision: str = "high"
    """very-high, high, medium or low: how seldom it is wrong."""
    url: str = ""
    """The rule's page, where it has one."""


class Render(Protocol):
    """The one function of a format."""

    def __call__(
        self,
        report: Report,
        rules: Mapping[str, RuleText],
        out: TextIO,
        *,
        color: bool = False,
        width: int = 0,
        quiet: bool = False,
    ) -> None:
        """Write the whole report."""


def renderer(name: str) -> Render:
    """The `render` of a format; UsageError for a name that is none."""
    if name not in FORMATS:
        raise UsageError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    from importlib import import_module

    render: Render = import_module(FORMATS[name]).render
    return render


def texts_of(report: Report, rules: Mapping[str, RuleText]) -> dict[str, RuleText]:
    """The texts of every rule that has a finding, by id, asked for once. A rule that is not listed has its name."""
    severities = {finding.rule: finding.severity for finding in report.findings}
    return {id_: rules.get(id_) or RuleText(id_, id_, severities[id_]) for id_ in sorted(severities)}


def in_order(report: Report) -> list[Finding]:
    """The findings by target (as they were named), then place, worst first at one place: always the same order."""
    places = {target: number for number, target in enumerate(report.targets)}

    def key(finding: Finding) -> tuple[object, ...]:
        at = finding.location
        layer = finding.layer.index if finding.layer else -1
        where = (at.path, at.line, at.column, layer)
        return (
            places.get(finding.target, len(places)),
            finding.target,
            *where,
            -finding.severity.rank,
            finding.rule,
            finding.fingerprint,
        )

    return sorted(report.findings, key=key)


def worst_first(report: Report) -> list[Finding]:
    """The findings that nothing keeps quiet, errors ahead of warnings ahead of notes, else as `in_order` has them."""
    return sorted((f for f in in_order(report) if not f.suppressed), key=lambda finding: -finding.severity.rank)


def other_places(finding: Finding) -> list[Place]:
    """The places of a secret that the finding's own location does not name."""
    layer = finding.layer.index if finding.layer else -1
    own = (finding.location.path, finding.location.line, layer)
    return [place for place in finding.places if (place.path, place.line, place.layer) != own]


def ranked(dropped: Dropped) -> list[tuple[str, int]]:
    """(filter, how many it turned away), the most first."""
    return sorted(dropped.counts.items(), key=lambda item: (-item[1], item[0]))


def step_text(step: Step) -> str:
    """What a step of a trail says, or else the instruction that made its layer."""
    return step.text or (step.layer and step.layer.created_by) or ""


def counted(number: int, word: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def tally(items: Iterable[Finding], name: Callable[[Finding], str]) -> dict[str, int]:
    """How many there are of each name, in the order of their first coming."""
    counts: dict[str, int] = {}
    for item in items:
        counts[name(item)] = counts.get(name(item), 0) + 1
    return counts
