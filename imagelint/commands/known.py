"""The end of a command that writes a baseline: what became of the file, what was not read, and the exit status."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from imagelint.report.escape import no_command, visible

if TYPE_CHECKING:
    from imagelint.findings import Report
    from imagelint.scanning import Scan
    from imagelint.triage.baseline_file import Update


def write(update: Update, scanned: Scan, report: Report, *, strict_coverage: bool) -> int:
    """Write the baseline of a report, and tell how it differs from the file that was there."""
    from imagelint.report import triaged

    for line in triaged.written(update.write(report, scanned.names, scanned.options.context_only)):
        print(no_command(line))
    for skip in report.incomplete[: triaged.MOST_LINES]:
        print(f"imagelint: not read: {visible(f'{skip.target} {skip.place}: {skip.reason}')}", file=sys.stderr)
    report.fail_on = "never"
    return report.exit_status(strict_coverage=strict_coverage)
