"""From words to what is read: which files are Dockerfiles, and that whatever cannot be read is said."""

from __future__ import annotations

import gzip
import io
import os
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest

from imagelint import targets
from imagelint.image.model import Image
from imagelint.targets import Hole, Source
from tests.imagemaker import Recipe, docker_archive, oci_layout


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
        ("dockerfile.abi3.so", False),
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


def test_a_binary_file_is_no_dockerfile_unless_its_name_says_so(tmp_path: Path) -> None:
    for name in ("image.bin", "Dockerfile"):
        (tmp_path / name).write_bytes(b"FROM scratch\n\0\1\2")
    (hole,) = targets.expand(str(tmp_path / "image.bin"))
    assert isinstance(hole, Hole)
    assert hole.reason.startswith("is a binary file, neither a Dockerfile nor an archive of an image (docker save")
    (source,) = targets.expand(str(tmp_path / "Dockerfile"))
    assert isinstance(source, Source)


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
    (tmp_path / "long").write_bytes(b"#\n" * (3 << 20))
    assert "over 4 MiB" in holes(str(tmp_path / "long"))[0]
    assert "is a binary file" in holes(str(tmp_path / "zeros"))[0]
    assert "a name has no capital letters" in holes("registry:r.example.org/App:1")[0]
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


@pytest.mark.parametrize(
    "words",
    [
        "./app:1",
        "../app:1",
        "/app:1",
        "~/app:1",
        "app\\x:1",
        "Dockerfile.dev:1",
        "dockerfile",
        "app.tar",
        "app:1.tar.gz",
    ],
)
def test_what_looks_like_a_path_is_asked_of_nobody(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*words: object) -> NoReturn:
        raise AssertionError("somebody was asked")

    monkeypatch.setattr(socket, "socket", ask)
    assert holes(words) == [
        "there is no such file or folder; an image is named docker:NAME, podman:NAME or registry:NAME"
    ]


def test_a_word_alone_goes_to_no_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    monkeypatch.setenv("CONTAINER_HOST", f"unix://{tmp_path}/p.sock")
    (reason,) = holes("src/app")
    assert reason == (
        "there is no such file or folder, and no image of this name here: the Docker daemon is not running: nothing "
        f"listens at {tmp_path}/d.sock (DOCKER_HOST); Podman's service is not running: nothing listens at "
        f"{tmp_path}/p.sock (CONTAINER_HOST); a registry is asked only for a name with a tag (src/app:latest), or for "
        "registry:src/app"
    )


class _Pipe(io.BytesIO):
    """Bytes that come once, in their order."""

    def seekable(self) -> bool:
        """It is not."""
        return False


def test_standard_input_may_be_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker_archive(path := tmp_path / "image.tar", Recipe(layers=[[{"path": "a", "content": "b"}]]), layout="25")
    archive = path.read_bytes()

    def read(data: bytes) -> list[object]:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=_Pipe(data)))
        return list(targets.expand("-", stdin_name="x/Dockerfile"))

    for data in (archive, gzip.compress(archive)):
        (image,) = read(data)
        assert isinstance(image, Image)
        assert len(image.layers) == 1
    assert read(b"FROM scratch\n") == [Source("x/Dockerfile", b"FROM scratch\n")]
    for data, reason in (
        (archive[:-1024][: len(archive) // 2], "manifest.json"),
        (gzip.compress(b"FROM scratch\n"), "not a tar archive"),
        (b"FROM scratch\n" + bytes(targets.MAX_DOCKERFILE), "neither an image archive nor a Dockerfile"),
    ):
        (hole,) = read(data)
        assert isinstance(hole, Hole)
        assert reason in hole.reason
