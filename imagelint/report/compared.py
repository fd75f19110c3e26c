"""What became of an image since an older build of it, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.compared import MOVED, NEW, RECOMPRESSED, SAME, TWICE, Broken, Comparison, LayerChange
from imagelint.dockerfile.sent import in_words
from imagelint.findings import LayerInfo
from imagelint.image.origin import BASE, OWN
from imagelint.report.escape import brief
from imagelint.report.json import layer_object, stored_object

_WIDE = 72
"""Characters of an instruction in the table."""
_STATES = {
    SAME: "same",
    MOVED: "same, moved",
    RECOMPRESSED: "recompressed",
    NEW: "new",
    TWICE: "twice",
}


def lines(found: Comparison) -> Iterator[str]:
    """As text, a line each: control characters are escaped."""
    yield f"{brief(found.new)} compared with {brief(found.old)}"
    yield ""
    sent = [change for change in found.layers if change.transmitted]
    of = f"{_count(len(sent), 'layer')} of {len(found.layers)}{_sides(found)}"
    yield _row("pulled again", found.pull, of)
    yield _row("shared", found.saved, "who has the old image has these layers already")
    if moved := found.size(MOVED):
        yield _row("moved", moved, "of them above a changed layer: a daemon with graph drivers pulls these again, too")
    if again := found.size(RECOMPRESSED):
        yield _row("recompressed", again, "pulled again for the same content, stored in other bytes")
    if found.resent is not None and found.resent.files:
        some = f"{_count(found.resent.files, 'file')} that the old image has byte for byte"
        yield _row("sent again", found.resent.compressed, some + ("" if found.resent.complete else " at least"))
        for size, path in found.resent.largest[:3]:
            yield _row("", size, f"  {brief(path, _WIDE)}")
    if found.gone:
        yield f"  gone          {_count(len(found.gone), 'layer')} of the old image"
    if found.uncompressed:
        yield f"  {_count(found.uncompressed, 'layer')} stored uncompressed here: a registry sends less"
    if found.unknown:
        yield f"  the size of {_count(found.unknown, 'layer')} is not known"
    yield ""
    yield from _table(found)
    yield ""
    yield f"  {_reason(found)}"
    if found.configured:
        yield f"  other in the configuration: {', '.join(found.configured)}"


def _row(what: str, size: int, more: str) -> str:
    return f"  {what:<12}  {in_words(size):>9}  {more}"


def _sides(found: Comparison) -> str:
    """Own and base apart, where that is known of all that is sent."""
    if any(change.transmitted and not change.origin for change in found.layers) or not found.pull:
        return ""
    own, base = (in_words(found.size(NEW, RECOMPRESSED, origin=side)) for side in (OWN, BASE))
    return f", own {own}, of the base image {base}"


def _table(found: Comparison) -> Iterator[str]:
    yield f"  layer  {'state':<12}  {'size':>9}  from  instruction"
    for change in found.layers:
        size = in_words(change.layer.size) if change.layer.size >= 0 else "?"
        yield (
            f"  {change.layer.index:>5}  {_STATES[change.state]:<12}  {size:>9}  {change.origin or '?':<4}  "
            f"{_instruction(change.layer.made, _WIDE)}"
        ).rstrip()


def _instruction(entry: LayerInfo | None, wide: int) -> str:
    """Its line, where that is known, and its text."""
    if entry is None:
        return ""
    place = f"{brief(entry.source.path)}:{entry.source.line}: " if entry.source is not None else ""
    return place + brief(entry.created_by or "", wide)


def _reason(found: Comparison) -> str:
    broken = found.broken
    if broken is None:
        again = any(change.state == RECOMPRESSED for change in found.layers)
        return "no layer has another content" + (", some are compressed anew" if again else "")
    what = f"{_instruction(broken.entry, 160)}"
    return {
        "base": f"the base image changed: layer {broken.layer} is the first that is another one",
        "instruction": f"first other step: {what}\n    was: {brief(broken.before or '', 160)}",
        "argument": f"first other step: {what}\n    another value of {', '.join(map(brief, broken.names))}",
        "content": f"first other step: {what}\n    the same instruction, with another content",
        "added": f"first other step: {what}\n    it was not there",
        "removed": f"first other step: {what}\n    ahead of it stood: {brief(broken.before or '', 160)}",
    }.get(broken.kind, f"layer {broken.layer} is the first other one; the history does not tell which step made it")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def as_object(found: Comparison) -> dict[str, object]:
    """For JSON. Sizes are in bytes of layers as the new image's source stores them."""
    told: dict[str, object] = {
        "new": found.new,
        "old": found.old,
        "pull": {
            "bytes": found.pull,
            "layers": sum(change.transmitted for change in found.layers),
            "own": found.size(NEW, RECOMPRESSED, origin=OWN),
            "base": found.size(NEW, RECOMPRESSED, origin=BASE),
            "recompressed": found.size(RECOMPRESSED),
        },
        "shared": {"bytes": found.saved, "moved": found.size(MOVED)},
        "layers": list(map(_layer, found.layers)),
    }
    if found.gone:
        told["gone"] = list(map(stored_object, found.gone))
    if found.resent is not None:
        told["sent_again"] = {
            "files": found.resent.files,
            "bytes": found.resent.size,
            "compressed": found.resent.compressed,
            "complete": found.resent.complete,
            "largest": [{"path": path, "compressed": size} for size, path in found.resent.largest],
        }
    if found.broken is not None:
        told["broken"] = _broken(found.broken)
    if found.base_changed is not None:
        told["base_changed"] = found.base_changed
    if found.configured:
        told["configuration"] = found.configured
    return told


def _layer(change: LayerChange) -> dict[str, object]:
    return {
        **stored_object(change.layer),
        "state": change.state,
        **({"was": change.other} if change.other >= 0 else {}),
    }


def _broken(broken: Broken) -> dict[str, object]:
    told: dict[str, object] = {"kind": broken.kind, "layer": broken.layer}
    if broken.entry is not None:
        told["instruction"] = layer_object(broken.entry)
    if broken.before is not None:
        told["before"] = broken.before
    if broken.names:
        told["arguments"] = broken.names
    return told
