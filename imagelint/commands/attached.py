"""`imagelint scan --attached`: the reports that lie beside images in their registries, shown as those of a scan."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from imagelint.engine.selection import resolve
from imagelint.errors import UsageError
from imagelint.options import given
from imagelint.scanning import Progress, Scan

if TYPE_CHECKING:
    from imagelint.findings import Finding, Report
    from imagelint.scan_options import Options

_NOT_OURS = (
    "profile filter resolve context context_only tracked dockerfile base own force_exclude no_inline_ignores "
    "shellcheck fix unsafe_fixes fix_only diff show_secrets show_published explain_dropped stdin_filename "
    "cache cache_key"
).split()
"""Options that say how something is scanned, or what is done with it."""
_PREFIX = "registry:"
"""Of targets: reports are attached to images of registries alone."""


def check(asked: Namespace) -> None:
    """UsageError for targets that are no images of registries, and for options that need a scan."""
    if wrong := given(asked, _NOT_OURS):
        raise UsageError(f"{wrong} says how to scan, and --attached scans nothing")
    form = f"name an image of a registry, as {_PREFIX}registry.example.org/app:1"
    if not asked.targets:
        raise UsageError(f"--attached shows a report that lies beside an image: {form}")
    for name in asked.targets:
        if not name.startswith(_PREFIX):
            raise UsageError(f"{name[:200]!r}: --attached shows a report that lies beside an image: {form}")


def attached(names: Sequence[str], options: Options, progress: Progress | None = None) -> Report:
    """The attached reports of these images as one. What is known is kept quiet as in a scan, and where rules or
    statuses are asked for, others are left out."""
    return _Attached(options, progress).run(names)


class _Attached(Scan):
    """A scan whose findings come from reports that were made before."""

    def __init__(self, options: Options, progress: Progress | None) -> None:
        super().__init__(options, progress)
        rules = options.rules.rules
        self._only = {rule.id for rule in resolve(rules, options.select)}
        self._never = {rule.id for rule in resolve(rules, options.ignore, lenient=True)}
        self._made: list[object] = []
        """By whom, and when: for each report."""

    def _target(self, name: str) -> None:
        from imagelint.registry.attached import attached as read

        found, report = read(name.removeprefix(_PREFIX), self.options.request, self.names, name), self.report
        report.findings += self._asked(found.findings)
        report.images += found.images
        report.incomplete += found.incomplete
        report.limited += found.limited
        for key, number in found.stats.items():
            report.stats[key] += number
        made = found.config["attached"]
        self._made += made if isinstance(made, list) else []

    def _asked(self, found: list[Finding]) -> list[Finding]:
        """A report has rules of other profiles, and of other versions: only names say what to leave out."""
        status, only = self.options.status, self._only
        return [
            finding
            for finding in found
            if finding.rule not in self._never
            and (not only or finding.rule in only)
            and (not finding.status or finding.status in status)
        ]

    def _quiet(self) -> None:
        """What was quiet when the report was made stays so, and is none of the comments that quieting counts."""
        before = [finding.suppressed for finding in self.report.findings]
        for finding in self.report.findings:
            finding.suppressed = ""
        super()._quiet()
        for finding, why in zip(self.report.findings, before, strict=True):
            finding.suppressed = finding.suppressed or why
        self.report.config["attached"] = self._made
