"""Long files are read in full: no rule runs out of steps on what bench/growth.py measures."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from tests.dockerfile.linting import findings

SIZE = 12_000
"""Lines, words or pairs; CEL takes 10,000 steps."""


def test_no_rule_is_given_up_on_a_long_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "bench")
    for make in import_module("growth").SHAPES.values():
        findings(make(SIZE))  # which asserts that no rule failed
