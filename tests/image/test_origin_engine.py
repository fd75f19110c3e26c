"""Base or own on images that real engines build: legacy, BuildKit, Podman; the base named by every source."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import registries
from tests.conftest import without
from tests.engines import BASE, Engines
from tests.material import password, rsa_key
from tests.podman import Podman
from tests.program import imagelint
from tests.registries import Registry

pytestmark = pytest.mark.engine

LOW_KEY, OWN_KEY = rsa_key(111), rsa_key(112)
LOW = f"FROM {BASE}\nCOPY low.key /etc/low.key\nENV LOW_PASSWORD={password(113)}\n"
CHILD = (
    "FROM {base}\nCOPY own.key /srv/own.key\nRUN chmod 600 /etc/low.key && echo 1 > /srv/release\n"
    f"ENV OWN_PASSWORD={password(114)}\n"
)
COPIES = "FROM {base}\nCOPY own.key /srv/own.key\nENV " + f"OWN_PASSWORD={password(114)}\n"
FILES = {"low.key": LOW_KEY, "own.key": OWN_KEY}


@pytest.fixture(scope="module")
def low(engines: Engines) -> str:
    """A base image, of two layers."""
    engines.docker("tag", engines.build(LOW, FILES, buildkit=False), "low:1")
    return "low:1"


@pytest.fixture(scope="module", params=[False, True], ids=["legacy", "buildkit"])
def child(request: pytest.FixtureRequest, engines: Engines, low: str) -> str:
    """What is built on it; it changes the mode of a key that the base brings."""
    return engines.build(CHILD.format(base=low), FILES, buildkit=request.param)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory, engines: Engines, low: str) -> Iterator[str]:
    if reason := registries.missing():
        without(reason)
    with Registry(tmp_path_factory.mktemp("hub") / "registry") as running:
        yield running.push(engines.oci(low), "image", "low:1")


def report(engines: Engines, *words: str, status: int = 1) -> dict[str, Any]:
    """Of the secrets alone."""
    command = [*imagelint(), "scan", "--no-config", "-f", "json", "--jobs", "1"]
    command += ["--select", "pem-private-key,secret-in-assignment", *words]
    environment = {**os.environ, "DOCKER_HOST": engines.address, "CONTAINER_HOST": "unix:///nowhere"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == status, done.stderr.decode() + done.stdout.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def sides(found: dict[str, Any]) -> dict[str, str]:
    return {one["path"]: one["layer"].get("origin", "") for one in found["findings"]}


OURS = dict.fromkeys(["srv/own.key", "ENV OWN_PASSWORD"], "own")
BOTH = dict.fromkeys(["etc/low.key", "ENV LOW_PASSWORD"], "base") | OURS


def test_the_base_from_every_source(engines: Engines, low: str, child: str, registry: str) -> None:
    archive, layout = engines.save(low), engines.oci(low)
    host = registry.partition("/")[0]
    target = str(engines.save(child))
    seen = set()
    found: dict[str, Any] = {}
    for base in (f"docker:{low}", low, f"docker-archive:{archive}", f"oci:{layout}:image", f"registry:{registry}"):
        found = report(engines, "--base", base, "--insecure-registry", host, target)
        assert sides(found) == BOTH, base
        assert found["images"][0]["base_layers"] == 2
        assert (found["incomplete"], found["limited"]) == ([], [])
        for one in found["findings"]:
            one.pop("remedy")
        seen.add(json.dumps(found["findings"]))
    assert len(seen) == 1, "the findings do not hang on where the base is read from"
    (key,) = [one for one in found["findings"] if one["path"] == "etc/low.key"]
    assert [(step["kind"], step.get("layer", {}).get("origin")) for step in key["trail"]] == [
        ("introduced", "base"),
        ("changed", "own"),
        ("shipped", "base"),
    ]
    assert "COPY" in key["layer"]["created_by"], "the line that put it there, not the chmod"
    assert key["message"].endswith("in the base image's layers and in this image's own")


def test_the_image_from_every_source(engines: Engines, low: str, child: str) -> None:
    """Origin, trail and remedy are the same. The legacy builder writes an ENV into `container_config` too, a place that
    OCI's configuration does not have."""
    seen = set()
    for target in (f"docker:{child}", f"docker-archive:{engines.save(child)}", f"oci:{engines.oci(child)}:image"):
        found = report(engines, "--base", low, target)
        assert sides(found) == BOTH, target
        seen.add(json.dumps([{**one, "target": "", "places": []} for one in found["findings"]]))
    assert len(seen) == 1


