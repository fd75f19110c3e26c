"""What became of an image since an older build of it, for people."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.compared import MOVED, NEW, RECOMPRESSED, SAME, TWICE, Broken, Comparison
from imagelint.engine.amounts import in_words
from imagelint.findings import LayerInfo
from imagelint.image.origin import BASE, OWN
from imagelint.report.escape import brief
from imagelint.report.finding import line_of
from imagelint.report.screen import Screen, cells, fit

_TOLD = 240
"""Characters of an instruction."""
_FILES = 3
STATES = {
    MOVED: "same, moved",
    RECOMPRESSED: "recompressed",
    NEW: "new",
}
"""Of layers that are not what they were."""


def lines(found: Comparison, screen: Screen) -> Iterator[str]:
    """What is pulled again, why, and the layers that changed. Texts of the images come masked, and are escaped here."""
    yield screen.paint(f"  since {brief(found.old)}", "bold")
    for word, size, text in rows(found):
        ahead = f"  {word:12}  {size:>9}  "
        first, *others = screen.rows(text, cells(ahead), cells(ahead))
        yield ahead + first
        yield from (" " * cells(ahead) + other for other in others)
    yield ""
    yield from (line for text in reasons(found) for line in screen.wrap(text, 0, 4))
    yield from _table(found, screen)


def rows(found: Comparison) -> Iterator[tuple[str, str, str]]:
    """What a size is of, the size, and what there is to say of it."""
    sent = sum(change.transmitted for change in found.layers)
    yield "pulled again", in_words(found.pull), f"{sent} of {_count(len(found.layers), 'layer')}{_sides(found)}"
    yield "shared", in_words(found.saved), "who has the old image has these layers already"
    if moved := found.size(MOVED):
        text = "of the shared lie above a changed layer: a daemon with graph drivers pulls these again, too"
        yield "moved", in_words(moved), text
    if again := found.size(RECOMPRESSED):
        text = "of what is pulled again has the content that it had, stored in other bytes"
        yield "recompressed", in_words(again), text
    if found.resent is not None and found.resent.files:
        least = "" if found.resent.complete else ", at least"
        some = f"of it are {_count(found.resent.files, 'file')} that the old image has byte for byte{least}"
        yield "sent again", in_words(found.resent.compressed), some
        for size, path in found.resent.largest[:_FILES]:
            yield "", in_words(size), f"/{brief(path).lstrip('/')}"
    if found.gone:
        yield "gone", "", f"{_count(len(found.gone), 'layer')} of the old image"
    if found.unknown:
        yield "", "", f"the size of {_count(found.unknown, 'layer')} is not known"


def _sides(found: Comparison) -> str:
    """Own and base apart, where that is known of all that is sent."""
    if any(change.transmitted and not change.origin for change in found.layers) or not found.pull:
        return ""
    own, base = (in_words(found.size(NEW, RECOMPRESSED, origin=side)) for side in (OWN, BASE))
    return f"; own {own}, of the base image {base}"


def _table(found: Comparison, screen: Screen) -> Iterator[str]:
    """The layers that are not what they were."""
    others = [change for change in found.layers if change.state not in (SAME, TWICE)]
    if not others:
        return
    yield ""
    yield screen.paint(f"  layer  {'state':<12}  {'size':>9}  from  made by", "dim")
    for change in others:
        size = in_words(change.layer.size) if change.layer.size >= 0 else "?"
        ahead = f"  {change.layer.index:>5}  {STATES[change.state]:<12}  {size:>9}  {change.origin or '?':<4}  "
        made = made_by(change.layer.made)
        yield (ahead + (fit(made, max(screen.width - cells(ahead), 16)) if screen.width else made)).rstrip()


def made_by(entry: LayerInfo | None) -> str:
    """The line of an instruction, where that is known, and its text."""
    if entry is None:
        return ""
    line = line_of(entry.source) if entry.source is not None else ""
    text = brief(entry.created_by, _TOLD).strip() if entry.created_by else ""
    return "  ".join(part for part in (line, text) if part)


def reasons(found: Comparison) -> Iterator[str]:
    """Why layers are other ones, a sentence each, and what there is to say of it below, further in."""
    broken = found.broken
    if broken is None:
        again = any(change.state == RECOMPRESSED for change in found.layers)
        yield "  no layer has another content" + (", some are compressed anew" if again else "")
    else:
        yield from _first(broken)
    if found.configured:
        yield f"  other in the configuration: {', '.join(found.configured)}"


def _first(broken: Broken) -> Iterator[str]:
    """Which step was the first that is another one, and what is other about it."""
    if broken.kind == "base":
        yield f"  the base image changed: layer {broken.layer} is the first that is another one"
        return
    if broken.kind == "unknown":
        yield f"  layer {broken.layer} is the first other one; the history does not tell what made it"
        return
    yield f"  the first other step is {made_by(broken.entry) or 'the end'}"
    yield {
        "instruction": f"    which was {brief(broken.before or '', _TOLD)}",
        "argument": f"    with another value of {', '.join(map(brief, broken.names))}",
        "content": "    the same instruction, with another content",
        "added": "    which was not there",
        "removed": f"    ahead of which there was {brief(broken.before or '', _TOLD)}",
    }[broken.kind]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
