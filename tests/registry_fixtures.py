"""Fixtures for tests that start registries. Who imports them has them: the first two act by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import registries
from tests.conftest import without
from tests.registries import Registry


@pytest.fixture(scope="module", autouse=True)
def programs() -> None:
    """What the registries are made of is there."""
    if reason := registries.missing():
        without(reason)


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No configuration of Docker but the test's own."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    return tmp_path / "docker"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that anybody may read, write and delete from."""
    with Registry(tmp_path_factory.mktemp("open") / "registry", delete=True) as running:
        yield running
