"""Images that are read to be kept, forgotten, and composed again: in one process, as two runs would do it."""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.entry_index import EntryIndex
from imagelint.engine.evaluate import Engine
from imagelint.findings import Report, Skip
from imagelint.image import stored
from imagelint.image.layer import read_layer
from imagelint.image.lint import Result, lint
from imagelint.image.memory import Remembering
from imagelint.image.model import Image, Layer
from imagelint.image.paths import Allowance
from imagelint.image.provenance import Dockerfiles
from imagelint.image.result import LayerResult
from imagelint.image.shared import Shared
from imagelint.image.sources.oci_layout import images
from imagelint.image.system import CONTENTS, search_path, wanted
from imagelint.made_from import read as read_dockerfile
from imagelint.report.json import render
from imagelint.secrets.confirm import Candidate, Detector
from imagelint.secrets.disguises import in_base64
from imagelint.secrets.redact import plain
from imagelint.stream import kept_bytes
from imagelint.stream.steps import COARSE
from tests.imagemaker import Recipe, oci_layout

TARGET = "app:1"


@cache
def rules() -> RuleSet:
    return load()


@cache
def detector() -> Detector:
    return Detector([rule for rule in rules().rules if rule.kind == "secret"])


@cache
def engine(left_out: str = "") -> Engine:
    """All rules that may be put to an image; `left_out`: but this one."""
    chosen = {rule.id for rule in rules().rules if rule.profile in ("default", "strict") and rule.id != left_out}
    return Engine(rules(), chosen)


class Given(Shared):
    """Layers whose results are there."""

    def __init__(self, results: Sequence[LayerResult]) -> None:
        super().__init__([])
        self._results = {result.index: result for result in results}

    def take(self, layer: Layer, allowance: Allowance) -> LayerResult | None:
        return self._results[layer.index]

    def through(self, image: Image, results: Sequence[LayerResult], hold: bool) -> None:
        pass


def image_of(folder: Path, recipe: Recipe, compress: str = "gzip") -> Image:
    """One image, from an OCI layout."""
    (image,) = images(str(oci_layout(folder, recipe, compress=compress)))
    return image


def read(image: Image) -> list[LayerResult]:
    """Every layer, to be kept."""
    entries = EntryIndex(engine().chosen("entry").values(), wanted(search_path(image.config)))
    allowance = Allowance()
    return [
        read_layer(layer, detector(), entries, contents=CONTENTS, allowance=allowance, measure=COARSE, keep=True)
        for layer in image.layers
    ]


def compose(
    image: Image,
    results: Sequence[LayerResult],
    note: bytes | None = None,
    *,
    target: str = TARGET,
    by: Engine | None = None,
    dockerfiles: Dockerfiles | None = None,
) -> Result:
    """The image's findings."""
    image.shared = Given(results)
    return lint(
        image,
        by or engine(),
        detector(),
        target=target,
        show=False,
        jobs=1,
        remembering=Remembering(note),
        dockerfiles=dockerfiles or Dockerfiles(read_dockerfile),
    )


def report(result: Result) -> str:
    """As JSON, whole."""
    assert not result.again
    made = Report("0", findings=result.findings, images=[result.image] if result.image is not None else [])
    for to, told in ((made.incomplete, result.incomplete), (made.limited, result.limited)):
        to += [Skip(plain(""), plain(place), plain(reason)) for place, reason in told]
    out = io.StringIO()
    render(made, {}, out)
    return out.getvalue()


@dataclass
class Kept:
    """What two runs gave."""

    image: Image
    live: list[LayerResult]
    first: Result
    data: list[bytes | None]
    """Of each layer; None for one that may not be kept."""

    def loaded(self) -> list[LayerResult]:
        """Each layer as it comes from what was kept; one that was not is read again."""
        again: list[LayerResult] = []
        for number, data in enumerate(self.data):
            result = stored.load(data, number) if data is not None else read(self.image)[number]
            again.append(result)
        return again

    def second(self, **more: Any) -> Result:
        """Composed of these."""
        return compose(self.image, self.loaded(), self.first.note, **more)


def kept(folder: Path, recipe: Recipe, compress: str = "gzip") -> Kept:
    """Read an image, keep its layers, compose it."""
    image = image_of(folder, recipe, compress)
    return keep(image)


def keep(image: Image) -> Kept:
    live = read(image)
    first = compose(image, live)
    data = [None if result.index in first.mentioned else stored.dump(result) for result in live]
    return Kept(image, live, first, data)


def opened(data: bytes) -> tuple[dict[str, Any], list[kept_bytes.Column]]:
    """Head and columns of what was kept."""
    (format_,) = struct.unpack_from("<H", data, 4)
    return kept_bytes.unpack(kept_bytes.unwrap(data, data[:4], format_)[1])


def inside(data: bytes) -> bytes:
    """All that can be read in what was kept: as it is, decompressed, and its texts without JSON's escapes."""
    head, columns = opened(data)
    text = json.dumps(head, ensure_ascii=False).encode("utf-8", "surrogatepass")
    plain_texts = "\n".join(_texts(head)).encode("utf-8", "surrogatepass")
    return b"\n".join([data, text, plain_texts, *(bytes(column) for column in columns)])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def traces(candidate: Candidate) -> Iterator[bytes]:
    """What may not be read anywhere of a value: the value, each long line of it, its base64 and hexadecimal digits,
    and, where it is no strong one, its digests."""
    value = candidate.value[candidate.prefix :] if candidate.prefix < len(candidate.value) else candidate.value
    raw = value.encode("utf-8", "surrogatepass")
    lines = [line for line in value.split("\n") if len(line) >= 12 and not line.startswith("-----")]
    yield from (line.encode("utf-8", "surrogatepass") for line in (value, *lines))
    yield raw.hex().encode()
    if len(raw) >= 8:
        yield from (form.encode() for form in in_base64(raw))
    if not candidate.strong:
        for tail in (b"", b"\n"):
            for name in ("md5", "sha1", "sha256"):
                digest = hashlib.new(name, candidate.value.encode("utf-8", "surrogatepass") + tail).digest()
                yield from (digest, digest.hex().encode())


def leaks(data: bytes, results: Sequence[LayerResult]) -> list[str]:
    """The rules of values of which something can be read."""
    text = inside(data)
    return [
        f"{found.candidate.rule} in {found.path!r}"
        for result in results
        for found in result.found
        if any(trace in text for trace in traces(found.candidate))
    ]
