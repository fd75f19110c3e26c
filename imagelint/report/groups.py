"""Findings by where somebody mends them: a Dockerfile each, a layer each, and the configuration of an image."""

from __future__ import annotations

from collections.abc import Iterable

from imagelint.findings import FILES, Finding, LayerInfo, Report, SafeText
from imagelint.record import record


@record
class Group:
    """The findings of one Dockerfile, one layer, or one image's configuration; the worst first."""

    target: SafeText
    path: SafeText | None
    """Of the Dockerfile; None for an image."""
    layer: LayerInfo | None
    """None for a Dockerfile, and for the configuration."""
    findings: list[Finding]

    @property
    def worst(self) -> int:
        """The rank of the worst."""
        return self.findings[0].severity.rank


def in_dockerfile(finding: Finding) -> bool:
    """Whether it was found in a Dockerfile, and not in an image."""
    return finding.layer is None and finding.surface in FILES


def grouped(report: Report, findings: Iterable[Finding]) -> list[Group]:
    """The findings in groups, those of one image side by side; always in the same order.

    Images and Dockerfiles with the worst come first, then as they were named, Dockerfiles by their paths. So do the
    layers of an image: of two with the same, one's own ahead of the base image's, which it takes another base to mend.
    """
    groups: dict[tuple[object, ...], Group] = {}
    for finding in findings:
        layer = finding.layer if finding.layer and finding.layer.index >= 0 else None
        path = finding.location.path if in_dockerfile(finding) else None
        key = (finding.target, path, layer and (layer.index, layer.diff_id))
        if key not in groups:
            groups[key] = Group(finding.target, path, layer, [])
        groups[key].findings.append(finding)
    for group in groups.values():
        group.findings.sort(key=_by_line if group.path is not None else _by_rule)
    worst: dict[tuple[SafeText, SafeText | None], int] = {}
    for group in groups.values():
        item = (group.target, group.path)
        worst[item] = max(worst.get(item, 0), group.worst)
    named = {target: number for number, target in enumerate(report.targets)}

    def order(group: Group) -> tuple[object, ...]:
        layer = group.layer
        return (
            -worst[group.target, group.path],
            named.get(group.target, len(named)),
            group.target,
            group.path or "",
            -group.worst,
            (layer.origin == "base", 0, layer.index, layer.diff_id) if layer else (False, 1, 0, ""),
        )

    return sorted(groups.values(), key=order)


def _by_line(finding: Finding) -> tuple[object, ...]:
    at = finding.location
    return -finding.severity.rank, at.line, at.column, finding.rule, finding.fingerprint


def _by_rule(finding: Finding) -> tuple[object, ...]:
    at = finding.location
    return -finding.severity.rank, finding.rule, at.path, at.line, at.column, finding.fingerprint
