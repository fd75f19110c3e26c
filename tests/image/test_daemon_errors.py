"""Where a daemon is looked for, and what is said when it is not there, not allowed, or does not do what it should."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import ssl
import subprocess
import warnings
from pathlib import Path

import docker.tls  # noqa: F401 - loaded here for a test that gives up its rights
import pytest

from imagelint import targets
from imagelint.image.model import Image
from imagelint.image.request import ANY, Request
from imagelint.image.sources.daemon_address import address
from imagelint.targets import Hole
from tests.daemons import KNOWN, Daemon
from tests.imagemaker import Recipe, docker_archive

RECIPE = Recipe(layers=[[{"path": "a", "content": "x" * 100_000}]], tags=["app:1"])


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No daemon but those of the test."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "CONTAINER_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def hole(target: str, request: Request = ANY) -> str:
    (item,) = targets.expand(target, request)
    assert isinstance(item, Hole)
    assert "\n" not in item.reason
    return item.reason


def saved(tmp_path: Path, *recipes: Recipe) -> bytes:
    return docker_archive(tmp_path / "saved.tar", *recipes or [RECIPE], layout="25").read_bytes()


def context(folder: Path, name: str, endpoint: object) -> Path:
    """A docker context; the folder of its TLS material."""
    identity = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / identity
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}))
    return folder / "contexts" / "tls" / identity / "docker"


def test_the_order_in_which_a_docker_daemon_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (address("docker").url, address("docker").told_by) == ("unix:///var/run/docker.sock", "")
    context(tmp_path, "one", {"Host": "unix:///run/one.sock"})
    context(tmp_path, "two", {"Host": "tcp://127.0.0.1:2376", "SkipTLSVerify": True}).mkdir(parents=True)
    (tmp_path / "config.json").write_text('{"currentContext": "one"}')
    assert (address("docker").path, address("docker").told_by) == ("/run/one.sock", "the current context one")
    monkeypatch.setenv("DOCKER_CONTEXT", "two")
    found = address("docker")
    assert (found.url, found.verify, Path(found.tls).name) == ("tcp://127.0.0.1:2376", False, "docker")
    monkeypatch.setenv("DOCKER_CONTEXT", "default")
    assert address("docker").url == "unix:///var/run/docker.sock"
    monkeypatch.setenv("DOCKER_CONTEXT", "two")
    monkeypatch.setenv("DOCKER_HOST", "/run/three.sock")
    assert (address("docker").path, address("docker").told_by) == ("/run/three.sock", "DOCKER_HOST")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:2376")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    assert (address("docker").tls, address("docker").verify) == (str(tmp_path), True)
    monkeypatch.setenv("DOCKER_CERT_PATH", "/certificates")
    assert address("docker").tls == "/certificates"


def test_the_order_in_which_podman_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert address("podman").path == "/run/podman/podman.sock"
    (tmp_path / "podman").mkdir()
    (tmp_path / "podman" / "podman.sock").touch()
    assert address("podman").path == str(tmp_path / "podman" / "podman.sock")
    monkeypatch.setenv("CONTAINER_HOST", "unix:///run/mine.sock")
    assert address("podman").path == "/run/mine.sock"
    monkeypatch.setenv("CONTAINER_HOST", "ssh://root@build.example.org/run/podman/podman.sock")
    assert hole("podman:app:1").startswith("CONTAINER_HOST leads over ssh, which is not read: forward the socket")


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        (None, "DOCKER_CONTEXT shop cannot be read; `docker context inspect` tells more"),
        ({"Host": 7}, "DOCKER_CONTEXT shop names no host; `docker context inspect` tells more"),
        (..., "DOCKER_CONTEXT shop does not exist; `docker context ls` lists those that do"),
    ],
)
def test_a_context_that_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: object, text: str) -> None:
    if endpoint is not ...:
        context(tmp_path, "shop", endpoint)
    monkeypatch.setenv("DOCKER_CONTEXT", "shop")
    assert hole("docker:app:1") == text


def test_a_context_with_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon asks for the client's certificate, and is checked by the context's authority, whatever else is
    trusted."""
    folder = context(tmp_path, "far", {"Host": "tcp://127.0.0.1:1"})
    folder.mkdir(parents=True)
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run(words, check=True, capture_output=True)
    (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())
    other = tmp_path / "other.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=x"]
    subprocess.run([*words, "-keyout", os.devnull, "-out", str(other)], check=True, capture_output=True)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    (tmp_path / "config.json").write_text('{"currentContext": "far"}')
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    server.load_verify_locations(folder / "ca.pem")
    server.verify_mode = ssl.CERT_REQUIRED
    with Daemon(None, {"/images/get": (200, saved(tmp_path))}) as daemon:
        daemon.protect(server)
        meta = next((tmp_path / "contexts" / "meta").iterdir()) / "meta.json"
        meta.write_text(meta.read_text().replace(":1", f":{daemon.port}"))
        (image,) = targets.expand("docker:app:1")
        assert isinstance(image, Image)
        (folder / "ca.pem").write_bytes(other.read_bytes())
        reason = hole("docker:app:1")
        assert reason.startswith(f"TLS with tcp://127.0.0.1:{daemon.port} (the current context far) failed: ")
        assert "self" in reason
        meta.write_text(meta.read_text().replace('"Host"', '"SkipTLSVerify": true, "Host"'))
        with warnings.catch_warnings(record=True) as told:
            (image,) = targets.expand("docker:app:1")
        assert isinstance(image, Image)
        assert told == []
        (folder / "key.pem").unlink()
        assert hole("docker:app:1").endswith(f"the TLS material in {folder} lacks key.pem")


