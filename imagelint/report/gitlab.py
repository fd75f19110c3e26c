"""GitLab's Code Quality report: one JSON array, with the fields that docs.gitlab.com, "Code Quality", "Code Quality
report format" lists; schema/gitlab.schema.json has them. The file has no byte order mark, which GitLab does not take.

GitLab takes findings with one fingerprint for one, so each has its own. It has no place for what is suppressed or
looked into only in part, which is left out; what was not read stands among the findings, lest the report look clean.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import TextIO

from imagelint.findings import Finding, Report
from imagelint.report.escape import brief, json_without_commands
from imagelint.report.interface import RuleText, worst_first
from imagelint.report.sarif_places import folders
from imagelint.report.services import image_path, in_image, place_text, repository_path, skip_text, source_of, within

PROJECT = "CI_PROJECT_DIR"
SEVERITIES = {"error": "critical", "warning": "major", "note": "info"}
PROVED = "blocker"
"""An error whose secret is proved to be one."""
Entry = dict[str, object]


def render(
    report: Report,
    rules: Mapping[str, RuleText],
    out: TextIO,
    *,
    color: bool = False,
    width: int = 0,
    quiet: bool = False,
) -> None:
    """Write the array, an entry a line, the worst first."""
    separator = "[\n"
    for entry in _entries(report):
        out.write(separator + json_without_commands(json.dumps(entry)))
        separator = ",\n"
    out.write("[]\n" if separator == "[\n" else "\n]\n")


def _entries(report: Report) -> Iterator[Entry]:
    seen: dict[str, int] = {}
    named = folders(report.images)
    for skip in report.incomplete:
        folder = "" if within(skip) else named.get(skip.target, skip.target)
        identity = "\0".join(("incomplete", skip.target, skip.place, skip.reason))
        told = f"Not read: {skip_text(skip)}"
        yield _entry("incomplete", told, "critical", image_path(folder, skip.place), 1, _unique(identity, seen))
    for finding in worst_first(report):
        path, line = _place(finding, named)
        told = brief(finding.message, 1000)
        if in_image(finding):
            told = f"{told} (in {place_text(finding)})"
        identity = f"{finding.rule}\0{finding.fingerprint}"
        yield _entry(finding.rule, told, _severity(finding), path, line, _unique(identity, seen))


def _entry(rule: str, description: str, severity: str, path: str, line: int, fingerprint: str) -> Entry:
    return {
        "description": description,
        "check_name": rule,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line}},
    }


def _place(finding: Finding, named: Mapping[str, str]) -> tuple[str, int]:
    """A file of the project and its line; the line 1 of a path below the image's name where there is none."""
    at = source_of(finding)
    path = repository_path(at.path, PROJECT) if at else None
    if at and path:
        return path, max(at.line, 1)
    folder = named.get(finding.target, finding.target) if in_image(finding) else ""
    return image_path(folder, finding.location.path), max(finding.location.line, 1)


def _severity(finding: Finding) -> str:
    proved = finding.secret is not None and finding.secret.confidence == "proved"
    return PROVED if proved and finding.severity.value == "error" else SEVERITIES[finding.severity.value]


def _unique(identity: str, seen: dict[str, int]) -> str:
    """The same in every run, whatever moved, and once in the file: equal ones (of two platforms of an image) are
    numbered."""
    seen[identity] = number = seen.get(identity, 0) + 1
    return hashlib.sha256(f"{identity}\0{number}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
