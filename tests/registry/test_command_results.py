"""Where results of a whole run go: an index that follows the registry, a file for each image, reports beside images."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import sarif_validate
from tests.imagemaker import Recipe
from tests.many_images import Shape
from tests.registry.command import KEYS, SYSTEM, Stage, stage

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SMALL = Shape(images=8, layers=3, shared=0.67, families=2, tags=4, kib=8, own_kib=4, leaky=2, seed="results")
LATEST = 2
"""Repositories of the shape whose last image is called latest too."""


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Stage]:
    """Each test moves tags."""
    with stage(tmp_path, SMALL) as made:
        yield made


def count(folder: Path, what: str) -> int:
    """Of the index."""
    with closing(sqlite3.connect(folder / "index.db")) as index:
        (number,) = index.execute("SELECT count(*) FROM " + what).fetchone()  # noqa: S608 - a test's own words
    return int(number)


def images(report: dict[str, object]) -> set[str]:
    """Those that were judged, without the host."""
    return {image["target"].partition("/")[2] for image in report["images"]}  # type: ignore[attr-defined]


def test_only_changed(ground: Stage) -> None:
    """A tag that moved, an image that is new, a tag that is gone; nothing else is looked at."""
    words = ("--cache", "cache", "--index", "index.db", "--only-changed")
    first = ground.run(*words)
    assert len(first.report["images"]) == len(ground.references)
    same = ground.run(*words)
    assert (same.status, same.report["images"]) == (0, [])
    assert same.report["stats"]["unchanged"] == len(ground.references)
    ground.storage.recipe("keys/clean", ["1"], Recipe([SYSTEM, KEYS], {"User": "1000"}))
    ground.storage.recipe("keys/new", ["7"], Recipe([SYSTEM], {"User": "app"}))
    ground.storage.forget("keys/known", "1")
    moved = ground.run(*words)
    assert images(moved.report) == {"keys/clean:1", "keys/new:7"}
    assert moved.report["stats"]["gone"] == 1
    assert moved.got.keys() <= set(ground.layers_of("keys/plain")) & ground.valued
    alone = ground.command("scan", f"registry:{ground.front.host}/keys/clean:1")
    assert moved.found[f"registry:{ground.front.host}/keys/clean:1"] == next(iter(alone.found.values()))
    assert count(ground.folder, "refs WHERE gone <> ''") == 1
    assert count(ground.folder, "refs") == len(ground.references) + 1 + LATEST
    last = ground.run(*words)
    assert last.report["images"] == []


def test_only_changed_reads_again_what_had_holes(ground: Stage) -> None:
    """An image of which a layer was not read is not known."""
    broken = ground.layers_of("keys/deleted")[2]
    words = ("--no-cache", "--index", "index.db", "--only-changed")
    ground.front.fault = lambda asked: asked.blob == broken and asked.command == "GET" and asked.answer(404)
    first = ground.run(*words)
    assert first.status == 3
    ground.front.fault = lambda asked: False
    again = ground.run(*words)
    assert images(again.report) == {"keys/deleted:1"}
    assert ground.run(*words).report["images"] == []


def test_a_file_for_each_image(ground: Stage, sarif_validator: None) -> None:
    words = ("--cache", "cache", "--output-dir", "each", "--each", "sarif,json")
    done = ground.run(*words)
    files = sorted((ground.folder / "each").iterdir())
    assert len(files) == 2 * len(ground.references)
    times = {path: path.stat().st_mtime_ns for path in files}
    found = [json.loads(path.read_text()) for path in files if path.suffix == ".json"]
    together = sorted(json.dumps(one) for report in found for one in report["findings"])
    assert together == sorted(json.dumps(one) for one in done.report["findings"])
    sarif = [path for path in files if path.suffix == ".sarif"]
    assert sarif_validate.errors(sarif) == []
    ground.run(*words)
    assert {path: path.stat().st_mtime_ns for path in sorted((ground.folder / "each").iterdir())} == times


def test_reports_beside_images(ground: Stage) -> None:
    """--attach puts one report to each image; a second run pushes nothing, and they are no images to the next one."""
    first = ground.run("--cache", "cache", "--attach")
    assert first.status == 1
    assert first.report["incomplete"] == []
    pushed = [path for method, path, _ in ground.front.asked if method == "PUT" and "/manifests/" in path]
    assert len({path for path in pushed if "sha256-" not in path}) == len(ground.references)
    again = ground.run("--cache", "cache", "--attach")
    assert not [path for method, path, _ in ground.front.asked if method == "PUT"]
    assert {k: v for k, v in again.found.items() if k} == {k: v for k, v in first.found.items() if k}
    assert again.report["stats"]["images"] == len(ground.references)


def test_what_was_attached_is_found_again(ground: Stage) -> None:
    first = ground.run("--no-cache", "--attach")
    for reference in ground.references[::4]:
        target = f"registry:{reference}"
        shown = ground.command("scan", target, "--attached")
        assert not shown.got
        told = [(one["rule"], one["fingerprint"]) for one in shown.report["findings"]]
        assert told == [
            (one["rule"], one["fingerprint"]) for one in first.report["findings"] if one["target"] == target
        ]


def test_questions_to_the_index(ground: Stage) -> None:
    done = ground.run("--no-cache", "--index", "index.db")
    answer = ground.command("registry", "report", "--index", "index.db", "--rule", "openssh-private-key")
    assert answer.status == 0, answer.errors
    found = [one["target"].partition(":")[2] for one in done.report["findings"] if one["rule"] == "rsa-private-key"]
    assert all(reference in json.dumps(answer.report) for reference in found)
