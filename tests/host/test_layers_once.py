"""Fifty images of a real daemon on one base: each layer is sent once and read once, by nothing but questions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from tests.engines import Engines
from tests.host.between import Between
from tests.host.hosting import scan
from tests.imagemaker import Recipe, docker_archive
from tests.material import rsa_key

pytestmark = pytest.mark.engine


def test_fifty_images_read_each_layer_once(docker: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one base, half of them without a name, since others were loaded under it; the engine sends a layer once, and
    it is read once."""
    base = [[{"path": f"usr/{number}", "content": str(number) * 50_000}] for number in range(3)]
    middle = [[{"path": f"opt/{number}", "content": f"middle {number}" * 5_000}] for number in range(5)]
    recipes = [
        Recipe([*base, middle[n % 5], [{"path": "srv/id", "content": f"{n}\n{rsa_key(70)}"}]], tags=[f"app:{n % 25}"])
        for n in range(50)
    ]
    for part in (recipes[:25], recipes[25:]):
        docker.docker("load", "--input", str(docker_archive(tmp_path / "part.tar", *part, layout="25")))
    reads: Counter[str] = Counter()

    def counted(layer: Layer, *words: Any, **named: Any) -> Any:
        reads[layer.diff_id] += 1
        return read_layer(layer, *words, **named)

    monkeypatch.setattr("imagelint.image.lint.read_layer", counted)
    with Between(tmp_path / "b.sock", docker.root / "d.sock") as between:
        made = scan(f"unix://{tmp_path}/b.sock")
    assert set(reads.values()) == {1}
    assert len(reads) == made.report.stats["layers_read"] == 3 + 5 + 50 + 1  # with the base image
    assert made.report.stats["images"] == 51
    assert made.report.stats["layers"] == 50 * 5 + 1
    keys = [found for found in made.report.findings if found.rule == "pem-private-key"]
    assert len(keys) == 50
    assert sum(found.rule == "dangling-image" for found in made.report.findings) == 25
    ((_, removals),) = made.removals
    assert Counter(removal.why for removal in removals)["has no name, holds 1 secret"] == 25
    # One export has them all, each layer once.
    assert [path.partition("?")[0] for _, path in between.asked if "/images/get" in path] == ["/v1.41/images/get"]
    once = sum(len(tar) for tar in {tar for recipe in recipes for tar in recipe.tars()})
    assert between.sent < 1.5 * once + (4 << 20)
    # Nothing but questions was asked.
    assert {method for method, _ in between.asked} == {"GET"}
    asked = {path.split("?")[0].split("/")[2] for _, path in between.asked if path.startswith("/v1")}
    assert asked == {"containers", "events", "images", "info", "version"}
