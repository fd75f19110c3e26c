"""A token that stands in several places of a Dockerfile is one finding."""

from __future__ import annotations

from imagelint.findings import Finding, Place

OF_TEXT = ("dockerfile", "compose", "command")
"""Surfaces of findings whose lines are lines of one file."""


def once(found: list[Finding]) -> list[Finding]:
    """The findings in their order, each secret at its first place with the others beside it. What a comment keeps
    quiet stays a finding of its own, since it says nothing about the other lines."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        if finding.secret is not None and finding.surface in OF_TEXT:
            groups.setdefault((finding.fingerprint, finding.suppressed), []).append(finding)
    again: set[int] = set()
    for first, *others in groups.values():
        if others:
            places = {finding.location.line: _place(finding) for finding in (first, *others)}
            first.places = tuple(places.values()) if len(places) > 1 else ()
            again.update(map(id, others))
    return [finding for finding in found if id(finding) not in again] if again else found


def _place(finding: Finding) -> Place:
    return Place(finding.location.path, finding.location.line, -1, "", finding.surface)
