"""The story that a book tells of containers, with a server like its kuard: an image of two stages, a large file that is
taken away too late, commands that start it with and without limits, and a rebuild that leaves the old image behind."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import engines as real
from tests.conftest import without
from tests.engines import BASE, Engines
from tests.material import rsa_key
from tests.program import imagelint

pytestmark = [pytest.mark.engine, pytest.mark.slow]

KUARD = f"""# The compiler stays in the first stage.
FROM {BASE} AS build
WORKDIR /src
COPY main.sh ./
RUN cp main.sh kuard && chmod 755 kuard

FROM {BASE}
COPY --from=build /src/kuard /kuard
HEALTHCHECK CMD ["/kuard", "check"]
USER 65534:65534
EXPOSE 8080
CMD ["/kuard"]
"""
MAIN = "#!/bin/sh\nexec sleep 100\n"
BIG_FILE = f"FROM {BASE}\nCOPY BigFile /srv/BigFile\nCOPY main.sh /kuard\nRUN rm /srv/BigFile\nUSER 65534\n"
RUN = """#!/bin/sh
docker run -d --name kuard --publish 8080:8080 kuard:blue
docker run -d --name kuard \\
  --publish 8080:8080 \\
  --memory 200m \\
  --memory-swap 1G \\
  --cpu-shares 1024 \\
  kuard:blue
"""
UNLIMITED = {"container-no-memory-limit", "container-no-cpu-limit", "container-no-pids-limit"}
SHARES = {"container-cpu-shares-alone", "container-no-pids-limit"}


@pytest.fixture(scope="module")
def docker() -> Iterator[Engines]:
    """A daemon that has the story's images and no others."""
    if reason := real.missing():
        without(reason)
    with Engines() as running:
        yield running


def report(*words: str, status: int) -> dict[str, Any]:
    """What a command tells, as JSON."""
    done = subprocess.run([*imagelint(), *words, "--no-config", "-f", "json"], capture_output=True, check=False)
    assert done.returncode == status, done.stderr.decode() + done.stdout.decode()[:2000]
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["incomplete"] == []
    return told


def build(docker: Engines, name: str, text: str, files: Mapping[str, str | bytes]) -> None:
    docker.docker("tag", docker.build(text, files, buildkit=True), name)


def test_the_server_is_as_it_should_be(docker: Engines, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(KUARD)
    (tmp_path / "main.sh").write_text(MAIN)
    assert report("scan", str(tmp_path), status=0)["findings"] == []
    build(docker, "kuard:blue", KUARD, {"main.sh": MAIN})
    told = report("scan", f"oci:{docker.oci('kuard:blue')}", "--dockerfile", str(tmp_path / "Dockerfile"), status=0)
    assert told["findings"] == []


def test_a_big_file_that_is_removed_is_pulled_all_the_same(docker: Engines, tmp_path: Path) -> None:
    big = os.urandom(2_000_000) + bytes(1_000_000)
    (tmp_path / "Dockerfile").write_text(BIG_FILE)
    build(docker, "big:1", BIG_FILE, {"main.sh": MAIN, "BigFile": big})
    layout, source = f"oci:{docker.oci('big:1')}", ("--dockerfile", str(tmp_path / "Dockerfile"))
    (found,) = report("scan", layout, *source, status=1)["findings"]
    assert (found["rule"], found["path"]) == ("deleted-file-shipped", "srv/BigFile")
    lines = [(step["kind"], step["layer"]["source"]["line"]) for step in found["trail"]]
    assert lines == [("introduced", 2), ("deleted", 4), ("shipped", 2)]
    assert "3.0 MB" in found["message"]
    done = subprocess.run([*imagelint(), "size", layout, *source, "-f", "json"], capture_output=True, check=True)
    (image,) = json.loads(done.stdout)["images"]
    layer, waste = image["layers"][1], image["waste"]
    assert (waste["unpacked"], layer["waste"]["unpacked"]) == (512 + len(big) + -len(big) % 512,) * 2
    # All but the folder above it and the archive's end is the file.
    assert waste["size"] == pytest.approx(layer["size"], rel=0.02)


def test_containers_with_and_without_limits(docker: Engines, tmp_path: Path) -> None:
    """The commands, and what they started, are judged alike. This daemon has no bridge, so nothing is published."""
    script = tmp_path / "run.sh"
    script.write_text(RUN)
    told = report("scan", str(script), status=1)
    assert {finding["rule"] for finding in told["findings"] if finding["line"] == 2} == UNLIMITED
    assert {finding["rule"] for finding in told["findings"] if finding["line"] > 2} == SHARES
    build(docker, "kuard:blue", KUARD, {"main.sh": MAIN})
    first, second = (shlex.split(command) for command in RUN.replace("\\\n", "").splitlines()[1:])
    for name, command in (("free", first), ("bound", second)):
        at = command.index("--name")
        words = ["run", "--network", "none", "--name", name, *command[2:at], *command[at + 2 :]]
        words.remove("--publish")
        words.remove("8080:8080")
        docker.docker(*words)
    running = report("host", docker.address, "--no-images", status=1)
    for name, expected in (("free", UNLIMITED), ("bound", SHARES)):
        found = [finding for finding in running["findings"] if finding["target"] == f"docker-container:{name}"]
        assert {finding["rule"] for finding in found} == expected


def test_an_image_lives_on_until_it_is_removed(docker: Engines) -> None:
    """The key was taken out of the next build of the same name."""
    key = rsa_key(77)
    with_key = KUARD.replace("HEALTHCHECK", "COPY key /srv/key\nHEALTHCHECK")
    build(docker, "kuard:green", with_key, {"main.sh": MAIN, "key": key})
    old = docker.docker("image", "inspect", "--format", "{{.Id}}", "kuard:green").strip().removeprefix("sha256:")
    for tag in docker.docker("images", "--format", "{{.Repository}}:{{.Tag}}").split():
        if tag.startswith("built:"):
            docker.docker("rmi", tag)
    build(docker, "kuard:green", KUARD, {"main.sh": MAIN})
    told = report("host", docker.address, "--no-containers", status=1)
    of_old = {finding["rule"]: finding for finding in told["findings"] if old in finding["target"]}
    assert {"pem-private-key", "secret-in-replaced-image"} <= set(of_old)
    assert f"docker rmi {old[:12]}" in of_old["secret-in-replaced-image"]["remedy"]
    assert key.splitlines()[5] not in json.dumps(told)
    assert docker.docker("image", "inspect", old)  # nobody removed it
