"""Every kind that the generator plants is found, by seed: once, where it is, as what it is, and nothing beside it."""

from __future__ import annotations

import functools
import json
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.imagemaker import Recipe, oci_layout
from tests.planting import Planted, plant
from tests.program import imagelint

SEEDS = range(1, 21)
TOGETHER = 5
"""So many seeds share an image: the start of a scan is paid once."""


@functools.cache
def scanned(first: int) -> dict[str, list[dict[str, Any]]]:
    """The findings of secrets in an image of TOGETHER seeds from that one on, by path."""
    entries = [
        {"path": f"{seed}/{path}", "content": content}
        for seed in range(first, first + TOGETHER)
        for path, content, _ in plant(seed)
    ]
    with tempfile.TemporaryDirectory() as folder:
        layout = oci_layout(Path(folder) / "layout", Recipe(layers=[entries]), compress="")
        words = ["scan", "--no-config", "--show-secrets", "--format", "json", f"oci:{layout}"]
        ran = subprocess.run([*imagelint(), *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stderr
    report = json.loads(ran.stdout)
    assert not report["incomplete"]
    assert not report["limited"]
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for finding in report["findings"]:
        for place in finding.get("places") or [finding]:
            if "secret" in finding:
                found[place["path"]].append({**finding, **place})
    return found


def wrong(values: list[Planted], findings: list[dict[str, Any]]) -> list[str]:
    """What a file's findings lack or have too many of, one line each."""
    left = [(f["rule"], f.get("line", 0), f.get("column", 0), f["secret"].get("value")) for f in findings]
    lacking = []
    for value in values:
        right = [one for one in left if one[0] in value.rules and one[1:] == (value.line, value.column, value.value)]
        if right:
            left.remove(right[0])
        else:
            lacking.append(f"{value.kind}: not one of {sorted(value.rules)} at {value.line}:{value.column}")
    return [*lacking, *(f"{rule} at {line}:{column}, which is not planted" for rule, line, column, _ in left)]


def image_of(seed: int) -> int:
    """The first seed of the image that a seed is in."""
    return seed - (seed - SEEDS[0]) % TOGETHER


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=pytest.mark.xdist_group(f"seeds {image_of(seed)}")) for seed in SEEDS]
)
def test_every_planted_value_is_found(seed: int) -> None:
    """By the command, from an image."""
    findings = scanned(image_of(seed))
    told = [
        f"{path}: {line}"
        for path, _, values in plant(seed)
        for line in wrong(values, findings.get(f"{seed}/{path}", []))
    ]
    assert not told, "\n".join([f"{len(told)} of seed {seed}", *told])


def test_the_generator_plants_what_it_promises() -> None:
    """Many kinds, each once, at the place it tells, by seed alone."""
    files = plant(1)
    values = [value for _, _, found in files for value in found]
    assert len({value.kind for value in values}) == len(values) >= 300
    assert len({value.value for value in values}) == len(values)
    assert files == plant(1)
    assert {value.value for value in values}.isdisjoint(value.value for _, _, found in plant(2) for value in found)
    for _, content, found in files:
        lines = content.decode().split("\n")
        for value in found:
            if value.line:
                assert lines[value.line - 1][value.column - 1 :].startswith(value.value.partition("\n")[0])
