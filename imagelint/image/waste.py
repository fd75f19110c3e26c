"""Bytes that a pull transmits and that nobody needs, each counted once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from imagelint.record import record

if TYPE_CHECKING:
    from imagelint.image.result import LayerResult

UNSEEN = ("deleted", "overwritten", "hidden", "metadata")
"""Kinds of bytes that the final file system does not need, whatever a file is for."""
DUPLICATE = "duplicate"


@record
class Piece:
    """Files of one layer that are waste for one reason."""

    kind: str
    """deleted, overwritten or hidden, as findings.STATUSES; metadata: the content that the path had before, shipped
    again by a layer that changed mode, owner or times alone; duplicate: the content of a file at another path; or a
    kind of leftovers.py: files that are there and of no use. metadata and duplicate are told only where the layers'
    content was compared (`imagelint size`)."""
    layer: int
    """Whose bytes they are: the pull of this layer would be smaller."""
    by: int
    """Which layer made them waste: that deleted, overwrote or hid them; of metadata and duplicate, the one that has the
    content already. For leftovers the same as `layer`."""
    path: bytes
    """Of the one file; or the deepest folder that all have in common, or as deep as there is room to tell."""
    files: int
    """Entries of the layer's tar: links and folders count, too."""
    bytes: int
    """Of the uncompressed tar: headers, extended ones among them, data and padding."""
    compressed: int
    """Of the layer as stored: their share, measured in the compressed stream. The same as `bytes` where the layer is
    stored uncompressed."""
    first: bytes = b""
    """Of one duplicate, the path that has the content already."""


def pieces(results: Sequence[LayerResult], useless: Callable[[bytes], str] | None = None) -> list[Piece]:
    """What is waste in an image, from all layers in order, the largest (compressed) first.

    `useless` tells of the path of a file that is present what kind of leftover it is, empty for none: it is asked about
    every such file, so it must be cheap.
    """
    raise NotImplementedError
