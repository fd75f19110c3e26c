"""Images from real registries: open, behind a password, behind a token server; which platform, and who may see it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagelint.errors import UnreadableError
from imagelint.image.layer import read_layer
from imagelint.image.model import Image
from imagelint.image.request import ANY, Request
from imagelint.image.sources.graph import MANIFESTS
from imagelint.image.sources.reference import parse_reference
from imagelint.image.sources.registry import RegistryStore, images
from imagelint.image.sources.registry_client import Client
from imagelint.secrets.remedy import AT_ONCE, REVOKE
from tests import registries
from tests.attested import PROVENANCE, attested, provenance
from tests.imagemaker import Recipe, oci_layout, sha256
from tests.material import password, rsa_key
from tests.program import imagelint
from tests.registries import USER, WORD, Registry, TokenServer, docker_config
from tests.registry_fixtures import config, programs

__all__ = ["config", "programs"]

pytestmark = pytest.mark.engine

KEY = rsa_key(5)
LAYERS = [
    [{"path": "etc/motd", "content": "hello"}],
    [{"path": "root/key.pem", "content": KEY}],
    [{"path": "root/.wh.key.pem"}],
]
ONE = Recipe(LAYERS, {"User": "app", "Env": [f"DB_PASSWORD={password(1)}"]}, tags=("app:1",))
ARM = Recipe(LAYERS[:2], {"User": "app"}, tags=("app:1",), platform="linux/arm64/v8")
WINDOWS = Recipe(LAYERS[:1], tags=("app:1",), platform="windows/amd64")
MACHINE = "linux/amd64"


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return oci_layout(tmp_path_factory.mktemp("one"), ONE)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return oci_layout(tmp_path_factory.mktemp("many"), WINDOWS, ARM, ONE, nested=True, attestation=True)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with Registry(tmp_path_factory.mktemp("open") / "registry") as running:
        yield running


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, layout: Path) -> Iterator[str]:
    with registries.behind_password(tmp_path_factory.mktemp("locked") / "registry") as running:
        yield running.push(layout, "1", "shop/app:1", login=True)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenServer]:
    server = TokenServer(tmp_path_factory.mktemp("tokens") / "server")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, tokens: TokenServer, layout: Path) -> Iterator[Registry]:
    with tokens.registry(tmp_path_factory.mktemp("guarded") / "registry") as running:
        for name in ("public/app:1", "private/app:1"):
            running.push(layout, "1", name, login=True)
        yield running


def problem(words: str, request: Request = ANY) -> str:
    with pytest.raises(UnreadableError) as caught:
        list(images(words, request))
    assert "\n" not in str(caught.value)
    assert WORD not in str(caught.value)
    return str(caught.value)


def whole(image: Image) -> None:
    """Every layer arrives as it was pushed."""
    assert image.incomplete == []
    assert [read_layer(layer, None).incomplete for layer in image.layers] == [[]] * len(image.layers)


def command(*words: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [*imagelint(), "scan", "--no-config", "--no-progress", "--format", "json", *words],
        capture_output=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def test_an_open_registry(opened: Registry, layout: Path) -> None:
    words = opened.push(layout, "1", "shop/app:1")
    (image,) = images(words)
    manifest = json.loads((layout / "index.json").read_bytes())["manifests"][0]["digest"]
    assert (image.digest, image.name, image.tags, image.platform) == (manifest, words, [words], MACHINE)
    assert (image.source, image.public, image.config["User"]) == ("registry", True, "app")
    whole(image)
    (same,) = images(f"{words}@{manifest}")
    assert (same.digest, same.name) == (manifest, f"{words}@{manifest}")
    (same,) = images(f"{opened.host}/shop/app@{manifest}")
    assert (same.digest, same.tags) == (manifest, [])


def test_each_stream_of_a_layer_is_independent(opened: Registry, layout: Path) -> None:
    (image,) = images(opened.push(layout, "1", "shop/app:1"))
    with image.layers[1].open() as one, image.layers[1].open() as two:
        start = one.read(100)
        data = two.read()
        assert start + one.read() == data
    assert sha256(data) == image.layers[1].digest


def test_through_the_command_the_findings_are_those_of_a_layout(opened: Registry, layout: Path) -> None:
    """A stranger can read what an open registry gives, and every secret says so."""
    words = opened.push(layout, "1", "shop/app:1")
    status, report = command(f"registry:{words}")
    _, other = command(f"oci:{layout}")
    assert (status, report["incomplete"], report["limited"]) == (1, [], [])
    secrets = [found for found in report["findings"] if "secret" in found]
    assert {found["path"] for found in secrets} == {"root/key.pem", "ENV DB_PASSWORD"}
    for found in secrets:
        assert "a stranger can read it" in found["trail"].pop()["text"]
        assert AT_ONCE in found["remedy"]
        found["remedy"] = found["remedy"].replace(AT_ONCE, REVOKE)
    for found in (*report["findings"], *other["findings"]):
        del found["target"]
    assert report["findings"] == other["findings"]


def test_the_bytes_of_a_finding_are_fetched_again(opened: Registry, layout: Path, tmp_path: Path) -> None:
    words = f"registry:{opened.push(layout, '1', 'shop/app:1')}"
    _, report = command(words)
    (known,) = [found["fingerprint"] for found in report["findings"] if found["path"] == "root/key.pem"]
    extract = [*imagelint(), "extract", words, known, "-o", str(tmp_path / "key")]
    subprocess.run(extract, check=True, capture_output=True)
    assert (tmp_path / "key").read_text() == KEY


def test_what_is_not_there(opened: Registry, layout: Path) -> None:
    opened.push(layout, "1", "shop/app:1")
    assert f"there is no tag 2 in {opened.host}/shop/app" in problem(f"{opened.host}/shop/app:2")
    digest = sha256(b"nothing")
    assert f"there is no image with the digest {digest}" in problem(f"{opened.host}/shop/app@{digest}")
    assert f"{opened.host}/shop/none" in problem(f"{opened.host}/shop/none")
    nobody = f"127.0.0.1:{registries.free_port()}"
    assert f"nothing answers at {nobody}" in problem(f"{nobody}/app")
    assert "there is no host registry.invalid" in problem("registry.invalid/app")


def test_a_password(locked: str, config: Path) -> None:
    host = locked.partition("/")[0]
    assert problem(locked) == (
        f"{host} wants credentials for shop/app, if there is such a repository; there are none for it in "
        f"{config}/config.json: `docker login {host}` writes them"
    )
    docker_config(config, host)
    (image,) = images(locked)
    assert image.public is False
    whole(image)
    docker_config(config, host, word=password(3))
    assert f"with the credentials of {config}/config.json" in problem(locked)
    docker_config(config, "registry.example.org")
    assert "there are none for it in" in problem(locked)
    (config / "config.json").write_text("{")
    assert problem(locked) == f"{config}/config.json is no configuration of Docker that can be read: mend or remove it"


def test_secrets_behind_a_password_are_no_strangers(locked: str, config: Path) -> None:
    docker_config(config, locked.partition("/")[0])
    status, report = command(f"registry:{locked}")
    assert (status, report["incomplete"]) == (1, [])
    assert "stranger" not in json.dumps(report)


def test_a_credential_helper(locked: str, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = locked.partition("/")[0]
    config.mkdir()
    (config / "config.json").write_text(json.dumps({"credHelpers": {host: "test"}}))
    helper = tmp_path / "bin" / "docker-credential-test"
    monkeypatch.setenv("PATH", str(helper.parent), prepend=os.pathsep)
    failed = f"the credential helper docker-credential-test, which {config}/config.json names, is not there or failed"
    assert problem(locked).startswith(failed)
    helper.parent.mkdir()
    answer = json.dumps({"ServerURL": host, "Username": USER, "Secret": WORD})
    helper.write_text(f"#!/bin/sh\nread server; [ $server = {host} ] && echo '{answer}'\n")
    helper.chmod(0o755)
    (image,) = images(locked)
    assert image.public is False
    helper.write_text(f"#!/bin/sh\necho '{WORD}'\nexit 1\n")
    assert problem(locked).startswith(failed)


def test_a_token_server(guarded: Registry, tokens: TokenServer, config: Path) -> None:
    assert "wants credentials for private/app" in problem(f"{guarded.host}/private/app:1")
    docker_config(config, guarded.host)
    tokens.asked.clear()
    (image,) = images(f"{guarded.host}/public/app:1")
    whole(image)
    assert image.public is True
    assert tokens.asked == ["nobody repository:public/app:pull"]
    tokens.asked.clear()
    (image,) = images(f"{guarded.host}/private/app:1")
    whole(image)
    assert image.public is False
    assert tokens.asked == ["nobody repository:private/app:pull", f"{USER} repository:private/app:pull"]
    docker_config(config, guarded.host, word=password(3))
    assert "with the credentials of" in problem(f"{guarded.host}/private/app:1")
    docker_config(config, guarded.host)
    assert "there is no tag 2" in problem(f"{guarded.host}/private/app:2")


def test_platforms(opened: Registry, many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = opened.push(many, "1", "shop/many:1")

    def platforms(asked: str) -> list[str]:
        return [image.platform for image in images(words, Request(asked))]

    assert platforms("all") == ["windows/amd64", "linux/arm64/v8", "linux/amd64"]
    assert platforms("linux/arm64") == platforms("linux/arm64/v8") == platforms("linux/aarch64") == ["linux/arm64/v8"]
    assert platforms("windows/amd64") == ["windows/amd64"]
    said = problem(words, Request("linux/s390x"))
    assert said == "there is no image for linux/s390x; there are linux/amd64, linux/arm64/v8, windows/amd64"
    for machine, platform in (("x86_64", "linux/amd64"), ("arm64", "linux/arm64/v8"), ("s390x", "windows/amd64")):
        monkeypatch.setattr("platform.machine", lambda machine=machine: machine)
        (image,) = images(words)
        assert image.platform == platform
        (note,) = image.limited
        assert note[0] == "other platforms"
        assert platform not in note[1]
    (image,) = images(words, Request("linux/arm64"))
    assert image.limited == []
    whole(image)


def test_referrers_of_a_registry_that_only_has_tags(opened: Registry, layout: Path, many: Path) -> None:
    words = opened.push(layout, "1", "shop/app:1")
    (image,) = images(words)
    client = Client(parse_reference(words))
    store = RegistryStore(client, client.manifest("1", sorted(MANIFESTS)))
    assert store.referrers(image.digest) == []
    opened.push(many, "1", "shop/app:" + image.digest.replace(":", "-"))
    found = store.referrers(image.digest)
    assert len(found) == 6
    for descriptor in found:
        digest = descriptor.text("digest")
        with store.open("blobs/" + digest.replace(":", "/")) as stream:
            assert sha256(stream.read()) == digest


def test_what_refers_to_an_image_is_looked_through(opened: Registry, tmp_path: Path) -> None:
    """Provenance that came later, as `cosign attest` has it: only the list of referrers leads there."""
    word = password(9)
    words = opened.push(oci_layout(tmp_path / "one", ONE), "1", "shop/referred:1")
    (image,) = images(words)
    assert image.attestations == []
    statement = json.dumps(provenance({"DB_PASSWORD": word})).encode()
    beside = attested(oci_layout(tmp_path / "two", ONE), (PROVENANCE, statement))
    opened.push(beside, "1", "shop/referred:" + image.digest.replace(":", "-"))
    (image,) = images(words)
    assert statement in [attestation.open().read() for attestation in image.attestations]
    scan = [
        *imagelint(),
        "scan",
        "--no-config",
        "--show-secrets",
        "-f",
        "json",
        f"registry:{words}",
    ]
    report = json.loads(subprocess.run(scan, capture_output=True, check=False).stdout)
    (found,) = [one for one in report["findings"] if one.get("secret", {}).get("value") == word]
    assert found["surface"] == "attestation"
    assert report["incomplete"] == []
