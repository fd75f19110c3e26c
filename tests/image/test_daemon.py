"""Images of a real Docker daemon and of Podman's service: one, all of them, and every way in which that fails."""

from __future__ import annotations

import gc
import json
import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from imagelint import targets
from imagelint.image.model import Image
from imagelint.image.request import ANY, Request
from imagelint.image.sources import daemon_client
from imagelint.stream import limits
from imagelint.targets import Hole
from tests.daemons import Daemon
from tests.engines import BASE, Engines
from tests.material import rsa_key
from tests.podman import Podman
from tests.program import imagelint

pytestmark = pytest.mark.engine

NOTE = "a note\n"


@pytest.fixture
def docker(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> Engines:
    """The daemon, as the user's own."""
    monkeypatch.setenv("DOCKER_HOST", engines.address)
    monkeypatch.setenv("DOCKER_CONFIG", str(engines.root / "config"))
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    return engines


@pytest.fixture
def service(podman: Podman, monkeypatch: pytest.MonkeyPatch) -> Podman:
    """Podman's service, as the user's own."""
    monkeypatch.setenv("CONTAINER_HOST", podman.address)
    return podman


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any daemon."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setenv("CONTAINER_HOST", f"unix://{tmp_path}/podman.sock")
    return tmp_path


def read(target: str, request: Request = ANY) -> list[Image]:
    items = list(targets.expand(target, request))
    assert all(isinstance(item, Image) for item in items), items
    return [item for item in items if isinstance(item, Image)]


def hole(target: str, request: Request = ANY) -> str:
    (item,) = targets.expand(target, request)
    assert isinstance(item, Hole)
    assert "\n" not in item.reason
    return item.reason


def scan(*words: str, **environment: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [*imagelint(), "scan", "--no-config", "-f", "json", *words],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def app(engines: Engines) -> str:
    """An image with a deleted key, on a base of two layers."""
    dockerfile = f"FROM {BASE}\nCOPY id /srv/id\nRUN rm /srv/id\nLABEL team=shop\nUSER app\n"
    return engines.build(dockerfile, {"id": rsa_key(41)}, buildkit=True)


@pytest.fixture(scope="module")
def built(podman: Podman) -> str:
    return podman.build("FROM scratch\nCOPY id /srv/id\nLABEL team=shop\nUSER app\n", {"id": rsa_key(42)})


def test_an_image_of_the_docker_daemon(docker: Engines, app: str) -> None:
    (image,) = read(f"docker:{app}")
    assert (image.source, image.name, image.platform) == ("docker", app, "linux/amd64")
    assert len(image.layers) == 3
    identity = docker.docker("image", "inspect", "--format", "{{.Id}}", app).strip()
    assert [one.name for one in read(f"docker:{identity}")] == [identity]
    assert [one.name for one in read(f"docker:{identity.removeprefix('sha256:')[:12]}")] != []


def test_an_image_of_podman(service: Podman, built: str) -> None:
    (image,) = read(f"podman:{built}")
    assert (image.source, image.name) == ("podman", built)
    # A short name is found as podman itself finds it.
    assert len(read(f"podman:{built.removeprefix('localhost/')}")) == 1


def test_the_command(docker: Engines, app: str) -> None:
    status, report = scan(f"docker:{app}", DOCKER_HOST=docker.address)
    assert status == 1
    (found,) = [finding for finding in report["findings"] if "secret" in finding]
    assert (found["rule"], found["status"], found["layer"]["index"]) == ("pem-private-key", "deleted", 1)
    assert [(image["source"], image["target"]) for image in report["images"]] == [("docker", f"docker:{app}")]
    layers = report["images"][0]["layers"]
    assert all({"index", "digest", "diff_id", "size"} <= set(layer) for layer in layers)
    assert layers[1]["created_by"] == found["layer"]["created_by"]


def test_a_finding_is_extracted(docker: Engines, app: str, tmp_path: Path) -> None:
    _, report = scan(f"docker:{app}", DOCKER_HOST=docker.address)
    (found,) = [finding for finding in report["findings"] if "secret" in finding]
    words = [*imagelint(), "extract", f"docker:{app}", found["fingerprint"], "-o", "key"]
    environment = {**os.environ, "DOCKER_HOST": docker.address}
    subprocess.run(words, env=environment, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "key").read_text() == rsa_key(41)


def test_all_images_and_each_layer_once(docker: Engines, app: str) -> None:
    second = docker.build(f"FROM {app}\nCOPY note /srv/note\n", {"note": NOTE}, buildkit=True)
    status, report = scan("docker:", "--filter", "label=team=shop", DOCKER_HOST=docker.address)
    assert status == 1
    assert sorted(image["target"] for image in report["images"]) == sorted([f"docker:{app}", f"docker:{second}"])
    diff_ids = [layer["diff_id"] for image in report["images"] for layer in image["layers"]]
    assert (len(diff_ids), len(set(diff_ids))) == (7, 4)
    assert (report["stats"]["layers"], report["stats"]["layers_read"]) == (7, 4)
    # As many bytes as the larger of the two alone, which has all layers.
    _, alone = scan(f"docker:{second}", DOCKER_HOST=docker.address)
    assert report["stats"]["bytes"] == alone["stats"]["bytes"]
    assert [found for found in report["findings"] if found["target"] == f"docker:{second}"] == alone["findings"]


def test_what_images_share_counts_once_for_what_is_saved_together(
    docker: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three images on one large layer are one archive, where it has room for that layer once and for their own."""
    large = "x" * 3_000_000
    base = docker.build(f"FROM {BASE}\nCOPY large /srv/large\n", {"large": large}, buildkit=True)
    names = [
        docker.build(f"FROM {base}\nCOPY note /srv/{n}\nLABEL batch=1\n", {"note": NOTE}, buildkit=True) for n in "abc"
    ]
    size = int(docker.docker("image", "inspect", "--format", "{{.Size}}", names[0]))
    assert size > len(large)
    asked: list[list[str]] = []
    save = daemon_client.Daemon.save

    def counted(self: daemon_client.Daemon, references: Sequence[str], *more: Any) -> Any:
        asked.append(list(references))
        return save(self, references, *more)

    monkeypatch.setattr(daemon_client.Daemon, "save", counted)
    monkeypatch.setattr(limits, "SAVE_BYTES", size + 1_000_000)
    assert len(read("docker:", Request(filters=("label=batch=1",)))) == 3
    assert [sorted(batch) for batch in asked] == [sorted(names)]
    asked.clear()
    monkeypatch.setattr(limits, "SAVE_BYTES", size - 1_000_000)
    assert len(read("docker:", Request(filters=("label=batch=1",)))) == 3
    assert len(asked) == 3


def test_an_archive_of_several_images(docker: Engines, app: str) -> None:
    second = docker.build(f"FROM {app}\nCOPY note /srv/other\n", {"note": NOTE}, buildkit=True)
    status, report = scan(str(docker.save(app, second)))
    assert (status, len(report["images"])) == (1, 2)
    assert (report["stats"]["layers"], report["stats"]["layers_read"]) == (7, 4)


@pytest.mark.parametrize("filters", [("label=team",), ("label=team=shop",), ("reference=*built*",), ("*built*",)])
def test_filters(service: Podman, built: str, filters: tuple[str, ...]) -> None:
    assert built in [image.name for image in read("podman:", Request(filters=filters))]


def test_filters_that_nothing_passes(docker: Engines, service: Podman, app: str, built: str) -> None:
    assert hole("docker:", Request(filters=("label=team=none",))) == "the Docker daemon has no image that is asked for"
    assert hole("podman:", Request(filters=("nosuch",))) == "Podman's service has no image that is asked for"
    assert "nothing=1" not in hole("docker:", Request(filters=("nothing=1",)))
    assert "nothing" in hole("docker:", Request(filters=("nothing=1",)))


def test_untagged_images_are_named_by_their_id(docker: Engines) -> None:
    first, second = (
        docker.build(f"FROM {BASE}\nLABEL lone={n}\nCOPY note /srv/{n}\n", {"note": NOTE}, buildkit=True) for n in "ab"
    )
    identity = docker.docker("image", "inspect", "--format", "{{.Id}}", first).strip()
    docker.docker("tag", second, first)
    found = {image.target: image.name for image in read("docker:", Request(filters=("label=lone",)))}
    assert found[f"docker:{identity}"] == identity
    assert len(found) == 2


def test_a_temporary_file_lives_as_long_as_its_image(
    docker: Engines, app: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(limits, "SAVE_BYTES", 1)  # each image by itself
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    most = 0
    for item in targets.expand("docker:"):
        assert isinstance(item, Image)
        gc.collect()
        most = max(most, len(deleted(tmp_path)))
        modes = {os.stat(path).st_mode & 0o777 for path in deleted(tmp_path)}
        assert modes == {0o600}
        del item
    assert most == 1
    assert deleted(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def deleted(folder: Path) -> list[str]:
    """Open files of this process that lie in a folder and have no name."""
    links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    return [link for link in links if os.path.lexists(link) and os.readlink(link).startswith(f"{folder}/")]


def test_platforms(docker: Engines, app: str) -> None:
    assert len(read(f"docker:{app}", Request("linux/amd64"))) == len(read(f"docker:{app}", Request("all"))) == 1
    assert (
        hole(f"docker:{app}", Request("linux/arm64"))
        == "there is no image for linux/arm64; the Docker daemon has it for linux/amd64"
    )
    assert hole("docker:", Request("linux/arm64")) == "the Docker daemon has no image that is asked for"


def test_no_such_image(docker: Engines, service: Podman) -> None:
    assert hole("docker:nosuch:1").startswith("the Docker daemon has no image nosuch:1; `docker pull nosuch:1`")
    assert hole("podman:nosuch:1").startswith("Podman's service has no image nosuch:1; `podman pull nosuch:1`")
    assert "refuses with status" in hole("docker:UPPER//")


def test_nobody_listens(nobody: Path) -> None:
    assert hole("docker:app:1") == (
        f"the Docker daemon is not running: nothing listens at {nobody}/docker.sock (DOCKER_HOST); start it "
        "(`systemctl start docker`, Docker Desktop), or set DOCKER_HOST to where it listens"
    )
    assert "Podman's service is not running: nothing listens at" in hole("podman:")
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(nobody / "docker.sock"))
    assert "is not running" in hole("docker:app:1")


@pytest.mark.parametrize(
    ("words", "source"), [("{app}", "docker"), ("{built}", "podman"), ("{app}-and-none", ""), ("{app}.tar", "")]
)
def test_a_bare_name(docker: Engines, service: Podman, app: str, built: str, words: str, source: str) -> None:
    items = list(targets.expand(words.format(app=app, built=built)))
    assert [item.source for item in items if isinstance(item, Image)] == [source] * bool(source)


def test_a_daemon_that_could_not_be_asked_is_told_of(
    service: Podman, built: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    with Daemon(tmp_path / "d.sock", {"/version": (503, {"message": "starting"})}):
        (image,) = read(built)
    assert (image.source, image.limited) == (
        "podman",
        [("the Docker daemon", "the Docker daemon refuses with status 503: starting")],
    )
