"""The last lines of a report for people: how many, what was kept quiet, and what was not read."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.findings import Dropped, Finding, Report, Skip
from imagelint.report import triaged
from imagelint.report.escape import brief
from imagelint.report.interface import counted, ranked, tally
from imagelint.report.screen import Screen

SEVERITIES = ("error", "warning", "note")
SOURCES = {
    "docker": "the Docker daemon",
    "podman": "Podman",
    "registry": "its registry",
    "docker-archive": "an archive",
    "oci": "an OCI layout",
    "oci-archive": "an OCI archive",
}
MOST_LINES = 50
"""Of one list. The number of the others is told, and the formats for machines have them all."""


def summary_lines(report: Report, shown: list[Finding], screen: Screen, *, quiet: bool = False) -> Iterator[str]:
    """What to know beside the findings. Holes are told even when `quiet`."""
    yield from _skips("not read, so this report is not complete", "error", report.incomplete, screen)
    yield from _skips("looked into only in part", "warning", report.limited, screen)
    if quiet:
        return
    yield from _by_target(shown, screen)
    yield from _images(report, screen)
    yield from screen.wrap(_counts(report, shown), 0, 2)
    yield from _suppressed(report, screen)
    yield from triaged.lines(report, screen)
    if number := int(report.stats.get("published", 0)):
        text = f"{counted(number, 'secret')} kept back, in files as their packages brought them"
        yield from screen.wrap(f"{text}: --show-published reports {'it' if number == 1 else 'them'}", 0, 2)
    if number := int(report.stats.get("base", 0)):
        text = (
            f"{counted(number, 'finding')} in the base image's layers {'is' if number == 1 else 'are'} left out (--own)"
        )
        yield from screen.wrap(text, 0, 2)
    if shown:
        worst = max(shown, key=lambda finding: finding.severity.rank)
        yield from screen.wrap(f"why, and how to mend it: imagelint explain {worst.rule}", 0, 2)


def dropped_lines(dropped: Dropped, screen: Screen) -> Iterator[str]:
    """What was taken for a secret and turned away: how many by each filter, and what it means."""
    from imagelint.secrets.dropped import MEANINGS  # only where it was asked for

    counts = ranked(dropped)
    if not counts:
        yield "nothing that looked like a secret was turned away"
        return
    yield from screen.wrap(f"turned away ({sum(dropped.counts.values())}), by filter:", 0, 2)
    wide, far = max(len(name) for name, _ in counts), max(len(str(number)) for _, number in counts)
    for name, number in counts:
        yield from screen.wrap(f"  {name:{wide}}  {number:{far}}  {MEANINGS[name]}", 0, wide + far + 6)
    yield "  (--format json names the first places of each)"


def _counts(report: Report, shown: list[Finding]) -> str:
    among = f"in {counted(len(report.targets), 'target')}"
    if not report.targets:
        return "nothing was scanned"
    if not shown:
        return f"no findings {'in what was read' if report.incomplete else among}"
    found = tally(shown, lambda finding: finding.severity.value)
    counts = ", ".join(counted(found[name], name) for name in SEVERITIES if name in found)
    mendable = sum(finding.fix is not None and finding.fix.safety == "safe" for finding in shown)
    return f"{counts} {among}" + (f", {mendable} with a safe fix" if mendable else "")


def _images(report: Report, screen: Screen) -> Iterator[str]:
    """Where each image was read from."""
    for image in report.images[:MOST_LINES]:
        facts = [brief(image.platform), counted(len(image.layers), "layer") if image.layers else ""]
        access = {True: "can be pulled without credentials", False: "can be pulled with credentials only", None: ""}
        facts.append(access[image.public])
        name = brief(image.name)
        if not brief(image.target).endswith(name):
            name = f"{brief(image.target)}, {name}"
        yield from screen.wrap(", ".join(filter(None, [f"{name}: from {SOURCES[image.source]}", *facts])), 0, 2)
    if len(report.images) > MOST_LINES:
        yield f"and {len(report.images) - MOST_LINES} more images, which --format json lists"
    if report.images:
        yield ""


def _by_target(shown: list[Finding], screen: Screen) -> Iterator[str]:
    """A line for each target, where there is more than one with findings."""
    groups: dict[str, list[Finding]] = {}
    for finding in shown:
        groups.setdefault(finding.target, []).append(finding)
    if not 1 < len(groups) <= MOST_LINES:
        return
    for target, findings in groups.items():
        found = tally(findings, lambda finding: finding.severity.value)
        counts = ", ".join(counted(found[name], name) for name in SEVERITIES if name in found)
        yield from screen.wrap(f"{brief(target)}: {counts}", 0, 2)
    yield ""


def _suppressed(report: Report, screen: Screen) -> Iterator[str]:
    quieted = [finding for finding in report.findings if finding.suppressed]
    if quieted:
        reasons = tally(quieted, lambda finding: brief(_by(finding.suppressed)))
        told = [f"{number} {reason}" for reason, number in list(reasons.items())[:MOST_LINES]]
        more = f", {counted(len(reasons) - MOST_LINES, 'more reason')}" if len(reasons) > MOST_LINES else ""
        yield from screen.wrap(f"{len(quieted)} suppressed: {', '.join(told)}{more}", 0, 2)
    if file := report.config.get("file"):
        yield from screen.wrap(f"configuration: {brief(str(file))}", 0, 2)


def _by(suppressed: str) -> str:
    """Who suppressed it: comments are counted together, since each has a line of its own."""
    return "by comments in Dockerfiles" if suppressed.startswith("inline: ") else suppressed


def _skips(title: str, style: str, skips: list[Skip], screen: Screen) -> Iterator[str]:
    if not skips:
        return
    yield from (screen.paint(line, style) for line in screen.wrap(f"{title} ({len(skips)}):", 0, 2))
    for skip in skips[:MOST_LINES]:
        yield from _item(_named(skip), brief(skip.reason), screen)
    if len(skips) > MOST_LINES:
        yield f"  and {len(skips) - MOST_LINES} more, which --format json lists"
    yield ""


def _named(skip: Skip) -> str:
    """The target and the place in it; one of the two where it says both."""
    if not skip.place or skip.target.endswith(skip.place):
        return brief(skip.target)
    if not skip.target or skip.target == "." or skip.place.startswith(f"{skip.target.rstrip('/')}/"):
        return brief(skip.place)
    return f"{brief(skip.target)}, {brief(skip.place)}"


def _item(place: str, reason: str, screen: Screen) -> Iterator[str]:
    first, *others = screen.wrap(f"{place}: {reason}" if place else reason, 2, 4)
    yield f"  {first}"
    yield from others
