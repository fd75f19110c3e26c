"""The layers of a registry by one thread, two threads, and one and two Dask workers of one thread, in turns.

usage: python bench/spread.py [--megabytes N] [--layers N] [--small N] [--runs N]
           [--images N] [--share PART] [--layer-megabytes N] [--workers N] [--threads N] [--gigabit N] [--image-ms N]

A docker-registry of the bench's own has an image of `--layers` layers (default 24) of this machine's files below /usr,
`--megabytes` uncompressed in all (default 300), and one of `--small` layers (default 300, at most 500) of a small file
each. The first tells what a byte costs and what a second reader brings; the second what a layer costs beside its bytes,
here and as a task. Every reader has its patterns compiled, and reads the layers once, ahead of the first turn.

The last lines are the estimate: `--images` (default 10,000) of 10 layers, of which `--share` (default 0.9) are shared
by families of 100, each layer of `--layer-megabytes` (default 30, uncompressed), by `--workers` (default 100) of
`--threads` (default 2), from a registry that gives `--gigabit` in all (default 10), where the command takes
`--image-ms` (default 10) to plan and compose an image: bench/registry.py tells what it takes. The rest is computed from
what was measured just now; what was not measured is said.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from make_image import files_below

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from imagelint.engine.compiled import load
from imagelint.engine.evaluate import Engine
from imagelint.engine.selection import choose
from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.image.paths import Allowance
from imagelint.image.reading_settings import ReadingSettings
from imagelint.image.result import LayerResult
from imagelint.image.sources.registry import images
from imagelint.registry.spread import Spread
from imagelint.secrets.confirm import Detector
from tests.dask_cluster import Cluster
from tests.imagemaker import Recipe
from tests.registries import Registry
from tests.registry_storage import Storage

Reader = Callable[[Sequence[Layer]], object]
FAMILY, LAYERS = 100, 10
"""Of the estimate: images that share their base, and layers of each image."""
RULES = load()
DETECTOR = Detector([rule for rule in RULES.rules if rule.kind == "secret"])
SETTINGS = ReadingSettings.of(Engine(RULES, choose(RULES.rules, "default", [], [])), ["/usr/bin", "/bin"]).kept()
READ = SETTINGS.reader(DETECTOR, read_layer)


def tar(files: Iterator[Path], size: int, number: int) -> bytes:
    """A layer of the next files, of about this size; never the same as another one."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        made.addfile(tarfile.TarInfo(f"srv/{number}"))
        while out.tell() < size:
            path = next(files)
            try:
                made.add(path, str(path).lstrip("/"), recursive=False)
            except OSError:
                continue
    return out.getvalue()


def read(layer: Layer) -> LayerResult:
    """Read here, as a worker does."""
    return READ(layer, Allowance())


def one_thread(layers: Sequence[Layer]) -> list[LayerResult]:
    """Read here, one after the other."""
    return [read(layer) for layer in layers]


def two_threads(layers: Sequence[Layer]) -> list[LayerResult]:
    """Read here, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(read, layers))


def by(cluster: Cluster) -> Reader:
    """Read by a cluster's workers."""

    reader = Spread(cluster.address, SETTINGS, DETECTOR)
    return lambda layers: [result for _, result in reader.read(layers)]


def measured(readers: dict[str, Reader], layers: Sequence[Layer], runs: int) -> dict[str, float]:
    """Seconds of each, the median of some turns; every reader has read all of it once before."""
    times: dict[str, list[float]] = {name: [] for name in readers}
    for turn in range(runs + 1):
        for name, read in readers.items():
            started = time.perf_counter()
            read(layers)
            if turn:
                times[name].append(time.perf_counter() - started)
    return {name: median(found) for name, found in times.items()}


def table(title: str, seconds: dict[str, float], layers: int, bytes_out: int) -> None:
    """What was measured, beside one thread."""
    print(f"{title}: {layers} layers, {bytes_out / 1e6:.1f} MB uncompressed")
    for name, took in seconds.items():
        ratio = seconds["one thread"] / took
        print(f"  {name:<18}{took:8.2f} s {ratio:6.2f} times one thread {took / layers * 1000:9.2f} ms a layer")


