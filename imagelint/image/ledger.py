"""What each entry of a layer takes of its tar: 21 bytes and a path for each, so that what is waste can be told when all
layers are read."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from imagelint.image.paths import Allowance
from imagelint.stream.steps import Steps
from imagelint.stream.tar import BLOCK, Entry

FILE, FOLDER, LINK, OTHER = range(4)
"""Types: LINK is a hard link; OTHER has no data either (symbolic links, devices)."""
_TYPES = {"file": FILE, "dir": FOLDER, "hardlink": LINK}
_EACH = 21
_MOST = (1 << 63) - 1
"""A header may claim more bytes than that; no layer has them."""
_HELD = 50_000
"""Folders of one layer that are held, some hundred bytes each."""
TOO_MANY = "more paths than are kept for it; what the rest of them takes, and whether it is waste, is not told"


class Ledger:
    """The entries of one layer in the order of its tar, whiteouts among them. All sizes are in bytes."""

    __slots__ = (
        "_names",
        "_parents",
        "compression",
        "cut",
        "heads",
        "left",
        "size",
        "sizes",
        "starts",
        "steps",
        "sums",
        "types",
    )

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.starts = array("q")
        """Of the first header, extended ones included, in the tar."""
        self.heads = array("I")
        """Of all headers."""
        self.sizes = array("q")
        """Of the data."""
        self.types = bytearray()
        self.sums = array("Q")
        """Of the data of each file, where contents are compared; 0 for what has none. Else empty."""
        self.compression = ""
        """Of the layer as it is stored: gzip, zstd, xz, bzip2, or empty for none."""
        self.size = 0
        """Of the tar, as far as it was read."""
        self.cut = False
        """There were more entries than there was room for."""
        self.left: tuple[array[int], bytearray] | None = None
        """Numbers of entries that are of no use by their paths alone, and of which category (leftovers.py), as who read
        the layer has seen it; None where nobody looked."""
        self._names = bytearray()
        self._parents: set[bytes] | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def add(self, entries: Sequence[Entry], allowance: Allowance) -> bool:
        """Take entries, of which there are some; False where there is no room left."""
        if self.cut:
            return False
        names = b"\0".join([entry.path for entry in entries])
        if names.count(0) >= len(entries):  # a pax header may put one into a path
            names = b"\0".join([entry.path.replace(b"\0", b"\n") for entry in entries])
        if not allowance.take("ledger", len(names) + _EACH * len(entries)):
            self.cut = True
            return False
        self._names += names
        self._names.append(0)
        self.starts.extend([entry.start for entry in entries])
        self.heads.extend([entry.offset - entry.start for entry in entries])
        self.sizes.extend([min(entry.size, _MOST) for entry in entries])
        self.types += bytes([_TYPES.get(entry.type, OTHER) for entry in entries])
        return True

    def paths(self) -> list[bytes]:
        """As in Entry.path."""
        return bytes(self._names).split(b"\0")[:-1]

    @property
    def text(self) -> bytes:
        """All paths, a zero byte behind each."""
        return bytes(self._names)

    def take(self, text: bytes, starts: array[int], heads: array[int], sizes: array[int], types: bytearray) -> None:
        """Be what another one was: `text` is its text, of as many paths as there are numbers in the others."""
        self._names = bytearray(text)
        self.starts, self.heads, self.sizes, self.types = starts, heads, sizes, types

    def parents(self, paths: Sequence[bytes]) -> set[bytes]:
        """The folders that its paths lie in, told anew only where they are too many to be held."""
        if self._parents is not None:
            return self._parents
        found = {path.rpartition(b"/")[0] for path in paths}
        if len(found) <= _HELD:
            self._parents = found
        return found

    def names(self, word: bytes) -> bool:
        """Whether any path has this in it."""
        return word in self._names

    def spans(self, number: int) -> tuple[int, int, int]:
        """Where in the tar the headers of an entry begin, its data, and what lies behind its padding."""
        start = self.starts[number]
        data = start + self.heads[number]
        return start, data, min(data + (self.sizes[number] + BLOCK - 1 & -BLOCK), self.size)

    @property
    def memory(self) -> int:
        """Bytes of the allowance that it holds."""
        return len(self._names) + _EACH * len(self)
