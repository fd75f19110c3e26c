"""`imagelint size NEW --compare OLD`: the command, its formats, and what it does where there is no old image."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from imagelint import cli
from imagelint.report import schema
from tests.image.test_waste import noise
from tests.imagemaker import Recipe, docker_archive, oci_layout

SCHEMA = Draft202012Validator(json.loads(schema.text("size")))
BASE = [{"path": "bin/sh", "content": noise(9_000)}]
PACKAGES = [{"path": "usr/lib/a", "content": noise(50_000)}]
FIRST = [{"path": "app/main", "content": "1"}, {"path": "app/data", "content": noise(20_000)}]
SECOND = [{"path": "app/main", "content": "2"}, FIRST[1]]
KIT = "buildkit.dockerfile.v0"
HISTORY: list[dict[str, Any]] = [
    {"created_by": "base"},
    {"created_by": "ARG COMMIT", "comment": KIT, "empty_layer": True},
    {"created_by": "RUN |1 COMMIT={} /bin/sh -c install # buildkit", "comment": KIT},
    {"created_by": "COPY . /app # buildkit", "comment": KIT},
]
FILE = "FROM example.org/base\nARG COMMIT\nRUN install\nCOPY . /app\n"

Size = Callable[..., tuple[int, dict[str, Any]]]


def recipe(*layers: Any, commit: int = 1) -> Recipe:
    history = [{**entry, "created_by": entry["created_by"].format(commit)} for entry in HISTORY]
    return Recipe(layers=layers, history=history)


@pytest.fixture
def size(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Size:
    """The command in a folder with two images; gives the exit status and a valid report."""
    monkeypatch.chdir(tmp_path)
    oci_layout(tmp_path / "old", recipe(BASE, PACKAGES, FIRST))
    oci_layout(tmp_path / "new", recipe(BASE, PACKAGES, SECOND))
    (tmp_path / "Dockerfile").write_text(FILE, encoding="utf-8")

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        status = cli.run(["size", "--no-progress", "--format", "json", *words])
        report = json.loads(capsys.readouterr().out)
        assert [error.message for error in SCHEMA.iter_errors(report)] == []
        return status, report

    return run


def test_what_a_pull_transmits_again(size: Size) -> None:
    status, report = size("new", "--compare", "old", "--dockerfile", "Dockerfile")
    (image,) = report["images"]
    found = image["compared"]
    assert status == 0
    assert [layer["state"] for layer in found["layers"]] == ["same", "same", "new"]
    assert found["pull"] == {
        "bytes": image["layers"][2]["size"],
        "layers": 1,
        "own": image["layers"][2]["size"],
        "base": 0,
        "recompressed": 0,
    }
    assert found["shared"]["bytes"] == sum(layer["size"] for layer in image["layers"][:2])
    assert (found["sent_again"]["files"], found["sent_again"]["bytes"]) == (1, 20_000)
    assert found["sent_again"]["largest"][0]["path"] == "app/data"
    broken = found["broken"]
    assert (broken["kind"], broken["layer"], broken["instruction"]["source"]["line"]) == ("content", 2, 4)


def test_an_argument_with_another_value(size: Size, tmp_path: Path) -> None:
    again = [{**PACKAGES[0], "mtime": 7}]
    oci_layout(tmp_path / "next", recipe(BASE, again, FIRST, commit=2))
    _, report = size("next", "--compare", "old")
    found = report["images"][0]["compared"]
    assert found["broken"]["kind"] == "argument"
    assert found["broken"]["arguments"] == ["COMMIT"]
    assert [layer["state"] for layer in found["layers"]] == ["same", "new", "moved"]
    assert found["sent_again"]["bytes"] == 50_000  # the layer has nothing else


def test_what_people_read(size: Size, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert cli.run(["size", "--no-progress", "new", "--compare", "old", "--dockerfile", "Dockerfile"]) == 0
    text = capsys.readouterr().out
    assert "since old" in text
    assert "1 of 3 layers" in text
    assert "the first other step is Dockerfile:4  COPY . /app # buildkit" in text
    assert "the same instruction, with another content" in text
    assert "/app/data" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_the_page_has_it(size: Size, tmp_path: Path) -> None:
    oci_layout(tmp_path / "next", recipe(BASE, [{"path": "a", "content": "3"}], FIRST, commit=2))
    words = ["size", "--no-progress", "next", "--compare", "old", "-f", "html", "-o", "page.html"]
    assert cli.run(words) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'Since <span class="code">old</span>' in page
    assert "with another value of COMMIT" in page


def test_an_archive_is_compared_by_content(size: Size, tmp_path: Path) -> None:
    docker_archive(tmp_path / "old.tar", recipe(BASE, PACKAGES, FIRST), layout="25")
    status, report = size("new", "--compare", "old.tar")
    assert (status, [layer["state"] for layer in report["images"][0]["compared"]["layers"]]) == (
        0,
        ["same", "same", "new"],
    )


@pytest.mark.parametrize(
    ("old", "reason"),
    [
        ("nowhere/at/all", "there is no such file"),
        ("Dockerfile", "it is a Dockerfile, not an image"),
        ("both", "it names several images: name one of them"),
        ("docker:", "it names several images: name one of them"),
    ],
)
def test_an_old_image_that_is_none_is_a_hole(size: Size, tmp_path: Path, old: str, reason: str) -> None:
    oci_layout(tmp_path / "both", recipe(BASE, PACKAGES, FIRST), Recipe(layers=[BASE], tags=["example:2"]))
    status, report = size("new", "--compare", old)
    assert status == 3
    assert [skip["place"] for skip in report["incomplete"]] == [f"--compare {old}"]
    assert reason in report["incomplete"][0]["reason"]
    assert "compared" not in report["images"][0]
    assert report["images"][0]["layers"][2]["size"] > 0


def test_a_layer_of_the_old_image_that_is_not_there_is_a_hole(size: Size, tmp_path: Path) -> None:
    _, report = size("old")
    digest = report["images"][0]["layers"][2]["digest"].partition(":")[2]
    (tmp_path / "old/blobs/sha256" / digest).unlink()
    status, report = size("new", "--compare", "old")
    found = report["images"][0]["compared"]
    assert status == 3
    assert report["incomplete"][0]["place"].startswith("old: layer 2")
    assert found["pull"]["layers"] == 1
    assert found["sent_again"]["complete"] is False
