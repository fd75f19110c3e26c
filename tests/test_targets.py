"""From words to what is read: which files are Dockerfiles, and that whatever cannot be read is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imagelint import targets
from imagelint.targets import Hole, Source
from tests.imagemaker import Recipe, oci_layout


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Dockerfile", True),
        ("dockerfile", True),
        ("Containerfile", True),
        ("Dockerfile.dev", True),
        ("Dockerfile-alpine", True),
        ("app.dockerfile", True),
        ("app.Containerfile", True),
        ("Dockerfile.dockerignore", False),
        ("Dockerfile.md", False),
        ("dockerfile.py", False),
        ("dockerfile_test.go", False),
        ("Dockerfile~", False),
        ("mydockerfile", False),
        ("Makefile", False),
    ],
)
def test_names(tmp_path: Path, name: str, is_one: bool) -> None:
    (tmp_path / name).write_text("FROM scratch\n")
    found = list(targets.expand(str(tmp_path)))
    assert [isinstance(item, Source) for item in found] == [is_one]


def test_a_folder_is_read_in_order_and_links_and_git_are_left_aside(tmp_path: Path) -> None:
    for name in ("b/Dockerfile", "a/Dockerfile", ".git/Dockerfile", "node_modules/x/Dockerfile", "a/build.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("FROM scratch\n")
    os.symlink("/etc/passwd", tmp_path / "Dockerfile")
    os.symlink("nowhere", tmp_path / "b" / "Dockerfile.gone")
    os.symlink("../a/Dockerfile", tmp_path / "b" / "Dockerfile.twice")
    os.symlink("../a/build.txt", tmp_path / "b" / "Dockerfile.once")
    os.symlink("..", tmp_path / "a" / "loop")
    items = list(targets.expand(str(tmp_path)))
    read = [os.path.relpath(item.path, tmp_path) for item in items if isinstance(item, Source)]
    assert read == ["a/Dockerfile", "b/Dockerfile", "b/Dockerfile.once", "node_modules/x/Dockerfile"]
    left = [(os.path.relpath(item.place, tmp_path), item.limited) for item in items if isinstance(item, Hole)]
    assert left == [("Dockerfile", True), ("b/Dockerfile.gone", True)]


def test_paths_are_told_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    assert [item.path for item in targets.expand(".") if isinstance(item, Source)] == ["app/Dockerfile"]
    assert [item.path for item in targets.expand(str(tmp_path / "app")) if isinstance(item, Source)] == [
        "app/Dockerfile"
    ]


def test_exclude(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("app", "vendor"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    assert [item.path for item in targets.expand(".", exclude=["vendor/*"]) if isinstance(item, Source)] == [
        "app/Dockerfile"
    ]


def holes(target: str) -> list[str]:
    return [item.reason for item in targets.expand(target) if isinstance(item, Hole)]


def test_what_cannot_be_read_is_one_hole_each(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with open(tmp_path / "zeros", "wb") as file:
        file.truncate(1 << 30)
    assert "no such file or folder" in holes(str(tmp_path / "none"))[0]
    assert "there is no Dockerfile below it" in holes(str(tmp_path / "empty"))[0]
    assert holes(str(tmp_path / "pipe")) == ["is neither a file nor a folder"]
    assert "over 4 MiB" in holes(str(tmp_path / "zeros"))[0]
    assert "images in a registry cannot be read yet" in holes("registry:r.example.org/app:1")[0]
    assert "no such file" in holes("a\0b")[0] or "not a path" in holes("a\0b")[0]
    assert holes("docker-archive:" + str(tmp_path / "none"))


def test_a_layouts_path_and_tag_may_hold_colons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Recipe(layers=[[{"path": "a", "content": "a"}]], tags=["shop:1"])
    monkeypatch.chdir(tmp_path)
    for name in ("layout", "lay:out"):
        (tmp_path / name).mkdir()
        oci_layout(tmp_path / name, recipe)
    for words in ("layout", "lay:out"):
        assert [type(item).__name__ for item in targets.expand(f"oci:{words}")] == ["Image"]
    assert holes("oci:layout:v:2") == ["no image of the layout has the tag v:2"]
    assert holes("oci:lay:out:v") == ["no image of the layout has the tag v"]
    assert holes("oci:nowhere:v") == ["it cannot be read: No such file or directory"]
