"""One finding for people: what, where, the line itself, how the layers came to it, and how to mend it.

What a finding has in common with one above it in its group is said once, and then in few words.
"""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.findings import Finding, Frame, LayerInfo, Location
from imagelint.report.escape import brief
from imagelint.report.frames import fitted, frame_lines
from imagelint.report.groups import in_dockerfile
from imagelint.report.interface import STATUS, STEPS, RuleText, other_places, step_text
from imagelint.report.screen import Screen, cells, fit

LONGEST = 400
"""Characters of a place where the screen sets no limit."""
MOST_PLACES = 10
EXTRACT = 12
"""Characters of a fingerprint, which `imagelint extract` takes."""
NARROW = 72
"""Columns under which a trail's texts go on lines of their own."""
REFERENCE = 40
"""Columns of the place that says something already."""
STDIN = "-"
MENDS = ("help", "fix")
UNSAFE = " (unsafe: look at it first)"


class Teller:
    """Tells the findings of one group, in their order."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._told: dict[object, str] = {}
        """What was said, and the place that said it."""
        self._lines: set[int] = set()
        """Of the Dockerfile, that were shown."""
        self._marked: set[object] = set()
        """What frames have marked."""
        self._rule = ""
        """Of the finding before, where that is not in a Dockerfile."""
        self._mend: tuple[str, str] | None = None
        """Of the finding before: how to mend it, as it is said the first time."""
        self.short = False
        """The finding told last has nothing to tell but what and where, and is of the same rule as the one before."""

    def lines(self, finding: Finding, rule: RuleText) -> Iterator[str]:
        """A finding, line by line."""
        screen, style = self._screen, finding.severity.value
        frame = self._frame(finding)
        gutter = len(str(frame.first_line + len(frame.lines) - 1)) if frame else 1
        again, above = self._rule == finding.rule and not frame, self._mend
        facts = list(self._facts(finding, rule))
        if again and self._mend == above:
            facts = [fact for fact in facts if fact[0] not in MENDS]  # it stands right above
        self.short = again and not facts
        yield from self._head(finding, rule, style)
        # Of the hundreds that a layer may have, each is one line that says what and where.
        if not (self.short and at(finding.location) in finding.message):
            yield from self._where(finding, gutter)
        if frame:
            yield from frame_lines(frame, screen, style, gutter)
        for label, text in facts:
            yield from self._fact(label, text, gutter)
            if label == "trail" and not text:
                yield from _trail(finding, screen, gutter + 3)
            if label in ("also in", "lies in"):
                yield from _places(finding, screen, gutter + 3)
        self._rule = "" if frame and in_dockerfile(finding) else finding.rule

    def _head(self, finding: Finding, rule: RuleText, style: str) -> Iterator[str]:
        screen = self._screen
        new = " new" if finding.baseline == "new" else ""
        taken = len(f"{style}[{finding.rule}]{new}: ")
        first, *others = screen.wrap(brief(finding.message), taken, 2)
        name = screen.links.rule(finding.rule, rule) if screen.links else finding.rule
        yield screen.paint(f"{style}[{name}]{new}", style) + screen.paint(f": {first}".rstrip(), "bold")
        yield from (screen.paint(line, "bold") for line in others)

    def _where(self, finding: Finding, gutter: int) -> Iterator[str]:
        """Where to go: the line of the Dockerfile, as far as it is known, and the place in the image, whose name stands
        above the group."""
        screen = self._screen
        arrow = f"{' ' * gutter}{screen.paint('-->', 'frame')} "
        room = (screen.width or LONGEST) - gutter - 4
        source = finding.layer.source if finding.layer else None
        place = at(finding.location)
        if source is None:
            path = finding.location.path if in_dockerfile(finding) and finding.target != STDIN else ""
            yield arrow + _file(fit(place, room), path, screen)
            return
        line = line_of(source)
        if cells(line) + cells(place) + 2 <= room:
            yield f"{arrow}{_file(line, source.path, screen)}: {place}"
        else:
            yield f"{arrow}{_file(fit(line, room - 1), source.path, screen)}:"
            yield " " * (gutter + 4) + fit(place, room)

    def _frame(self, finding: Finding) -> Frame | None:
        """The frame, without the lines around when what it marks was shown. Of what one line put into an image only
        the first shows it: there may be hundreds."""
        frame = finding.frame
        if frame is None or not frame.lines:
            return None
        if not in_dockerfile(finding) and frame.marks in self._marked:
            return None
        self._marked.add(frame.marks)
        shown = bool(frame.marks) and self._lines.issuperset(line for line, _, _ in frame.marks)
        self._lines.update(range(frame.first_line, frame.first_line + len(frame.lines)))
        return fitted(frame, around=not shown)

    def _before(self, said: object, finding: Finding) -> str:
        """Where the same was said already; empty where this is the first time."""
        if said in self._told:
            return self._told[said]
        location = finding.location
        framed = in_dockerfile(finding) and location.line
        place = f"at line {location.line}" if framed else f"for {fit(brief(location.path), REFERENCE)}"
        self._told[said] = place
        return ""

    def _facts(self, finding: Finding, rule: RuleText) -> Iterator[tuple[str, str]]:
        layer = finding.layer
        if layer and layer.index < 0:
            if layer.created_by is not None:
                notes = [f"history entry {layer.history}" if layer.history >= 0 else "", uncertain(layer)]
                told = ", ".join(filter(None, notes))
                yield "created by", brief(layer.created_by) + (f"  ({told})" if told else "")
            elif layer.history >= 0:
                yield "history", f"entry {layer.history}"
        trail = tuple((step.kind, step.layer and step.layer.index, step_text(step)) for step in finding.trail)
        trailed = bool(trail and self._before(trail, finding))
        if finding.status:
            yield from self._status(finding, trailed)
        if secret := finding.secret:
            notes = [secret.confidence, *(["encrypted"] if secret.encrypted else [])]
            value = secret.masked if secret.value is None else secret.value
            found = f"{brief(secret.type)} {brief(value)} ({', '.join(notes)})"
            if layer and layer.index >= 0:
                found += f", fingerprint {finding.fingerprint[:EXTRACT]}"
            yield "secret", found
        if finding.published:
            yield "published", "the file is, byte for byte, what its package brought"
        if trail:
            if not trailed:
                yield "trail", ""
            elif finding.status != "present":  # else it is what stands above the group
                yield "trail", _in_short(finding, self._told[trail])
        if other_places(finding):
            yield "lies in" if finding.surface == "context" else "also in", ""
        yield from self._mending(finding, rule)

    def _status(self, finding: Finding, trailed: bool) -> Iterator[tuple[str, str]]:
        inside = finding.layer is None or finding.layer.index >= 0
        meaning = STATUS.get(finding.status, "") if inside and finding.layer else ""
        if not self._before(("status", finding.status), finding):
            yield "status", f"{finding.status}, {meaning}" if meaning else finding.status
        elif finding.status != "present" and not trailed:
            yield "status", finding.status

    def _mending(self, finding: Finding, rule: RuleText) -> Iterator[tuple[str, str]]:
        if finding.fix:
            mend = "fix", brief(finding.fix.title) + ("" if finding.fix.safety == "safe" else UNSAFE)
        else:
            mend = "help", brief(finding.remedy or rule.remedy)
        self._mend = mend
        if mend[1]:
            before = self._before(mend, finding)
            yield mend[0], f"as {before}" if before else mend[1]

    def _fact(self, label: str, text: str, gutter: int) -> Iterator[str]:
        screen = self._screen
        mark = screen.paint("=", "frame")
        first, *others = screen.wrap(text, gutter + len(label) + 5, gutter + 5)
        name = screen.paint(label, "help" if label in MENDS else "bold")
        yield f"{' ' * gutter} {mark} {name}: {first}".rstrip()
        yield from (line.rstrip() for line in others)


def at(location: Location) -> str:
    """`path:line:column`, as far as it is known."""
    line = f":{location.line}" if location.line else ""
    column = f":{location.column}" if location.line and location.column else ""
    return brief(location.path) + line + column


def line_of(source: Location) -> str:
    """`path:line` of an instruction."""
    return at(Location(source.path, source.line))


def uncertain(layer: LayerInfo) -> str:
    """What to say of a history entry whose line is not known for sure."""
    return "line uncertain" if layer.certainty == "uncertain" else ""


def _file(text: str, path: str, screen: Screen) -> str:
    return screen.links.file(text, path) if screen.links and path else text


def _in_short(finding: Finding, before: str) -> str:
    """A trail that was told, on one line: the layers, where it has some."""
    if not any(step.layer for step in finding.trail):
        return f"as {before}"
    steps = []
    for step in finding.trail:
        layer = f" (layer {step.layer.index})" if step.layer and step.layer.index >= 0 else ""
        steps.append(STEPS.get(step.kind, step.kind) + layer)
    return ", ".join(steps)


def _trail(finding: Finding, screen: Screen, indent: int) -> Iterator[str]:
    """The steps as a small tree, their texts in one column."""
    names = [STEPS.get(step.kind, step.kind) for step in finding.trail]
    layers = [f"layer {step.layer.index}" if step.layer and step.layer.index >= 0 else "" for step in finding.trail]
    wide = max(map(len, names))
    far = max(map(len, layers))
    narrow = 0 < screen.width < NARROW
    sources = set()
    for number, (step, name, layer) in enumerate(zip(finding.trail, names, layers, strict=True), 1):
        last = number == len(names)
        branch, below = (screen.last, "   ") if last else (screen.branch, screen.down)
        head = f"{name:{wide}}  {layer:{far}}  " if far else f"{name:{wide}}  "
        text = brief(step_text(step))
        source = line_of(step.layer.source) if step.layer and step.layer.source else ""
        if source and source not in sources:
            text = f"{text}  ({source})"
            sources.add(source)
        taken = indent + len(branch) + (0 if narrow else len(head))
        rows = screen.rows(text, taken, taken)
        first = "" if narrow else rows.pop(0)
        yield f"{' ' * indent}{screen.paint(branch, 'frame')}{head}{first}".rstrip()
        blanks = "" if narrow else " " * len(head)
        yield from (f"{' ' * indent}{screen.paint(below, 'frame')}{blanks}{row}" for row in rows)


def _places(finding: Finding, screen: Screen, indent: int) -> Iterator[str]:
    others = other_places(finding)
    for place in others[:MOST_PLACES]:
        where = fit(at(Location(place.path, place.line)), screen.width - indent if screen.width else LONGEST)
        notes = filter(None, [f"layer {place.layer}" if place.layer >= 0 else "", place.status, place.surface])
        first, *rest = screen.wrap(f"{where}  {', '.join(notes)}".rstrip(), indent, indent + 2)
        if place.surface == "context" and first.startswith(where):
            first = _file(where, place.path, screen) + first[len(where) :]
        yield " " * indent + first
        yield from rest
    if len(others) > MOST_PLACES:
        yield f"{' ' * indent}and {len(others) - MOST_PLACES} more, which --format json lists"