def test_over_ssh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://nobody@127.0.0.1:1")
    assert hole("docker:app:1").startswith("the Docker daemon cannot be asked over ssh (DOCKER_HOST): pip install")


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give up its rights")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    with Daemon(tmp_path / "d.sock", {}):
        os.chmod(tmp_path / "d.sock", 0o600)
        with multiprocessing.get_context("fork").Pool(1, os.setuid, (65534,)) as pool:
            reason = pool.apply(hole, ("docker:app:1",))
    assert reason.startswith(f"no permission to ask the Docker daemon at {tmp_path}/d.sock (DOCKER_HOST): run as root")


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ({"/images/get": (500, {"message": "the store\nis broken"})}, "refuses with status 500: the store is broken"),
        ({"/images/get": (500, b"<html>")}, "refuses with status 500: <html>"),
        ({"/json": (404, {"message": "no such image"})}, "has no image app:1; `docker pull app:1` fetches it"),
        ({"/version": (503, {"message": "starting"})}, "refuses with status 503: starting"),
        ({"/version": (200, {})}, "cannot be asked"),
        ({"/version": (200, b"no JSON")}, "cannot be asked"),
        ({"/version": (200, {"ApiVersion": "1.12"})}, "is too old"),
        ({"/json": (200, ["something else"])}, "answers with something else than an image's description"),
        ({"/images/get": (200, b"no tar")}, "it is not a tar archive"),
    ],
)
def test_a_daemon_that_answers_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: dict[str, tuple[int, object]], text: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    with Daemon(tmp_path / "d.sock", answers):
        assert text in hole("docker:app:1")


def test_a_daemon_that_dies_while_it_saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    data = saved(tmp_path)
    with Daemon(tmp_path / "d.sock", {"/images/get": (200, data)}, cut=5):
        text = "the connection to the Docker daemon broke while it sent the image; is it still running?"
        assert hole("docker:app:1") == text


def test_an_error_behind_the_first_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker has no other way to tell of one once it sends."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    data = saved(tmp_path)[:60_000] + b'{"errorDetail":{"message":"no space left"},"error":"no space left"}'
    with Daemon(tmp_path / "d.sock", {"/images/get": (200, data)}):
        assert "neither manifest.json nor index.json" in hole("docker:app:1")


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(small)], check=True)
    try:
        monkeypatch.setattr("tempfile.tempdir", str(small))
        with Daemon(tmp_path / "d.sock", {"/images/get": (200, saved(tmp_path))}):
            assert hole("docker:app:1") == (
                f"{small} has no room for it: No space left on device after 0 MiB; "
                "free some, or set TMPDIR to a folder with more"
            )
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_platform_is_asked_for_where_the_daemon_can_choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    arm = Recipe(layers=RECIPE.layers, platform="linux/arm64", tags=["app:1"])
    answers = {"/version": (200, {"ApiVersion": "1.48"}), "/images/get": (200, saved(tmp_path, arm))}
    with Daemon(tmp_path / "d.sock", answers) as daemon:
        (image,) = targets.expand("docker:app:1", Request("linux/arm64"))
        assert isinstance(image, Image)
        assert image.platform == "linux/arm64"
    assert "platform=%7B%22os%22%3A+%22linux%22%2C+%22architecture%22%3A+%22arm64%22%7D" in daemon.asked[-1]


def test_one_of_all_images_that_cannot_be_read_is_a_hole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    listed = [{"Id": "sha256:1", "RepoTags": ["app:1"]}, {"Id": "sha256:2", "RepoTags": ["gone:1"]}]
    answers = {
        "/images/json": (200, listed),
        "/app:1/json": (200, {**KNOWN, "RootFS": {"Layers": ["sha256:0"]}}),
        "/gone:1/json": (404, {"message": "no such image"}),
        "/images/get": (200, saved(tmp_path)),
    }
    with Daemon(tmp_path / "d.sock", answers):
        first, second = targets.expand("docker:")
    assert isinstance(first, Hole)
    assert (first.place, "has no image gone:1" in first.reason) == ("gone:1", True)
    assert isinstance(second, Image)
    assert second.target == "docker:app:1"


def test_progress_while_it_saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    told: list[tuple[int, int, str]] = []
    data = saved(tmp_path)
    with Daemon(tmp_path / "d.sock", {"/images/get": (200, data)}):
        list(targets.expand("docker:app:1", progress=lambda *words: told.append(words)))
    assert told[0][1:] == (-1, "app:1 from the Docker daemon")
    assert told[-1][:2] == (len(data), len(data))
