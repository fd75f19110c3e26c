"""What `imagelint size` tells, for programs; schema/size.schema.json describes it."""

from __future__ import annotations

from typing import TextIO

from imagelint.report.compared_json import as_object
from imagelint.report.json import Object, dump, image_object, layer_object, present, skip_object
from imagelint.sizes import SizedImage, SizeReport, Sum, Threshold, Wasted

UNKNOWN = "unknown"
"""Layers of which nobody knows whether they are the base image's."""


def render(report: SizeReport, out: TextIO) -> None:
    """Write one JSON object."""
    values = {
        "version": report.version,
        "targets": report.targets,
        "images": [_image(image) for image in report.images],
        "thresholds": [_threshold(one) for one in report.thresholds],
        "incomplete": [skip_object(skip) for skip in report.incomplete],
        "limited": [skip_object(skip) for skip in report.limited],
    }
    out.write("{\n" + ",\n".join(f' "{name}": {dump(value)}' for name, value in values.items()) + "\n}\n")


def _image(sized: SizedImage) -> Object:
    told = image_object(sized.image)
    del told["layers"]
    return {
        **told,
        **_sum(sized.all),
        "waste": _sum(sized.waste),
        "efficiency": round(sized.efficiency, 6),
        "dive": {"efficiency": round(sized.dive_efficiency, 6), "wasted": sized.dive_wasted},
        "kinds": {kind: _sum(of) for kind, of in sized.kinds.items()},
        "origins": {
            origin or UNKNOWN: {**_sum(every), "waste": _sum(waste)} for origin, (every, waste) in sized.origins.items()
        },
        "layers": [
            present({"digest": layer.digest, "diff_id": layer.diff_id, "compression": layer.compression})
            | layer_object(layer.made)
            | _sum(layer.all)
            | {"waste": _sum(layer.waste)}
            for layer in sized.layers
        ],
        **({"compared": as_object(sized.compared)} if sized.compared is not None else {}),
        "pieces": [_piece(piece) for piece in sized.pieces],
        "rest": _sum(sized.rest),
    }


def _sum(of: Sum) -> Object:
    return {
        name: value for name, value in (("files", of.files), ("size", of.size), ("unpacked", of.unpacked)) if value >= 0
    }


def _piece(piece: Wasted) -> Object:
    told: Object = {"kind": piece.kind, "layer": piece.layer, "by": piece.by, "path": piece.path, "files": piece.files}
    told |= {"size": piece.size, "unpacked": piece.unpacked}
    for name, path in (("largest", piece.largest), ("first", piece.first)):
        if path:
            told[name] = path
    return told


def _threshold(one: Threshold) -> Object:
    return {
        "name": one.name,
        "allowed": one.allowed,
        "found": round(one.found, 6),
        "target": one.target,
        "passed": one.passed,
    }
