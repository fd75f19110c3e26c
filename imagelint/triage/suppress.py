"""Ignoring a rule by configuration: its findings stay in the report, marked, and are counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from imagelint.findings import Finding


def ignore(findings: Iterable[Finding], rules: Collection[str], by: str) -> int:
    """Mark the findings of these rules as suppressed by `by`, those that nothing else suppresses; how many."""
    count = 0
    for finding in findings:
        if finding.rule in rules and not finding.suppressed:
            finding.suppressed = f"ignored by {by}"
            count += 1
    return count
