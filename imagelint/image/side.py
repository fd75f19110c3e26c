"""An image as one of the two that are compared: its layers and instructions as reports name them."""

from __future__ import annotations

from collections.abc import Sequence

from imagelint.findings import SafeText, StoredLayer
from imagelint.image.attestations import read_statement
from imagelint.image.compare import Side
from imagelint.image.model import Image
from imagelint.image.origin import Known, materials, origins
from imagelint.image.paths import Allowance
from imagelint.image.provenance import Dockerfiles, trace
from imagelint.image.provenance_build import Build
from imagelint.image.result import LayerResult
from imagelint.image.timeline import Timeline
from imagelint.image.trail import Trails
from imagelint.secrets.confirm import Detector
from imagelint.secrets.redact import Redactor


def side(
    image: Image,
    name: SafeText,
    detector: Detector,
    redactor: Redactor,
    results: Sequence[LayerResult] = (),
    *,
    base: Known | None = None,
    dockerfiles: Dockerfiles | None = None,
) -> Side:
    """`results` is what was read of its layers, which may be nothing; `base` and `dockerfiles` as image/lint.py has
    them."""
    builds: list[Build] = []
    taken: list[str] = []
    for attestation in image.attestations:
        statement = read_statement(attestation, detector, Allowance())
        builds += [statement.build] if statement.build is not None else []
        taken += materials(statement.surfaces)
    read = {result.index: result for result in results if not result.incomplete}
    stored: list[StoredLayer] = []
    for layer in image.layers:
        result = read.get(layer.index, LayerResult(layer.index))
        size = layer.size if layer.size >= 0 or not result.digest else result.bytes_in
        stored.append(StoredLayer(layer.index, layer.digest or result.digest, layer.diff_id or result.diff_id, size))
    diff_ids = [layer.diff_id for layer in stored]
    traced = trace(image, builds, [layer.digest for layer in stored], dockerfiles, results)
    trails = Trails(
        image, diff_ids, Timeline(list(results)), redactor, traced, origins(image, diff_ids, base, taken, traced)
    )
    for one in stored:
        one.made = trails.layer(one.index)
    return Side(name, image, stored, trails.history, redactor.safe)
