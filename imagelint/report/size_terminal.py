"""What `imagelint size` tells, for people: a table of the layers, the largest waste, and a tree of it if asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from imagelint.engine.amounts import in_words
from imagelint.findings import LayerInfo, Skip
from imagelint.report.escape import brief
from imagelint.report.finding import line_of, uncertain
from imagelint.report.screen import Screen, cells, cut
from imagelint.report.size_words import KINDS, MADE, percent
from imagelint.sizes import SizedImage, SizedLayer, SizeReport, Sum, Threshold, Wasted

ORIGINS = {
    "own": "in the image's own layers",
    "base": "in the base image's layers",
    "": "in layers that may be either's",
}
LARGEST = 10
"""Pieces of waste that are told one by one."""
ROWS = 12
"""What a folder of the tree shows at most of what it holds."""
NARROW = 24
"""Columns for what made a layer, under which its line alone is told, where that is known."""
MOST_TEXT = 240
"""Characters of what made a layer."""
MOST_SKIPS = 50


def render(report: SizeReport, out: TextIO, screen: Screen, *, depth: int = 0) -> None:
    """Write it all; with a `depth`, the waste of each image as a tree so many folders deep."""

    def write(lines: Iterable[str]) -> None:
        out.writelines(screen.shown(line) + "\n" for line in lines)

    for sized in report.images:
        write(_image(sized, screen, depth))
    write(_thresholds(report.thresholds, screen))
    write(_skips("not read, so this report is not complete", "error", report.incomplete, screen))
    write(_skips("looked into in part", "warning", report.limited, screen))


def _image(sized: SizedImage, screen: Screen, depth: int) -> Iterator[str]:
    image = sized.image
    name = ", ".join(brief(text) for text in (image.target, image.platform) if text)
    yield f"{screen.paint(screen.line, 'frame')} {screen.paint(name, 'bold')}"
    yield ""
    yield from _totals(sized, screen)
    yield ""
    yield from _layers(sized, screen)
    yield ""
    if sized.compared is not None:
        from imagelint.report.compared import lines  # only with --compare

        yield from lines(sized.compared, screen)
        yield ""
    if sized.waste.files:
        yield from _kinds(sized, screen)
        yield ""
        yield from _tree(sized, screen, depth) if depth else _largest(sized, screen)
        yield ""


def _totals(sized: SizedImage, screen: Screen) -> Iterator[str]:
    every, waste = sized.all, sized.waste
    rows = [
        ("size", in_words(every.size), f"{in_words(every.unpacked)} unpacked, {_counted(len(sized.layers), 'layer')}"),
        ("waste", in_words(waste.size), f"{percent(waste.size, every.size)} of what a pull transmits"),
    ]
    for origin, words in ORIGINS.items():
        if origin in sized.origins and len(sized.origins) > 1:
            all_, part = sized.origins[origin]
            rows.append(("", in_words(part.size), f"{words}, which have {in_words(all_.size)}"))
    dive = f"by dive's formula {100 * sized.dive_efficiency:.1f}%, with {in_words(sized.dive_wasted)} wasted, unpacked"
    rows.append(("efficiency", f"{100 * sized.efficiency:.1f}%", dive))
    for word, number, more in rows:
        yield from _item(f"  {word:10}  {number:>9}  ", more, screen)
    plain = [layer for layer in sized.layers if layer.compression == "none" and layer.all.size > 0]
    if plain:
        some = "" if len(plain) == len(sized.layers) else f"of {_counted(len(plain), 'layer')} "
        text = f"what is stored here {some}is not compressed: from a registry, a pull transmits less"
        yield from (screen.paint(line, "dim") for line in _item("  ", text, screen))


def _layers(sized: SizedImage, screen: Screen) -> Iterator[str]:
    head = ("layer", "size", "unpacked", "waste", "from", "made by")
    rows = [head]
    for layer in sized.layers:
        unread = layer.all.unpacked < 0
        rows.append(
            (
                str(layer.index),
                in_words(layer.all.size) if layer.all.size >= 0 else "?",
                "not read" if unread else in_words(layer.all.unpacked),
                in_words(layer.waste.size) if layer.waste.files else "-",
                layer.made.origin or "?",
                _made(layer.made),
            )
        )
    widths = [max(cells(row[column]) for row in rows) for column in range(len(head) - 1)]
    indent = sum(widths) + 2 * len(widths) + 2
    for number, row in enumerate(rows):
        cells_ = [text.rjust(width) for text, width in zip(row[:4], widths[:4], strict=True)]
        line = "  " + "  ".join([*cells_, row[4].ljust(widths[4]), ""])
        room, made = (max(screen.width - indent, 8) if screen.width else 0), row[5]
        if room and cells(made) > room:
            made = made.partition("  ")[0] if room < NARROW else made
            made = made if cells(made) <= room else f"{cut(made, room - 3)}..."
        yield screen.paint(line + made, "dim") if number == 0 else (line + made).rstrip()


def _made(made: LayerInfo) -> str:
    line = line_of(made.source) if made.source else uncertain(made)
    text = brief(made.created_by, MOST_TEXT).strip() if made.created_by else ""
    return "  ".join(part for part in (line, text) if part)


def _kinds(sized: SizedImage, screen: Screen) -> Iterator[str]:
    for kind, of in sized.kinds.items():
        more = f"({_counted(of.files, 'file')}, {in_words(of.unpacked)} unpacked)"
        yield from _item(f"  {in_words(of.size):>9}  ", f"{kind}: {KINDS.get(kind, kind)} {more}", screen)


def _largest(sized: SizedImage, screen: Screen) -> Iterator[str]:
    shown = sized.pieces[:LARGEST]
    yield screen.paint("  the largest", "bold")
    for piece in shown:
        yield from _item(f"  {in_words(piece.size):>9}  ", _what(piece), screen)
        yield from (screen.paint(line, "dim") for line in _item(" " * 13, _who(piece, sized.layers), screen))
    left = len(sized.pieces) - len(shown)
    if left or sized.rest.files:
        told = sum(piece.size for piece in shown)
        yield f"  {in_words(sized.waste.size - told):>9}  more, which --tree shows by folder and --format json lists"


def _what(piece: Wasted) -> str:
    more = f" ({_counted(piece.files, 'file')})" if piece.files > 1 else ""
    return f"{piece.kind}  /{brief(piece.path).lstrip('/')}{more}"


def _who(piece: Wasted, layers: Sequence[SizedLayer]) -> str:
    """The layers that ship it and that made it waste, each with its line or what made it."""
    text = f"in layer {piece.layer}{_short(layers[piece.layer].made)}"
    if piece.kind not in MADE:
        return text
    first = f": /{brief(piece.first)}" if piece.first else ""
    by = "the same layer" if piece.by == piece.layer and piece.kind != "duplicate" else f"layer {piece.by}"
    told = "" if piece.by == piece.layer else _short(layers[piece.by].made)
    return f"{text}, {MADE[piece.kind]} {by}{told}{first}"


def _short(made: LayerInfo) -> str:
    text = line_of(made.source) if made.source else brief(made.created_by, 60).strip() if made.created_by else ""
    return f" ({text})" if text else ""


class _Node:
    """A folder of the tree, or a file."""

    def __init__(self) -> None:
        self.sum = Sum()
        self.kinds: set[str] = set()
        self.below: dict[str, _Node] = {}


def _tree(sized: SizedImage, screen: Screen, depth: int) -> Iterator[str]:
    root = _Node()
    for piece in sized.pieces:
        node, parts = root, [part for part in piece.path.split("/") if part]
        _take(node, piece)
        for part in parts[:depth]:
            node = node.below.setdefault(part, _Node())
            _take(node, piece)
    yield f"  {in_words(root.sum.size):>9}  /"
    yield from _branches(root, screen, "")
    if sized.rest.files:
        yield f"  {in_words(sized.rest.size):>9}  in {_counted(sized.rest.files, 'more file')}"


def _take(node: _Node, piece: Wasted) -> None:
    node.sum.add(piece.files, piece.size, piece.unpacked)
    node.kinds.add(piece.kind)


def _branches(node: _Node, screen: Screen, ahead: str) -> Iterator[str]:
    below = sorted(node.below.items(), key=lambda item: (-item[1].sum.size, item[0]))
    shown = below[:ROWS]
    for number, (name, child) in enumerate(shown):
        last = number == len(shown) - 1 and len(below) == len(shown)
        mark = screen.last if last else screen.branch
        more = f", {_counted(child.sum.files, 'file')}" if child.sum.files > 1 else ""
        kinds = screen.paint(f"  {', '.join(sorted(child.kinds))}{more}", "dim")
        yield f"  {in_words(child.sum.size):>9}  {ahead}{mark}{brief(name, 120)}{kinds}"
        yield from _branches(child, screen, ahead + ("   " if last else screen.down))
    if len(below) > len(shown):
        left = sum(child.sum.size for _, child in below[ROWS:])
        yield f"  {in_words(left):>9}  {ahead}{screen.last}{len(below) - len(shown)} more"


def _thresholds(thresholds: Sequence[Threshold], screen: Screen) -> Iterator[str]:
    for one in thresholds:
        found = f"{100 * one.found:.2f}%" if one.allowed.endswith("%") else in_words(round(one.found))
        text = f"--{one.name} {one.allowed}: {brief(one.target)} has {found}"
        word = screen.paint("beyond", "error") if one.passed else "within"
        yield from screen.wrap(f"{word} {text}", 0, 2)


def _skips(title: str, style: str, skips: Sequence[Skip], screen: Screen) -> Iterator[str]:
    if not skips:
        return
    yield screen.paint(title, style)
    for skip in skips[:MOST_SKIPS]:
        place = ", ".join(brief(text) for text in (skip.target, skip.place) if text)
        yield from _item("  ", f"{place}: {brief(skip.reason)}", screen)
    if len(skips) > MOST_SKIPS:
        yield f"  and {len(skips) - MOST_SKIPS} more, which --format json lists"


def _item(ahead: str, text: str, screen: Screen) -> Iterator[str]:
    """A text behind what stands ahead of it, and its further lines below it."""
    first, *others = screen.rows(text, cells(ahead), cells(ahead))
    yield ahead + first
    yield from (" " * cells(ahead) + other for other in others)


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
