"""Whose layers an image has, and what made them: what reports tell of every layer, whatever they are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from imagelint.findings import SafeText, ScannedImage, StoredLayer
from imagelint.image.model import Image, Layer
from imagelint.image.origin import Known, Origins, origins
from imagelint.image.provenance import Dockerfiles, Traced, trace
from imagelint.image.provenance_build import Build
from imagelint.image.result import LayerResult
from imagelint.image.timeline import Timeline
from imagelint.image.trail import Trails
from imagelint.record import record
from imagelint.secrets.redact import Redactor


@record
class Told:
    """What is known of an image beside its bytes."""

    image: ScannedImage
    trails: Trails
    origins: Origins
    traced: Traced
    limited: list[tuple[str, str]]


def tell(
    image: Image,
    layers: Sequence[LayerResult],
    timeline: Timeline,
    redactor: Redactor,
    target: SafeText,
    *,
    builds: Sequence[Build] = (),
    materials: Iterable[str] = (),
    base: Known | None = None,
    dockerfiles: Dockerfiles | None = None,
) -> Told:
    """`layers` are the results in the layers' order; `builds` and `materials` is what attestations tell; `base` is the
    image that the user says it was built on, and `dockerfiles` tells where to look for what it was made from."""
    stored = tuple(map(_stored, image.layers, layers))
    diff_ids = [layer.diff_id for layer in stored]
    traced = trace(image, builds, [layer.digest for layer in stored], dockerfiles, layers)
    found = origins(image, diff_ids, base, materials, traced)
    trails = Trails(image, diff_ids, timeline, redactor, traced, found)
    for told in stored:
        told.made = trails.layer(told.index)
    scanned = ScannedImage(
        target,
        redactor.safe(image.name),
        image.source,
        redactor.safe(image.digest),
        redactor.safe(image.platform),
        image.public,
        stored,
        redactor.safe(found.name) if found.name else None,
        found.layers,
    )
    return Told(scanned, trails, found, traced, [*traced.limited, *found.limited])


def _stored(layer: Layer, result: LayerResult) -> StoredLayer:
    """What is said of a layer, and what was found when nobody says it; of a part of a layer nothing is known."""
    if result.incomplete:
        return StoredLayer(layer.index, layer.digest, layer.diff_id, layer.size)
    size = layer.size if layer.size >= 0 else result.bytes_in
    return StoredLayer(layer.index, layer.digest or result.digest, layer.diff_id or result.diff_id, size)
