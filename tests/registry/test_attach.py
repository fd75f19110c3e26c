"""Reports attached to images: what stands in the registry, beside what others put there, and what is refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from imagelint.errors import UnreadableError
from imagelint.image.sources.graph import ACCEPT
from imagelint.image.sources.reference import parse_reference
from imagelint.image.sources.registry import images
from imagelint.image.sources.registry_client import Client
from imagelint.image.sources.registry_errors import DeniedError
from imagelint.image.sources.registry_push import Pusher
from imagelint.registry import attach as attach_module
from imagelint.registry.attach import Attached, Attacher
from imagelint.registry.attached_form import EMPTY, INDEX, MANIFEST, SARIF, digest_of, manifest
from tests import registries
from tests.imagemaker import Recipe, oci_layout
from tests.keeping_registry import Asked, KeepingRegistry
from tests.registries import WORD, Registry, TokenServer, docker_config
from tests.registry_fixtures import config, opened, programs

__all__ = ["config", "opened", "programs"]

pytestmark = pytest.mark.engine

RECIPE = Recipe([[{"path": "etc/motd", "content": "hello"}]], {"User": "app"}, tags=("app:1",))
NAME = "shop/app"
ONE, TWO = b'{"version": "2.1.0", "runs": [1]}', b'{"version": "2.1.0", "runs": [2]}'


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return oci_layout(tmp_path_factory.mktemp("image"), RECIPE)


def put(host: str, layout: Path, name: str = NAME) -> str:
    """What skopeo does, by our own client, for registries that know less; the reference."""
    pusher = Pusher(parse_reference(f"{host}/{name}:1"))
    root = json.loads((layout / "index.json").read_bytes())["manifests"][0]
    for path in (layout / "blobs/sha256").iterdir():
        pusher.put_blob(path.read_bytes())
    data = (layout / "blobs/sha256" / root["digest"].partition(":")[2]).read_bytes()
    pusher.put_manifest("1", data, MANIFEST)
    return f"{host}/{name}:1"


Start = Callable[..., KeepingRegistry]


@pytest.fixture
def keeping() -> Iterator[Start]:
    started: list[KeepingRegistry] = []

    def start(**more: Any) -> KeepingRegistry:
        started.append(KeepingRegistry(**more))
        return started[-1]

    yield start
    for registry in started:
        registry.stop()


def digest_at(words: str) -> str:
    return images(words)[0].digest


def attach(words: str, sarif: bytes = ONE, rules: str = "sha256:r1") -> Attached:
    return Attacher().attach(words, digest_at(words), sarif, "0.1.0", rules)


def indexed(words: str) -> list[dict[str, Any]]:
    """What the index under the image's tag lists; nothing where there is none."""
    client = Client(parse_reference(words))
    client.authority.look_up()
    try:
        data = client.manifest(digest_at(words).replace(":", "-"), [INDEX]).data
    except DeniedError:
        return []
    found: list[dict[str, Any]] = json.loads(data)["manifests"]
    return found


def fetched(words: str, digest: str) -> dict[str, Any]:
    client = Client(parse_reference(words))
    client.authority.look_up()
    found: dict[str, Any] = json.loads(client.manifest(digest, ACCEPT).data)
    return found


def right(words: str, done: Attached, sarif: bytes) -> None:
    """It is an artifact as the specification has it, and its report is there."""
    made = fetched(words, done.digest)
    assert (made["schemaVersion"], made["mediaType"], made["artifactType"]) == (2, MANIFEST, SARIF)
    assert made["config"] == {
        "mediaType": "application/vnd.oci.empty.v1+json",
        "digest": digest_of(EMPTY),
        "size": 2,
        "data": "e30=",
    }
    image = Client(parse_reference(words))
    image.authority.look_up()
    about = image.manifest("1", ACCEPT)
    assert made["subject"] == {"mediaType": MANIFEST, "digest": about.digest, "size": len(about.data)}
    (layer,) = made["layers"]
    assert (layer["mediaType"], layer["digest"], layer["size"]) == (SARIF, digest_of(sarif), len(sarif))
    assert set(made["annotations"]) == {
        "org.opencontainers.image.created",
        "io.imagelint.version",
        "io.imagelint.rules",
    }
    assert image.document(f"blobs/{layer['digest']}", [])[0] == sarif
    assert image.document(f"blobs/{digest_of(EMPTY)}", [])[0] == EMPTY


def test_a_registry_without_referrers(opened: Registry, layout: Path) -> None:
    words = opened.push(layout, "1", f"{NAME}:1")
    first = attach(words)
    assert (first.new, first.tagged, first.left) == (True, True, [])
    right(words, first, ONE)
    (listed,) = indexed(words)
    assert (listed["digest"], listed["artifactType"], listed["mediaType"]) == (first.digest, SARIF, MANIFEST)
    assert listed["annotations"] == fetched(words, first.digest)["annotations"]
    again = attach(words)
    assert (again.new, again.digest) == (False, first.digest)
    second = attach(words, TWO)
    assert [one["digest"] for one in indexed(words)] == [second.digest]
    with pytest.raises(DeniedError):
        fetched(words, first.digest)
    assert attach(words, TWO, "sha256:r2").new