def test_the_dockerfile_says_the_same(engines: Engines, low: str, child: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(CHILD.format(base=low))
    found = report(engines, "--dockerfile", str(tmp_path / "Dockerfile"), f"docker:{child}")
    assert sides(found) == BOTH
    (image,) = found["images"]
    assert (image["base"], image["base_layers"]) == (low, 2)
    (low_password,) = [one["remedy"] for one in found["findings"] if one["path"] == "ENV LOW_PASSWORD"]
    assert low_password.startswith(f"The base image {low} ({tmp_path}/Dockerfile:1) brings it: ")


def test_a_stage_of_the_same_file_is_no_base(engines: Engines, low: str, tmp_path: Path) -> None:
    text = f"FROM {low} AS one\nCOPY own.key /srv/own.key\nFROM one\nENV OWN_PASSWORD={password(114)}\n"
    (tmp_path / "Dockerfile").write_text(text)
    for buildkit in (False, True):
        tag = engines.build(text, FILES, buildkit=buildkit)
        assert sides(report(engines, "--dockerfile", str(tmp_path / "Dockerfile"), f"docker:{tag}")) == BOTH


def test_an_image_from_nothing_is_all_its_own(engines: Engines, tmp_path: Path) -> None:
    text = f"FROM scratch\nCOPY own.key /srv/own.key\nENV OWN_PASSWORD={password(114)}\n"
    (tmp_path / "Dockerfile").write_text(text)
    tag = engines.build(text, FILES, buildkit=True)
    found = report(engines, "--own", "--dockerfile", str(tmp_path / "Dockerfile"), f"docker:{tag}")
    assert sides(found) == OURS
    assert (found["images"][0]["base_layers"], found["limited"]) == (0, [])


def test_own_alone(engines: Engines, low: str, child: str) -> None:
    """The key that a RUN of its own ships again is told, too."""
    found = report(engines, "--base", low, "--own", f"docker:{child}")
    assert set(sides(found)) == {"etc/low.key", "srv/own.key", "ENV OWN_PASSWORD"}
    assert found["stats"]["base"] == 1
    assert report(engines, "--base", "scratch", "--own", f"docker:{child}")["stats"]["base"] == 0


def test_a_base_that_was_rebuilt_since(engines: Engines, low: str, child: str) -> None:
    """What the change of builders proves still counts: the legacy builder made the true base."""
    again = engines.build(LOW.replace("/etc/low.key", "/etc/new.key"), FILES, buildkit=False)
    found = report(engines, "--base", again, "--own", f"docker:{child}")
    kit = any("buildkit" in one["layer"]["created_by"] for one in found["findings"])
    assert set(sides(found)) == set(BOTH) - ({"ENV LOW_PASSWORD"} if kit else set())
    assert "own" not in sides(found).values()
    named, own = found["limited"]
    assert named["reason"].startswith("the image was not built on it: layer 1 is sha256:")
    assert "named by its digest" in named["reason"]
    assert own["place"] == "--own"


def test_a_squashed_image(engines: Engines, low: str, child: str) -> None:
    """docker export and import leave one layer, with no history of its own."""
    container = engines.docker("create", child, "sh").strip()
    tar = subprocess.run(
        ["/usr/bin/docker", "export", container], env=engines.environment, capture_output=True, check=True
    ).stdout
    engines.docker("rm", container)
    engines.docker("import", "-", "flat:1", stdin=tar)
    found = report(engines, "--base", low, "docker:flat:1")
    assert set(sides(found).values()) == {""}
    assert (
        "it has 2 layers, and this one 1" in found["limited"][0]["reason"]
        or "layer 0 is" in found["limited"][0]["reason"]
    )


def test_what_the_change_of_builders_proves(engines: Engines, low: str) -> None:
    """Without --base: what no BuildKit wrote came with a base, of what it wrote itself nobody knows."""
    middle = engines.build(CHILD.format(base=low), FILES, buildkit=True)
    top = engines.build(f"FROM {middle}\nCOPY own.key /srv/top.key\n", FILES, buildkit=True)
    found = report(engines, f"docker:{top}")
    assert sides(found) == BOTH | dict.fromkeys(OURS, "")
    found = report(engines, "--base", middle, f"docker:{top}")
    assert sides(found) == dict.fromkeys(BOTH, "base")
    assert found["images"][0]["base_layers"] == 4


def test_all_images_of_a_daemon_know_no_base_by_their_layers(engines: Engines, low: str) -> None:
    """Images that share layers: the one may be the other with a further instruction, and no base."""
    engines.build(CHILD.format(base=low), FILES, buildkit=False)
    found = report(engines, "docker:", "--filter", "reference=built")
    assert "own" not in {one["layer"].get("origin") for one in found["findings"]}


@pytest.mark.parametrize("words", [[], ["--layers=false"], ["--squash"]], ids=["layers", "no-layers", "squash"])
def test_podman_says_where_a_build_began(engines: Engines, podman: Podman, tmp_path: Path, words: list[str]) -> None:
    low = podman.build(LOW.replace(f"FROM {BASE}", "FROM scratch"), FILES)
    podman.run("tag", low, "localhost/low:1")
    child = podman.build(COPIES.format(base="localhost/low:1"), FILES, *words)
    for form in ("docker-archive", "oci-archive"):
        target = tmp_path / form
        podman.run("save", "--format", form, "--output", str(target), child)
        found = report(engines, f"{form}:{target}")
        known = {path: side for path, side in sides(found).items() if side}
        assert known == BOTH if not words else known.items() <= BOTH.items()
        assert sides(found)["etc/low.key"] == "base"
        assert sides(found)["srv/own.key"] == "own"
        (image,) = found["images"]
        assert (image["base"], image["base_layers"]) == ("localhost/low:1", 1)
