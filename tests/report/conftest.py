"""A browser for the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import browser as real
from tests.conftest import without

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for one module's tests, which then run in one process."""
    if reason := real.missing():
        without(reason)
    with real.chromium() as running:
        yield running
