"""What keeps findings quiet, put to a report in its order: comments, the configuration, baselines."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from imagelint.findings import Report
from imagelint.secrets.redact import Redactor
from imagelint.triage.suppress import ignore

if TYPE_CHECKING:
    from imagelint.triage.baseline_file import Baselines
    from imagelint.triage.overrides import Overrides


class Ignoring:
    """What the configuration says of a run."""

    def __init__(self, file: str, rules: Collection[str], told: dict[str, object]) -> None:
        """`file` is the configuration's, empty for none; `rules` those that it ignores; `told` what else reports say of
        it."""
        self.file, self.rules, self.told = file, rules, told


def quiet(
    report: Report,
    ignoring: Ignoring,
    names: Redactor,
    overrides: Overrides | None = None,
    baselines: Baselines | None = None,
) -> None:
    """Mark what is kept quiet: it stays in the report, counted."""
    inline = [finding.rule for finding in report.findings if finding.suppressed]
    quieted = overrides.mark(report, names) if overrides is not None else 0
    quieted += ignore(report.findings, ignoring.rules, ignoring.file)
    if ignoring.file:
        report.config = {"file": ignoring.file, "ignore": sorted(ignoring.rules), **ignoring.told, "quieted": quieted}
    if overrides is not None:
        report.config["overrides"] = overrides.told(names)
    if inline:
        report.config["inline"] = {"ignore": sorted(set(inline)), "quieted": len(inline)}
    if baselines is not None:
        baselines.mark(report, names)
