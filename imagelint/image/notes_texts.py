"""Every text of an image that a report may show, or a part of it: where a value of a layer would have to stand for it
to be masked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from imagelint.image.model import Image
from imagelint.image.provenance_build import Build
from imagelint.image.result import LayerResult
from imagelint.image.stored_head import text_of
from imagelint.image.surfaces import Surface
from imagelint.record import record
from imagelint.secrets.standing import Filter

_END = "\0"
"""Between two short texts that are looked at as one."""


@record
class Texts:
    """What `texts_of` gives."""

    texts: list[str]
    digest: str
    """Tells whether these are the same texts. Like the digests of a manifest and of layers, which it stands for, it
    tells nobody more than whether he has all of the image."""
    filters: list[Filter]
    """Of the texts in small letters; of layers, they are kept for the next image that has them."""


def texts_of(
    image: Image,
    documents: Iterable[Surface],
    layers: Iterable[LayerResult],
    statements: Iterable[Surface],
    builds: Iterable[Build],
) -> Texts:
    """In the same order whenever the image is composed; `documents` are the texts of its own documents, `statements`
    those of its attestations. Names that it has by where it lies are not among them."""
    own = [image.digest, image.platform]
    for surface in (*documents, *statements):
        own += (surface.path, surface.name, surface.text)
    for build in builds:
        for name, data in build.sources:
            own += (name, *_decoded(data), *_decoded(data.replace(b"\r\n", b"\n")))
        own += build.large
    texts, digests, filters = [_END.join(own)], [_digest(_END.join(own))], [Filter()]
    for layer in layers:
        text, derived = _END.join(_of_layer(layer)), layer.derived
        derived.digest = derived.digest or _digest(text)
        derived.filter = derived.filter or Filter()
        texts.append(text)
        digests.append(derived.digest)
        filters.append(derived.filter)
    return Texts(texts, hashlib.sha256(b"".join(digests)).hexdigest(), filters)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


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
