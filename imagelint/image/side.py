"""The two images of a comparison, made of what their sources tell, and of their layers as far as they were read."""

from __future__ import annotations

from collections.abc import Sequence

from imagelint.compared import Comparison
from imagelint.findings import SafeText
from imagelint.image.compare import Read, Side, compare
from imagelint.image.model import Image
from imagelint.image.origin import Known
from imagelint.image.result import LayerResult
from imagelint.image.telling import Told, tell
from imagelint.image.timeline import Timeline
from imagelint.secrets.redact import Redactor

_UNREAD = [("", "its layers were not read")]


def since(
    old: Image,
    name: SafeText,
    image: Image,
    told: Told,
    redactor: Redactor,
    results: Sequence[LayerResult],
    read: Read,
    base: Known | None = None,
) -> Comparison:
    """What became of an image since an older one, of which only the layers are read that the new one does not have.
    `told` and `results` are of the new one, `results` by FINE steps (stream/steps.py); `base` is of both."""
    unread = [LayerResult(layer.index, incomplete=_UNREAD) for layer in old.layers]
    before = tell(old, unread, Timeline([]), redactor, name, base=base)
    if base is not None and before.origins.limited:  # the old one stands on an older base image
        before = tell(old, unread, Timeline([]), redactor, name)
    sides = [
        Side(one.image.target, of, one.image.layers, one.trails.history, redactor.safe)
        for one, of in ((told, image), (before, old))
    ]
    return compare(sides[0], sides[1], results, read)
