"""A registry with hundreds of images that share most of their layers, always the same bytes.

    with Registry(folder) as registry:
        made = fill(registry, Shape(images=500))

    python -m tests.many_images FOLDER [--images 500] [--layers 10] [--shared 0.9] [--failing 0.05]
        starts one, prints its host and what it holds, and keeps it until it is interrupted

Each repository is of one of a few families: of its images' layers the first ones are those of the family (its base),
the last ones their own. `tags` images in a row are the versions of one repository; the newest is called `latest` too.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.faulty_registry import Front, Seeded
from tests.imagemaker import dumps, layer_tar, packed, sha256
from tests.plants import Plant, plants
from tests.registries import Registry
from tests.registry_storage import Storage

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
"""When the first image was made; the others a day apart."""
TEAMS = ("shop", "billing", "search", "mobile", "data")
TEAM_LABEL = "org.example.team"


@dataclass(frozen=True)
class Shape:
    """What the registry is to hold."""

    images: int = 500
    layers: int = 10
    """Of each image."""
    shared: float = 0.9
    """Of each image's layers, the part that it has in common with its family."""
    families: int = 5
    tags: int = 5
    """Images of one repository."""
    kib: int = 512
    """Uncompressed size of a layer of a family, about."""
    own_kib: int = 64
    """Of one of an image's own."""
    leaky: int = 7
    """Every so many images have a secret in a layer of their own; every second of these deletes the one of its family,
    and every third has one in a variable."""
    seed: str = "many"


@dataclass(frozen=True)
class Planted:
    """A secret in an image."""

    reference: str
    """HOST/NAME:TAG"""
    path: str
    """The file it lies in; empty for a variable of the configuration."""
    status: str
    """present or deleted"""
    plant: Plant


@dataclass
class Made:
    """What was made."""

    references: list[str] = field(default_factory=list)
    """HOST/NAME:TAG of each image, in order; without the second name of the newest."""
    digests: dict[str, str] = field(default_factory=dict)
    """Reference -> digest of the manifest, of `latest` too."""
    created: dict[str, datetime] = field(default_factory=dict)
    layers: dict[str, list[str]] = field(default_factory=dict)
    """Reference -> digests of its layers."""
    planted: list[Planted] = field(default_factory=list, repr=False)

    @property
    def distinct(self) -> set[str]:
        """Digests of all layers."""
        return {digest for found in self.layers.values() for digest in found}


def fill(registry: Registry, shape: Shape = Shape()) -> Made:
    """Put the images into a registry, which may run already."""
    made, storage = Made(), Storage(registry.folder)
    common = max(0, min(shape.layers - 1, round(shape.layers * shape.shared)))
    bases = [[_base(storage, shape, family, n) for n in range(common)] for family in range(shape.families)]
    for number in range(shape.images):
        family = number // shape.tags % shape.families
        _image(storage, shape, number, bases[family], registry.host, made)
    return made


@dataclass(frozen=True)
class _Layer:
    digest: str
    size: int
    diff_id: str
    planted: tuple[tuple[str, Plant], ...] = ()
    """(path, secret) of those in it."""
    deleted: tuple[str, ...] = ()


def _base(storage: Storage, shape: Shape, family: int, number: int) -> _Layer:
    """A layer of a family: the second one holds a secret, in every image of the family."""
    name = f"family{family}/layer{number}"
    secrets = {f"opt/{name}/settings.txt": _secret(shape, family)} if number == 1 else {}
    return _layer(storage, shape, name, shape.kib, secrets)


def _image(storage: Storage, shape: Shape, number: int, base: Sequence[_Layer], host: str, made: Made) -> None:
    repository, version = divmod(number, shape.tags)
    team = TEAMS[repository % len(TEAMS)]
    name, tag = f"{team}/service-{repository:03}", f"1.{version}.0"
    layers = list(base)
    leaky = number % shape.leaky == 0
    while len(layers) < shape.layers:
        at = len(layers)
        last = at == shape.layers - 1
        secret = {f"srv/app/config-{at}.txt": _secret(shape, 100 + number)} if leaky and at == len(base) else {}
        gone = [path for layer in base for path, _ in layer.planted] if number % (2 * shape.leaky) == 0 and last else []
        layers.append(_layer(storage, shape, f"image{number}/layer{at}", shape.own_kib, secret, gone))
    created = FIRST + timedelta(days=number)
    variable = _secret(shape, 1000 + number) if number % (3 * shape.leaky) == 0 else None
    config = _config(layers, created, team, variable)
    newest = version == shape.tags - 1 or number == shape.images - 1
    tags = [tag, "latest"] if newest else [tag]
    digest = storage.image(name, tags, config, [(layer.digest, layer.size) for layer in layers])
    reference = f"{host}/{name}:{tag}"
    made.references.append(reference)
    made.digests |= {f"{host}/{name}:{one}": digest for one in tags}
    made.created[reference] = created
    made.layers[reference] = [layer.digest for layer in layers]
    gone_paths = {path for layer in layers for path in layer.deleted}
    for layer in layers:
        for path, plant in layer.planted:
            made.planted.append(Planted(reference, path, "deleted" if path in gone_paths else "present", plant))
    if variable is not None:
        made.planted.append(Planted(reference, "", "present", variable))


