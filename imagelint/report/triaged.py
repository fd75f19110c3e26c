"""What a baseline did, as reports tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imagelint.findings import BaselineChange, BaselineEntry, BaselineUse, Report
from imagelint.report.escape import brief
from imagelint.report.interface import counted
from imagelint.report.screen import Screen

MOST_LINES = 5
"""Entries of one kind that a summary names."""


def baseline_object(use: BaselineUse) -> dict[str, object]:
    """One baseline, as JSON has it; the lists hold the first entries, the numbers all."""
    return {
        "file": use.file,
        "form": use.form,
        "entries": use.entries,
        "used": use.used,
        "quieted": use.quieted,
        "number_unused": use.number_unused,
        "unused": [_entry(entry) for entry in use.unused],
        "number_expired": use.number_expired,
        "expired": [_entry(entry) for entry in use.expired],
    }


def _entry(entry: BaselineEntry) -> dict[str, object]:
    told = {"line": entry.line, "rule": entry.rule, "place": entry.place, "fingerprint": entry.fingerprint}
    told |= {"reason": entry.reason, "expires": entry.expires}
    return {name: value for name, value in told.items() if value}


def lines(report: Report, screen: Screen) -> Iterator[str]:
    """For the summary: overrides and each baseline, with the first entries that want to be looked at."""
    yield from _overrides(report, screen)
    for use in report.baseline:
        known = f"{use.used} of {_entries(use.entries)} found"
        yield from screen.wrap(f"baseline {brief(use.file)}: {known}, {counted(use.quieted, 'finding')} quiet", 0, 2)
        yield from _list("expired", "and quiet no more", use.expired, use.number_expired, screen)
        yield from _list("not found any more", "", use.unused, use.number_unused, screen)


def _overrides(report: Report, screen: Screen) -> Iterator[str]:
    """Those that are over their day, and those that fit nothing."""
    rows = report.config.get("overrides")
    if not isinstance(rows, list):
        return
    over = [row for row in rows if row.get("expired")]
    for row in [row for row in rows if row["severity"] != "ignore" and row["findings"] and row not in over][
        :MOST_LINES
    ]:
        changed = f"{counted(row['findings'], 'finding')} made {row['severity']} by {brief(row['place'])}"
        yield from screen.wrap(changed, 0, 2)
    for what, told in (("expired", over), ("fit nothing", [r for r in rows if not r["findings"] and r not in over])):
        if told:
            places = ", ".join(brief(row["place"]) for row in told[:MOST_LINES])
            more = f" and {len(told) - MOST_LINES} more" if len(told) > MOST_LINES else ""
            yield from screen.wrap(f"{counted(len(told), 'override')} {what}: {places}{more}", 0, 2)


def _list(what: str, more: str, entries: Sequence[BaselineEntry], number: int, screen: Screen) -> Iterator[str]:
    if not number:
        return
    yield from screen.wrap(f"  {number} {what}{f', {more}' if more else ''}:", 0, 4)
    for entry in entries[:MOST_LINES]:
        day = f", {entry.expires}" if entry.expires else ""
        line = f"line {entry.line}: " if entry.line else ""
        yield from screen.wrap(f"    {line}{brief(entry.rule)} in {brief(entry.place)}{day}", 0, 6)
    if number > MOST_LINES:
        yield f"    and {number - MOST_LINES} more"


def written(change: BaselineChange) -> Iterator[str]:
    """What to say of a baseline that was written."""
    screen = Screen(color=False, width=0, encoding=None)
    gone = f"{len(change.gone)} not found any more" + (", kept since something was not read" if change.stay else "")
    total = change.new + change.kept + (len(change.gone) if change.stay else 0)
    yield f"{brief(change.file)}: {_entries(total)}: {change.new} new, {change.kept} as before; {gone}"
    if not change.stay:
        yield from _list("left out", "", change.gone, len(change.gone), screen)
    yield from _list("expired", "and quiet no more", change.expired, len(change.expired), screen)
    if change.reasonless:
        yield f"  {_entries(change.reasonless)} without a reason: write one, and a day on which it expires"


def _entries(number: int) -> str:
    return f"{number} entry" if number == 1 else f"{number} entries"
