"""The daemon that the tests start builds, saves and converts what a user's own would."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.engines import BASE, Engines

pytestmark = pytest.mark.engine

DOCKERFILE = f"""\
FROM {BASE}
COPY note.txt /srv/note.txt
RUN rm /srv/note.txt && echo made > /srv/made.txt
ENV GREETING=hello
"""


@pytest.mark.parametrize("buildkit", [False, True], ids=["legacy", "buildkit"])
def test_builds_and_saves(engines: Engines, buildkit: bool) -> None:
    archive = engines.save(engines.build(DOCKERFILE, {"note.txt": "a note\n"}, buildkit=buildkit))
    with tarfile.open(archive) as tar:
        (manifest,) = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]  # a regular file is never None
        config = json.load(tar.extractfile(manifest["Config"]))  # type: ignore[arg-type]  # the same
        names = []
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=tar.extractfile(layer)) as members:
                names.append(set(members.getnames()))
    assert "bin/busybox" in names[0]
    assert "srv/note.txt" in names[1]
    assert {"srv/.wh.note.txt", "srv/made.txt"} <= names[2]
    assert "GREETING=hello" in config["config"]["Env"]
    assert len(config["history"]) == 4


def test_converts_to_an_oci_layout(engines: Engines) -> None:
    layout = engines.oci(engines.build(DOCKERFILE, {"note.txt": "a note\n"}, buildkit=True))
    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads(_blob(layout, index["manifests"][0]["digest"]))
    assert [layer["mediaType"].rpartition("+")[2] for layer in manifest["layers"]] == ["gzip"] * 3


def test_a_failed_build_tells_why(engines: Engines) -> None:
    with pytest.raises(RuntimeError, match="exit status 1"):
        engines.build(f"FROM {BASE}\nRUN false\n", buildkit=True)


def test_leaves_nothing_behind(engines: Engines) -> None:
    with Engines() as second:
        assert second.root != engines.root
        pid = int((second.root / "pid").read_text())
        second.build(DOCKERFILE, {"note.txt": "a note\n"}, buildkit=False)
    assert not second.root.exists()
    assert not Path(f"/proc/{pid}").exists()
    assert str(second.root) not in Path("/proc/mounts").read_text()


def _blob(layout: Path, digest: str) -> str:
    return (layout / "blobs" / digest.replace(":", "/")).read_text()
