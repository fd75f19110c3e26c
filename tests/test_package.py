"""The package as users get it: for each Python of this machine, with the oldest and the newest dependencies."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from imagelint import __version__
from tests import wheels
from tests.imagemaker import Recipe, docker_archive, oci_layout
from tests.material import password, rsa_key

pytestmark = pytest.mark.slow

KEY, WORD = rsa_key(7), password(7)
DOCKERFILE = "FROM debian:latest\nRUN apt-get update && apt-get install curl\nRUN cd /srv\nCMD ./run\n"


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Dockerfile, and an image with secrets as an archive (gzip) and as a layout (zstd)."""
    folder = tmp_path_factory.mktemp("targets")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    config = f"[client]\nuser = root\npassword = {WORD}\n"
    layers = [[{"path": "root/.ssh/id_rsa", "content": KEY}, {"path": "root/.my.cnf", "content": config}]]
    recipe = Recipe(layers=[*layers, [{"path": "root/.ssh/.wh.id_rsa"}]], config={"User": "root"})
    docker_archive(folder / "image.tar", recipe, layout="29", compress="gzip")
    oci_layout(folder / "layout", recipe, compress="zstd")
    return folder


def report(command: Path, folder: Path) -> Any:
    """What a scan of all the targets finds; secrets are in no output."""
    words = ("scan", "Dockerfile", "image.tar", "oci:layout", "--format", "json", "-o", "sarif=a.sarif", "-o", "html=a")
    text = wheels.run(command, *words, folder=folder, status=(1,))
    for output in (text, (folder / "a.sarif").read_text(), (folder / "a").read_text()):
        assert WORD not in output
        assert KEY.splitlines()[3] not in output
    found = json.loads(text)
    assert found["version"] == __version__
    assert not found["incomplete"]
    return found["findings"]


@pytest.fixture(scope="module")
def expected(installed: Path, targets: Path) -> Any:
    """What this Python with the newest dependencies finds."""
    found = report(installed, targets)
    assert {"pem-private-key", "apt-get-assume-yes"} <= {finding["rule"] for finding in found}
    assert {"deleted", "present"} <= {finding.get("status") for finding in found}
    return found


@pytest.mark.parametrize("resolution", ["highest", "lowest-direct"])
@pytest.mark.parametrize("version", wheels.VERSIONS)
def test_every_python_with_the_oldest_and_the_newest(
    version: str, resolution: str, wheel: Path, expected: Any, targets: Path, tmp_path: Path
) -> None:
    if not (python := wheels.python(version)):
        pytest.skip(f"this machine has no Python {version}")
    wheels.environment(tmp_path, python, wheel, "--resolution", resolution)
    command = tmp_path / "venv/bin/imagelint"
    shutil.copytree(targets, folder := tmp_path / "targets")
    assert report(command, folder) == expected
    assert wheels.run(command, "--version", folder=folder) == f"imagelint {__version__}\n"
    assert "apt-get install" in wheels.run(command, "explain", "DL3014", folder=folder)
    answer = wheels.run(command, "completion", "fish", "imagelint\nscan\n--format\nsar\n", folder=folder)
    assert answer == "words\nsarif\n"
    # What asks a daemon and a registry is imported, and says that nobody is there.
    told = wheels.run(command, "scan", "registry:127.0.0.1:9/a:1", "docker:a", folder=folder, status=(3,))
    assert "127.0.0.1:9" in told
    assert "docker" in told
