"""Long files, in the shapes of bench/growth.py: they are read in full, and the work grows as they do."""

from __future__ import annotations

import cProfile
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.dockerfile.linting import findings

sys.path.append(str(Path(__file__).parents[2] / "bench"))
SHAPES = import_module("growth").SHAPES
sys.path.pop()
SIZE = 12_000
"""Lines, words or pairs; CEL takes 10,000 steps."""


def test_no_rule_is_given_up_on_a_long_file() -> None:
    for make in SHAPES.values():
        findings(make(SIZE))  # which asserts that no rule failed


@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_as_the_file_does(shape: str) -> None:
    """Counted in calls, which are the same on every machine."""
    findings(SHAPES[shape](SIZE // 10))  # what is done once is done
    once, twice = calls(SHAPES[shape](SIZE // 10)), calls(SHAPES[shape](SIZE // 5))
    assert twice < 2.6 * once


def calls(text: str) -> int:
    """Of functions, Python's and C's, on the way to the findings."""
    profile = cProfile.Profile()
    profile.enable()
    findings(text)
    profile.disable()
    return sum(entry.callcount for entry in profile.getstats())
