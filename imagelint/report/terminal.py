"""Findings for people: what, where, the line itself, how the layers came to it, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from imagelint.findings import Dropped, Finding, LayerInfo, Location, Report
from imagelint.report.escape import brief, shorten
from imagelint.report.frames import frame_lines
from imagelint.report.interface import STEPS, RuleText, in_order, other_places, step_text, texts_of
from imagelint.report.screen import Screen
from imagelint.report.summary import dropped_lines, summary_lines

LONGEST = 400
"""Characters of a place where the screen sets no limit."""
MOST_PLACES = 10
EXTRACT = 12
"""Characters of a fingerprint, which `imagelint extract` takes."""
NARROW = 72
"""Columns under which a trail's texts go on lines of their own."""
STATUS = {
    "present": "in the final filesystem",
    "deleted": "gone from the final filesystem, still in its layer",
    "overwritten": "replaced by a later layer, the old bytes are still in theirs",
    "hidden": "behind a directory that a later layer replaced, still in its layer",
}


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
    screen = Screen(color, width, getattr(out, "encoding", None))
    shown = [finding for finding in in_order(report) if not finding.suppressed]
    texts = texts_of(report, rules)
    diffs, mended = _mended(report, screen, quiet=quiet)
    for line in diffs:
        out.write(screen.shown(line) + "\n")
    for finding in shown:
        for line in finding_lines(finding, texts[finding.rule], screen):
            out.write(screen.shown(line) + "\n")
        out.write("\n")
    for line in (*mended, *summary_lines(report, shown, screen, quiet=quiet)):
        out.write(screen.shown(line) + "\n")
    if report.dropped is not None:
        out.write("" if quiet else "\n")
        write_dropped(report.dropped, out, screen)


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

    return diff_lines(report), mended_lines(report, screen, quiet=quiet)


def write_dropped(dropped: Dropped, out: TextIO, screen: Screen) -> None:
    """Write the table of what was turned away."""
    for line in dropped_lines(dropped, screen):
        out.write(screen.shown(line) + "\n")


def finding_lines(finding: Finding, rule: RuleText, screen: Screen) -> Iterator[str]:
    """One finding, line by line."""
    style = finding.severity.value
    frame = finding.frame
    gutter = len(str(frame.first_line + len(frame.lines) - 1)) if frame and frame.lines else 1
    head = f"{style}[{finding.rule}]: "
    first, *others = screen.wrap(brief(finding.message), len(head), 2)
    yield screen.paint(head[:-2], style) + screen.paint(f": {first}".rstrip(), "bold")
    yield from (screen.paint(line, "bold") for line in others)
    yield from _where(finding, screen, gutter)
    if frame and frame.lines:
        yield from frame_lines(frame, screen, style, gutter)
    for label, text in _facts(finding, rule):
        mark = screen.paint("=", "frame")
        taken = gutter + len(label) + 5
        first, *others = screen.wrap(text, taken, gutter + 5)
        yield f"{' ' * gutter} {mark} {screen.paint(label, 'help' if label == 'help' else 'bold')}: {first}".rstrip()
        yield from (line.rstrip() for line in others)
        if label == "trail":
            yield from _trail(finding, screen, gutter + 3)
        if label in ("also in", "lies in"):
            yield from _places(finding, screen, gutter + 3)


def at(location: Location) -> str:
    """`path:line:column`, as far as it is known."""
    line = f":{location.line}" if location.line else ""
    column = f":{location.column}" if location.line and location.column else ""
    return brief(location.path) + line + column


def _where(finding: Finding, screen: Screen, gutter: int) -> Iterator[str]:
    arrow = f"{' ' * gutter}{screen.paint('-->', 'frame')} "
    room = (screen.width or LONGEST) - gutter - 4
    place = at(finding.location)
    if finding.layer is None and finding.surface in ("", "dockerfile"):
        yield arrow + shorten(place, room)
        return
    target = brief(finding.target)
    if len(target) + len(place) + 2 <= room:
        yield f"{arrow}{target}: {place}"
    else:
        yield arrow + shorten(target, room - 1) + ":"
        yield " " * (gutter + 4) + shorten(place, room)


