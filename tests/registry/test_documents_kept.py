"""What a registry says of an image for several platforms is fetched once: its list of them, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagelint import cli
from imagelint.store.sqlite import SqliteStore
from tests import registries
from tests.conftest import without
from tests.imagemaker import Recipe, oci_layout
from tests.registries import Registry

FILE = [[{"path": "etc/motd", "content": "hello"}]]


@pytest.mark.engine
def test_the_list_of_platforms_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the manifest and the configuration of the image that is read."""
    if reason := registries.missing():
        without(reason)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.chdir(tmp_path)
    both = oci_layout(tmp_path / "both", Recipe(FILE), Recipe(FILE, platform="linux/arm64"), nested=True)
    with Registry(tmp_path / "registry") as registry:
        words = registry.push(both, "1", "shop/app:1")
        assert cli.run(["registry", words, "--cache", "cache", "--no-progress", "--fail-on", "never"]) == 0
    store = SqliteStore(str(tmp_path / "cache"))
    assert store.kinds()["document"][0] == 3
    store.close()
