"""Findings for people: in groups of what is mended together, what was not read, and what to do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from imagelint.findings import Dropped, Report, ScannedImage
from imagelint.report.escape import brief
from imagelint.report.finding import Teller, line_of, uncertain
from imagelint.report.groups import Group, grouped
from imagelint.report.interface import RuleText, texts_of
from imagelint.report.screen import Screen, fit, wants_links
from imagelint.report.summary import dropped_lines, severities, summary_lines

SHORT = 19
"""Characters of a digest."""
MOST_HISTORY = 240
"""Characters of what made a layer, which may be a whole script."""


def render(
    report: Report,
    rules: Mapping[str, RuleText],
    out: TextIO,
    *,
    color: bool = False,
    width: int = 0,
    quiet: bool = False,
) -> None:
    """Write the report for people. Suppressed findings are only counted."""
    screen = screen_of(out, color, width)

    def write(lines: Iterable[str]) -> None:
        out.writelines(screen.shown(line) + "\n" for line in lines)

    shown = [finding for finding in report.findings if not finding.suppressed]
    groups = grouped(report, shown)
    texts, images = texts_of(report, rules), _images(report)
    diffs, mended = _mended(report, screen, quiet=quiet)
    write(diffs)
    for group in groups:
        if len(groups) > 1 or group.path is None:
            write(_title(group, images, screen))
            out.write("\n")
        write(_findings(group, texts, screen))
    write(mended)
    write(summary_lines(report, groups, screen, quiet=quiet))
    if report.dropped is not None:
        out.write("" if quiet else "\n")
        write_dropped(report.dropped, out, screen)


def screen_of(out: TextIO, color: bool, width: int) -> Screen:
    """The screen behind a stream."""
    links = None
    if wants_links(out):
        from imagelint.report.links import Links  # only for a terminal that follows them

        links = Links()
    return Screen(color, width, getattr(out, "encoding", None), links)


def write_mended(report: Report, out: TextIO, screen: Screen) -> None:
    """Write the diffs, and what was mended."""
    for lines in _mended(report, screen, quiet=False):
        for line in lines:
            out.write(screen.shown(line) + "\n")


def _mended(report: Report, screen: Screen, *, quiet: bool) -> tuple[Iterable[str], Iterable[str]]:
    """The diffs, and a line for each file."""
    if not report.mended:
        return (), ()
    from imagelint.report.mended import diff_lines, mended_lines  # only where fixes were asked for

    return diff_lines(report, screen), mended_lines(report, screen, quiet=quiet)


def write_dropped(dropped: Dropped, out: TextIO, screen: Screen) -> None:
    """Write the table of what was turned away."""
    for line in dropped_lines(dropped, screen):
        out.write(screen.shown(line) + "\n")


def _findings(group: Group, texts: Mapping[str, RuleText], screen: Screen) -> Iterator[str]:
    """The findings of a group with a blank line behind each, but between short ones of the same rule."""
    teller, several = Teller(screen), False
    for number, finding in enumerate(group.findings):
        lines = list(teller.lines(finding, texts[finding.rule]))
        if number and not (several and teller.short):
            yield ""
        yield from lines
        several = teller.short
    yield ""


def _images(report: Report) -> Mapping[tuple[str, str], list[ScannedImage]]:
    """The images by target and the diff_id of a layer; all of a target by the empty one."""
    images: defaultdict[tuple[str, str], list[ScannedImage]] = defaultdict(list)
    for image in report.images:
        for diff_id in {"", *(layer.diff_id for layer in image.layers)}:
            images[image.target, diff_id].append(image)
    return images


def _among(having: list[ScannedImage], images: list[ScannedImage]) -> str:
    """Which of a target's images a layer is of, where there are several."""
    if len(images) < 2 or not having or len(having) == len(images):
        return ""
    first = having[0]
    alike = sum(image.name == first.name for image in images)  # those of several platforms
    facts = [first.name if alike < len(images) else "", first.platform if alike > 1 else ""]
    told = " ".join(map(brief, filter(None, facts))) or brief(first.name)
    return told + (f" and {len(having) - 1} more" if len(having) > 1 else "")


def _title(group: Group, images: Mapping[tuple[str, str], list[ScannedImage]], screen: Screen) -> Iterator[str]:
    """What the group is, how many of what it has, and for a layer what made it."""
    counts = severities(group.findings)
    room = screen.width - len(screen.line) - len(counts) - 3 if screen.width else 0
    if group.path is not None:
        name, more = brief(group.path), ""
    elif group.layer is None:
        name, more = brief(group.target), ", configuration"
    else:
        having = images[group.target, group.layer.diff_id] or images[group.target, ""]
        base = having[0].base if having else None
        origins = {"base": f"of the base image {brief(base)}" if base else "of the base image", "own": "of this image"}
        facts = [_among(having, images[group.target, ""]), f"layer {group.layer.index}"]
        facts += [brief(group.layer.diff_id)[:SHORT], origins.get(group.layer.origin, "")]
        name, more = brief(group.target), "".join(f", {fact}" for fact in facts if fact)
    if room:
        name = fit(name, max(room - len(more), room // 3))
    first, *others = screen.wrap(f"{name}{more}: {counts}", len(screen.line) + 1, len(screen.line) + 1)
    if screen.links and group.path is not None and first.startswith(name):
        first = screen.links.file(name, group.path) + first[len(name) :]
    yield f"{screen.paint(screen.line, 'frame')} {screen.paint(first, 'bold')}"
    yield from (screen.paint(line, "bold") for line in others)
    if group.layer is None or group.layer.created_by is None:
        return
    note = line_of(group.layer.source) if group.layer.source else uncertain(group.layer)
    indent = len(screen.line) + 1
    text = brief(group.layer.created_by, MOST_HISTORY).strip() + (f"  ({note})" if note else "")
    first, *others = screen.wrap(text, indent, indent)
    yield from (screen.paint(line, "dim") for line in (" " * indent + first, *others))
