"""What the tests of whole registries have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import registries
from tests.conftest import without
from tests.faulty_registry import Fault, FaultyRegistry, Front
from tests.imagemaker import Recipe
from tests.registries import Registry
from tests.registry_storage import Storage

ONE = Recipe([[{"path": "etc/motd", "content": "hello"}]], {"User": "app"}, tags=("app:1",))


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No configuration of Docker but the test's own."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    return tmp_path / "docker"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """An empty docker-registry."""
    if reason := registries.missing():
        without(reason)
    with Registry(tmp_path / "registry") as running:
        yield running


@pytest.fixture
def storage(registry: Registry) -> Storage:
    """Fills it."""
    return Storage(registry.folder)


@pytest.fixture
def front(registry: Registry) -> Iterator[Front]:
    """Stands in front of it, and remembers what it was asked."""
    running = Front(registry.host)
    yield running
    running.stop()


Start = Callable[[Fault], FaultyRegistry]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a registry with one image under the tag 1, and a fault."""
    running: list[FaultyRegistry] = []

    def started(fault: Fault) -> FaultyRegistry:
        running.append(FaultyRegistry(tmp_path / f"image{len(running)}", ONE, fault))
        return running[-1]

    yield started
    for one in running:
        one.stop()