def test_a_registry_with_referrers(keeping: Start, layout: Path) -> None:
    registry = keeping()
    words = put(registry.host, layout)
    first = attach(words)
    assert (first.new, first.tagged) == (True, False)
    right(words, first, ONE)
    assert [one["digest"] for one in registry.listed(NAME, digest_at(words))] == [first.digest]
    assert attach(words).digest == first.digest
    second = attach(words, TWO)
    assert [one["digest"] for one in registry.listed(NAME, digest_at(words))] == [second.digest]
    assert indexed(words) == []
    registry.delete = False
    third = attach(words, ONE)
    assert third.left == [second.digest]
    assert second.digest in third.told()
    registry.annotated = False  # some lists leave the annotations away
    registry.delete = True
    fourth = attach(words, TWO)
    assert [one["digest"] for one in registry.listed(NAME, digest_at(words))] == [fourth.digest]


def test_nothing_of_others_is_lost(opened: Registry, layout: Path) -> None:
    """Signatures and SARIF of others in the same index, with whatever else it says."""
    words = opened.push(layout, "1", "shop/shared:1")
    about = digest_at(words)
    pusher = Pusher(parse_reference(words))
    theirs = []
    for kind in ("application/vnd.dev.cosign.artifact.sig.v1+json", SARIF):
        made = json.loads(manifest({"mediaType": MANIFEST, "digest": about, "size": 1}, TWO, {}))
        made["artifactType"], made["annotations"] = kind, {"org.example.tool": "other"}
        data = json.dumps(made).encode()
        pusher.put_blob(EMPTY)
        pusher.put_blob(TWO)
        pusher.put_manifest(digest_of(data), data, MANIFEST)
        about_it = {"mediaType": MANIFEST, "digest": digest_of(data), "size": len(data), "artifactType": kind}
        theirs.append({**about_it, "annotations": {"org.example.tool": "other"}, "x-more": [1, {"a": None}]})
    index = {"schemaVersion": 2, "mediaType": INDEX, "annotations": {"a": "b"}, "manifests": theirs}
    pusher.put_manifest(about.replace(":", "-"), json.dumps(index).encode(), INDEX)
    first = attach(words)
    second = attach(words, TWO)
    assert first.digest != second.digest
    assert indexed(words)[:2] == theirs
    assert [one["digest"] for one in indexed(words)[2:]] == [second.digest]
    assert json.loads(pusher.manifest(about.replace(":", "-"), [INDEX]).data)["annotations"] == {"a": "b"}
    for one in theirs:
        assert fetched(words, str(one["digest"]))["annotations"] == {"org.example.tool": "other"}


def test_a_list_of_referrers_may_hold_anything(keeping: Start, layout: Path) -> None:
    """What is no descriptor is passed over, and never taken away."""
    version = {"io.imagelint.version": "0.1.0"}
    junk: list[dict[str, Any]] = [
        {"artifactType": SARIF, "annotations": version},
        {"artifactType": SARIF, "annotations": version, "digest": 7},
        {"artifactType": SARIF, "annotations": version, "digest": "sha256:../../x"},
        {"artifactType": SARIF, "annotations": 7, "digest": "sha256:" + "a" * 64},
        {"artifactType": 7, "digest": "sha256:" + "b" * 64},
    ]
    for referrers in (True, False):
        registry = keeping(referrers=referrers)
        words = put(registry.host, layout)
        data = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": junk}).encode()
        if referrers:
            registry.listed = lambda *_: junk  # type: ignore[method-assign]
        else:
            Pusher(parse_reference(words)).put_manifest(digest_at(words).replace(":", "-"), data, INDEX)
        done = attach(words)
        assert done.new
        assert not [path for method, path in registry.asked if method == "DELETE"]
        if not referrers:
            assert indexed(words)[:-1] == junk


def test_somebody_writes_the_index_at_the_same_time(keeping: Start, layout: Path) -> None:
    """Between our reading and our writing, somebody whose own writing wins: ours is missing, and is put in again."""
    met = {"written": 0}
    other = {"mediaType": MANIFEST, "digest": "sha256:" + "e" * 64, "size": 2}

    def fault(asked: Asked) -> bool:
        if asked.command == "PUT" and "/manifests/sha256-" in asked.path:
            met["written"] += 1
            if met["written"] == 1:
                asked.body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [other]}).encode()
        return False

    registry = keeping(referrers=False, fault=fault)
    words = put(registry.host, layout)
    done = attach(words)
    assert met["written"] == 2
    assert [one["digest"] for one in indexed(words)] == [other["digest"], done.digest]