def estimate(asked: argparse.Namespace, large: dict[str, float], small: dict[str, float], bytes_out: int) -> None:
    """For many images and workers."""
    own = asked.images * LAYERS * (1 - asked.share)
    distinct = own + asked.images / FAMILY * LAYERS * asked.share
    megabytes = distinct * asked.layer_megabytes
    fixed = small["one thread"] / asked.small
    a_megabyte = max(0.0, large["one thread"] - asked.layers * fixed) / (bytes_out / 1e6)
    one = distinct * fixed + megabytes * a_megabyte
    second = large["one Dask worker"] / large["two Dask workers"] / 2
    threads = asked.workers * asked.threads
    reading = one / (threads * second)
    # One scheduler and one command take turns at all tasks, however many workers there are.
    passing = distinct * max(0.0, small["one Dask worker"] - small["one thread"]) / asked.small
    sending = megabytes * asked.packed * 8e6 / (asked.gigabit * 1e9)
    images_ = asked.image_ms / 1000 * asked.images
    shared = f"{asked.share:.0%} of them shared by {FAMILY} images"
    print(f"\nestimate for {asked.images:,} images of {LAYERS} layers, {shared}")
    print(f"  {distinct:,.0f} distinct layers of {asked.layer_megabytes} MB: {megabytes / 1e6:.2f} TB uncompressed")
    for what, seconds in (
        (f"one thread, at {fixed * 1000:.1f} ms a layer and {1 / a_megabyte:.0f} MB/s", one),
        (f"{asked.workers} workers of {asked.threads} threads, each worth {second:.0%} of one", reading),
        ("tasks that scheduler and command pass on, one after the other, at most", passing),
        (f"{megabytes * asked.packed / 1e6:.2f} TB compressed, at {asked.gigabit:g} Gbit/s of the registry", sending),
        (f"planning and composing, at {asked.image_ms:g} ms an image, one after the other", images_),
    ):
        print(f"  {what}: {hours(seconds)}")
    slowest = max(reading, passing, sending)
    print(f"  so about {hours(max(images_, slowest))} to {hours(images_ + slowest)}: images are composed meanwhile")
    print("  not measured: more than two workers, a network between machines, a registry under that load")


def hours(seconds: float) -> str:
    """As people say it."""
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )


def options() -> argparse.Namespace:
    """The words."""
    parser = argparse.ArgumentParser(description="Layers by threads and by Dask workers.")
    for name, value in (("megabytes", 300), ("layers", 24), ("small", 300), ("runs", 3), ("images", 10_000)):
        parser.add_argument(f"--{name}", type=int, default=value)
    for name, number in (("share", 0.9), ("layer-megabytes", 30.0), ("gigabit", 10.0), ("image-ms", 10.0)):
        parser.add_argument(f"--{name}", type=float, default=number)
    parser.add_argument("--workers", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    """Measure in turns, print ratios and the estimate."""
    asked = options()
    with tempfile.TemporaryDirectory() as name, Registry(Path(name) / "registry") as registry:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        storage, files = Storage(registry.folder), files_below(Path("/usr"))
        size = asked.megabytes * 1_000_000 // asked.layers
        storage.recipe("bench", ["large"], Recipe([tar(files, size, number) for number in range(asked.layers)]))
        few = [[{"path": f"srv/{number}", "content": f"{number}\n" * 100}] for number in range(asked.small)]
        storage.recipe("bench", ["small"], Recipe(few))
        DETECTOR.patterns.prepare()
        (large_image,) = images(f"{registry.host}/bench:large")
        (small_image,) = images(f"{registry.host}/bench:small")
        bytes_out = sum(result.bytes_out for result in one_thread(large_image.layers))
        asked.packed = sum(layer.size for layer in large_image.layers) / bytes_out
        with Cluster(folder / "one") as one, Cluster(folder / "two") as two:
            for cluster in (one, two, two):
                cluster.worker()
            readers = {
                "one thread": one_thread,
                "two threads": two_threads,
                "one Dask worker": by(one),
                "two Dask workers": by(two),
            }
            large = measured(readers, large_image.layers, asked.runs)
            small = measured(readers, small_image.layers, asked.runs)
    table("large", large, asked.layers, bytes_out)
    table("small", small, asked.small, asked.small * 512)
    estimate(asked, large, small, bytes_out)


if __name__ == "__main__":
    main()
