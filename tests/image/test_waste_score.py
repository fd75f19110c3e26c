"""dive's score, against values worked out by hand from its published definition."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from imagelint.image.waste_score import dive
from tests.image.test_waste import Entries, results_of
from tests.imagemaker import layer_tar


def file(path: str, size: int) -> Mapping[str, Any]:
    return {"path": path, "content": b"x" * size}


def folder(path: str) -> Mapping[str, Any]:
    return {"path": path, "type": "dir"}


def gone(path: str) -> Mapping[str, Any]:
    above, _, name = path.rpartition("/")
    return {"path": f"{above}/.wh.{name}".lstrip("/")}


CASES: dict[str, tuple[list[Entries], Fraction, int]] = {
    # each path once
    "clean": ([[file("a", 3000)], [file("b", 10)]], Fraction(1), 0),
    # a: smallest 2000 of 7000; b: 3000 of 3000
    "overwritten": ([[file("a", 2000), file("b", 3000)], [file("a", 5000)]], Fraction(5000, 10_000), 7000),
    # a: 0 of 4000, since a whiteout counts 0; b: 1000 of 1000
    "deleted": ([[file("a", 4000), file("b", 1000)], [gone("a")]], Fraction(1000, 5000), 4000),
    # a: 0 of 9000 (4000 + 0 + 5000)
    "deleted and written again": ([[file("a", 4000)], [gone("a")], [file("a", 5000)]], Fraction(0, 9000), 9000),
    # dive's own test: d has no entry of its own, so its whiteout counts 0. n: 2000 of 7000, p: 3000 of 3000, t: 10000
    "folder without an entry": (
        [[file("e/d/n", 2000), file("e/d/p", 3000)], [file("e/d/n", 5000), file("e/t", 10_000)], [gone("e/d")]],
        Fraction(3, 4),
        7000,
    ),
    # the same with entries: d counts 5000 + 3000, once; n: 2000 of 7000, p: 3000, t: 10000, d: 8000
    "folder with an entry": (
        [
            [folder("e"), folder("e/d"), file("e/d/n", 2000), file("e/d/p", 3000)],
            [folder("e"), folder("e/d"), file("e/d/n", 5000), file("e/t", 10_000)],
            [folder("e"), gone("e/d")],
        ],
        Fraction(23_000, 28_000),
        7000,
    ),
    # d counts 100 as a folder that is removed, and 40 as a file that comes later: 40 of 140; n: 100 of 100
    "folder, then a file": ([[folder("d"), file("d/n", 100)], [gone("d")], [file("d", 40)]], Fraction(140, 240), 140),
    # what was removed before does not lie below the folder any more: d is 300; n: 0 of 100, m: 300
    "removed in parts": (
        [[folder("d"), file("d/n", 100), file("d/m", 300)], [folder("d"), gone("d/n")], [gone("d")]],
        Fraction(600, 700),
        100,
    ),
    # opaque marks are not seen: d/n is there to stay
    "opaque": ([[folder("d"), file("d/n", 100)], [folder("d"), {"path": "d/.wh..wh..opq"}]], Fraction(1), 0),
    # d/n is still there when d is removed: d is 100, and 0 as the folder without content that it is in between
    "opaque, then removed": (
        [[folder("d"), file("d/n", 100)], [folder("d"), {"path": "d/.wh..wh..opq"}], [gone("d")]],
        Fraction(100, 200),
        100,
    ),
    # a hard link has no size of its own, and keeps nothing: a 0 of 900, l 0
    "hard link": (
        [[file("a", 900), {"path": "l", "type": "hardlink", "link": "a"}], [gone("a")]],
        Fraction(0, 900),
        900,
    ),
    # a change of mode is a second copy: half of it is the smallest
    "mode": ([[file("a", 700)], [{**file("a", 700), "mode": 0o600}]], Fraction(1, 2), 1400),
    # nothing has a size
    "empty": ([[file("a", 0)], []], Fraction(1), 0),
    # a whiteout of what nobody has counts 0
    "nobody's": ([[file("a", 10)], [gone("b")]], Fraction(1), 0),
}


@pytest.mark.parametrize("name", CASES)
def test_the_score_is_that_of_the_definition(name: str) -> None:
    layers, efficiency, wasted = CASES[name]
    score = dive(results_of(*map(layer_tar, layers)))
    assert (score.efficiency, score.wasted) == (float(efficiency), wasted)
