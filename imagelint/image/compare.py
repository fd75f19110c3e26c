"""Two builds of one image: which layers changed, what a pull transmits to somebody who has the old one, and which
instruction was the first that could not take its layer from the old build.

A registry keeps layers by the digest of their stored bytes, and what is transmitted is what is not there under its
digest (OCI distribution specification, "Pulling blobs"). What is in them is named by the diff_id: the same layer
compressed anew has the same diff_id and another digest, and is transmitted again. A daemon that keeps layers as a chain
(Docker's graph drivers) fetches all above the first other one again, too (OCI image specification, config.md, "Layer
ChainID").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from imagelint.compared import MOVED, NEW, RECOMPRESSED, SAME, TWICE, Broken, Comparison, LayerChange
from imagelint.findings import LayerInfo, SafeText, StoredLayer
from imagelint.image.broken import Step, first_changed
from imagelint.image.model import History, Image, Layer
from imagelint.image.origin import BASE
from imagelint.image.resent import resent
from imagelint.image.result import LayerResult
from imagelint.record import record


@record
class Side:
    """One of the two images."""

    name: SafeText
    image: Image
    stored: Sequence[StoredLayer]
    """Its layers, each with how reports name it (`made`)."""
    entry: Callable[[int], LayerInfo | None]
    """How reports name an entry of the history."""
    safe: Callable[[str], SafeText]


Read = Callable[[Sequence[Layer]], Sequence[LayerResult]]
"""Reads layers with contents compared."""


def compare(new: Side, old: Side, results: Sequence[LayerResult] = (), read: Read | None = None) -> Comparison:
    """Compare two images of one platform. `results` is what was read of the new one, by FINE steps (stream/steps.py),
    and `read` reads what the old one alone has: both for contents, which are not compared without."""
    changes = _changes(new.stored, old.stored)
    there = {change.other for change in changes}
    gone = [layer for layer in old.stored if layer.index not in there]
    found = Comparison(
        new.name,
        old.name,
        changes,
        gone,
        _broken(new, old),
        _base_changed(new, old),
        sum(layer.size < 0 for layer in new.stored),
        sum(_is_plain(layer) for layer in new.stored),
        [key for key in _CONFIGURED if (new.image.config.get(key) or None) != (old.image.config.get(key) or None)],
    )
    if read is not None and results:
        states = {change.layer.index: change.state for change in changes}
        theirs = [result for result in results if states.get(result.index) != NEW]
        theirs += read([old.image.layers[layer.index] for layer in gone])
        sent = [result for result in results if states.get(result.index) in (NEW, RECOMPRESSED)]
        found.resent = resent(sent, theirs, new.safe)
    return found


_CONFIGURED = (
    *("User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal"),
    *("Healthcheck", "Shell", "OnBuild"),
)


def _changes(new: Sequence[StoredLayer], old: Sequence[StoredLayer]) -> list[LayerChange]:
    """A layer that is there twice is one blob, and is sent once."""
    digests = {layer.digest: layer.index for layer in reversed(old) if layer.digest}
    contents = {layer.diff_id: layer.index for layer in reversed(old) if layer.diff_id}
    found: list[LayerChange] = []
    seen: set[str] = set()
    below = True
    for layer in new:
        key = layer.digest or layer.diff_id
        other = digests.get(layer.digest, -1) if layer.digest else -1
        state = SAME
        if other < 0:
            other = contents.get(layer.diff_id, -1) if layer.diff_id else -1
            # Of one that is stored as it is, nobody knows what a registry would have.
            plain = other >= 0 and (_is_plain(layer) or _is_plain(old[other]))
            state = SAME if plain else RECOMPRESSED if other >= 0 else NEW
        if key and key in seen:
            state = TWICE
        seen.add(key)
        alike = layer.index < len(old) and _alike(layer, old[layer.index])
        if not alike:
            below = False
        elif below and other != layer.index and other >= 0:
            other = layer.index
        found.append(LayerChange(layer, MOVED if state == SAME and not below else state, other))
    return found


def _is_plain(layer: StoredLayer) -> bool:
    """Stored uncompressed, or in a way that nobody tells."""
    return not layer.digest or layer.digest == layer.diff_id


def _alike(one: StoredLayer, other: StoredLayer) -> bool:
    if one.diff_id and other.diff_id:
        return one.diff_id == other.diff_id
    return one.digest != "" and one.digest == other.digest


def _origin(layer: StoredLayer) -> str:
    return layer.made.origin if layer.made is not None else ""


def _base_changed(new: Side, old: Side) -> bool | None:
    """Whether the layers of the base images are others."""
    pairs = [[layer for layer in side.stored if _origin(layer) == BASE] for side in (new, old)]
    if any(not _origin(layer) for side in (new, old) for layer in side.stored):
        return None
    return len(pairs[0]) != len(pairs[1]) or not all(map(_alike, *pairs))


def _broken(new: Side, old: Side) -> Broken | None:
    first = next((n for n, (a, b) in enumerate(zip(new.stored, old.stored, strict=False)) if not _alike(a, b)), -1)
    if first < 0:
        if len(new.stored) == len(old.stored):
            return None
        first = min(len(new.stored), len(old.stored))
    there = [side.stored[first] if first < len(side.stored) else None for side in (new, old)]
    info = there[0].made if there[0] is not None else None
    if any(layer is not None and _origin(layer) == BASE for layer in there):
        return Broken(BASE, info, layer=first)
    ends = [
        side.image.layers[first].history if first < len(side.image.layers) else len(side.image.history) - 1
        for side in (new, old)
    ]
    if -1 in ends:
        return Broken("unknown", info, layer=first)
    step = first_changed(_steps(new, ends[0]), _steps(old, ends[1]))
    entry = new.entry(step.new) if step.new >= 0 else info
    before = old.entry(step.old) if step.kind != "content" else None
    names = [new.safe(name) for name in step.names]
    return Broken(step.kind, entry, before.created_by if before is not None else None, names, first)


def _steps(side: Side, last: int) -> list[Step]:
    """The history up to an entry, without what the base image brought."""
    own = [number for number in range(last + 1) if (info := side.entry(number)) is None or info.origin != BASE]
    return [Step(number, *_told(side.image.history[number])) for number in own]


def _told(entry: History) -> tuple[str, bool, bool]:
    return entry.created_by, entry.empty, entry.comment.startswith("buildkit.")
