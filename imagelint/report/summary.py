"""The last lines of a report for people: how many, what was kept quiet, and what was not read."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.findings import Dropped, Finding, Report, ScannedImage, Skip
from imagelint.lazy import Lazy
from imagelint.report.closing import next_steps
from imagelint.report.escape import brief
from imagelint.report.groups import Group
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
DIGEST = Lazy(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")
MOST_LINES = 50
"""Of one list. The number of the others is told, and the formats for machines have them all."""
MOST_FILES = 15
"""Dockerfiles and images whose findings are counted one by one."""
FEW = 10
"""Findings from which on they are."""
MOST_RULES = 8
"""That are named with their numbers."""
MANY = 30
"""Findings from which on the rules are counted."""
ALIKE = 5
"""Places of one list that are named where the reason is the same; of what was not read, all are, up to MOST_LINES."""


def summary_lines(report: Report, groups: list[Group], screen: Screen, *, quiet: bool = False) -> Iterator[str]:
    """What to know beside the findings. Holes are told even when `quiet`."""
    yield from _skips("not read, so this report is not complete", "error", report.incomplete, screen, MOST_LINES)
    yield from _skips("looked into only in part", "warning", report.limited, screen, ALIKE)
    if quiet:
        return
    shown = [finding for group in groups for finding in group.findings]
    yield from _by_file(groups, screen)
    yield from _by_rule(shown, screen)
    yield from _images(report, screen)
    style = max(shown, key=lambda finding: finding.severity.rank).severity.value if shown else "bold"
    yield from (screen.paint(line, style) for line in screen.wrap(_counts(report, shown), 0, 2))
    yield from _suppressed(report, screen)
    if report.baseline or "overrides" in report.config:
        from imagelint.report import triaged  # only where there is something to tell

        yield from triaged.lines(report, screen)
    if number := int(report.stats.get("published", 0)):
        text = f"{counted(number, 'finding')} kept back, in files as their packages brought them"
        yield from screen.wrap(f"{text}: --show-published reports {'it' if number == 1 else 'them'}", 0, 2)
    if number := int(report.stats.get("base", 0)):
        verb = "is" if number == 1 else "are"
        text = f"{counted(number, 'finding')} in the base image's layers {verb} left out (--own)"
        yield from screen.wrap(text, 0, 2)
    if number := int(report.stats.get("unchanged", 0)):
        verb = "is" if number == 1 else "are"
        yield from screen.wrap(
            f"{counted(number, 'image')} {verb} left out, of which nothing is new (--only-changed)", 0, 2
        )
    if number := int(report.stats.get("gone", 0)):
        verb = "is" if number == 1 else "are"
        text = f"{counted(number, 'reference')} of the index {verb} not in the registry any more"
        yield from screen.wrap(text, 0, 2)
    if shown:
        yield from next_steps(report, groups, screen)


def severities(findings: list[Finding]) -> str:
    """`1 error, 2 warnings`."""
    found = tally(findings, lambda finding: finding.severity.value)
    return ", ".join(counted(found[name], name) for name in SEVERITIES if name in found)


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
    if not report.targets:
        return "nothing was scanned"
    read = (("dockerfiles", "Dockerfile"), ("images", "image"), ("containers", "container"))
    kinds = [counted(number, word) for key, word in read if (number := int(report.stats.get(key, 0)))]
    among = f"in {' and '.join(kinds) or counted(len(report.targets), 'target')}"
    if not shown:
        return f"no findings {'in what was read' if report.incomplete else among}"
    new = sum(finding.baseline == "new" for finding in shown)
    told = f" ({new if new < len(shown) else 'all'} new)" if new else ""
    mendable = sum(finding.fix is not None and finding.fix.safety == "safe" for finding in shown)
    return f"{severities(shown)}{told} {among}" + (f", {mendable} with a safe fix" if mendable else "")


def _images(report: Report, screen: Screen) -> Iterator[str]:
    """Where each image was read from."""
    for image in report.images[:MOST_LINES]:
        layers = counted(len(image.layers), "layer") if image.layers else ""
        facts = [brief(image.platform), layers, _base(image)]
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


def _base(image: ScannedImage) -> str:
    """What it is built on, where that is known."""
    if image.base_layers < 0:
        return f"built on {brief(image.base)}" if image.base else ""
    return f"{image.base_layers} of {brief(image.base) if image.base else 'its base image'}"


def _by_file(groups: list[Group], screen: Screen) -> Iterator[str]:
    """A line for each Dockerfile and image, where there is more than one and their titles may be out of sight."""
    files: dict[str, list[Finding]] = {}
    for group in groups:
        files.setdefault(group.target if group.path is None else group.path, []).extend(group.findings)
    if len(files) < 2 or sum(map(len, files.values())) < FEW:
        return
    for name, findings in list(files.items())[:MOST_FILES]:
        yield from screen.wrap(f"{brief(name)}: {severities(findings)}", 0, 2)
    if left := list(files.values())[MOST_FILES:]:
        rest = [finding for findings in left for finding in findings]
        yield from screen.wrap(f"and {len(left)} more: {severities(rest)}", 0, 2)
    yield ""


def _by_rule(shown: list[Finding], screen: Screen) -> Iterator[str]:
    """The rules with the most findings, where one cannot count them at a glance."""
    if len(shown) < MANY:
        return
    counts = sorted(tally(shown, lambda finding: finding.rule).items(), key=lambda item: (-item[1], item[0]))
    told = ", ".join(f"{rule} {number}" for rule, number in counts[:MOST_RULES])
    rest = sum(number for _, number in counts[MOST_RULES:])
    more = f", and {rest} of {counted(len(counts) - MOST_RULES, 'other rule')}" if rest else ""
    yield from screen.wrap(f"most often: {told}{more}", 0, 2)
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


def _skips(title: str, style: str, skips: list[Skip], screen: Screen, alike: int) -> Iterator[str]:
    """What has the same reason stands together, at the place of the first; of much, so many are named."""
    if not skips:
        return
    yield from (screen.paint(line, style) for line in screen.wrap(f"{title} ({len(skips)}):", 0, 2))
    reasons: dict[str, list[Skip]] = {}
    for skip in skips:
        reasons.setdefault(skip.reason, []).append(skip)
    room, rest = MOST_LINES, 0
    for reason, same in reasons.items():
        told = same[: min(alike, room)]
        room -= len(told)
        for skip in told:
            yield from _item(_named(skip), brief(reason), screen)
        left = len(same) - len(told)
        if told and left:
            yield from screen.wrap(f"  and {left} more for the same reason, which --format json lists", 0, 4)
        else:
            rest += left
    if rest:
        yield f"  and {rest} more, which --format json lists"
    yield ""


def _named(skip: Skip) -> str:
    """The target and the place in it, digests as long as people read them; one of the two where it says both."""
    place = DIGEST.sub(r"\1", skip.place)
    if not place or skip.target.endswith(skip.place):
        return brief(skip.target)
    if not skip.target or skip.target == "." or skip.place.startswith(f"{skip.target.rstrip('/')}/"):
        return brief(place)
    return f"{brief(skip.target)}, {brief(place)}"


def _item(place: str, reason: str, screen: Screen) -> Iterator[str]:
    first, *others = screen.wrap(f"{place}: {reason}" if place else reason, 2, 4)
    yield f"  {first}"
    yield from others
