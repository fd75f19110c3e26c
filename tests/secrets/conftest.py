"""The secret rules of the repository, read once."""

from __future__ import annotations

import pytest

from imagelint.engine.compiled import load
from imagelint.engine.rule import Rule


@pytest.fixture(scope="session")
def rules() -> list[Rule]:
    """All of rules/secrets."""
    return [rule for rule in load().rules if rule.kind == "secret"]
