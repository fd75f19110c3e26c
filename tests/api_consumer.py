"""A program that uses imagelint, as a type checker in strict mode has to take it: `make check` asks mypy, and
test_api.py runs it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import imagelint
from imagelint import Finding, Options, Report, Severity, UsageError


def worst(report: Report) -> Severity | None:
    """The worst severity of what nothing keeps quiet."""
    ranks = {finding.severity.rank: finding.severity for finding in report.findings if not finding.suppressed}
    return ranks[max(ranks)] if ranks else None


def told(finding: Finding) -> str:
    """One line."""
    line: int = finding.location.line
    value: str | None = finding.secret.value if finding.secret else None
    layer: int = finding.layer.index if finding.layer else -1
    return f"{finding.location.path}:{line}:{layer}: {finding.message} {value is None}"


def main(targets: Sequence[str | Path]) -> tuple[int, str, list[str]]:
    """The exit status, the report as SARIF, and a line for each finding."""
    options = Options(profile="strict", select=["sudo", "DL3007"], jobs=1, context=Path())
    report = imagelint.scan(targets, options, progress=lambda done, total, what: None)
    out = io.StringIO()
    report.write("sarif", out)
    titles: list[str] = [report.rules[finding.rule].title for finding in report.findings]
    return report.exit_status(strict_coverage=True), out.getvalue(), titles + [told(f) for f in report.findings]


def wrong() -> str:
    """What a type checker refuses, and what it is told at run time."""
    try:
        Options(jobs="many")  # type: ignore[arg-type]  # that is what is tested
    except UsageError as error:
        return str(error)
    return imagelint.nonsense  # type: ignore[attr-defined,no-any-return]  # the same
