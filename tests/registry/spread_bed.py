"""What the tests of the reader on Dask stand on: a registry behind a password, its layers, and a count of what is asked
for."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.evaluate import Engine
from imagelint.engine.selection import choose
from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.image.paths import Allowance
from imagelint.image.reading_settings import ReadingSettings
from imagelint.image.result import LayerResult
from imagelint.image.sources.registry import images
from imagelint.image.stored import dump
from imagelint.registry.spread import Spread
from imagelint.secrets.confirm import Detector
from tests.faulty_registry import Asked, Front
from tests.imagemaker import Recipe, oci_layout
from tests.many_images import Planted, Shape, fill
from tests.material import password, rsa_key
from tests.registries import WORD, behind_password, docker_config

KEY, PASSWORD = rsa_key(901), password(902)
SHAPE = Shape(images=8, layers=6, shared=0.5, kib=96, own_kib=32, families=2, leaky=3, seed="spread")
PATHS = ("/usr/local/bin", "/usr/bin", "/bin")


class Counted(Front):
    """The registry's door: it counts, and keeps waiting whom a test wants to."""

    def __init__(self, upstream: str) -> None:
        self.blobs_given: Counter[str] = Counter()
        """Times that the bytes of a blob were given."""
        self.waits: Callable[[str], None] = lambda digest: None
        """Called with each blob's digest before it is given."""
        self._lock = threading.Lock()
        super().__init__(upstream, self._first)

    def _first(self, asked: Asked) -> bool:
        if asked.blob and asked.command == "GET" and asked.headers.get("Authorization"):
            with self._lock:
                self.blobs_given[asked.blob] += 1
            self.waits(asked.blob)
        return False


class Bed:
    """A registry with layers of many sorts; each worker and each reading in this process has the password by itself."""

    def __init__(self, folder: Path, front: Counted, planted: Sequence[Planted], references: Sequence[str]) -> None:
        self.folder, self.front = folder, front
        self.in_layers = [each.plant.value for each in planted if each.path]
        self.secrets = [*self.in_layers, KEY.splitlines()[3], PASSWORD, WORD]
        """What may be read nowhere."""
        self.config = str(docker_config(folder / "config", front.host))
        self.environment = {"DOCKER_CONFIG": self.config}
        """Of workers."""
        with self.logged_in():
            found = {layer.digest: layer for name in references for image in images(name) for layer in image.layers}
        self.layers: list[Layer] = list(found.values())
        self.front.blobs_given.clear()

    @contextmanager
    def logged_in(self) -> Iterator[None]:
        """Within, this process has the password, which else only workers have."""
        before = os.environ.get("DOCKER_CONFIG")
        os.environ["DOCKER_CONFIG"] = self.config
        try:
            yield
        finally:
            if before is None:
                del os.environ["DOCKER_CONFIG"]
            else:
                os.environ["DOCKER_CONFIG"] = before

    def here(self) -> dict[str, bytes | None]:
        """Digest -> what reading each layer in this process gives, as it is sent."""
        read = settings().reader(DETECTOR, read_layer)
        with self.logged_in():
            return {layer.digest: dumped(read(layer, Allowance())) for layer in self.layers}


@contextmanager
def bed(folder: Path) -> Iterator[Bed]:
    """The registry runs within."""
    with behind_password(folder / "registry") as registry:
        made = fill(registry, SHAPE)
        layers: list[list[dict[str, Any]]] = [
            [{"path": "root/.ssh/id_rsa", "content": KEY}, {"path": "usr/bin/curl", "content": "-", "mode": 0o755}],
            [{"path": "root/.my.cnf", "content": f"[client]\nuser = root\npassword = {PASSWORD}\n"}],
            [{"path": "root/.ssh/.wh.id_rsa"}, {"path": "usr/bin/curl", "content": "+", "mode": 0o4755}],
        ]
        layout = oci_layout(folder / "layout", Recipe(layers=layers, tags=["1"]), compress="gzip")
        registry.push(layout, "1", "shop/keys:1", login=True)
        front = Counted(registry.host)
        try:
            names = [*made.references, f"{registry.host}/shop/keys:1"]
            names = [name.replace(registry.host, front.host) for name in names]
            yield Bed(folder, front, made.planted, names)
        finally:
            front.stop()


RULES = load()
DETECTOR = Detector([rule for rule in RULES.rules if rule.kind == "secret"])


def settings(rules: RuleSet = RULES) -> ReadingSettings:
    """What the default profile keeps of layers."""
    return ReadingSettings.of(Engine(rules, choose(rules.rules, "default", [], [])), PATHS).kept()


def spread(address: str, **words: object) -> Spread:
    """The reader as a command makes it."""
    return Spread(address, settings(), DETECTOR, **words)  # type: ignore[arg-type]  # a test names what it is about


def dumped(result: LayerResult) -> bytes | None:
    """A result as it is sent, values and all."""
    return dump(result, bytes)


def taken(found: Iterator[tuple[Layer, LayerResult]]) -> dict[str, LayerResult]:
    """Results by digest; each layer comes once."""
    results: dict[str, LayerResult] = {}
    for layer, result in found:
        assert layer.digest not in results, "a layer came twice"
        assert result.index == layer.index
        results[layer.digest] = result
    return results
