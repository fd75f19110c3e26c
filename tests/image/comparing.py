"""Two images from anywhere, compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from imagelint import targets
from imagelint.compared import Comparison
from imagelint.image.compare import compare
from imagelint.image.layer import read_layer
from imagelint.image.model import Image, Layer
from imagelint.image.origin import Known
from imagelint.image.provenance import Dockerfiles
from imagelint.image.request import Request
from imagelint.image.result import LayerResult
from imagelint.image.side import side
from imagelint.secrets.redact import Redactor, plain
from imagelint.stream.steps import FINE
from tests.dockerfile.linting import detector


def image_at(place: Path) -> Image:
    """The only image of an archive or a layout."""
    [image] = targets.expand(str(place), Request())
    assert isinstance(image, Image)
    return image


def read(layers: Sequence[Layer]) -> list[LayerResult]:
    return [read_layer(layer, None, measure=FINE) for layer in layers]


def compared(
    new: Image, old: Image, *, base: Image | None = None, dockerfiles: Dockerfiles | None = None
) -> Comparison:
    """With contents."""
    known = Known.of(base, "base") if base is not None else None
    redactor, results = Redactor(detector()), read(new.layers)
    ours = side(new, plain("new"), detector(), redactor, results, base=known, dockerfiles=dockerfiles)
    theirs = side(old, plain("old"), detector(), redactor, base=known)
    return compare(ours, theirs, results, read)
