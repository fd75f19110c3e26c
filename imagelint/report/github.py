"""GitHub Actions: annotations as workflow commands on the output, and a step summary.

The commands and their properties are those of docs.github.com, "Workflow commands for GitHub Actions". How they are
escaped is what the runner undoes (actions/runner, src/Runner.Common/ActionCommand.cs); columns count only where a
finding has one line (src/Runner.Worker/ActionCommandManager.cs). GitHub shows ten annotations of a kind for a step
(actions/toolkit, docs/problem-matchers.md), the first ones: so the worst come first, and a notice counts the others.

The summary is appended to the file that $GITHUB_STEP_SUMMARY names, if it is set (github_summary.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TextIO

from imagelint.errors import unwritable
from imagelint.findings import Finding, Report
from imagelint.report.escape import brief
from imagelint.report.github_summary import summary
from imagelint.report.interface import RuleText, counted, texts_of, worst_first
from imagelint.report.services import in_image, place_text, remedy, repository_path, skip_text, source_of

MOST_SHOWN = 10
"""Annotations of one kind that GitHub shows for a step."""
MOST_HOLES = 10
"""Lines of the annotation that tells what was not read."""
KINDS = {"error": "error", "warning": "warning", "note": "notice"}
SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"


def render(
    report: Report,
    rules: Mapping[str, RuleText],
    out: TextIO,
    *,
    color: bool = False,
    width: int = 0,
    quiet: bool = False,
) -> None:
    """Write the commands, and append the summary; UsageError where the summary cannot be written."""
    texts = texts_of(report, rules)
    encoding = getattr(out, "encoding", None) or "utf-8"
    for line in _commands(report, texts):
        out.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    if path := os.environ.get(SUMMARY):
        try:
            with open(path, "ab") as file:
                file.write(summary(report, texts, file.tell()))
        except OSError as error:
            raise unwritable(f"${SUMMARY} ({path})", error) from None


def command(name: str, message: str, **properties: str | int) -> str:
    """A workflow command. Properties that are empty or 0 are left out."""
    told = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    return f"::{name} {told}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _commands(report: Report, texts: Mapping[str, RuleText]) -> Iterator[str]:
    found = worst_first(report)
    room = dict.fromkeys(KINDS, MOST_SHOWN)
    if report.incomplete:
        room["error"] -= 1
        yield _holes(report)
    if any(sum(f.severity.value == severity for f in found) > most for severity, most in room.items()):
        room["note"] -= 1
    left = 0
    for finding in found:
        if room[finding.severity.value]:
            room[finding.severity.value] -= 1
            yield _annotation(finding, texts[finding.rule])
        else:
            left += 1
    if left:
        where = "the step summary" if os.environ.get(SUMMARY) else "the report of --format json"
        more = f"{counted(left, 'more finding')} without an annotation: GitHub shows {MOST_SHOWN} of a kind for a step"
        yield command("notice", f"{more}; {where} has the others too", title="imagelint")


def _annotation(finding: Finding, rule: RuleText) -> str:
    lines = [brief(finding.message, 1000)]
    if in_image(finding):
        lines.append(f"In {place_text(finding)}")
    if mend := remedy(finding, rule):
        lines.append(f"To mend it: {mend}")
    at = source_of(finding)
    properties: dict[str, str | int] = {}
    if at and (path := repository_path(at.path, WORKSPACE)):
        properties = {"file": path, "line": at.line}
        if at.line and at.end_line > at.line:
            properties["endLine"] = at.end_line
        elif at.line and at.column:
            properties |= {"endLine": at.line, "col": at.column}
            properties["endColumn"] = at.end_column if at.end_column > at.column else 0
    return command(KINDS[finding.severity.value], "\n".join(lines), **properties, title=finding.rule)


def _holes(report: Report) -> str:
    holes = report.incomplete
    lines = [f"Not read, so this report is not complete ({len(holes)}):", *map(skip_text, holes[:MOST_HOLES])]
    if len(holes) > MOST_HOLES:
        lines.append(f"and {len(holes) - MOST_HOLES} more")
    return command("error", "\n".join(lines), title="imagelint")
