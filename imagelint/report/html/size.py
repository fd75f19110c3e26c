"""The page of `imagelint size`: layers with bars, what of them is waste, by kind and by folder, and the scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from imagelint.compared import Comparison
from imagelint.engine.amounts import in_words
from imagelint.image.leftovers import CATEGORIES
from imagelint.record import field, record
from imagelint.report.compared import STATES, made_by, reasons, rows
from imagelint.report.escape import brief
from imagelint.report.html import ROOM, fitting, write
from imagelint.report.html.layers import about
from imagelint.report.html.view import MOST_TARGETS, Holes, holes
from imagelint.report.html.words import line_of, short
from imagelint.report.interface import counted
from imagelint.report.size_words import MADE, percent
from imagelint.sizes import SizedImage, SizedLayer, SizeReport, Sum, Threshold, Wasted

KINDS = {
    "deleted": "deleted by a later layer",
    "overwritten": "written anew by a later layer",
    "hidden": "in folders that a later layer replaced",
    "metadata": "shipped again for another owner, mode or time",
    "duplicate": "the content of another file",
} | CATEGORIES
"""Of waste, as a reader would say it."""
ORIGINS = {"own": "own", "base": "base image", "": "whose is not known"}
MOST_ROWS = 300
MOST_DEPTH = 12
"""Folders inside each other; deeper ones are told in one name."""
_PLAIN = "stored without compression: a pull transmits less"
LEAST = 0.4
"""Percent: what is small can still be seen."""


@record
class Bar:
    """A bar of the table, in percent of the longest one."""

    whole: float
    waste: float


@record
class Row:
    """A layer, or the sum of some."""

    name: str
    size: str
    wasted: str
    unpacked: str
    unpacked_wasted: str
    origin: str = ""
    stored: Bar | None = None
    """What a pull transmits."""
    spread: Bar | None = None
    """The uncompressed layer."""
    created_by: str = ""
    source: str = ""
    compression: str = ""


@record
class Node:
    """A folder or a file of the tree."""

    name: str
    text: str
    nodes: list[Node] = field(default_factory=list)


@record
class Kind:
    """Waste of one kind."""

    name: str
    row: Row
    share: str
    nodes: list[Node] = field(default_factory=list)


@record
class Since:
    """What became of an older build of it."""

    name: str
    facts: list[tuple[str, str, str]]
    """(what, size, text) each."""
    reason: list[str]
    layers: list[tuple[int, str, str, str, str]]
    """(index, state, size, origin, what made it) of those that are not what they were."""


@record
class Shown:
    """An image of the page; `number` is its place there, from 1."""

    number: int
    name: str
    cards: list[tuple[str, str, str]]
    """(class, number, words) each."""
    facts: list[tuple[str, str]]
    rows: list[Row]
    sums: list[Row]
    kinds: list[Kind]
    left_out: int
    """Layers that are not in the table."""
    rest: str
    """What of the waste is not in the tree; empty where all is."""
    since: Since | None


class Page:
    """All of the page."""

    def __init__(self, report: SizeReport) -> None:
        self.report = report
        self.targets = [short(name) for name in report.targets[:MOST_TARGETS]]
        self.more_targets = max(len(report.targets) - MOST_TARGETS, 0)
        self.title = ", ".join(self.targets[:3]) + (" ..." if len(report.targets) > 3 else "")
        self.holes: list[Holes] = [
            holes("Not read, so this report is not complete", "error", report.incomplete),
            holes("Looked into only in part", "warning", report.limited),
        ]
        self.thresholds = [(one.passed, _judged(one)) for one in report.thresholds]

    def images(self) -> Iterator[Shown]:
        """The images, each made while it is written."""
        for number, image in enumerate(self.report.images, 1):
            yield shown(number, image)


def render(report: SizeReport, out: TextIO) -> None:
    """Write the page. What has no room on it is counted there."""
    page = Page(report)
    made = fitting("sized.html", "image", page.images(), ROOM)
    write(out, "size.html", report.version, ("page.css", "size.css"), page=page, made=made)


def shown(number: int, image: SizedImage) -> Shown:
    """An image as the page has it."""
    layers = image.layers[:MOST_ROWS]
    longest = max((one for layer in layers for one in (layer.all.size, layer.all.unpacked)), default=0)
    every, waste = image.all, image.waste
    plain = all(layer.compression in ("none", "") for layer in image.layers)
    cards = [
        ("", in_words(every.size), _PLAIN if plain else "that a pull transmits"),
        ("", in_words(every.unpacked), "uncompressed"),
        ("waste" if waste.size else "none", in_words(waste.size), f"of them waste, {percent(waste.size, every.size)}"),
        ("", f"{100 * image.efficiency:.1f}%", "efficiency: what of a pull is no waste"),
        ("", f"{100 * image.dive_efficiency:.1f}%", f"by dive's score, {in_words(image.dive_wasted)} wasted"),
    ]
    sums = [_sum(ORIGINS[origin], *pair) for origin, pair in image.origins.items()]
    if len(sums) > 1:
        sums.append(_sum("all", every, waste))
    rest = ""
    if image.rest.files:
        rest = f"{counted(image.rest.files, 'more file')}, {in_words(image.rest.size)}, in smaller pieces"
    return Shown(
        number,
        short(image.image.name),
        cards,
        about(image.image),
        [_row(layer, longest) for layer in layers],
        sums,
        list(_kinds(image)),
        len(image.layers) - len(layers),
        rest,
        _since(image.compared) if image.compared is not None else None,
    )


def _since(found: Comparison) -> Since:
    layers = [
        (change.layer.index, STATES[change.state], _size(change.layer.size), change.origin, made_by(change.layer.made))
        for change in found.layers[:MOST_ROWS]
        if change.state in STATES
    ]
    return Since(short(found.old), list(rows(found)), [line.strip() for line in reasons(found)], layers)


def _row(layer: SizedLayer, longest: int) -> Row:
    row = _sum(str(layer.index), layer.all, layer.waste)
    row.stored = _bar(layer.all.size, layer.waste.size, longest)
    row.spread = _bar(layer.all.unpacked, layer.waste.unpacked, longest)
    row.origin = layer.made.origin
    row.created_by = short(layer.made.created_by or "")
    row.source = line_of(layer.made.source) if layer.made.source else ""
    row.compression = layer.compression
    return row


def _bar(whole: int, waste: int, longest: int) -> Bar:
    if whole <= 0 or not longest:
        return Bar(0, 0)
    return Bar(round(max(whole / longest * 100, LEAST), 2), round(min(waste, whole) / longest * 100, 2))


def _sum(name: str, every: Sum, waste: Sum) -> Row:
    return Row(name, _size(every.size), _none(waste.size), _size(every.unpacked), _none(waste.unpacked))


def _size(number: int) -> str:
    return in_words(number) if number >= 0 else "not known"


def _none(number: int) -> str:
    return in_words(number) if number else "-"


def _judged(one: Threshold) -> str:
    what = "waste" if one.name == "max-waste" else "size"
    found = f"{100 * one.found:.1f}%" if one.allowed.endswith("%") else in_words(int(one.found))
    verdict = "more than is allowed" if one.passed else "within what is allowed"
    return f"{short(one.target)}: {what} {found}, {verdict} (--{one.name} {brief(one.allowed, 40)})"


def _kinds(image: SizedImage) -> Iterator[Kind]:
    """The waste by kind, then by the two layers, then by folder."""
    for name, sum_ in image.kinds.items():
        pairs: dict[tuple[int, int], list[Wasted]] = {}
        for piece in image.pieces:
            if piece.kind == name:
                pairs.setdefault((piece.layer, piece.by), []).append(piece)
        kind = Kind(KINDS.get(name, name), _sum(name, Sum(), sum_), percent(sum_.size, image.all.size))
        for (layer, by), some in sorted(pairs.items(), key=lambda item: -sum(one.size for one in item[1])):
            kind.nodes.append(Node(_made(image, name, layer, by), _amount(some), tree(some)))
        yield kind


def _made(image: SizedImage, kind: str, layer: int, by: int) -> str:
    """Which layers, in words."""
    text, other = _layer(image, layer), _layer(image, by)
    if by == layer:
        return text[0].upper() + text[1:]
    return f"{text[0].upper()}{text[1:]}, {MADE.get(kind, 'by')} {other}"


def _layer(image: SizedImage, index: int) -> str:
    source = image.layers[index].made.source
    return f"layer {index}" + (f" ({line_of(source)})" if source else "")


def _amount(pieces: list[Wasted]) -> str:
    files = sum(piece.files for piece in pieces)
    return f"{in_words(sum(piece.size for piece in pieces))}, {counted(files, 'file')}"


def tree(pieces: list[Wasted], depth: int = 0) -> list[Node]:
    """The pieces by folder, the largest first. A folder with one thing in it is told together with that."""
    paths = [(piece, piece.path.strip("/").split("/")) for piece in pieces]
    return _nodes(paths, depth)


def _nodes(paths: list[tuple[Wasted, list[str]]], depth: int) -> list[Node]:
    below: dict[str, list[tuple[Wasted, list[str]]]] = {}
    for piece, parts in paths:
        below.setdefault(parts[0], []).append((piece, parts[1:]))
    found = []
    for name, some in below.items():
        while all(rest for _, rest in some) and len({rest[0] for _, rest in some}) == 1:
            name += "/" + some[0][1][0]
            some = [(piece, rest[1:]) for piece, rest in some]
        here = [piece for piece, _ in some]
        leaf = len(some) == 1 or depth >= MOST_DEPTH
        inner = [] if leaf else _nodes([(piece, rest or ["."]) for piece, rest in some], depth + 1)
        node = Node(short(name), _amount(here) + _more(here, leaf), inner)
        found.append((sum(piece.size for piece in here), node))
    return [node for _, node in sorted(found, key=lambda item: -item[0])]


def _more(pieces: list[Wasted], leaf: bool) -> str:
    """What else is known of one piece."""
    if not leaf or len(pieces) > 1:
        return ""
    (piece,) = pieces
    told = f", the largest {short(piece.largest)}" if piece.largest else ""
    return told + (f", the same as {short(piece.first)}" if piece.first else "")
