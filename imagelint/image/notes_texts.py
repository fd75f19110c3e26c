"""Every text of an image that a report may show, or a part of it: where a value of a layer would have to stand for it
to be masked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import partial

from imagelint.image.layer_text import END, LayerText, decoded, digest_of
from imagelint.image.model import Image
from imagelint.image.provenance_build import Build
from imagelint.image.result import LayerResult
from imagelint.image.surfaces import Surface
from imagelint.record import once
from imagelint.secrets.learned import small
from imagelint.secrets.standing import Text


class Texts:
    """The texts of one image, in the same order whenever it is composed."""

    def __init__(self, own: str = "", layers: Sequence[LayerText] = ()) -> None:
        self._own, self._layers = own, layers
        self.all = [Text(own.__str__), *(layer.text for layer in layers)]
        self.small = [Text(partial(small, own)), *(layer.small for layer in layers)]
        """The same in small letters."""

    @once
    def digest(self) -> str:
        """Tells whether these are the same texts. Like the digests of a manifest and of layers, which it stands for, it
        tells nobody more than whether he has all of the image."""
        parts = [digest_of(self._own), *(layer.digest for layer in self._layers)]
        return hashlib.sha256(b"".join(parts)).hexdigest()


def texts_of(
    image: Image,
    documents: Iterable[Surface],
    layers: Iterable[LayerResult],
    statements: Iterable[Surface],
    builds: Iterable[Build],
) -> Texts:
    """`documents` are the texts of its own documents, `statements` those of its attestations. Names that it has by
    where it lies are not among them."""
    own = [image.digest, image.platform]
    for surface in (*documents, *statements):
        own += (surface.path, surface.name, surface.text)
    for build in builds:
        for name, data in build.sources:
            own += (name, *decoded(data), *decoded(data.replace(b"\r\n", b"\n")))
        own += build.large
    return Texts(END.join(own), [LayerText(layer) for layer in layers])
