"""What became of an image since an older build of it, for programs; schema/size.schema.json describes it."""

from __future__ import annotations

from imagelint.compared import MOVED, NEW, RECOMPRESSED, Broken, Comparison, LayerChange
from imagelint.image.origin import BASE, OWN
from imagelint.report.json import Object, layer_object, stored_object


def as_object(found: Comparison) -> Object:
    """For JSON. Sizes are in bytes of layers as the new image's source stores them."""
    told: Object = {
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


def _layer(change: LayerChange) -> Object:
    return {
        **stored_object(change.layer),
        "state": change.state,
        **({"was": change.other} if change.other >= 0 else {}),
    }


def _broken(broken: Broken) -> Object:
    told: Object = {"kind": broken.kind, "layer": broken.layer}
    if broken.entry is not None:
        told["instruction"] = layer_object(broken.entry)
    if broken.before is not None:
        told["before"] = broken.before
    if broken.names:
        told["arguments"] = broken.names
    return told
