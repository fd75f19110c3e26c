"""Two builds of one image, compared: the data that every format tells."""

from __future__ import annotations

from imagelint.findings import LayerInfo, SafeText, StoredLayer
from imagelint.record import field, record

SAME, MOVED, RECOMPRESSED, NEW, TWICE = "same", "moved", "recompressed", "new", "twice"


@record
class LayerChange:
    """One layer of the new image."""

    layer: StoredLayer
    state: str
    """same: the old image has it, under the same digest. moved: so it is, and below it lies something else.
    recompressed: it has the same content, stored in other bytes. new: it has not. twice: a layer below is the same."""
    other: int
    """Its index in the old image; -1 for none."""

    @property
    def transmitted(self) -> bool:
        """Whether a pull transmits it to somebody who has the old image."""
        return self.state in (RECOMPRESSED, NEW)

    @property
    def origin(self) -> str:
        """base, own, or empty where that is not known."""
        return self.layer.made.origin if self.layer.made is not None else ""


@record
class Broken:
    """The first step that made another layer than the one of the old build."""

    kind: str
    """base: the base image is another one. instruction: its text is another one. argument: a build argument has
    another value. content: the same instruction gave another layer. added, removed: there was none such, or is none
    any more. unknown: the histories do not tell."""
    entry: LayerInfo | None
    """The instruction in the new image; of what was removed, the first one behind it."""
    before: SafeText | None = None
    """The text in the old image, where it is another one."""
    names: list[SafeText] = field(default_factory=list)
    """Of the arguments."""
    layer: int = -1
    """The index of the first layer that is another one: that of the instruction, or one above it."""


@record
class Resent:
    """Files in the layers that are transmitted, of which the old image has every byte. Sizes are of their data."""

    files: int = 0
    size: int = 0
    compressed: int = 0
    """Of the layers as stored: their share, measured in the compressed stream."""
    largest: list[tuple[int, SafeText]] = field(default_factory=list)
    """(compressed, path), the largest first."""
    complete: bool = True
    """All files of both images were compared."""


@record
class Comparison:
    """What became of the old image. Sizes are in bytes of the layers as the new image's source stores them."""

    new: SafeText
    old: SafeText
    layers: list[LayerChange]
    gone: list[StoredLayer]
    """Layers of the old image that the new one does not have."""
    broken: Broken | None
    """None where all layers are the same."""
    base_changed: bool | None
    """None where it is not known which layers are the base image's."""
    unknown: int = 0
    """Layers of the new image whose size is not known."""
    uncompressed: int = 0
    """Layers that the new image's source stores uncompressed: a registry has them smaller."""
    configured: list[str] = field(default_factory=list)
    """What containers start with, where that is another one: Env, Cmd ... (OCI image specification, config.md)."""
    resent: Resent | None = None
    """What of the transmitted layers the old image has file by file; None where contents were not read."""

    def size(self, *states: str, origin: str | None = None) -> int:
        """Bytes of the layers in these states, of the base image or own if asked."""
        return sum(
            max(change.layer.size, 0)
            for change in self.layers
            if change.state in states and (origin is None or change.origin == origin)
        )

    @property
    def pull(self) -> int:
        """What is transmitted to somebody who has the old image."""
        return self.size(NEW, RECOMPRESSED)

    @property
    def saved(self) -> int:
        """What is not, because the layers are shared."""
        return self.size(SAME, MOVED)
