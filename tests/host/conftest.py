"""A Docker daemon that the tests of hosts have for themselves: a host is all that it has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import engines
from tests.conftest import without


@pytest.fixture(scope="module")
def docker() -> Iterator[engines.Engines]:
    """A daemon with nothing but the base image."""
    if reason := engines.missing():
        without(reason)
    with engines.Engines() as running:
        yield running
