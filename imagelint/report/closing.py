"""The last line of a report for people: what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.findings import Finding, Report
from imagelint.report.groups import Group
from imagelint.report.screen import Screen

STDIN = "-"


def next_steps(report: Report, groups: list[Group], screen: Screen) -> Iterator[str]:
    """One line, wrapped: an option that helps most with these findings, if there is one, and where to read on."""
    shown = [finding for group in groups for finding in group.findings]
    read = _to_read(groups)
    steps = [
        step for step in (_mend(report, shown), f"`imagelint explain {read}` tells why, and how to mend it") if step
    ]
    yield from screen.wrap(f"next: {'; '.join(steps)}", 0, 2)


def _to_read(groups: list[Group]) -> str:
    """The rule of the worst finding that no option mends, of the first group that has one."""
    findings = [finding for group in groups for finding in group.findings]
    left = [finding for finding in findings if finding.fix is None] or findings
    return max(left, key=lambda finding: finding.severity.rank).rule


def _mend(report: Report, shown: list[Finding]) -> str:
    if any(file.diff for file in report.mended):
        return "leave out --diff to make these changes"
    for safety, option in (("safe", "--fix"), ("unsafe", "--unsafe-fixes")):
        mendable = [finding for finding in shown if finding.fix and finding.fix.safety == safety]
        if not mendable:
            continue
        many = f"{len(mendable)} of these {len(shown)}" if len(shown) > len(mendable) else _all(len(shown))
        if safety == "safe" and any(finding.target != STDIN for finding in mendable):
            return f"add --fix to mend {many}"
        return f"add {option} --diff to see how to mend {many}"
    return ""


def _all(number: int) -> str:
    return {1: "it", 2: "both"}.get(number, f"all {number}")
