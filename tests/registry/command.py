"""What the tests of `imagelint registry` stand on: a small registry, the command as a process, and what single scans of
the same images say.

    with stage(folder) as made:
        made.run("--cache", "cache").report
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import registries
from tests.conftest import without
from tests.faulty_registry import Front
from tests.imagemaker import Recipe
from tests.many_images import Made, Shape, fill
from tests.material import password, rsa_key
from tests.program import Forked, imagelint
from tests.registries import Registry
from tests.registry_storage import Storage

SHAPE = Shape(images=24, layers=4, shared=0.75, families=3, tags=4, kib=24, own_kib=8, leaky=2, seed="command")
"""Nine layers that are shared and 24 that are not."""
KEY, PASSWORD, OTHER = rsa_key(910), password(911), password(912)
LONGEST = 120.0
"""Seconds after which a run hangs."""

SYSTEM: list[dict[str, Any]] = [
    {"path": "etc/passwd", "content": "root:x:0:0:root:/root:/bin/sh\nguest::0:0::/:/bin/sh\n"},
    {"path": "usr/bin/tool", "mode": 0o4755, "content": "x" * 4000},
    {"path": "var/cache/apt/archives/big.deb", "content": "y" * 300_000},
    {"path": "opt/tools/run", "mode": 0o777, "content": "#!/bin/sh\n"},
]
KEYS: list[dict[str, Any]] = [
    {"path": "root/.ssh/id_rsa", "content": KEY},
    {"path": "root/.my.cnf", "content": f"[client]\nuser = root\npassword = {PASSWORD}\n"},
]
GONE: list[dict[str, Any]] = [
    {"path": "root/.ssh/.wh.id_rsa"},
    {"path": "root/.my.cnf", "content": f"[client]\nuser = root\npassword = {OTHER}\n"},
]
OWN: dict[str, Recipe] = {
    "keys/plain": Recipe([SYSTEM, KEYS], {"Cmd": ["mysqld"]}),
    "keys/deleted": Recipe([SYSTEM, KEYS, GONE], {"Cmd": ["mysqld", f"--password={PASSWORD}"]}),
    "keys/known": Recipe([KEYS], {"Env": [f"DB_PASSWORD={PASSWORD}", "PATH=/opt/tools:/usr/bin"], "User": "app"}),
    "keys/clean": Recipe([SYSTEM], {"User": "1000"}),
}
"""Images beside those of the shape: they share layers in which a key and a password lie."""


def _place(path: str) -> int:
    """In which layer of an image of the shape a planted file lies."""
    (number,) = re.findall(r"(?:/layer|/config-)(\d+)", path)
    return int(number)


@dataclass
class Done:
    """A run that is over."""

    status: int
    output: str
    errors: str
    got: Counter[str]
    """Blobs that the registry was asked to give, by digest."""

    @property
    def report(self) -> dict[str, Any]:
        """The JSON that it printed."""
        found: dict[str, Any] = json.loads(self.output)
        return found

    @property
    def rules(self) -> set[str]:
        """Those that found something."""
        return {finding["rule"] for finding in self.report["findings"]}

    @property
    def found(self) -> dict[str, list[str]]:
        """Each image's findings, as they stand in the report."""
        return by_image(self.report)


def by_image(report: Mapping[str, Any]) -> dict[str, list[str]]:
    """Image -> its findings and what was told of it, each as its JSON, and how it is listed."""
    found: dict[str, list[str]] = {}
    for image in report["images"]:
        found[image["target"]] = [json.dumps(image)]
    for kind in ("findings", "incomplete", "limited"):
        for one in report[kind]:
            found.setdefault(one.get("target", ""), []).append(f"{kind} {json.dumps(one)}")
    return found


