"""Registries that fail, lie, or lead astray: each ends in bounded time with one line; what is true is still read."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from imagelint.errors import UnreadableError
from imagelint.image.layer import read_layer
from imagelint.image.model import Image
from imagelint.image.sources.reference import parse_reference
from imagelint.image.sources.registry import RegistryStore, images
from imagelint.image.sources.registry_client import Client
from imagelint.stream import limits
from tests.faulty_registry import NAME, Asked, Fault, FaultyRegistry
from tests.imagemaker import OCI, Recipe, dumps, sha256
from tests.registries import free_port

NOISE = os.urandom(300_000)
RECIPE = Recipe([[{"path": "first"}], [{"path": "noise", "content": NOISE}]], {"User": "app"}, tags=("app:1",))
OTHER = Recipe([[{"path": "other", "content": os.urandom(1000)}]], {"User": "other"}, tags=("app:1",))
Start = Callable[[Fault], FaultyRegistry]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a registry with a fault."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    running: list[FaultyRegistry] = []

    def started(fault: Fault) -> FaultyRegistry:
        running.append(FaultyRegistry(tmp_path / f"image{len(running)}", RECIPE, fault))
        return running[-1]

    yield started
    for registry in running:
        registry.stop()


def good(asked: Asked) -> bool:
    return False


def found(registry: FaultyRegistry) -> Image:
    (image,) = images(registry.words)
    return image


def problem(words: str) -> str:
    with pytest.raises(UnreadableError) as caught:
        list(images(words))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def holes(image: Image) -> list[str]:
    """What is wrong with the last layer; the first one is always read."""
    first, *_, last = [read_layer(layer, None) for layer in image.layers]
    assert first.incomplete == []
    return [reason for _, reason in last.incomplete]


def noise(asked: Asked) -> bytes:
    """The blob with the noise in it, when that is what is asked for."""
    data = asked.registry.blobs.get(asked.blob, b"")
    return data if len(data) > len(NOISE) // 2 else b""


def times(count: int, fault: Fault) -> Fault:
    """The fault for the first requests that it takes; good afterwards."""
    left = [count]

    def limited(asked: Asked) -> bool:
        if left[0] and fault(asked):
            left[0] -= 1
            return True
        return False

    return limited


def cut(asked: Asked) -> bool:
    """Each answer is cut after some bytes of what it promises."""
    data = noise(asked)
    if not data:
        return False
    header = asked.headers.get("Range", "")
    at = int(header[6:-1]) if header else 0
    status, more = (206, {"Content-Range": f"bytes {at}-{len(data) - 1}/{len(data)}"}) if at else (200, {})
    return asked.cut(data[at:], 50_000, status, more)


def test_a_good_one(start: Start) -> None:
    registry = start(good)
    image = found(registry)
    assert (image.config, image.public, holes(image)) == ({"User": "app"}, True, [])
    assert registry.authorized() == []


def test_a_blob_that_is_cut_three_times_is_taken_up_and_verified(start: Start) -> None:
    registry = start(times(3, cut))
    assert holes(found(registry)) == []
    asked = [headers["Range"] for _, _, headers in registry.asked if "Range" in headers]
    assert asked == ["bytes=50000-", "bytes=100000-", "bytes=150000-"]


def test_after_the_last_cut_the_rest_is_told_to_be_missing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    assert holes(found(start(times(5, cut)))) == []
    monkeypatch.setattr(limits, "REGISTRY_CUTS", 2)
    reason, *_ = holes(found(start(cut)))
    assert "cut the connection, 3 times: try again later" in reason


def test_all_cuts_of_an_image_are_counted(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REGISTRY_CUTS_IN_ALL", 1)
    image = found(start(times(1, cut)))
    assert holes(image) == []
    assert holes(found(start(times(2, cut))))


def test_a_server_without_ranges_begins_anew(start: Start) -> None:
    def fault(asked: Asked) -> bool:
        data = noise(asked)
        return bool(data) and asked.cut(data, 100_000)

    def whole(asked: Asked) -> bool:
        return "Range" in asked.headers and asked.answer(200, noise(asked))

    cuts = times(2, fault)
    registry = start(lambda asked: cuts(asked) or whole(asked))
    assert holes(found(registry)) == []


def test_a_server_that_gives_a_part_of_a_range_is_asked_for_the_next(start: Start) -> None:
    """As RFC 9110, section 15.3.7 allows."""

    def parts(asked: Asked) -> bool:
        if "Range" not in asked.headers:
            return False
        data, at = noise(asked), int(asked.headers["Range"][6:-1])
        part = data[at : at + 100_000]
        return asked.answer(206, part, {"Content-Range": f"bytes {at}-{at + len(part) - 1}/{len(data)}"})

    cuts = times(1, cut)
    assert holes(found(start(lambda asked: cuts(asked) or parts(asked)))) == []


def test_a_manifest_that_is_cut_is_asked_for_again(start: Start) -> None:
    fault = times(2, lambda asked: bool(asked.manifest) and asked.cut(asked.registry.manifests["1"], 100))
    assert holes(found(start(fault))) == []


@pytest.mark.parametrize(
    "range_", ["bytes 0-{last}/{size}", "bytes {at}-{last}/{more}", "bytes {less}-{last}/{size}", "chunks", ""]
)
def test_57_a_wrong_content_range_is_refused(start: Start, range_: str) -> None:
    def fault(asked: Asked) -> bool:
        if "Range" not in asked.headers:
            return False
        data, at = noise(asked), int(asked.headers["Range"][6:-1])
        text = range_.format(at=at, last=len(data) - 1, size=len(data), more=len(data) + 1, less=at - 1)
        return asked.answer(206, data[at:], {"Content-Range": text} if text else {})

    cuts = times(1, cut)
    reason, *_ = holes(found(start(lambda asked: cuts(asked) or fault(asked))))
    assert "the registry sent another part than the one from byte 50000 on" in reason


def test_a_part_that_nobody_asked_for_is_refused(start: Start) -> None:
    (reason,) = holes(found(start(lambda asked: bool(noise(asked)) and asked.answer(206, noise(asked)[9:]))))
    assert "the registry sent another part" in reason


def test_another_blob_is_refused(start: Start) -> None:
    """The digest lies."""

    def fault(asked: Asked) -> bool:
        data = noise(asked)
        return bool(data) and asked.answer(200, data[:1000] + b"!" + data[1001:])

    assert "digest sha256:" in " ".join(holes(found(start(fault))))


@pytest.mark.parametrize(("more", "said"), [(5, "more than"), (-5, "bytes instead of")])
def test_a_blob_of_another_size_is_refused(start: Start, more: int, said: str) -> None:
    def fault(asked: Asked) -> bool:
        data = noise(asked)
        return bool(data) and asked.answer(200, (data + b"+++++")[: len(data) + more])

    assert said in " ".join(holes(found(start(fault))))


def test_44_an_index_that_leads_to_itself(start: Start) -> None:
    def fault(asked: Asked) -> bool:
        """Under every name the same index, which lists what is then said to have another digest."""
        index = dumps({"mediaType": OCI + "index.v1+json", "manifests": [{"digest": sha256(b"loop"), "size": 9}]})
        return bool(asked.manifest) and asked.answer(200, index, {"Content-Type": OCI + "index.v1+json"})

    registry = start(fault)
    assert f"instead of {sha256(b'loop')}" in problem(registry.words)
    assert len(registry.asked) < 5


def challenge(asked: Asked, realm: str, *more: str) -> bool:
    return asked.answer(401, b"", {"WWW-Authenticate": ", ".join([f'Bearer realm="{realm}",service="s"', *more])})


def test_51_a_loop_of_401(start: Start) -> None:
    def fault(asked: Asked) -> bool:
        if asked.where == "/token":
            return asked.answer(200, b'{"token": "x"}')
        return asked.where != "/v2/" and challenge(asked, f"http://{asked.registry.host}/token")

    registry = start(fault)
    assert "wants credentials for shop/app" in problem(registry.words)
    assert len(registry.asked) == 4  # /v2/, the manifest, the token, the manifest


def test_an_expired_token_is_renewed_once(start: Start) -> None:
    valid = ["1"]

    def fault(asked: Asked) -> bool:
        if asked.where == "/token":
            return asked.answer(200, json.dumps({"access_token": valid[0]}).encode())
        if asked.where == "/v2/" or asked.headers.get("Authorization") == f"Bearer {valid[0]}":
            return False
        return challenge(asked, f"http://{asked.registry.host}/token")

    registry = start(fault)
    image = found(registry)
    valid[0] = "2"
    assert holes(image) == []
    assert [path for _, path, _ in registry.asked if path.startswith("/token")] == [
        "/token?service=s&scope=repository%3Ashop%2Fapp%3Apull"
    ] * 2


def test_a_registry_cannot_ask_for_more_than_a_pull(start: Start) -> None:
    def fault(asked: Asked) -> bool:
        scope = 'scope="repository:shop/app:pull,push registry:catalog:*"'
        return asked.where != "/v2/" and challenge(asked, f"http://{asked.registry.host}/token", scope)

    registry = start(fault)
    problem(registry.words)
    (path,) = [path for _, path, _ in registry.asked if "/token" in path]
    assert path.endswith("scope=repository%3Ashop%2Fapp%3Apull")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "holds no token"),
        (b'{"token": "a\\nb: c"}', "holds no token"),
        (b'{"token": 1}', "token is not a text"),
        (b"<html>", "is not JSON"),
        (b"x" * 300_000, "has more than 262144 bytes"),
    ],
)
def test_a_token_servers_wrong_answers(start: Start, body: bytes, said: str) -> None:
    def fault(asked: Asked) -> bool:
        if asked.where == "/token":
            return asked.answer(200, body)
        return asked.where != "/v2/" and challenge(asked, f"http://{asked.registry.host}/token")

    assert said in problem(start(fault).words)


def slowly(asked: Asked, data: bytes, pause: float) -> bool:
    try:
        for at in range(len(data)):
            asked.wfile.write(data[at : at + 1])
            time.sleep(pause)
    except OSError:
        asked.close_connection = True
    return True


def test_54_a_body_that_drips(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REGISTRY_SLOW_SECONDS", 0.5)

    def fault(asked: Asked) -> bool:
        data = noise(asked)
        if not data:
            return False
        asked.answer(200, b"", {"Content-Length": str(len(data))})
        return slowly(asked, data[:100], 0.05)

    started = time.monotonic()
    (reason,) = holes(found(start(fault)))
    assert "the server is too slow" in reason
    assert time.monotonic() - started < 5


def test_54_headers_that_drip(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REGISTRY_SLOW_SECONDS", 0.5)
    registry = start(
        lambda asked: bool(asked.manifest) and slowly(asked, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20, 0.05)
    )
    assert "the server is too slow" in problem(registry.words)


def test_54_silence(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REGISTRY_SILENCE", 0.2)
    monkeypatch.setattr(limits, "REGISTRY_CUTS", 1)

    def fault(asked: Asked) -> bool:
        if asked.manifest:
            time.sleep(1)
        return False

    assert "sent nothing for 0 seconds, 2 times" in problem(start(fault).words)


def endless(asked: Asked) -> bool:
    """No Content-Length, and chunks without an end (RFC 9112, section 7.1)."""
    asked.send_response(200)
    asked.send_header("Transfer-Encoding", "chunked")
    asked.end_headers()
    try:
        while True:
            asked.wfile.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
    except OSError:
        asked.close_connection = True
        return True


def test_55_an_endless_blob(start: Start) -> None:
    assert "more than" in " ".join(holes(found(start(lambda asked: bool(noise(asked)) and endless(asked)))))


def test_55_an_endless_manifest(start: Start) -> None:
    said = problem(start(lambda asked: bool(asked.manifest) and endless(asked)).words)
    assert said == "the manifest has more than 4194304 bytes"


def test_55_an_endless_blob_of_unknown_size(start: Start) -> None:
    registry = start(good)
    layers = json.loads(registry.manifests["1"])["layers"]
    del layers[1]["size"]
    registry.change(layers=layers)
    assert holes(found(registry)) == ["the manifest gives no size for it"]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_56_a_busy_server_is_waited_for(start: Start, status: int, form: str) -> None:
    def fault(asked: Asked) -> bool:
        after = "1" if form == "seconds" else formatdate(time.time() + 2, usegmt=True)
        return bool(asked.blob or asked.manifest) and asked.answer(status, b"", {"Retry-After": after})

    started = time.monotonic()
    assert holes(found(start(times(1, fault)))) == []
    assert 0.9 < time.monotonic() - started < 4


@pytest.mark.parametrize(
    ("status", "after", "said"),
    [
        (429, "3600", "answers no more requests for now"),
        (503, "99999", "is not available now"),
        (503, "0", "not available"),
    ],
)
def test_56_nobody_waits_for_hours(
    start: Start, monkeypatch: pytest.MonkeyPatch, status: int, after: str, said: str
) -> None:
    monkeypatch.setattr(limits, "REGISTRY_WAIT", 3.5)
    registry = start(lambda asked: bool(asked.manifest) and asked.answer(status, b"", {"Retry-After": after}))
    started = time.monotonic()
    assert said in problem(registry.words)
    assert time.monotonic() - started < 5
    assert len(registry.asked) <= 4


def test_58_docker_content_digest_lies(start: Start) -> None:
    def fault(asked: Asked) -> bool:
        if not asked.manifest:
            return False
        return asked.answer(200, asked.registry.manifests["1"], {"Docker-Content-Digest": sha256(b"other")})

    said = problem(start(fault).words)
    assert f"instead of {sha256(b'other')}, which Docker-Content-Digest promises" in said


def test_a_manifest_that_is_not_the_one_of_its_digest(start: Start) -> None:
    registry = start(good)
    registry.manifests[sha256(b"other")] = registry.manifests["1"]
    assert f"instead of {sha256(b'other')}" in problem(f"{registry.host}/{NAME}@{sha256(b'other')}")


def test_59_a_tag_that_moves_does_not_mix_images(start: Start, tmp_path: Path) -> None:
    moved: list[str] = []

    def fault(asked: Asked) -> bool:
        """The tag moves as soon as it was asked for."""
        if asked.manifest and not moved:
            moved.append(asked.manifest)
            asked.serve()
            asked.registry.add(tmp_path / "other", OTHER)
            return True
        return False

    registry = start(fault)
    image = found(registry)
    assert (image.config, holes(image)) == ({"User": "app"}, [])
    manifests = [path for _, path, _ in registry.asked if "/manifests/" in path and "/sha256-" not in path]
    assert manifests == [f"/v2/{NAME}/manifests/1"]
    assert found(registry).config == {"User": "other"}


def listing(asked: Asked, page: int, last: int) -> bool:
    """One page of a list of referrers, and where the next one is (OCI distribution specification 1.1)."""
    body = dumps({"manifests": [{"digest": sha256(b"%d" % page), "size": 1}]})
    link = {"Link": f'<{asked.where}?page={page + 1}>; rel="next"'} if page < last else {}
    return asked.answer(200, body, {"Content-Type": OCI + "index.v1+json", **link})


def referrers(registry: FaultyRegistry) -> list[str]:
    client = Client(parse_reference(registry.words))
    store = RegistryStore(client, client.manifest("1", ["*/*"]))
    return [descriptor.text("digest") for descriptor in store.referrers(sha256(b"image"))]


@pytest.mark.parametrize("last", [1, 3])
def test_referrers_in_pages(start: Start, last: int) -> None:
    def fault(asked: Asked) -> bool:
        return "/referrers/" in asked.path and listing(asked, int(asked.path.partition("page=")[2] or 1), last)

    registry = start(fault)
    assert referrers(registry) == [sha256(b"%d" % page) for page in range(1, last + 1)]
    assert sum("/referrers/" in path for _, path, _ in registry.asked) == last


def test_referrers_without_an_end_or_that_are_none(start: Start) -> None:
    with pytest.raises(UnreadableError, match="more than 16 pages"):
        referrers(start(lambda asked: "/referrers/" in asked.path and listing(asked, 1, 2)))
    with pytest.raises(UnreadableError, match="the index is not JSON"):
        referrers(start(lambda asked: "/referrers/" in asked.path and asked.answer(200, b"<html>")))


def test_nothing_answers(start: Start) -> None:
    assert "nothing answers at" in problem(f"127.0.0.1:{free_port()}/app")


@pytest.mark.parametrize(
    ("status", "said"), [(403, "wants credentials for shop/app"), (500, "answers with status 500"), (301, "status 301")]
)
def test_other_answers(start: Start, status: int, said: str) -> None:
    assert said in problem(start(lambda asked: bool(asked.manifest) and asked.answer(status)).words)


def test_a_foreign_layer_is_fetched_where_the_registry_has_it(start: Start) -> None:
    """Windows' base layers lie elsewhere, or were pushed all the same."""
    registry = start(good)
    layers = json.loads(registry.manifests["1"])["layers"]
    registry.change(layers=[{**layer, "mediaType": OCI + "layer.nondistributable.v1.tar+gzip"} for layer in layers])
    assert holes(found(registry)) == []
    del registry.blobs[layers[1]["digest"]]
    assert holes(found(registry)) == ["it is a foreign layer, whose bytes lie elsewhere"]


def test_referrers_that_are_not_told_are_said_and_lose_nothing(start: Start) -> None:
    image = found(start(lambda asked: "/referrers/" in asked.path and asked.answer(500, b"")))
    assert [place for place, _ in image.limited] == ["referrers"]
    assert (image.incomplete, holes(image)) == ([], [])
    image = found(start(lambda asked: "/referrers/" in asked.path and listing(asked, 1, 1)))
    assert [place for place, _ in image.incomplete] == [sha256(b"1")]
