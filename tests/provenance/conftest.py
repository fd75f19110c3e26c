"""The builders, with one daemon for the whole run."""

from __future__ import annotations

import pytest

from tests.engines import Engines
from tests.podman import Podman
from tests.provenance.builders import Builders


@pytest.fixture(scope="session")
def builders(engines: Engines, podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> Builders:
    """Everything that builds here."""
    return Builders(engines, podman, tmp_path_factory.mktemp("truth"))
