"""What reading a layer takes, and taking its result from what was kept of it: usage: stored.py [IMAGE]

IMAGE is an OCI layout or an archive; without it a Debian base is made by mmdebstrap. Prints for each layer: the time to
read it, to read it to be kept, to make bytes of the result, and to load these; their size; and the ratios.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from imagelint import targets
from imagelint.engine.entry_index import EntryIndex
from imagelint.image import stored
from imagelint.image.layer import read_layer
from imagelint.image.model import Image, Layer
from imagelint.image.result import LayerResult
from imagelint.image.system import CONTENTS, search_path, wanted
from imagelint.stream import limits
from imagelint.stream.steps import COARSE
from tests.bootstrap import debian
from tests.imagemaker import Recipe, oci_layout
from tests.keeping import detector, engine

T = TypeVar("T")
TIMES = 3


def best(do: Callable[[], T]) -> tuple[float, T]:
    """Seconds of the quickest of a few times, and what it gave."""
    found, taken = do(), float("inf")
    for _ in range(TIMES):
        begin = time.perf_counter()
        found = do()
        taken = min(taken, time.perf_counter() - begin)
    return taken, found


def measure(layer: Layer, entries: EntryIndex) -> None:
    """One line of the table."""

    def read(*, keep: bool) -> LayerResult:
        return read_layer(layer, detector(), entries, contents=CONTENTS, measure=COARSE, keep=keep)

    plain, _ = best(lambda: read(keep=False))
    keeping, result = best(lambda: read(keep=True))
    dumping, data = best(lambda: stored.dump(result))
    if data is None:
        print(f"layer {layer.index}: {plain:.3f} s to read; it may not be kept")
        return
    loading, _ = best(lambda: stored.load(data, layer.index))
    print(
        f"layer {layer.index}: {result.bytes_out / limits.MIB:.0f} MiB, {result.entries} entries, "
        f"{len(result.found)} secrets: read {plain:.3f} s, to be kept {keeping:.3f} s ({keeping / plain:.3f} x), "
        f"dump {dumping:.4f} s, load {loading:.4f} s ({plain / loading:.0f} x faster), {len(data):,} bytes kept "
        f"({len(data) / max(1, result.bytes_in):.2%} of the stored layer)"
    )


def main() -> int:
    """Read every layer of the image."""
    with tempfile.TemporaryDirectory() as folder:
        target = sys.argv[1] if len(sys.argv) > 1 else ""
        if not target:
            debian(Path(folder) / "root.tar")
            target = str(oci_layout(Path(folder) / "image", Recipe([(Path(folder) / "root.tar").read_bytes()])))
        for image in targets.expand(target):
            if isinstance(image, Image):
                entries = EntryIndex(engine().chosen("entry").values(), wanted(search_path(image.config)))
                for layer in image.layers:
                    measure(layer, entries)
    return 0


if __name__ == "__main__":
    sys.exit(main())
