"""Which images of a layout or an archive a platform names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imagelint.errors import UnreadableError, UsageError
from imagelint.image.request import Request
from imagelint.image.sources import docker_archive, oci_layout
from imagelint.image.sources.platform import matches, serves
from tests.imagemaker import Recipe, archive, dumps
from tests.imagemaker import docker_archive as make_archive
from tests.imagemaker import oci_layout as make_layout

RECIPES = [
    Recipe([[{"path": "a"}]], tags=("a:1",), platform="linux/amd64"),
    Recipe([[{"path": "b"}]], tags=("b:1",), platform="linux/arm/v6"),
    Recipe([[{"path": "c"}]], tags=("c:1",), platform="linux/arm/v7"),
    Recipe([[{"path": "d"}]], tags=("d:1",), platform="windows/amd64"),
]
EVERY = [recipe.platform for recipe in RECIPES]


@pytest.mark.parametrize(
    ("wanted", "there", "fits"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/x86_64", "linux/amd64", True),
        ("linux/amd64", "windows/amd64", False),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/aarch64", "linux/arm64", True),
        ("linux/arm64/v9", "linux/arm64", False),
        ("linux/arm", "linux/arm/v5", True),
        ("linux/arm/v7", "linux/arm", True),
        ("linux/arm/7", "linux/arm/v7", True),
        ("linux/armhf", "linux/arm/v7", True),
        ("linux/arm/v6", "linux/arm/v7", False),
        ("linux/amd64/v3", "linux/amd64", False),
        ("LINUX/AMD64", "linux/amd64", True),
    ],
)
def test_matches(wanted: str, there: str, fits: bool) -> None:
    assert matches(wanted, there) is fits


@pytest.mark.parametrize(
    ("wanted", "there", "runs"),
    [
        ("linux/arm/v7", "linux/arm/v6", True),
        ("linux/arm/v6", "linux/arm/v7", False),
        ("linux/arm/v6", "linux/arm", False),
        ("linux/amd64/v3", "linux/amd64", True),
        ("linux/amd64/v3", "linux/amd64/v4", False),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm64", "linux/arm/v7", False),
        ("windows/amd64", "linux/amd64", False),
        ("linux/ppc64le/power9", "linux/ppc64le/power8", False),
    ],
)
def test_serves(wanted: str, there: str, runs: bool) -> None:
    assert serves(wanted, there) is runs


@pytest.mark.parametrize(
    ("asked", "platforms"),
    [
        ("", EVERY),
        ("all", EVERY),
        ("linux/amd64", EVERY[:1]),
        ("linux/arm", EVERY[1:3]),
        ("linux/arm/v7", EVERY[2:3]),
        ("windows/amd64", EVERY[3:]),
    ],
)
def test_every_kind_of_file(tmp_path: Path, asked: str, platforms: list[str]) -> None:
    request = Request(asked)
    flat = make_layout(tmp_path / "flat", *RECIPES)
    nested = make_layout(tmp_path / "nested", *RECIPES, nested=True, attestation=True)
    for folder in (flat, nested):
        assert [image.platform for image in oci_layout.images(str(folder), request=request)] == platforms
        packed = tmp_path / "oci.tar"
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        packed.write_bytes(archive(dict(files)))
        assert [image.platform for image in docker_archive.images(str(packed), request)] == platforms
    for layout in ("old", "25", "29"):
        path = str(make_archive(tmp_path / "image.tar", *RECIPES, layout=layout))
        assert [image.platform for image in docker_archive.images(path, request)] == platforms


def test_no_such_platform(tmp_path: Path) -> None:
    said = r"there is no image for linux/s390x; there are linux/amd64, linux/arm/v6, linux/arm/v7, windows/amd64\Z"
    with pytest.raises(UnreadableError, match=said):
        oci_layout.images(str(make_layout(tmp_path / "layout", *RECIPES, nested=True)), request=Request("linux/s390x"))
    with pytest.raises(UnreadableError, match=said):
        docker_archive.images(str(make_archive(tmp_path / "image.tar", *RECIPES)), Request("linux/s390x"))


@pytest.mark.parametrize("words", ["amd64", "linux/", "/amd64", "linux/arm/v7/x", "linux amd64", "linux/amd64\n"])
def test_what_is_no_platform(tmp_path: Path, words: str) -> None:
    with pytest.raises(UsageError, match="OS/ARCHITECTURE"):
        oci_layout.images(str(make_layout(tmp_path, *RECIPES)), request=Request(words))


def test_other_platforms_are_not_even_read(tmp_path: Path) -> None:
    folder = make_layout(tmp_path, *RECIPES)
    for descriptor in json.loads((folder / "index.json").read_bytes())["manifests"][1:]:
        (folder / "blobs" / descriptor["digest"].replace(":", "/")).unlink()
    (image,) = oci_layout.images(str(folder), request=Request("linux/amd64"))
    assert image.incomplete == []
    with pytest.raises(UnreadableError, match="is not there"):
        oci_layout.images(str(folder), request=Request("windows/amd64"))


def test_what_names_no_platform_is_told_by_its_configuration(tmp_path: Path) -> None:
    folder = make_layout(tmp_path, *RECIPES)
    index = json.loads((folder / "index.json").read_bytes())
    for descriptor, platform in zip(index["manifests"], (None, 1, {"os": 1}, {}), strict=True):
        descriptor["platform"] = platform
    (folder / "index.json").write_bytes(dumps(index))
    (image,) = oci_layout.images(str(folder), request=Request("windows/amd64"))
    assert image.tags == ["1"]
    assert image.platform == "windows/amd64"
