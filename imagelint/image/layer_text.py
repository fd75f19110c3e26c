"""The texts of a layer's result: where a value of the image stands in one, it has to be masked, or must not be kept.
None of them says at which place of its image the layer is, or is lost when the result is kept (stored.py)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial

from imagelint.image.result import LayerResult
from imagelint.image.stored_head import text_of
from imagelint.secrets.learned import small
from imagelint.secrets.standing import Text

END = "\0"
"""Between two short texts that are looked at as one."""


class LayerText:
    """Those of one layer; what was found in them is known to the next image that has the layer."""

    def __init__(self, layer: LayerResult) -> None:
        self._derived = layer.derived
        self.text = Text(partial(_joined, _shown, layer), self._derived.text)
        """What a report may show of it, or a part of it."""
        self.small = Text(partial(_small, self.text), self._derived.small)
        """The same in small letters."""
        self.rest = Text(partial(_joined, _kept, layer), self._derived.rest)
        """What else is kept of it."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text."""
        if not self._derived.digest:
            self._derived.digest = digest_of(self.text.whole)
        return self._derived.digest


def digest_of(text: str) -> bytes:
    """SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def decoded(data: bytes) -> Iterator[str]:
    """As places in a report are, and as facts are."""
    text = text_of(data)
    yield text
    if not text.isascii() and (other := data.decode("utf-8", "replace")) != text:
        yield other


def _joined(texts: Callable[[LayerResult], Iterator[str]], layer: LayerResult) -> str:
    return END.join(texts(layer))


def _small(text: Text) -> str:
    return small(text.whole)


def _shown(layer: LayerResult) -> Iterator[str]:
    if layer.ledger is not None:
        yield from decoded(layer.ledger.text)
    for found in layer.found:
        if not found.within:
            yield from decoded(found.path + b"!" + found.way if found.way else found.path)
    for kept in layer.kept:
        yield from decoded(kept.entry.link)
        yield from decoded(bytes(kept.content or b""))
        yield from (one.subject for one in kept.certificates)


def _kept(layer: LayerResult) -> Iterator[str]:
    for place, reason in layer.limited:
        yield f"{place.removeprefix(f'layer {layer.index}')} {reason}"
    for found in layer.found:
        yield found.candidate.name
    yield from map(text_of, layer.links)
    for listed in layer.listed.values():
        yield listed.unread
        yield from (text_of(path) for pair in listed.diverted.items() for path in pair)