def _facts(finding: Finding, rule: RuleText) -> Iterator[tuple[str, str]]:
    layer = finding.layer
    if layer:
        if named := _layer(layer):
            yield ("layer" if layer.index >= 0 else "history"), named
        if layer.created_by is not None:
            yield "created by", brief(layer.created_by)
        if layer.source:
            yield "source", at(layer.source)
    if finding.status:
        inside = layer is not None and layer.index >= 0
        yield (
            "status",
            f"{finding.status}, {STATUS[finding.status]}" if inside and finding.status in STATUS else finding.status,
        )
    if secret := finding.secret:
        notes = [secret.confidence, *(["encrypted"] if secret.encrypted else [])]
        value = secret.masked if secret.value is None else secret.value
        yield "secret", f"{brief(secret.type)} {brief(value)} ({', '.join(notes)})"
        if layer and layer.index >= 0:
            yield "fingerprint", finding.fingerprint[:EXTRACT]
    if finding.published:
        yield "published", "the file is, byte for byte, what its package brought"
    if finding.trail:
        yield "trail", ""
    if other_places(finding):
        yield "lies in" if finding.surface == "context" else "also in", ""
    if finding.fix:
        yield (
            "help",
            brief(finding.fix.title) + ("" if finding.fix.safety == "safe" else " (an unsafe fix: read it first)"),
        )
    elif rule.remedy:
        yield "help", brief(rule.remedy)


def _layer(layer: LayerInfo) -> str:
    """`3, sha256:0123456789ab, of the base image`; what no layer made has only its history entry."""
    if layer.index < 0:
        return f"entry {layer.history}" if layer.history >= 0 else ""
    origin = {"base": "of the base image", "own": "of this image"}.get(layer.origin, "")
    digest = brief(layer.diff_id)
    return ", ".join(filter(None, [str(layer.index), digest[:19], origin]))


def _trail(finding: Finding, screen: Screen, indent: int) -> Iterator[str]:
    """The steps as a small tree, their texts in one column."""
    names = [STEPS.get(step.kind, step.kind) for step in finding.trail]
    layers = [f"layer {step.layer.index}" if step.layer and step.layer.index >= 0 else "" for step in finding.trail]
    wide = max(map(len, names))
    far = max(map(len, layers))
    narrow = 0 < screen.width < NARROW
    for number, (step, name, layer) in enumerate(zip(finding.trail, names, layers, strict=True), 1):
        last = number == len(names)
        branch, below = (screen.last, "   ") if last else (screen.branch, screen.down)
        head = f"{name:{wide}}  {layer:{far}}  " if far else f"{name:{wide}}  "
        text = brief(step_text(step))
        if step.layer and step.layer.source:
            text = f"{text}  ({at(step.layer.source)})"
        taken = indent + len(branch) + (0 if narrow else len(head))
        rows = screen.rows(text, taken, taken)
        first = "" if narrow else rows.pop(0)
        yield f"{' ' * indent}{screen.paint(branch, 'frame')}{head}{first}".rstrip()
        blanks = "" if narrow else " " * len(head)
        yield from (f"{' ' * indent}{screen.paint(below, 'frame')}{blanks}{row}" for row in rows)


def _places(finding: Finding, screen: Screen, indent: int) -> Iterator[str]:
    others = other_places(finding)
    for place in others[:MOST_PLACES]:
        where = shorten(at(Location(place.path, place.line)), screen.width - indent if screen.width else LONGEST)
        notes = filter(None, [f"layer {place.layer}" if place.layer >= 0 else "", place.status, place.surface])
        first, *rest = screen.wrap(f"{where}  {', '.join(notes)}".rstrip(), indent, indent + 2)
        yield " " * indent + first
        yield from rest
    if len(others) > MOST_PLACES:
        yield f"{' ' * indent}and {len(others) - MOST_PLACES} more, which --format json lists"
