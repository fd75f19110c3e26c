"""Images without a tag in one export: found by the digest of their configuration, or of their manifest, or else asked
for one by one."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from imagelint.host.engine import Engine, find
from imagelint.image.model import Image
from imagelint.image.sources.daemon import Local, together
from tests.daemons import Daemon
from tests.imagemaker import Recipe, docker_archive, sha256

RECIPES = [Recipe([[{"path": f"srv/{n}", "content": str(n)}]], {"User": str(n + 1)}, tags=[]) for n in range(3)]


def read(folder: Path, layout: str, ids: list[str]) -> tuple[list[tuple[str, object]], int]:
    """(id, user) of the images that come, and how often something was exported."""
    data = docker_archive(folder / "saved.tar", *RECIPES, layout=layout).read_bytes()
    with Daemon(folder / "d.sock", {"/images/get": (200, data)}) as daemon:
        engine = Engine(find(f"unix://{folder}/d.sock"))
        found = list(together(engine, [Local(name, False, "linux/amd64", 1, (name,)) for name in ids]))
        exports = sum("/images/get" in path for path in daemon.asked)
    assert all(isinstance(image, Image) for image in found), found
    return [(image.name, image.config["User"]) for image in found if isinstance(image, Image)], exports


@pytest.mark.parametrize("layout", ["old", "25", "29"])
def test_the_configuration_is_the_id(tmp_path: Path, layout: str) -> None:
    ids = [sha256(recipe.document()) for recipe in RECIPES]
    found, exports = read(tmp_path, layout, ids)
    assert (sorted(found), exports) == (sorted(zip(ids, ["1", "2", "3"], strict=True)), 1)


def test_the_manifest_is_the_id(tmp_path: Path) -> None:
    """On containerd's store."""
    with tarfile.open(docker_archive(tmp_path / "saved.tar", *RECIPES, layout="29")) as archive:
        file = archive.extractfile("index.json")
        assert file is not None
        ids = [item["digest"] for item in json.load(file)["manifests"]]
    found, exports = read(tmp_path, "29", ids)
    assert (sorted(found), exports) == (sorted(zip(ids, ["1", "2", "3"], strict=True)), 1)


def test_an_id_that_no_archive_tells(tmp_path: Path) -> None:
    """As that of an index with attestations: each is asked for by itself."""
    ids = ["sha256:" + digit * 64 for digit in "ab"]
    data = docker_archive(tmp_path / "one.tar", RECIPES[0], layout="25").read_bytes()
    with Daemon(tmp_path / "one.sock", {"/images/get": (200, data)}) as daemon:
        engine = Engine(find(f"unix://{tmp_path}/one.sock"))
        found = list(together(engine, [Local(name, False, "linux/amd64", 1, (name,)) for name in ids]))
        exports = sum("/images/get" in path for path in daemon.asked)
    assert [image.name for image in found if isinstance(image, Image)] == ids
    assert exports == 3  # both, and then each