def test_what_is_listed_may_be_gone(opened: Registry, layout: Path) -> None:
    """The registry refuses a list of what it does not have: somebody took it away and left the list as it was."""
    words = opened.push(layout, "1", "shop/gone:1")
    pusher, about = Pusher(parse_reference(words)), digest_at(words)
    data = manifest({"mediaType": MANIFEST, "digest": about, "size": 1}, TWO, {})
    pusher.put_blob(EMPTY)
    pusher.put_blob(TWO)
    pusher.put_manifest(digest_of(data), data, MANIFEST)
    listed = [{"mediaType": MANIFEST, "digest": digest_of(data), "size": len(data)}]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}
    pusher.put_manifest(about.replace(":", "-"), json.dumps(index).encode(), INDEX)
    assert pusher.delete_manifest(digest_of(data))
    done = attach(words)
    assert [one["digest"] for one in indexed(words)] == [done.digest]


def test_somebody_attaches_a_later_report(keeping: Start, layout: Path) -> None:
    """And takes ours away, before it was listed: the later one stands there, and nobody failed."""

    def fault(asked: Asked) -> bool:
        if asked.command != "PUT" or "/manifests/sha256-" not in asked.path:
            return False
        for one in json.loads(asked.body)["manifests"]:
            registry.manifests.pop((NAME, one["digest"]))
        return asked.answer(400, b'{"errors": [{"code": "MANIFEST_BLOB_UNKNOWN"}]}')

    registry = keeping(referrers=False, fault=fault)
    words = put(registry.host, layout)
    attach(words)
    assert [method for method, path in registry.asked if "/manifests/sha256-" in path].count("PUT") == 1


def test_a_list_that_is_refused(keeping: Start, layout: Path) -> None:
    """For another reason: once, and in the registry's own words."""

    def fault(asked: Asked) -> bool:
        refused = asked.command == "PUT" and "/manifests/sha256-" in asked.path
        return refused and asked.answer(400, b'{"errors": [{"code": "TAG_INVALID"}]}')

    registry = keeping(referrers=False, fault=fault)
    with pytest.raises(UnreadableError, match=r"did not take the manifest for .*TAG_INVALID"):
        attach(put(registry.host, layout))


def test_many_attach_to_one_image(opened: Registry, layout: Path) -> None:
    """At the end one of them stands there, whole, and nobody failed."""
    words = opened.push(layout, "1", "shop/busy:1")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda n: attach(words, b'{"runs": [%d]}' % n), range(4)))
    listed = {one["digest"] for one in indexed(words)}
    assert listed
    assert listed <= {one.digest for one in done}
    final = attach(words, ONE)
    assert [one["digest"] for one in indexed(words)] == [final.digest]


def test_an_index_that_never_holds_still(keeping: Start, layout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attach_module, "SETTLES", 0.001)
    empty = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).encode()

    def fault(asked: Asked) -> bool:
        if asked.command == "PUT" and "/manifests/sha256-" in asked.path:
            asked.body = empty
        return False

    registry = keeping(referrers=False, fault=fault)
    with pytest.raises(UnreadableError, match="is written by others all the time: the report is stored as sha256:"):
        attach(put(registry.host, layout))


def test_what_is_no_index_is_left_as_it_is(opened: Registry, layout: Path) -> None:
    words = opened.push(layout, "1", "shop/taken:1")
    tag = digest_at(words).replace(":", "-")
    opened.push(layout, "1", f"shop/taken:{tag}")
    before = Client(parse_reference(words)).manifest(tag, ACCEPT).digest
    with pytest.raises(UnreadableError, match="is no index of referrers, and was left as it is"):
        attach(words)
    assert Client(parse_reference(words)).manifest(tag, ACCEPT).digest == before


def test_a_password(tmp_path: Path, layout: Path, config: Path) -> None:
    with registries.behind_password(tmp_path / "locked") as locked:
        words = locked.push(layout, "1", f"{NAME}:1", login=True)
        docker_config(config, locked.host)
        done = attach(words)
        right(words, done, ONE)
        second = attach(words, TWO)  # this registry deletes nothing: the index is what counts
        assert (second.left, [one["digest"] for one in indexed(words)]) == ([], [second.digest])


def test_who_may_only_pull(tmp_path: Path, layout: Path, config: Path) -> None:
    tokens = TokenServer(tmp_path / "tokens")
    try:
        with tokens.registry(tmp_path / "guarded", delete=True) as guarded:
            words = guarded.push(layout, "1", "public/app:1", login=True)
            with pytest.raises(DeniedError) as nobody:
                attach(words)
            docker_config(config, guarded.host)
            tokens.allowed = ["pull"]
            with pytest.raises(DeniedError) as reader:
                attach(words)
            for caught in (nobody, reader):
                assert str(caught.value).startswith(f"{guarded.host} does not let push to public/app")
                assert "\n" not in str(caught.value)
                assert WORD not in str(caught.value)
            tokens.allowed = ["pull", "push"]
            right(words, attach(words), ONE)
    finally:
        tokens.stop()


def test_an_attached_report_is_no_image_and_brings_no_finding(opened: Registry, layout: Path) -> None:
    """Skopeo reads the image as before, and the list of tags has one more."""
    words = opened.push(layout, "1", "shop/plain:1")
    attach(words)
    done = subprocess.run(
        ["/usr/bin/skopeo", "inspect", "--tls-verify=false", f"docker://{words}"], capture_output=True, check=True
    )
    assert json.loads(done.stdout)["Digest"] == digest_at(words)
