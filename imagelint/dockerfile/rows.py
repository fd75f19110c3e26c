"""Findings of a Dockerfile that holds no secret as rows of JSON, which run nothing as a pickle may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imagelint.findings import Edit, Finding, Fix, Frame, Location, SafeText, Severity, Step
from imagelint.record import fields
from imagelint.secrets.redact import plain

_SEVERITIES = {severity.value: severity for severity in Severity}


def row(record: Any) -> list[Any]:
    """The fields of a record, for json.dumps(default=row): a finding becomes a list of lists."""
    return [getattr(record, name) for name in fields(record)]


def findings(rows: Sequence[list[Any]]) -> list[Finding]:
    """The findings that became these rows, equal in every field. What they say was masked when it became a row."""
    return [_finding(*values) for values in rows]


def _finding(
    rule: str,
    severity: str,
    message: str,
    target: str,
    location: list[Any],
    fingerprint: str,
    surface: str,
    _layer: None,
    status: str,
    trail: list[list[Any]],
    _secret: None,
    _places: list[Any],
    frame: list[Any] | None,
    fix: list[Any] | None,
    suppressed: str,
    reason: str | None,
    _published: bool,
    remedy: str | None,
    _baseline: str,
) -> Finding:
    path, *span = location
    return Finding(
        rule=rule,
        severity=_SEVERITIES[severity],
        message=plain(message),
        target=plain(target),
        location=Location(plain(path), *span),
        fingerprint=fingerprint,
        surface=surface,
        status=status,
        trail=tuple(Step(kind, plain(text)) for kind, text, _ in trail),
        frame=_frame(*frame) if frame else None,
        fix=_fix(*fix) if fix else None,
        suppressed=suppressed,
        reason=None if reason is None else plain(reason),
        remedy=None if remedy is None else plain(remedy),
    )


def _frame(first_line: int, lines: list[str], marks: list[list[int]]) -> Frame:
    return Frame(first_line, _plain(lines), tuple((line, start, end) for line, start, end in marks))


def _fix(title: str, safety: str, edits: list[list[Any]]) -> Fix:
    return Fix(
        title,
        safety,
        tuple(Edit(line, column, end, end_column, plain(text)) for line, column, end, end_column, text in edits),
    )


def _plain(lines: list[str]) -> tuple[SafeText, ...]:
    return tuple(map(plain, lines))
