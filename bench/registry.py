"""`imagelint registry` on a registry whose images share most layers, and a scan of the distinct layers alone.

usage: python bench/registry.py [--images N] [--layers N] [--shared PART] [--families N] [--megabytes N]
           [--common PART] [--runs N] [--imagelint COMMAND]

A docker-registry of the bench's own has `--images` images (default 500) of `--layers` layers (default 10), of which
the first ones, `--shared` of them (default 0.9), are those of one of `--families` families (default 10). The layers are
made of this machine's files below /usr, `--megabytes` uncompressed in all (default 8,000), `--common` of it in the
families' layers (default: as much as they are of the distinct layers, so that all are equally large). Beside them lie
images that have each of these layers once, and no more of them than an image may have. In turns:

alone    `imagelint scan` of the images that have each layer once: what the distinct layers cost
first    all images, into an empty cache; the aim is 1.2 times that
second   the same again; the aim is under 5% of the first
rules    the same after a change of a rule that is not about secrets: no layer is read
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, count
from multiprocessing import get_context
from pathlib import Path

from host import tar
from make_image import files_below
from measure import Run, median, run

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.imagemaker import dumps, packed, sha256
from tests.registries import Registry
from tests.registry_storage import Storage

MOST = 500
"""Layers of an image that has them alone; imagelint reads 512."""
RULE = """
id: large-layer
title: a layer is large
kind: layer
severity: {severity}
when: |
  layer.size > 10000000
message: "{{layer.size}} bytes"
rationale: |
  It takes long to pull.
remedy: "Leave out what nobody needs"
examples:
  bad:
    - image: {{layers: [[{{path: a, content: "{{size:11000000}}"}}]]}}
  good:
    - image: {{layers: [[{{path: a, content: x}}]]}}
"""

Stored = tuple[str, int, str]
"""Digest and size of a blob, and its diff_id."""


def fill(folder: Path, asked: argparse.Namespace) -> None:
    """Put the images into the folder of a registry."""
    storage, size = Storage(folder), asked.megabytes * 10**6
    files = chain.from_iterable(files_below(Path("/usr")) for _ in count())
    common = round(asked.layers * asked.shared)
    own = asked.layers - common
    bases = asked.families * common

    def stored(data: bytes) -> Stored:
        blob = packed(data, "gzip-6")
        return storage.blob(blob), len(blob), sha256(data)

    def made(numbers: range, share: int) -> list[Stored]:
        found: list[Stored] = []
        with ThreadPoolExecutor(2) as pool:
            for pair in (numbers[at : at + 2] for at in range(0, len(numbers), 2)):
                small = (path for path in files if path.lstat().st_size <= share)
                found += pool.map(stored, [tar(small, share, number) for number in pair])
        return found

    others = asked.images * own
    part = bases / (bases + others) if asked.common is None else asked.common
    shared = made(range(bases), round(size * part / bases))
    alone = made(range(bases, bases + others), round(size * (1 - part) / others))
    for number in range(asked.images):
        family = number % asked.families
        layers = [*shared[family * common :][:common], *alone[number * own :][:own]]
        put(storage, f"many/app{number // 5:03}", f"1.{number % 5}", layers)
    every = [*shared, *alone]
    for at in range(0, len(every), MOST):
        put(storage, f"alone/part{at // MOST}", "1", every[at : at + MOST])


def put(storage: Storage, name: str, tag: str, layers: Sequence[Stored]) -> None:
    """An image of these layers."""
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"User": "1000", "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [diff_id for _, _, diff_id in layers]},
        "history": [{"created_by": f"COPY part{number} /"} for number in range(len(layers))],
    }
    storage.image(name, [tag], dumps({**config, "author": f"{name}:{tag}"}), [(one[0], one[1]) for one in layers])


def main() -> None:
    """Measure in turns and print the ratios."""
    parser = argparse.ArgumentParser(description="Images of a registry against their distinct layers alone.")
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--layers", type=int, default=10)
    parser.add_argument("--shared", type=float, default=0.9)
    parser.add_argument("--families", type=int, default=10)
    parser.add_argument("--megabytes", type=int, default=8000)
    parser.add_argument("--common", type=float)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--imagelint", default="imagelint", help="the installed command")
    asked = parser.parse_args()
    times: dict[str, list[Run]] = {"alone": [], "first": [], "second": [], "rules": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Registry(folder / "registry") as registry:
            # In a process of its own: what this one has taken would count as its children's.
            filling = get_context("fork").Process(target=fill, args=(registry.folder, asked))
            filling.start()
            filling.join()
            if filling.exitcode:
                sys.exit("the registry could not be filled")
            usual = ["--no-config", "--no-progress", "--format", "json", "--fail-on", "never"]
            usual += ["--rules", str(folder / "rules")]
            parts = [f"registry:{registry.host}/alone/{path.name}:1" for path in sorted(repositories(folder, "alone"))]
            scan = [asked.imagelint, "scan", *usual, *parts]
            many = [asked.imagelint, "registry", *usual, "--cache", str(folder / "cache"), f"{registry.host}/many/*"]
            environment = {**os.environ, "DOCKER_CONFIG": name, "XDG_CACHE_HOME": str(folder / "home")}
            (folder / "rules").mkdir()
            for _ in range(asked.runs):
                shutil.rmtree(folder / "cache", ignore_errors=True)
                for what, words in (("alone", scan), ("first", many), ("second", many), ("rules", many)):
                    severity = "warning" if what == "rules" else "note"
                    (folder / "rules/large-layer.yaml").write_text(RULE.format(severity=severity))
                    times[what].append(run(words, environment=environment))
            size = sum(path.stat().st_size for path in (folder / "cache").iterdir())
    for what, runs in times.items():
        stats = json.loads(runs[-1].output)["stats"]
        read = f"{stats['images']:3} images, {stats['layers_read']:4} of {stats['layers']:5} layers read"
        memory = max(one.memory for one in runs)
        print(f"{what:7} {median(runs):7.2f} s  {read}, {stats['bytes'] / 1e6:6.0f} MB, peak {memory:4.0f} MiB")
    alone, first, second, rules = map(median, times.values())
    print(f"first is {first / alone:.2f} times alone; second {second / first:.1%} of first, rules {rules / first:.1%}")
    each = [(seconds - less) / asked.images * 1000 for seconds, less in ((first, alone), (second, 0))]
    print(f"an image costs {each[0]:.1f} ms beside its layers, and {each[1]:.1f} where nothing is new of it")
    print(f"the cache has {size / 1e6:.1f} MB")


def repositories(folder: Path, below: str) -> list[Path]:
    """The folders of the registry's repositories below a name."""
    return list((folder / "registry/data/docker/registry/v2/repositories" / below).iterdir())


if __name__ == "__main__":
    main()
