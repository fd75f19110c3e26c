"""Two images from anywhere, compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from imagelint import targets
from imagelint.compared import Comparison
from imagelint.image.layer import read_layer
from imagelint.image.model import Image, Layer
from imagelint.image.origin import Known
from imagelint.image.provenance import Dockerfiles
from imagelint.image.request import Request
from imagelint.image.result import LayerResult
from imagelint.image.side import since
from imagelint.image.telling import tell
from imagelint.image.timeline import Timeline
from imagelint.report import compared as report
from imagelint.report.screen import Screen
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
    told = tell(new, results, Timeline(results), redactor, plain("new"), base=known, dockerfiles=dockerfiles)
    return since(old, plain("old"), new, told, redactor, results, read, known)


def lines(found: Comparison) -> list[str]:
    """As people read it, on a screen without an end."""
    return list(report.lines(found, Screen(False, 0, "utf-8")))
