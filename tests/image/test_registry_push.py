"""What is put into registries: open, behind a password, behind a token server; what is refused, and what is cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagelint.errors import UnreadableError
from imagelint.image.sources.graph import ACCEPT
from imagelint.image.sources.reference import parse_reference
from imagelint.image.sources.registry_client import Client
from imagelint.image.sources.registry_errors import DeniedError
from imagelint.image.sources.registry_push import Pusher
from tests import registries
from tests.faulty_registry import Asked, FaultyRegistry
from tests.imagemaker import Recipe, sha256
from tests.material import password
from tests.registries import WORD, Registry, TokenServer, docker_config
from tests.registry_fixtures import config, opened, programs

__all__ = ["config", "opened", "programs"]

pytestmark = pytest.mark.engine

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[TokenServer]:
    server = TokenServer(tmp_path / "tokens")
    yield server
    server.stop()


def pusher(host: str, name: str = "shop/notes") -> Pusher:
    return Pusher(parse_reference(f"{host}/{name}:1"))


def manifest(data: bytes) -> bytes:
    """Of an artifact with one layer."""
    config = {"mediaType": EMPTY, "digest": sha256(b"{}"), "size": 2}
    layer = {"mediaType": "text/plain", "digest": sha256(data), "size": len(data)}
    whole = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "text/plain", "config": config}
    return json.dumps({**whole, "layers": [layer]}).encode()


def put(client: Pusher, data: bytes, tag: str = "1") -> str:
    """The digest of the manifest."""
    assert (client.put_blob(data), client.put_blob(b"{}")) == (sha256(data), sha256(b"{}"))
    told = client.put_manifest(tag, manifest(data), MANIFEST)
    assert told["docker-content-digest"] == sha256(manifest(data))
    return sha256(manifest(data))


def refused(client: Pusher) -> str:
    with pytest.raises(DeniedError) as caught:
        put(client, b"not for you")
    assert caught.value.status == 401
    assert "\n" not in str(caught.value)
    assert WORD not in str(caught.value)
    return str(caught.value)


def test_what_is_put_is_there(opened: Registry) -> None:
    client = pusher(opened.host)
    digest = put(client, b"hello")
    assert put(client, b"hello") == digest
    reader = Client(parse_reference(f"{opened.host}/shop/notes:1"))
    assert reader.manifest("1", ACCEPT).digest == digest
    data, _ = reader.document(f"blobs/{sha256(b'hello')}", [])
    assert data == b"hello"


def test_what_is_taken_away_is_gone(opened: Registry, tmp_path: Path) -> None:
    client = pusher(opened.host)
    digest = put(client, b"for a while", "2")
    assert client.delete_manifest(digest) is True
    with pytest.raises(DeniedError):
        client.manifest(digest, ACCEPT)
    assert client.delete_manifest(digest) is True
    with Registry(tmp_path / "registry") as stubborn:
        client = pusher(stubborn.host)
        digest = put(client, b"for ever")
        assert client.delete_manifest(digest) is False
        assert client.manifest(digest, ACCEPT).digest == digest


def test_a_password(tmp_path: Path, config: Path) -> None:
    with registries.behind_password(tmp_path / "locked", delete=True) as locked:
        assert "wants credentials for shop/notes" in refused(pusher(locked.host))
        docker_config(config, locked.host, word=password(3))
        assert f"with the credentials of {config}/config.json" in refused(pusher(locked.host))
        docker_config(config, locked.host)
        client = pusher(locked.host)
        assert client.delete_manifest(put(client, b"hello")) is True


def test_a_token_server(tmp_path: Path, config: Path, tokens: TokenServer) -> None:
    """A token for what is wanted, and no more; the right to pull is none to push."""
    with tokens.registry(tmp_path / "guarded", delete=True) as guarded:
        message = refused(pusher(guarded.host, "public/notes"))
        mend = f"ask for the right to push, or `docker login {guarded.host}` as a user who has it"
        assert message == f"{guarded.host} does not let push to public/notes: {mend}"
        docker_config(config, guarded.host)
        tokens.asked.clear()
        client = pusher(guarded.host)
        digest = put(client, b"hello")
        assert set(tokens.asked) == {"alice repository:shop/notes:pull,push"}
        assert client.delete_manifest(digest) is True
        assert tokens.asked[-1] == "alice repository:shop/notes:delete"
        tokens.allowed = ["pull"]
        of = f" with the credentials of {config}/config.json"
        assert refused(pusher(guarded.host)) == f"{guarded.host} does not let push to shop/notes{of}: {mend}"
        assert pusher(guarded.host).delete_manifest(digest) is False


def test_a_cut_connection_is_tried_again_from_the_beginning(tmp_path: Path) -> None:
    met: list[str] = []

    def fault(asked: Asked) -> bool:
        met.append(asked.command)
        if asked.command == "POST":
            return asked.answer(202, b"", {"Location": f"/v2/shop/notes/blobs/uploads/{len(met)}?state=a%3D%3D"})
        if asked.command == "PUT":
            body = asked.rfile.read(int(asked.headers["Content-Length"]))
            if met.count("PUT") == 1:
                asked.close_connection = True
                return True
            assert body == b"hello"
            assert "state=a%3D%3D" in asked.path
            assert f"digest={sha256(b'hello')}" in asked.path.replace("%3A", ":")
            return asked.answer(201)
        return asked.command == "HEAD" and asked.answer(404)

    registry = FaultyRegistry(tmp_path / "image", Recipe([[]]), fault)
    try:
        assert pusher(registry.host).put_blob(b"hello") == sha256(b"hello")
    finally:
        registry.stop()
    assert [one for one in met if one != "GET"] == ["HEAD", "POST", "PUT"] * 2


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((507, b"", {}), "did not begin an upload for shop/notes (status 507)"),
        ((400, b'{"errors": [{"code": "DENIED"}]}', {}), "did not begin an upload for shop/notes (status 400, DENIED)"),
        ((400, b'{"errors": [{"code": "\\u001b[2J"}]}', {}), "did not begin an upload for shop/notes (status 400)"),
        ((202, b"", {}), "did not begin an upload for shop/notes (status 202)"),
        ((202, b"", {"Location": "file:///etc/passwd"}), "leads to what is no place on the web"),
        ((202, b"", {"Location": "http://192.0.2.1/there"}), "leads to plain HTTP"),
    ],
)
def test_a_registry_that_does_not_take_it(tmp_path: Path, answer: tuple[int, bytes, dict[str, str]], told: str) -> None:
    def fault(asked: Asked) -> bool:
        if asked.command == "POST":
            return asked.answer(*answer)
        return asked.command == "HEAD" and asked.answer(404)

    registry = FaultyRegistry(tmp_path / "image", Recipe([[]]), fault)
    try:
        with pytest.raises(UnreadableError) as caught:
            pusher(registry.host).put_blob(b"hello")
    finally:
        registry.stop()
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