@dataclass
class Stage:
    """A registry with a door that counts, and a folder to work in."""

    folder: Path
    registry: Registry
    front: Front
    made: Made
    storage: Storage
    own: dict[str, str] = field(default_factory=dict)
    """Name -> digest of the images beside those of the shape."""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def references(self) -> list[str]:
        """HOST/NAME:TAG of every image, at the door, under the name by which it is scanned."""
        host, port = self.registry.host, self.front.host
        return [*(one.replace(host, port) for one in self.made.references), *(f"{port}/{name}:1" for name in self.own)]

    @property
    def layers(self) -> set[str]:
        """Digests of all layers."""
        return self.made.distinct | {digest for name in self.own for digest in self.layers_of(name)}

    @property
    def valued(self) -> set[str]:
        """Digests of the layers in which secrets lie. Their values are kept nowhere, so one of these is read again for
        an image that was not judged before."""
        found = {self.made.layers[one.reference][_place(one.path)] for one in self.made.planted if one.path}
        keys, changed = self.layers_of("keys/known")[0], self.layers_of("keys/deleted")[2]
        return {*found, keys, changed}

    @property
    def quoted(self) -> list[str]:
        """Digests of the manifests and configurations of images with a secret in their own documents, which no cache
        gets."""
        named = [self.made.digests[one.reference] for one in self.made.planted if not one.path]
        manifests = [*named, *(self.own[name] for name in ("keys/deleted", "keys/known") if name in self.own)]
        return [*manifests, *(json.loads(self.blob(digest))["config"]["digest"] for digest in manifests)]

    def layers_of(self, name: str) -> list[str]:
        """Digests of the layers of an image beside those of the shape."""
        document = json.loads(self.blob(self.own[name]))
        return [layer["digest"] for layer in document["layers"]]

    def blob(self, digest: str) -> bytes:
        """What the registry has under a digest."""
        root = self.registry.folder / "data/docker/registry/v2/blobs/sha256"
        return (root / digest[7:9] / digest[7:] / "data").read_bytes()

    def run(self, *words: str, target: str = "", environment: Mapping[str, str] = {}) -> Done:
        """The command over all images, its cache below the folder unless the words say otherwise."""
        return self.command("registry", target or self.front.host, *words, environment=environment)

    def command(self, *words: str, environment: Mapping[str, str] = {}) -> Done:
        """Any command, in JSON unless it says otherwise."""
        more = [] if "--format" in words or "--quiet" in words else ["--format", "json"]
        self.front.asked.clear()
        done = subprocess.run(
            [*imagelint(), *words, *([] if "report" in words else ["--no-config"]), *more],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={**os.environ, **self.environment, **environment},
            timeout=LONGEST,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr, self.got())

    def got(self) -> Counter[str]:
        """Layers that were fetched since the last run began, by digest."""
        wanted = self.layers
        digests = (path.rpartition("/")[2] for method, path, _ in list(self.front.asked) if method == "GET")
        return Counter(digest for digest in digests if digest in wanted)

    def one_by_one(self, *words: str) -> dict[str, list[str]]:
        """What `imagelint scan` says of each image, scanned alone."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            forked = Forked()
        try:
            found: dict[str, list[str]] = {}
            for reference in self.references:
                done = forked("scan", "--no-config", "--format", "json", *words, f"registry:{reference}")
                assert done.returncode in (0, 1), done.stdout + done.stderr
                found |= by_image(json.loads(done.stdout))
            return found
        finally:
            forked.stop()


@contextmanager
def stage(folder: Path, shape: Shape = SHAPE, own: Mapping[str, Recipe] = OWN) -> Iterator[Stage]:
    """It runs within."""
    if reason := registries.missing():
        without(reason)
    with Registry(folder / "registry") as registry:
        made, storage = fill(registry, shape), Storage(registry.folder)
        digests = {name: storage.recipe(name, ["1"], recipe) for name, recipe in own.items()}
        front = Front(registry.host)
        (folder / "work").mkdir()
        environment = {
            "XDG_CACHE_HOME": str(folder / "home"),
            "DOCKER_CONFIG": str(folder / "docker"),
            "COLUMNS": "120",
        }
        try:
            yield Stage(folder / "work", registry, front, made, storage, digests, environment)
        finally:
            front.stop()


def wait(until: Callable[[], bool], seconds: float = LONGEST) -> None:
    """Until something is so; AssertionError when it never is."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def kept_layers(folder: Path) -> int:
    """How many layers' results a cache has."""
    connection = sqlite3.connect(f"file:{folder / 'layers.db'}?mode=ro", uri=True)
    try:
        (number,) = connection.execute("SELECT count(*) FROM entries WHERE kind = 'layer'").fetchone()
    except sqlite3.OperationalError:
        return 0  # there is no table yet
    finally:
        connection.close()
    return int(number)


def rules_folder(folder: Path, texts: Mapping[str, str]) -> Sequence[str]:
    """The words for --rules with these files, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return ("--rules", str(folder))
