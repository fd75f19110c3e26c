"""The last line of a report for people: what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.findings import Finding, Report
from imagelint.report.groups import Group
from imagelint.report.screen import Screen

STDIN = "-"
MANY = 30
"""Findings from which on a baseline is worth its file."""


def next_steps(report: Report, groups: list[Group], screen: Screen) -> Iterator[str]:
    """One line, wrapped: what helps most with these findings, if there is something, and where to read on."""
    shown = [finding for group in groups for finding in group.findings]
    helps = [_known(report, shown)]
    if "attached" not in report.config:  # where nothing was scanned, the others say nothing
        helps = [_diff(report), _mend(shown), _own(shown), _lines(report, shown), *helps]
    step = next(filter(None, helps), "")
    read = f"`imagelint explain {_to_read(shown)}` tells why, and how to mend it"
    first, *others = screen.wrap(f"{step}; {read}" if step else read, len("next: "), 2)
    yield f"{screen.paint('next', 'help')}: {first}"
    yield from others


def _to_read(shown: list[Finding]) -> str:
    """The rule of the worst finding that --fix leaves as it is, of the first group that has one."""
    left = [finding for finding in shown if finding.fix is None or finding.fix.safety != "safe"] or shown
    return max(left, key=lambda finding: finding.severity.rank).rule


def _diff(report: Report) -> str:
    return "leave out --diff to make these changes" if any(file.diff for file in report.mended) else ""


def _mend(shown: list[Finding]) -> str:
    """The fixes: safe ones are made, others are looked at first, and nothing is written to standard input."""
    for safety, option in (("safe", "--fix"), ("unsafe", "--unsafe-fixes")):
        mendable = [finding for finding in shown if finding.fix and finding.fix.safety == safety]
        many = _of(len(mendable), len(shown))
        if mendable and safety == "safe" and any(finding.target != STDIN for finding in mendable):
            return f"add --fix to mend {many}"
        if mendable:
            return f"add {option} --diff to see how to mend {many}"
    return ""


def _own(shown: list[Finding]) -> str:
    """Where the base image's findings stand in the way of one's own."""
    base = sum(finding.layer is not None and finding.layer.origin == "base" for finding in shown)
    return f"add --own to leave out the {base} of the base image" if 0 < base < len(shown) else ""


def _lines(report: Report, shown: list[Finding]) -> str:
    """Where there was no Dockerfile to look for a layer's line in. All images of an engine have none in common."""
    named = set(report.targets)
    layers = [f.layer for f in shown if f.layer and f.layer.index >= 0 and f.target in named]
    if any(layer.source is None and not layer.certainty and layer.origin != "base" for layer in layers):
        return f"add --dockerfile FILE to see the {'line' if len(layers) == 1 else 'lines'} that did it"
    if any(not layer.origin for layer in layers):
        return "add --base IMAGE to tell its layers from your own"
    return ""


def _known(report: Report, shown: list[Finding]) -> str:
    """Where there is more than anybody mends in a day."""
    many = len(shown) >= MANY and not any(finding.baseline for finding in report.findings)
    return (
        f"`imagelint baseline FILE` writes down these {len(shown)}, and --baseline FILE then shows what is new"
        if many
        else ""
    )


def _of(number: int, among: int) -> str:
    if number < among:
        return f"{number} of these {among}"
    return {1: "it", 2: "both"}.get(number, f"all {number}")
