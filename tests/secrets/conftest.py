"""The secret rules of the repository, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagelint.engine.rule import Rule, read_rules
from imagelint.secrets.confirm import Detector


@pytest.fixture(scope="session")
def rules(repository: Path) -> list[Rule]:
    """All of rules/secrets."""
    return read_rules(repository / "rules" / "secrets", thorough=False)


@pytest.fixture(scope="session")
def detector(rules: list[Rule]) -> Detector:
    """A detector with all of them."""
    return Detector(rules)
