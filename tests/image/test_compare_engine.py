"""Rebuilds by real engines, compared with the build before: a changed source file, argument and base image."""

from __future__ import annotations

import json
import subprocess

import pytest

from imagelint.compared import NEW, SAME, Comparison
from imagelint.image.provenance import Dockerfiles
from imagelint.made_from import read
from tests.engines import Engines
from tests.image.comparing import compared, image_at, lines
from tests.program import imagelint

pytestmark = pytest.mark.engine

DOCKERFILE = """FROM {base}
ARG COMMIT
COPY tool /usr/bin/tool
RUN echo installed > /srv/packages && cat /proc/sys/kernel/random/uuid > /srv/run
COPY src /srv/src
RUN cat /srv/src/* > /srv/made
"""
"""What runs twice within a second would be the same layer, were it not for the identifier that the kernel gives."""
FILES = {"tool": "tool\n", "src/main": "main\n", "src/other": "other\n" * 500}


def build(engines: Engines, buildkit: bool, base: str = "base:1", commit: str = "1", **changed: str) -> str:
    files = {**FILES, **{f"src/{name}": text for name, text in changed.items()}}
    return engines.build(DOCKERFILE.format(base=base), files, buildkit=buildkit, arguments={"COMMIT": commit})


def comparison(engines: Engines, new: str, old: str, base: str = "base:1") -> Comparison:
    """As a registry would have them, with the Dockerfile at hand."""
    images = [image_at(engines.oci(tag)) for tag in (new, old, base)]
    recipe = read("Dockerfile", DOCKERFILE.format(base=base).encode())
    return compared(images[0], images[1], base=images[2], dockerfiles=Dockerfiles(read, recipe))


@pytest.fixture(scope="module", params=[False, True], ids=["legacy", "buildkit"])
def before(request: pytest.FixtureRequest, engines: Engines) -> tuple[bool, str]:
    return request.param, build(engines, request.param)


def test_a_changed_source_file(engines: Engines, before: tuple[bool, str]) -> None:
    buildkit, old = before
    found = comparison(engines, build(engines, buildkit, main="changed\n"), old)
    assert [change.state for change in found.layers] == [SAME, SAME, SAME, NEW, NEW]
    assert found.pull == sum(change.layer.size for change in found.layers[3:])
    assert found.size(NEW, origin="base") == 0 < found.size(SAME, origin="base")
    assert found.base_changed is False
    assert found.broken is not None
    assert found.broken.kind == "content"
    assert found.broken.entry is not None
    assert found.broken.entry.source is not None
    assert found.broken.entry.source.line == 5
    assert found.resent is not None
    assert (found.resent.files, found.resent.size) == (1, 3000)  # src/other, which did not change
    assert "is Dockerfile:5  " in "\n".join(lines(found))


def test_the_command_with_a_daemon(engines: Engines) -> None:
    """Which has its layers uncompressed: they are told by their content."""
    old, new = build(engines, True), build(engines, True, main="changed\n")
    words = [*imagelint(), "size", "-f", "json", "--no-progress", f"docker:{new}", "--compare", f"docker:{old}"]
    done = subprocess.run(words, env=engines.environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    [image] = json.loads(done.stdout)["images"]
    found = image["compared"]
    assert [layer["state"] for layer in found["layers"]] == ["same", "same", "same", "new", "new"]
    assert (found["old"], found["sent_again"]["bytes"]) == (f"docker:{old}", 3000)
    assert found["broken"]["kind"] == "content"


def test_a_changed_argument(engines: Engines, before: tuple[bool, str]) -> None:
    """It runs again what does not read it, and its file is sent again as it was."""
    buildkit, old = before
    found = comparison(engines, build(engines, buildkit, commit="2"), old)
    assert [change.state for change in found.layers][:2] == [SAME, SAME]
    assert found.layers[2].state == NEW
    assert found.broken is not None
    assert (found.broken.kind, found.broken.names, found.broken.layer) == ("argument", ["COMMIT"], 2)
    assert found.broken.entry is not None
    assert found.broken.entry.source is not None
    assert found.broken.entry.source.line == 4
    assert found.resent is not None
    assert "srv/packages" in [path for _, path in found.resent.largest]


def test_a_changed_base(engines: Engines, before: tuple[bool, str]) -> None:
    buildkit, old = before
    engines.docker("tag", engines.build("FROM base:1\nCOPY tool /etc/base\n", FILES, buildkit=False), "base:2")
    found = comparison(engines, build(engines, buildkit, base="base:2"), old, base="base:2")
    assert found.layers[0].state == SAME
    assert found.layers[1].state == NEW
    assert found.broken is not None
    assert (found.broken.kind, found.broken.layer) == ("base", 1)
    assert 0 < found.size(NEW, origin="base") == found.layers[1].layer.size
    assert "the base image changed: layer 1 is the first that is another one" in "\n".join(lines(found))
