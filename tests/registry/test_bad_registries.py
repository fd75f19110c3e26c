"""Registries without a catalogue, with lists that lie or never end, and images that are gone or are none: one clear
line each, and the rest is listed and planned."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from imagelint.errors import UnreadableError
from imagelint.registry.filters import wanted
from imagelint.registry.listing import listed
from imagelint.registry.model import Found
from imagelint.registry.network import Registries
from imagelint.registry.planning import Plan, plan
from imagelint.stream import limits
from tests.faulty_registry import Asked, FaultyRegistry
from tests.imagemaker import OCI, dumps, sha256
from tests.registries import USER, Registry, TokenServer, behind_password, docker_config, free_port
from tests.registry.conftest import ONE, Start
from tests.registry_storage import Storage

INSTEAD = "name its repositories, as HOST/REPOSITORY, or give a file of references as @FILE"


def lists(catalogue: object = ("app",), tags: object = ("1",)) -> Callable[[Asked], bool]:
    """A registry whose lists are these."""

    def fault(asked: Asked) -> bool:
        if asked.where == "/v2/_catalog":
            return asked.answer(200, json.dumps({"repositories": catalogue}).encode())
        if asked.where.endswith("/tags/list"):
            return asked.answer(200, json.dumps({"name": "app", "tags": tags}).encode())
        return False

    return fault


def find(registry: FaultyRegistry | Registry, word: str = "", **options: object) -> Found:
    return listed([registry.host + word], wanted(**options), Registries())  # type: ignore[arg-type]  # as the tests have it


def planned(registry: FaultyRegistry, word: str = "") -> tuple[Found, Plan]:
    registries = Registries()
    found = listed([registry.host + word], wanted(), registries)
    return found, plan(found.listed, registries)


def told(made: Found | Plan, registry: FaultyRegistry | Registry) -> list[tuple[str, str, bool]]:
    for hole in made.holes:
        assert hole.reason.isprintable()
        assert hole.place.isprintable()
    return [
        (hole.place.replace(registry.host, "HOST"), hole.reason.replace(registry.host, "HOST"), hole.limited)
        for hole in made.holes
    ]


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_no_catalogue(start: Start, status: int) -> None:
    body = json.dumps({"errors": [{"code": "UNSUPPORTED"}]}).encode()
    registry = start(lambda asked: asked.where == "/v2/_catalog" and asked.answer(status, body))
    reason = f"HOST gives no list of its repositories (/v2/_catalog): {INSTEAD}"
    assert told(find(registry), registry) == [("HOST", reason, False)]


@pytest.mark.parametrize("status", [401, 403])
def test_no_permission_for_the_catalogue(start: Start, status: int, config: Path) -> None:
    registry = start(lambda asked: asked.where == "/v2/_catalog" and asked.answer(status))
    wants = f"HOST wants credentials for its list of repositories; there are none for it in {config}/config.json"
    reason = f"{wants}: `docker login HOST` writes them; or {INSTEAD}"
    assert told(find(registry), registry) == [("HOST", reason, False)]


def test_docker_hub_is_not_asked() -> None:
    found = listed(["docker.io"], wanted(), Registries())
    assert [(hole.place, hole.reason) for hole in found.holes] == [
        ("docker.io", f"Docker Hub has no list of its repositories: {INSTEAD.replace('HOST', 'docker.io')}")
    ]


def test_nobody_is_there() -> None:
    host = f"127.0.0.1:{free_port()}"
    found = listed([host, f"{host}/app", f"{host}/other:1"], wanted(), Registries())
    assert [hole.place for hole in found.holes] == [host, f"{host}/app", f"{host}/other:1"]
    assert {hole.reason for hole in found.holes} == {
        f"nothing answers at {host}: check the host and its port, and that the registry runs"
    }


def test_names_that_nobody_can_ask_for(start: Start) -> None:
    names = ["app", "\x1b[2Japp", "App", "a/../b", "a:1", "app@x", "x" * 300, 7, None, "new\nline"]
    registry = start(lists(names, ["1", "\x1b[31m1", "a b", 3, "1/2", "x" * 129]))
    found, made = planned(registry)
    assert [one.names for one in found.listed] == [[f"{registry.host}/app:1"]]
    assert len(made.images) == 1
    assert told(found, registry) == [
        ("HOST", "9 names in its list of repositories are none that can be asked for", True),
        ("HOST/app", "5 of its tags are none that can be asked for", True),
    ]


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"repositories": "app"}', b"[" * 100_000, b"\xff"])
def test_a_catalogue_that_is_none(start: Start, body: bytes) -> None:
    registry = start(lambda asked: asked.where == "/v2/_catalog" and asked.answer(200, body))
    ((place, reason, limited),) = told(find(registry), registry)
    assert (place, limited) == ("HOST", False)
    assert "the list" in reason


def test_a_list_that_is_null(start: Start) -> None:
    registry = start(lists(["app"], None))
    assert ("HOST", "1 repository has no tag", True) in told(find(registry), registry)


def test_a_list_that_is_too_large(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DOCUMENT", 5000)
    registry = start(lists([f"app{number}" for number in range(1000)]))
    assert told(find(registry), registry) == [("HOST", "the list has more than 5000 bytes", False)]


def pages(count: int, link: Callable[[Asked, int], str]) -> Callable[[Asked], bool]:
    """A catalogue in pages of one name each, but for the images, which are one."""

    def fault(asked: Asked) -> bool:
        if asked.where != "/v2/_catalog":
            return lists()(asked)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(asked.path).query)
        page = int(query.get("page", ["0"])[0])
        headers = {"Link": link(asked, page)} if page + 1 < count else {}
        return asked.answer(200, json.dumps({"repositories": [f"app{page}"]}).encode(), headers)

    return fault


def test_pages_are_followed_to_their_end(start: Start) -> None:
    registry = start(pages(5, lambda asked, page: f'</v2/_catalog?page={page + 1}&n=1>; rel="next"'))
    found = find(registry)
    assert [one.reference.name for one in found.listed] == [f"app{number}" for number in range(5)]
    assert found.holes == []


@pytest.mark.parametrize("form", ["http://{}/v2/_catalog?page={}", "//{}/steal?page={}"])
def test_a_link_to_another_host_is_put_to_the_registry_itself(
    start: Start, form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = start(lambda asked: False)

    def fault(asked: Asked) -> bool:
        if "Authorization" not in asked.headers:
            return asked.where != "/v2/" and asked.answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        return pages(3, lambda asked, page: f"<{form.format(other.host, page + 1)}>; rel=next")(asked)

    registry = start(fault)
    monkeypatch.setenv("DOCKER_CONFIG", str(docker_config(tmp_path / "login", registry.host)))
    found = find(registry)
    assert [one.reference.name for one in found.listed] == ["app0", "app1", "app2"]
    assert other.asked == []


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (lambda asked, page: f"<?page={page + 1}&x={page}>; rel=next", "it has more than 20 pages"),
        (lambda asked, page: "<?page=0>; rel=next", "its pages go round in a circle"),
        (
            lambda asked, page: f"<{urllib.parse.urlsplit(asked.path)._replace(path='').geturl()}>; rel=next",
            "in a circle",
        ),
        (lambda asked, page: "<http://[x>; rel=next", "it leads on to what is no URL"),
        (lambda asked, page: f"<?{'x' * 5000}>; rel=next", "it leads on to what is no URL"),
        (lambda asked, page: "<?a\x7fb>; rel=next", "it leads on to what is no URL"),
        (lambda asked, page: "<>; rel=next", "its pages go round in a circle"),
    ],
)
def test_endless_pages(
    start: Start, link: Callable[[Asked, int], str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REGISTRY_LIST_PAGES", 20)
    registry = start(pages(1_000_000, link))
    found = find(registry)
    assert found.listed
    ((place, reason, limited),) = told(found, registry)
    assert (place, limited) == ("HOST", False)
    assert reason.startswith("its list of repositories was not read to its end: ")
    assert said in reason
    assert sum(path.startswith("/v2/_catalog") for _, path, _ in registry.asked) <= 20


def test_a_list_of_more_names_than_are_read(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REGISTRY_NAMES", 3)
    registry = start(lists([f"app{number}" for number in range(9)]))
    found = find(registry)
    assert len(found.listed) == 3
    more = "it has more than 3 names (--limit registry-names=NUMBER reads more)"
    assert told(found, registry) == [("HOST", f"its list of repositories was not read to its end: {more}", False)]


def test_a_page_without_a_link_goes_on_behind_its_last_name(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagelint.registry.pages._PAGE", 4)
    names = [f"app{number}" for number in range(8)]

    def fault(asked: Asked) -> bool:
        if asked.where != "/v2/_catalog":
            return lists()(asked)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(asked.path).query)
        rest = [name for name in names if name > query.get("last", [""])[0]][: int(query["n"][0])]
        return asked.answer(200, json.dumps({"repositories": rest}).encode())

    registry = start(fault)
    assert [one.reference.name for one in find(registry).listed] == names


def test_a_registry_that_gives_all_at_once_is_not_asked_for_ever(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagelint.registry.pages._PAGE", 4)
    registry = start(lists([f"app{number}" for number in range(9)]))
    found = find(registry)
    assert (len(found.listed), found.holes) == (9, [])
    assert sum(path.startswith("/v2/_catalog") for _, path, _ in registry.asked) == 2


def test_a_tag_that_vanishes_is_no_hole(start: Start) -> None:
    registry = start(lists(["app"], ["1", "gone"]))
    found, made = planned(registry)
    assert len(made.images) == 1
    assert told(found, registry) == [("HOST/app:gone", "it is gone since the list was read", True)]


def test_an_image_that_vanishes_ahead_of_the_plan(start: Start) -> None:
    def fault(asked: Asked) -> bool:
        if not asked.manifest:
            return False
        data = asked.registry.manifests["1"]
        return asked.answer(200, data, head(data)) if asked.command == "HEAD" else asked.answer(404)

    registry = start(fault)
    found, made = planned(registry, "/app:1")
    assert told(made, registry) == [("HOST/app:1", "HOST does not have this manifest", False)]
    assert found.holes == []


def test_many_of_one_kind_are_counted(start: Start) -> None:
    registry = start(lists(["app"], [f"v{number}" for number in range(200)]))
    holes = told(find(registry), registry)
    assert len(holes) == limits.REGISTRY_TOLD + 2
    assert ("HOST", "190 more the same way, the last one: it is gone since the list was read", True) in holes
    assert holes[-2][1] == "no image passes the filters, or there is none"


def test_many_failures_of_one_kind_are_counted(start: Start) -> None:
    def fault(asked: Asked) -> bool:
        if asked.manifest and asked.manifest != "1":
            return asked.answer(400)
        return lists(["app"], ["1", *(f"v{number}" for number in range(60))])(asked)

    registry = start(fault)
    found, made = planned(registry)
    assert len(made.images) == 1
    holes = told(found, registry)
    assert len(holes) == limits.REGISTRY_TOLD + 1
    assert holes[0] == ("HOST/app:v0", "HOST answers with status 400", False)
    assert holes[-1] == ("HOST", "50 more the same way, the last one: HOST answers with status 400", False)


def test_a_wrong_digest(start: Start) -> None:
    other = "sha256:" + "1" * 64

    def fault(asked: Asked) -> bool:
        if not asked.manifest:
            return False
        data = asked.registry.manifests["1"]
        return asked.answer(200, data, {"Docker-Content-Digest": other, "Content-Type": OCI + "manifest.v1+json"})

    registry = start(fault)
    _, made = planned(registry, "/app:1")
    real = sha256(registry.manifests["1"])
    assert told(made, registry) == [("HOST/app:1", f"the manifest has the digest {real} instead of {other}", False)]


def test_many_wrong_digests_are_counted(start: Start) -> None:
    def fault(asked: Asked) -> bool:
        if not asked.manifest:
            return lists(["app"], [f"v{number}" for number in range(50)])(asked)
        wrong = asked.manifest if asked.manifest.startswith("sha256:") else sha256(asked.manifest.encode())
        return asked.answer(200, asked.registry.manifests["1"], {"Docker-Content-Digest": wrong})

    registry = start(fault)
    _, made = planned(registry)
    assert made.images == []
    holes = told(made, registry)
    assert len(holes) == limits.REGISTRY_TOLD + 1
    assert holes[-1][1].startswith("40 more the same way, the last one: the manifest has the digest sha256:")


def test_a_digest_that_was_not_asked_for(start: Start) -> None:
    wrong, right = "sha256:" + "1" * 64, "sha256:" + "2" * 64
    registry = start(lambda asked: bool(asked.manifest) and asked.answer(200, b"", {"Docker-Content-Digest": wrong}))
    found = find(registry, f"/app@{right}")
    assert told(found, registry) == [(f"HOST/app@{right}", f"HOST says that it has the digest {wrong}", False)]


def test_a_wrong_configuration_is_said_and_not_remembered(start: Start) -> None:
    registry = start(lambda asked: False)
    digest = json.loads(registry.manifests["1"])["config"]["digest"]
    registry.blobs[digest] = registry.blobs[digest].replace(b"app", b"ape")
    registries = Registries()
    (image,) = plan(listed([f"{registry.host}/app:1"], wanted(), registries).listed, registries).images
    assert [place for place, _ in image.incomplete] == ["the configuration"]
    assert registries.documents.get(digest) is None


@pytest.mark.parametrize("status", [405, 501])
def test_a_registry_that_does_not_know_head(start: Start, status: int) -> None:
    def fault(asked: Asked) -> bool:
        return asked.command == "HEAD" and asked.answer(status)

    registry = start(fault)
    found, made = planned(registry, "/app:1")
    assert found.listed[0].digest == sha256(registry.manifests["1"])
    assert found.listed[0].media_type == OCI + "manifest.v1+json"
    assert [image.name for image in made.images] == [f"{registry.host}/app:1"]


SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"


@pytest.mark.parametrize("options", [{}, {"newest": 1}])
@pytest.mark.parametrize("media_type", [SCHEMA_1, ""])
def test_schema_1(start: Start, media_type: str, options: dict[str, object]) -> None:
    data = dumps({"schemaVersion": 1, "name": "app", "fsLayers": []})
    told_type = {"Content-Type": media_type} if media_type else {}
    headers = {"Docker-Content-Digest": sha256(data), **told_type}

    def fault(asked: Asked) -> bool:
        return bool(asked.manifest) and asked.answer(200, data, headers)

    registry = start(lambda asked: lists()(asked) or fault(asked))
    registries = Registries()
    found = listed([f"{registry.host}/app"], wanted(**options), registries)  # type: ignore[arg-type]  # as above
    ((place, reason, limited),) = told(plan(found.listed, registries), registry)
    assert (place, limited) == ("HOST/app:1", False)
    assert "schema 1" in reason
    assert "push it again" in reason


@pytest.mark.parametrize(
    "manifest",
    [b"[]", b"{", b'{"layers": 7}', b'{"layers": [7]}', b'{"config": []}', b'{"manifests": {}}', b'{"mediaType": 7}'],
)
@pytest.mark.parametrize("options", [{}, {"newest": 1}])
def test_manifests_that_are_none(start: Start, manifest: bytes, options: dict[str, object]) -> None:
    registry = start(lists(["app", "good"]))
    registry.fault = lambda asked: (
        lists(["app", "good"])(asked)
        or ("/app/" in asked.path and bool(asked.manifest) and asked.answer(200, manifest, head(manifest)))
        or ("/good/" in asked.path and bool(asked.manifest) and asked.answer(200, good, head(good)))
    )
    good = registry.manifests["1"]
    registries = Registries()
    found = listed([registry.host], wanted(**options), registries)  # type: ignore[arg-type]  # as above
    made = plan(found.listed, registries)
    assert [image.name for image in made.images] == [f"{registry.host}/good:1"]
    holes = [*told(found, registry), *told(made, registry)]
    assert [hole for hole in holes if not hole[2]] or "no images: 1 other artifact" in holes[-1][1]


def head(data: bytes) -> dict[str, str]:
    return {"Docker-Content-Digest": sha256(data), "Content-Type": OCI + "manifest.v1+json"}


@pytest.mark.engine
def test_a_registry_behind_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Path) -> None:
    with behind_password(tmp_path / "closed") as registry:
        storage = Storage(registry.folder)
        for number in range(5):
            storage.recipe(f"app{number}", ["1", "2"], ONE)
        ((place, reason, _),) = told(find(registry), registry)
        assert place == "HOST"
        assert f"there are none for it in {config}/config.json" in reason
        ((place, reason, _),) = told(find(registry, "/app1"), registry)
        assert place == "HOST/app1"
        assert f"there are none for it in {config}/config.json: `docker login HOST` writes them" in reason
        monkeypatch.setenv("DOCKER_CONFIG", str(docker_config(tmp_path / "login", registry.host)))
        registries = Registries()
        found = listed([registry.host], wanted(), registries)
        made = plan(found.listed, registries)
        assert (len(found.listed), found.holes) == (5, [])
        assert [image.public for image in made.images] == [False] * 5
        assert [len(image.layers[0].open().read()) > 0 for image in made.images] == [True] * 5
        monkeypatch.setenv("DOCKER_CONFIG", str(docker_config(tmp_path / "wrong", registry.host, word="wrong")))
        ((_, reason, _),) = told(find(registry), registry)
        assert f"with the credentials of {tmp_path}/wrong/config.json" in reason


@pytest.mark.engine
def test_a_token_server_is_asked_once_for_each_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = TokenServer(tmp_path / "tokens")
    with tokens.registry(tmp_path / "registry") as registry:
        storage = Storage(registry.folder)
        words = []
        for name in ("public/a", "public/b", "shop/a", "shop/b"):
            for tag in range(6):
                storage.recipe(name, [str(tag)], ONE)
                storage.artifact(name, [f"chart{tag}"], f"application/vnd.test.{tag}+json")
            words.append(f"{registry.host}/{name}")
        monkeypatch.setenv("DOCKER_CONFIG", str(docker_config(tmp_path / "login", registry.host)))
        registries = Registries()
        found = listed(words, wanted(), registries)
        made = plan(found.listed, registries)
        assert (len(found.listed), found.holes) == (4 * 7, [])
        assert {image.name.split("/")[1]: image.public for image in made.images} == {"public": True, "shop": False}
        for image in made.images:
            image.layers[0].open().read()
        asked = [line for line in tokens.asked if "repository" in line]
        assert sorted(asked) == sorted(
            [f"nobody repository:{name}:pull" for name in ("public/a", "public/b", "shop/a", "shop/b")]
            + [f"{USER} repository:{name}:pull" for name in ("shop/a", "shop/b")]
        )
    tokens.stop()


@pytest.mark.engine
def test_a_catalogue_behind_a_token_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = TokenServer(tmp_path / "tokens")
    with tokens.registry(tmp_path / "registry") as registry:
        Storage(registry.folder).recipe("public/a", ["1"], ONE)
        ((_, reason, _),) = told(find(registry), registry)
        assert reason.startswith("HOST wants credentials for its list of repositories")
        monkeypatch.setenv("DOCKER_CONFIG", str(docker_config(tmp_path / "login", registry.host)))
        found = find(registry)
        assert [one.names for one in found.listed] == [[f"{registry.host}/public/a:1"]]
        assert f"{USER} registry:catalog:*" in tokens.asked
    tokens.stop()


def test_a_helper_for_credentials_is_asked_once(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = start(
        lambda asked: (
            (
                ("Authorization" not in asked.headers and asked.where != "/v2/")
                and asked.answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
            )
            or lists([f"app{number}" for number in range(20)])(asked)
        )
    )
    programs, log = tmp_path / "bin", tmp_path / "asked"
    programs.mkdir()
    helper = programs / "docker-credential-test"
    answer = json.dumps({"ServerURL": registry.host, "Username": "a", "Secret": "b"})
    helper.write_text(f"#!/bin/sh\necho asked >> {log}\ncat > /dev/null\necho '{answer}'\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker/config.json").write_text(json.dumps({"credHelpers": {registry.host: "test"}}))
    found = find(registry)
    assert (len(found.listed), found.holes) == (20, [])
    assert log.read_text().split() == ["asked"]


def test_a_defect_of_ours_is_told_and_the_rest_goes_on(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = start(lists(["app", "b"]))

    def broken(reference: object, registries: object) -> None:
        raise KeyError("secret text of a target")

    monkeypatch.setattr("imagelint.registry.listing.look", broken)
    holes = told(find(registry), registry)
    assert [place for place, _, _ in holes] == ["HOST/app:1", "HOST/b:1"]
    assert "a defect of imagelint kept it from being read: KeyError" in holes[0][1]
    assert "secret text" not in holes[0][1]


def test_an_iterator_that_is_left_ends_its_threads() -> None:
    registries = Registries(connections=2)
    items = registries.each(lambda number: number + 1, range(100))
    assert next(items) == (0, 1)
    items.close()
    assert list(registries.each(lambda number: -number, range(3))) == [(0, 0), (1, -1), (2, -2)]
    ((_, failed),) = registries.each(_fails, [1])
    assert isinstance(failed, UnreadableError)


def _fails(number: int) -> int:
    raise UnreadableError("no")
