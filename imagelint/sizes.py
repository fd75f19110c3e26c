"""What `imagelint size` tells: plain data for every format of it.

Sizes are in bytes: `size` of what is stored, which is what a pull transmits, and `unpacked` of the uncompressed tar.
"""

from __future__ import annotations

from imagelint.compared import Comparison
from imagelint.findings import LayerInfo, SafeText, ScannedImage, Skip, exit_status
from imagelint.record import field, record


@record
class Sum:
    """Of layers, or of files in them."""

    files: int = 0
    size: int = 0
    unpacked: int = 0

    def add(self, files: int, size: int, unpacked: int) -> None:
        """Take something in."""
        self.files += files
        self.size += size
        self.unpacked += unpacked


@record
class Wasted:
    """Files of one layer that are waste for one reason (image/waste.py, Piece), as reports tell them."""

    kind: str
    layer: int
    """The index of the layer that ships them."""
    by: int
    """The index of the layer that made them waste, or that has the content already."""
    path: SafeText
    files: int
    size: int
    unpacked: int
    largest: SafeText | None = None
    """Of several files."""
    first: SafeText | None = None
    """Of a duplicate: the path that has the content already."""


@record
class SizedLayer:
    """One layer of an image."""

    index: int
    digest: str
    diff_id: str
    compression: str
    """gzip, zstd, xz, bzip2, or none; empty where it was not read."""
    all: Sum
    """Of the layer; files are the entries of its tar. -1 of what is not known."""
    waste: Sum
    made: LayerInfo
    """The instruction, its line, and whether the layer is the base image's."""


@record
class SizedImage:
    """One image, and what of it is waste."""

    image: ScannedImage
    layers: list[SizedLayer]
    all: Sum
    waste: Sum
    kinds: dict[str, Sum]
    """The waste by kind, the largest first."""
    origins: dict[str, tuple[Sum, Sum]]
    """Of layers that are `base`, `own`, or of which that is not known (empty): all, and the waste in it."""
    pieces: list[Wasted]
    """The largest of the waste, by size."""
    rest: Sum
    """Of the waste, what is not in `pieces`."""
    dive_efficiency: float
    """By dive's definition, from 0 to 1."""
    dive_wasted: int
    """Bytes, by dive's definition."""
    compared: Comparison | None = None
    """With the image that --compare names."""

    @property
    def efficiency(self) -> float:
        """The part of what a pull transmits that is no waste, from 0 to 1."""
        return 1 - self.waste.size / self.all.size if self.all.size else 1.0


@record
class Threshold:
    """What was allowed, and what an image has."""

    name: str
    """max-waste or max-size."""
    allowed: str
    """As it was given."""
    found: float
    """A share of the image's size, or bytes."""
    target: SafeText
    passed: bool
    """Something is beyond what was allowed."""


@record
class SizeReport:
    """The data of every format."""

    version: str
    targets: list[SafeText] = field(default_factory=list)
    images: list[SizedImage] = field(default_factory=list)
    thresholds: list[Threshold] = field(default_factory=list)
    incomplete: list[Skip] = field(default_factory=list)
    limited: list[Skip] = field(default_factory=list)

    def exit_status(self) -> int:
        """0; 1 where an image is beyond a threshold; 3 where something was not read, which wins."""
        return exit_status(holes=bool(self.incomplete), fails=any(one.passed for one in self.thresholds))
