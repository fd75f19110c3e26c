"""Every text of an image that a report may show, or a part of it: where a value of a layer would have to stand for it
to be masked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from imagelint.image.model import Image
from imagelint.image.provenance_build import Build
from imagelint.image.result import LayerResult
from imagelint.image.stored_head import text_of
from imagelint.image.surfaces import Surface, surfaces

_END = "\0"
"""Between two short texts that are looked at as one."""


def texts_of(
    image: Image, layers: Iterable[LayerResult], statements: Iterable[Surface], builds: Iterable[Build]
) -> list[str]:
    """In the same order whenever the image is composed; `statements` are the texts of its attestations. Names that it
    has by where it lies are not among them."""
    own = [image.digest, image.platform]
    for surface in (*surfaces(image), *statements):
        own += (surface.path, surface.name, surface.text)
    for build in builds:
        for name, data in build.sources:
            own += (name, *_decoded(data), *_decoded(data.replace(b"\r\n", b"\n")))
        own += build.large
    return [_END.join(own), *(_END.join(_of_layer(layer)) for layer in layers)]


def digest_of(texts: Sequence[str]) -> str:
    """Tells whether these are the same texts. Like the digests of a manifest and of layers, which it stands for, it
    tells nobody more than whether he has all of the image."""
    hasher = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        hasher.update(b"%d:" % len(data))
        hasher.update(data)
    return hasher.hexdigest()


def _of_layer(layer: LayerResult) -> Iterator[str]:
    if layer.ledger is not None:
        yield from _decoded(layer.ledger.text)
    for found in layer.found:
        if found.way and not found.within:
            yield from _decoded(found.path + b"!" + found.way)
        elif not found.within:
            yield from _decoded(found.path)
    for kept in layer.kept:
        yield from _decoded(kept.entry.link)
        yield from _decoded(bytes(kept.content or b""))
        yield from (one.subject for one in kept.certificates)


def _decoded(data: bytes) -> Iterator[str]:
    """As places in a report are, and as facts are."""
    text = text_of(data)
    yield text
    if not text.isascii() and (other := data.decode("utf-8", "replace")) != text:
        yield other
