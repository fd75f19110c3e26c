"""`imagelint host` on images that share their layers, and on one image that has the distinct layers alone.

usage: python bench/host.py [--images N] [--megabytes N] [--runs N] [--imagelint COMMAND]

Two Docker daemons of the bench's own, which need root: one has N images (default 50) on a base of three layers, with
one of five middle layers and one of its own each, and half of them lost their name; the other has one image of all
these layers. They are filled with this machine's files below /usr, `--megabytes` in all (default 300), three fifths of
it in the base. The daemons send the layers, so their time is in it. Who reads each layer once needs about the same for
both: the aim is 1.3.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tarfile
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

from make_image import files_below
from measure import Run, median, run

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.engines import Engines  # the one that tests start
from tests.imagemaker import Recipe, docker_archive

BASE, MIDDLE = 3, 5


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


def load(engine: Engines, folder: Path, recipes: list[Recipe]) -> None:
    """Bring images to a daemon."""
    path = docker_archive(folder / "image.tar", *recipes, layout="25")
    engine.docker("load", "--input", str(path))
    path.unlink()


def fill(shared: Engines, alone: Engines, images: int, size: int) -> None:
    """The images that share, and the one that has all layers."""
    files = files_below(Path("/usr"))
    shares = [size * 3 // 5 // BASE] * BASE + [size // 5 // MIDDLE] * MIDDLE + [size // 5 // images] * images
    layers = [tar(files, share, number) for number, share in enumerate(shares)]
    base, middle, own = layers[:BASE], layers[BASE : BASE + MIDDLE], layers[BASE + MIDDLE :]
    # Two of each name: the second takes it from the first.
    half = -(-images // 2)
    made = [Recipe([*base, middle[n % MIDDLE], layer], tags=[f"app:{n % half}"]) for n, layer in enumerate(own)]
    for part in (made[:half], made[half:]):
        load(shared, shared.root, part)
    load(alone, alone.root, [Recipe(layers, tags=["all:1"])])


def main() -> None:
    """Measure in turns and print the ratio."""
    parser = argparse.ArgumentParser(description="Images that share layers against the distinct layers alone.")
    parser.add_argument("--images", type=int, default=50)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--imagelint", default="imagelint", help="the installed command")
    asked = parser.parse_args()
    words = [asked.imagelint, "host", "--no-config", "--no-progress", "--format", "json", "--fail-on", "never"]
    times: dict[str, list[Run]] = {"shared": [], "alone": []}
    with Engines() as shared, Engines() as alone:
        # In a process of its own: what this one has taken would count as its children's.
        filling = get_context("fork").Process(target=fill, args=(shared, alone, asked.images, asked.megabytes * 10**6))
        filling.start()
        filling.join()
        if filling.exitcode:
            sys.exit("the daemons could not be filled")
        engines = {"shared": shared, "alone": alone}
        for _ in range(asked.runs):
            for name, engine in engines.items():
                times[name].append(run([*words, engine.address]))
    for name, runs in times.items():
        stats = json.loads(runs[-1].output)["stats"]
        read = f"{stats['images']:3} images, {stats['layers_read']:3} of {stats['layers']:3} layers read"
        memory = max(one.memory for one in runs)
        print(f"{name:7} {median(runs):6.2f} s  {read}, {stats['bytes'] / 1e6:5.0f} MB, peak {memory:4.0f} MiB")
    print(f"ratio   {median(times['shared']) / median(times['alone']):6.2f}")


if __name__ == "__main__":
    main()
