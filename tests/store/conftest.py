"""What the tests of shared stores stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.registries import Registry
from tests.store.middleman import Middleman


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """An empty one."""
    with Registry(tmp_path_factory.mktemp("open") / "registry") as running:
        yield running


@pytest.fixture
def between(registry: Registry) -> Iterator[Middleman]:
    """Stands in front of it, and may do something to what passes."""
    middleman = Middleman(registry.host)
    yield middleman
    middleman.stop()
