"""What fixes changed, or would change, for people."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.findings import MendedFile, Report
from imagelint.report.escape import brief, visible
from imagelint.report.interface import counted
from imagelint.report.screen import Screen

DIFF = {"+": "added", "-": "removed", "@": "frame"}
"""How a line of a diff is painted, by what it begins with."""
MOST_LINES = 50
"""Of files without a diff. The number of the others is told, and --format json has them all."""


def diff_lines(report: Report, screen: Screen) -> Iterator[str]:
    """The diffs, ready to show; line by line as they are, so that a program can read them."""
    for file in report.mended:
        for line in file.diff:
            style = "bold" if line.startswith(("--- ", "+++ ")) else DIFF.get(line[:1])
            text = "\t".join(map(visible, line.split("\t")))
            yield screen.paint(text, style) if style else text
        if file.diff:
            yield ""


def mended_lines(report: Report, screen: Screen, *, quiet: bool = False) -> Iterator[str]:
    """A line for each file: how many findings of which rules were mended, or why not."""
    told = [file for file in report.mended if file.reason or not quiet]
    for file in told[:MOST_LINES]:
        yield from screen.wrap(_told(file), 0, 2)
    if len(told) > MOST_LINES:
        yield f"and {len(told) - MOST_LINES} more files, which --format json lists"
    if told:
        yield ""


def _told(file: MendedFile) -> str:
    rules = ", ".join(rule if number == 1 else f"{rule} ({number})" for rule, number in file.rules.items())
    if not rules:
        return f"{brief(file.path)}: not mended: {file.reason}"
    verb = "mended" if file.written else "can be mended"
    more = f"; not all: {file.reason}" if file.reason else ""
    return f"{brief(file.path)}: {counted(sum(file.rules.values()), 'finding')} {verb}: {rules}{more}"
