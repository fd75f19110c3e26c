"""Results of layers and of whole images from one run to the next, by what they are made of.

A layer's result depends on its bytes, on the secret rules, on what any rule may ask of entries, and on this version of
imagelint; an image's, moreover, on all rules and on what is known beside it. Both are found again where all of that is
the same. A layer goes by the digest of its stored bytes: that is what was verified, while a configuration may claim any
diff_id.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from imagelint import __version__
from imagelint.engine.compiled import digest_of
from imagelint.engine.rule import Rule
from imagelint.errors import DamagedError
from imagelint.image import notes, stored
from imagelint.image.model import Image, Layer
from imagelint.image.paths import Allowance
from imagelint.image.reading_settings import ReadingSettings
from imagelint.image.result import LayerResult
from imagelint.image.system import unusual
from imagelint.secrets.confirm import Detector
from imagelint.sha256 import sha256
from imagelint.stream import limits

_ELSEWHERE = ("CACHE_", "REGISTRY_", "RESOLVE_")
"""How limits begin that decide nothing of what is found in an image."""
Reader = Callable[[Layer, Allowance], LayerResult]
LAYER, IMAGE, NOTE = "layer", "image", "note"


class Store(Protocol):
    """What of a store (imagelint.store) is used."""

    def get(self, kind: str, key: str) -> bytes | None:
        """What was put under a kind and hexadecimal digits."""

    def put(self, kind: str, key: str, data: bytes) -> None:
        """Keep it."""


class Keeping:
    """What is kept of one run's images, and found of earlier ones'."""

    def __init__(self, store: Store, rules: Sequence[Rule], detector: Detector, images: Iterable[Image]) -> None:
        """`rules` are all there are; `images` those of the run."""
        self._store = store
        self._unusual: defaultdict[str, set[str]] = defaultdict(set)
        """For a layer, the folders of PATH, of the images that have it, which are not called as most are."""
        for image in images:
            if folders := unusual(image.config):
                for layer in image.layers:
                    self._unusual[layer.digest].update(folders)
        self._keys: dict[str, str] = {}
        """Of layers, by digest."""
        self._there: set[str] = set()
        """Digests of layers that need not be kept (again)."""
        self._loaded: dict[str, LayerResult | None] = {}
        """What was found last, by digest: it is asked for again when its image's turn comes."""
        every = {folder for folders in self._unusual.values() for folder in folders}
        self._every = digest_of(rules) + key_of(*(rule.when for rule in rules if rule.kind != "secret"))
        self.settings = ReadingSettings.for_all(rules, sorted(every))
        """What layers are read by."""
        self._reader: Reader | None = None
        usual = ReadingSettings.for_all(rules, ()).plain()
        changed = {name: getattr(limits, name) for name in limits.CHANGEABLE if not name.startswith(_ELSEWHERE)}
        self._base = key_of(
            __version__,
            stored.FORMAT,
            notes.FORMAT,
            digest_of([rule for rule in rules if rule.kind == "secret"]),
            detector.strict is not None,
            json.dumps([usual, changed], sort_keys=True),
        )

    def reader(self, detector: Detector, read: Callable[..., LayerResult]) -> Reader:
        """Reads a layer for any image of the run; see ReadingSettings.reader."""
        if self._reader is None:
            self._reader = self.settings.reader(detector, read)
        return self._reader

    def find(self, layer: Layer) -> LayerResult | None:
        """The result of an earlier run for a layer of these bytes."""
        if not layer.digest:
            return None
        if layer.digest in self._loaded:
            return self._loaded[layer.digest]
        data = self._store.get(LAYER, self._key(layer))
        try:
            result = stored.load(data, layer.index) if data is not None else None
        except DamagedError:
            result = None
        if result is not None:
            self._there.add(layer.digest)
        self._loaded[layer.digest] = result
        if len(self._loaded) > limits.AHEAD:
            del self._loaded[next(iter(self._loaded))]
        return result

    def keep(self, image: Image, results: Sequence[LayerResult], mentioned: Collection[int]) -> None:
        """Keep the results of an image's layers, now that it is judged: only now it is known in which of them a value
        of another one stands, in the name of a file say (`mentioned`). Of these nothing is kept, nor of layers with
        holes, nor of those for which there was not room enough."""
        for layer, result in zip(image.layers, results, strict=True):
            if result.index in mentioned:
                self._drop(layer)
            elif layer.digest and layer.digest not in self._there and layer.digest == result.digest:
                self._there.add(layer.digest)
                data = stored.dump(result) if not (result.incomplete or result.short) else None
                if data is not None:
                    self._store.put(LAYER, self._key(layer), data)

    def _drop(self, layer: Layer) -> None:
        """What another image did not know is dropped, and not kept again."""
        self._there.add(layer.digest)
        self._loaded.pop(layer.digest, None)
        if self._store.get(LAYER, self._key(layer)):
            self._store.put(LAYER, self._key(layer), b"")

    def note(self, image: Image) -> bytes | None:
        """What is remembered of an image (notes.py)."""
        return self._store.get(NOTE, self._of_image(image))

    def keep_note(self, image: Image, note: bytes) -> None:
        """Remember it."""
        self._store.put(NOTE, self._of_image(image), note)

    def find_image(self, image: Image, beside: str) -> bytes | None:
        """What was found in an image; `beside` says all that decides it and is not the image's."""
        return self._store.get(IMAGE, self._whole(image, beside))

    def keep_image(self, image: Image, beside: str, data: bytes) -> None:
        """Keep what was found."""
        self._store.put(IMAGE, self._whole(image, beside), data)

    def _key(self, layer: Layer) -> str:
        key = self._keys.get(layer.digest)
        if key is None:
            key = key_of(self._base, layer.digest, *sorted(self._unusual.get(layer.digest, ())))
            self._keys[layer.digest] = key
        return key

    def _of_image(self, image: Image) -> str:
        layers = [self._key(layer) for layer in image.layers]
        return key_of(self._base, image.digest, image.config_digest, image.platform, *layers)

    def _whole(self, image: Image, beside: str) -> str:
        """An image's own documents are all below its digest, but for those that lie beside it."""
        others = sorted(one.digest for one in image.attestations)
        names = [image.name, image.target, *image.tags, image.source, image.public]
        told = json.dumps([names, image.described, others, image.limited], sort_keys=True, default=str)
        return key_of(self._of_image(image), self._every, told, beside)


def key_of(*parts: object) -> str:
    """A key of parts that cannot run into each other."""
    texts = [str(part).encode("utf-8", "surrogatepass") for part in parts]
    return sha256(b"".join(b"%d:%b" % (len(text), text) for text in texts)).hexdigest()
