"""`imagelint registry` on many images that share their layers, and on one image that has the distinct layers alone.

usage: python bench/registry.py [--images N] [--megabytes N] [--runs N] [--jobs N] [--imagelint COMMAND]

A docker-registry of the bench's own has N images (default 500) of 10 layers: nine are those of one of five families,
one is the image's own. They are filled with this machine's files below /usr, `--megabytes` uncompressed in all (default
1,500), nine tenths of it in the families. A second repository has the same layers in few images of up to 100 layers,
each layer once: what they take is what the distinct layers cost. Each first run has an empty cache of its own.

Then the many images again, with what the first run kept: nothing changed; and with another rule ignored, so that
every image is judged anew from the results of its layers, and no layer is read. The aims: 1.2 times the distinct
layers alone, and a second run in a twentieth of the first.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from host import tar
from make_image import files_below
from measure import Run, median, run

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.imagemaker import dumps, packed, sha256
from tests.registries import Registry
from tests.registry_storage import Storage

FAMILIES, LAYERS, MOST = 5, 10, 100


def config(diff_ids: list[str]) -> bytes:
    """An image's configuration."""
    history = [{"created_by": f"RUN step {number}"} for number in range(len(diff_ids))]
    return dumps(
        {
            "os": "linux",
            "architecture": "amd64",
            "config": {"User": "app", "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": history,
        }
    )


def fill(folder: Path, images: int, size: int) -> None:
    """Write both repositories into the registry's storage."""
    storage, files = Storage(folder), files_below(Path("/usr"))
    shared = [size * 9 // 10 // (FAMILIES * (LAYERS - 1))] * (FAMILIES * (LAYERS - 1))
    every = [
        layer(storage, files, share, number) for number, share in enumerate([*shared, *[size // 10 // images] * images])
    ]
    bases, own = every[: len(shared)], every[len(shared) :]
    for number, one in enumerate(own):
        family = number % FAMILIES * (LAYERS - 1)
        image(storage, f"many/app{number // 5}", f"1.{number % 5}", [*bases[family : family + LAYERS - 1], one])
    for number, begin in enumerate(range(0, len(every), MOST)):
        image(storage, f"alone/app{number}", "1", every[begin : begin + MOST])


Layer = tuple[str, int, str]
"""Digest, size and diff_id."""


def layer(storage: Storage, files: Iterator[Path], size: int, number: int) -> Layer:
    """A layer in gzip."""
    data = tar(files, size, number)
    stored = packed(data, "gzip")
    return storage.blob(stored), len(stored), sha256(data)


def image(storage: Storage, name: str, tag: str, layers: list[Layer]) -> None:
    """An image of these."""
    storage.image(name, [tag], config([one[2] for one in layers]), [(digest, size) for digest, size, _ in layers])


def row(name: str, runs: list[Run]) -> str:
    """Time, what was read, memory."""
    stats: dict[str, Any] = json.loads(runs[-1].output)["stats"]
    memory = max(one.memory for one in runs)
    read = f"{stats['images']:4} images, {stats['layers_read']:4} of {stats['layers']:5} layers read"
    processor = min(one.processor for one in runs)
    return f"{name:14} {median(runs):7.2f} s ({processor:6.2f} s of processors)  {read}, {stats['bytes'] / 1e6:5.0f} MB, peak {memory:4.0f} MiB"


def main() -> None:
    """Measure in turns and print the ratios."""
    parser = argparse.ArgumentParser(description="A registry whose images share layers against the layers alone.")
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--megabytes", type=int, default=1500)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--imagelint", default="imagelint", help="the installed command")
    asked = parser.parse_args()
    words = [asked.imagelint, "registry", "--no-config", "--no-progress", "--format", "json", "--fail-on", "never"]
    words += ["--jobs", str(asked.jobs)]
    times: dict[str, list[Run]] = {name: [] for name in ("many", "alone", "again", "another rule")}
    with tempfile.TemporaryDirectory() as folder, Registry(Path(folder) / "registry") as registry:
        # In a process of its own: what this one has taken would count as its children's.
        filling = get_context("fork").Process(
            target=fill, args=(registry.folder, asked.images, asked.megabytes * 10**6)
        )
        filling.start()
        filling.join()
        if filling.exitcode:
            sys.exit("the registry could not be filled")
        many, alone = f"{registry.host}/many/*", f"{registry.host}/alone/*"
        run([*words, "--no-cache", alone])  # the files into the page cache, and the patterns compiled
        for number in range(asked.runs):
            cache = str(Path(folder) / f"cache{number}")
            times["many"].append(run([*words, "--cache", cache, many]))
            times["alone"].append(run([*words, "--cache", cache + "-alone", alone]))
            times["again"].append(run([*words, "--cache", cache, many]))
            times["another rule"].append(run([*words, "--cache", cache, "--ignore", "no-user", many]))
    for name, runs in times.items():
        print(row(name, runs))
    first = median(times["many"])
    print(f"many / alone   {first / median(times['alone']):6.2f}")
    print(f"again / first  {median(times['again']) / first:6.3f}")


if __name__ == "__main__":
    main()