def _config(layers: Sequence[_Layer], created: datetime, team: str, variable: Plant | None) -> bytes:
    environment = ["PATH=/usr/local/bin:/usr/bin:/bin"] + ([f"ACCESS={variable.value}"] if variable else [])
    when = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    document: Mapping[str, Any] = {
        "architecture": "amd64",
        "os": "linux",
        "created": when,
        "config": {"User": "1000", "Env": environment, "Labels": {TEAM_LABEL: team}, "Cmd": ["serve"]},
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [{"created": when, "created_by": f"COPY part{n} / # buildkit"} for n in range(len(layers))],
    }
    return dumps(document)


def _layer(
    storage: Storage,
    shape: Shape,
    name: str,
    kib: int,
    secrets: Mapping[str, Plant],
    deleted: Sequence[str] = (),
) -> _Layer:
    rng = random.Random(f"{shape.seed} {name}")
    entries: list[dict[str, Any]] = [
        {"path": path, "content": _file(rng, 2048, plant)} for path, plant in secrets.items()
    ]
    room = kib << 10
    while room > 0:
        size = min(room, rng.choice((800, 3000, 9000, 40000)))
        path = f"usr/lib/{name}/{rng.choice(_WORDS)}-{len(entries)}.{rng.choice(('py', 'js', 'json', 'txt', 'conf'))}"
        entries.append({"path": path, "content": _file(rng, size)})
        room -= size + 512
    for path in deleted:
        folder, _, last = path.rpartition("/")
        entries.append({"path": f"{folder}/.wh.{last}"})
    tar = layer_tar(entries)
    data = packed(tar, "gzip")
    return _Layer(storage.blob(data), len(data), sha256(tar), tuple(secrets.items()), tuple(deleted))


def _file(rng: random.Random, size: int, plant: Plant | None = None) -> str:
    """Lines as programs and configurations have them; the secret is one of them."""
    lines = rng.choices(_lines(), k=max(1, size // _LINE))
    if plant is not None:
        lines.insert(len(lines) // 2, plant.text.rstrip("\n"))
    return "\n".join(lines) + "\n"


@cache
def _lines() -> list[str]:
    rng = random.Random("lines")
    return [rng.choice(_LINES).format(*rng.choices(_WORDS, k=4), rng.randrange(1000)) for _ in range(20_000)]


_LINE = 40
"""Characters of a line, about."""
_WORDS = (
    "account address amount archive backend batch branch buffer bundle cache catalog channel client cluster column "
    "command commit config content context counter cursor database default device driver engine entity error event "
    "factory feature field filter folder format gateway handler header index input invoice item job kernel label layer "
    "limit list loader logger manager member message method metric model module network node object option order "
    "output package page parser path payment plugin pool process profile project queue reader record region report "
    "request resource result router runner scheduler schema scope server service session signal source status storage "
    "stream string system table target task template thread timer topic track unit update user value vector version "
    "view widget window worker writer"
).split()
_LINES = (
    "def {0}_{1}({2}, {3}=None):",
    "    return self.{0}.{1}({2}, limit={4})",
    "    if {0} is None or len({1}) > {4}:",
    "from {0}.{1} import {2}",
    "const {0} = require('./{1}/{2}');",
    "  {0}.{1}.forEach(({2}) => {{ {3}.push({2}); }});",
    '  "{0}-{1}": {{"{2}": {4}, "{3}": true}},',
    "{0}.{1}.{2} = {3}",
    "# The {0} of the {1} is kept until the {2} asks for it.",
    "",
)


_TOKENS = (
    *("airtable-token", "docker-hub-token", "github-token", "gitlab-token"),
    *("huggingface-token", "npm-token", "open-vsx-token", "prefect-api-key", "sonarqube-token", "vercel-token"),
)
"""Rules for tokens that give themselves away wherever they stand."""


def _secret(shape: Shape, number: int) -> Plant:
    """One of many, each of another value."""
    round_, at = divmod(number, len(_secrets(shape.seed, 0)))
    return _secrets(shape.seed, round_)[at]


@cache
def _secrets(seed: str, round_: int) -> list[Plant]:
    found = plants(f"{seed} {round_}", _TOKENS)
    return [plant for plant in found if plant.alone and not plant.assignment and len(plant.lines) == 1]


def main() -> None:
    """Start one from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.many_images")
    parser.add_argument("folder", type=Path)
    usual = Shape()
    for name in ("images", "layers", "families", "tags", "kib", "own_kib", "leaky"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(usual, name))
    parser.add_argument("--shared", type=float, default=usual.shared)
    parser.add_argument("--failing", type=float, default=0.0, help="the part of requests that fail")
    words = vars(parser.parse_args())
    folder, failing = words.pop("folder"), words.pop("failing")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Registry(folder) as registry:
        started = time.monotonic()
        made = fill(registry, Shape(**words))
        front = Front(registry.host, Seeded(failing)) if failing else None
        told = {"host": front.host if front else registry.host, "images": len(made.references)}
        seconds = round(time.monotonic() - started, 1)
        print(json.dumps({**told, "distinct layers": len(made.distinct), "seconds": seconds}), flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
