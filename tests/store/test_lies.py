"""Entries that nobody of the team put, and registries that answer something else: never used, and told in one line."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagelint.image.sources.reference import parse_reference
from imagelint.image.sources.registry_push import Pusher
from imagelint.store import Store, key_of, open_store
from imagelint.store.registry import ARTIFACT, ENTRY
from imagelint.store.signed import MAGIC, VARIABLE, Signer
from imagelint.stream import limits
from tests.registries import Registry
from tests.registry_fixtures import programs
from tests.store.middleman import Answer, Middleman, respond

__all__ = ["programs"]

pytestmark = pytest.mark.engine

TEAM = os.urandom(24).hex()
SMALL, LARGE = b"small" * 10, os.urandom(300_000)
A, B = key_of("a"), key_of("b")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
EMPTY: dict[str, Any] = {
    "mediaType": "application/vnd.oci.empty.v1+json",
    "digest": f"sha256:{hashlib.sha256(b'{}').hexdigest()}",
    "size": 2,
}


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv(VARIABLE, TEAM)


@pytest.fixture
def repository(tmp_path: Path) -> str:
    """Of a test's own."""
    return f"cache/{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}"


def machine(folder: Path, host: str, repository: str) -> Store:
    return open_store([str(folder), f"registry:{host}/{repository}"])


def wrong(store: Store) -> int:
    """How many entries were not used, by the one line that is told."""
    (line,) = store.told
    start = "the cache registry:"
    end = ": entries that were not used, since they are damaged or not signed with this key: "
    assert line.startswith(start)
    assert end in line
    return int(line.rpartition(" ")[2])


def blob(data: bytes, **more: object) -> dict[str, Any]:
    return {"mediaType": ARTIFACT, "digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "size": len(data), **more}


def inline(sealed: bytes) -> dict[str, Any]:
    return {"layers": [EMPTY], "annotations": {ENTRY: base64.b64encode(sealed).decode()}}


OURS, OTHERS = Signer(TEAM.encode()), Signer(b"x" * 32)
GOOD = OURS.seal("layer", A, b"an entry of ours")
FORGED: dict[str, dict[str, Any]] = {
    "another key": inline(OTHERS.seal("layer", A, b"no secrets here")),
    "another entry": inline(OURS.seal("layer", B, b"no secrets here")),
    "another kind": inline(OURS.seal("image", A, b"no secrets here")),
    "no signature": inline(b"no secrets here"),
    "zeros for a signature": inline(MAGIC + bytes(32) + b"no secrets here"),
    "another format": inline(b"imagelint result 0\n" + GOOD[len(MAGIC) :]),
    "nothing": inline(b""),
    "cut": inline(GOOD[:-1]),
    "longer": inline(GOOD + b"x"),
    "no base64": {"layers": [EMPTY], "annotations": {ENTRY: "!!"}},
    "signs around base64": {"layers": [EMPTY], "annotations": {ENTRY: base64.b64encode(GOOD).decode() + "\n!"}},
    "no text": {"layers": [EMPTY], "annotations": {ENTRY: 7}},
    "letters": {"layers": [EMPTY], "annotations": {ENTRY: "\u00e4\u00f6"}},
    "another type": {**inline(GOOD), "artifactType": "application/sarif+json"},
    "no layer": {**inline(GOOD), "layers": []},
    "two layers": {**inline(GOOD), "layers": [EMPTY, EMPTY]},
    "nothing inside": {"layers": [EMPTY]},
    "an image": {"layers": [blob(b"tar")], "artifactType": ""},
    "a blob of another key": {"layers": [blob(OTHERS.seal("layer", A, LARGE))]},
    "a blob of another entry": {"layers": [blob(OURS.seal("layer", B, LARGE))]},
}
BLOBS = [b"{}", b"tar", OTHERS.seal("layer", A, LARGE), OURS.seal("layer", B, LARGE)]


def plant(host: str, repository: str, tag: str, manifest: dict[str, Any]) -> None:
    """Put it there, as whoever may push can."""
    pusher = Pusher(parse_reference(f"{host}/{repository}"))
    for data in BLOBS:
        pusher.put_blob(data)
    whole = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": ARTIFACT, "config": EMPTY, **manifest}
    pusher.put_manifest(tag, json.dumps({k: v for k, v in whole.items() if v != ""}).encode(), MANIFEST)


def test_the_good_one_is_used(tmp_path: Path, registry: Registry, repository: str) -> None:
    """What the others differ from."""
    plant(registry.host, repository, f"layer-{A}", inline(GOOD))
    store = machine(tmp_path / "one", registry.host, repository)
    assert store.get("layer", A) == b"an entry of ours"
    assert store.told == []


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_one_is_not(tmp_path: Path, between: Middleman, repository: str, how: str) -> None:
    forged = FORGED[how]

    def lie(method: str, path: str, answer: Answer) -> Answer:
        """For manifests that docker-registry would not take."""
        if method == "GET" and path.endswith(f"layer-{A}") and answer[0] == 404 and not asked_again:
            whole = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": ARTIFACT, "config": EMPTY, **forged}
            return 200, {"Content-Type": MANIFEST}, json.dumps(whole).encode()
        return answer

    asked_again: list[bool] = []
    try:
        plant(between.registry, repository, f"layer-{A}", forged)
    except Exception:
        between.after = lie
    store = machine(tmp_path / "one", between.host, repository)
    assert store.get("layer", A) is None
    assert store.get("layer", A) is None
    assert wrong(store) == 1
    # The layer is read, and the true result takes its place.
    asked_again.append(True)
    store.put("layer", A, b"true")
    store.close()
    assert wrong(store) == 1
    other = machine(tmp_path / "two", between.host, repository)
    assert other.get("layer", A) == b"true"
    assert other.told == []


def test_swapped_entries(tmp_path: Path, registry: Registry, repository: str) -> None:
    """Each signed by us, each under the other's tag: by blobs, and by manifests."""
    store = machine(tmp_path / "one", registry.host, repository)
    for key, data in ((A, LARGE), (B, LARGE[::-1])):
        store.put("layer", key, data)
        store.put("note", key, data[:50])
    store.close()
    assert store.told == []
    pusher = Pusher(parse_reference(f"{registry.host}/{repository}"))
    for kind in ("layer", "note"):
        found = {key: pusher.manifest(f"{kind}-{key}", [MANIFEST]).data for key in (A, B)}
        pusher.put_manifest(f"{kind}-{A}", found[B], MANIFEST)
        pusher.put_manifest(f"{kind}-{B}", found[A], MANIFEST)
    other = machine(tmp_path / "two", registry.host, repository)
    assert [other.get(kind, key) for kind in ("layer", "note") for key in (A, B)] == [None] * 4
    assert wrong(other) == 4


LIES: dict[str, Callable[[bytes], bytes]] = {
    "a bit": lambda body: body[:-1] + bytes([body[-1] ^ 1]),
    "cut": lambda body: body[:-1],
    "longer": lambda body: body + b"x",
    "nothing": lambda body: b"",
    "something else": lambda body: b"<html>" * 10,
    "deep": lambda body: b"[" * 100_000,
    "a list": lambda body: b"[]",
    "huge": lambda body: bytes(6_000_000),
}


@pytest.mark.parametrize("part", ["manifests", "blobs"])
@pytest.mark.parametrize("how", LIES)
@pytest.mark.parametrize("large", [True, False])
def test_other_bytes(tmp_path: Path, between: Middleman, repository: str, part: str, how: str, large: bool) -> None:
    data = LARGE if large else SMALL
    store = machine(tmp_path / "one", between.host, repository)
    store.put("layer", A, data)
    store.close()

    def lie(method: str, path: str, answer: Answer) -> Answer:
        status, headers, body = answer
        return (status, headers, LIES[how](body)) if method == "GET" and f"/{part}/" in path else answer

    between.after = lie
    other = machine(tmp_path / "two", between.host, repository)
    found = other.get("layer", A)
    assert found == (data if part == "blobs" and not large else None)
    if found is None:
        (line,) = other.told
        assert "entries that were not used" in line or (
            how in ("huge", "nothing", "cut") and "was not asked any more" in line
        )


def only_manifest(body: bytes) -> Callable[[http.server.BaseHTTPRequestHandler], bool]:
    """Answers every question for a manifest with this one."""
    return lambda asked: "/manifests/" in asked.path and respond(asked, 200, {"Content-Type": MANIFEST}, body)


def after(seconds: float, *, answer: bool) -> Callable[[http.server.BaseHTTPRequestHandler], bool]:
    """Waits, then passes the question on, or lets it be."""

    def wait(asked: http.server.BaseHTTPRequestHandler) -> bool:
        time.sleep(seconds)
        return not answer

    return wait


def test_a_size_that_is_promised_is_not_believed(tmp_path: Path, between: Middleman, repository: str) -> None:
    """Nor is a terabyte fetched because a manifest says so."""
    for size in (1 << 40, -1, "1", None, limits.CACHE_ENTRY * 2):
        lied = {"layers": [{**blob(LARGE), "size": size}]}
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": ARTIFACT, "config": EMPTY, **lied}
        between.before = only_manifest(json.dumps(manifest).encode())
        between.asked.clear()
        store = machine(tmp_path / "one", between.host, repository)
        assert store.get("layer", A) is None
        assert wrong(store) == 1
        assert not [path for path in between.of("GET") if "/blobs/" in path]


def test_a_blob_without_an_end(tmp_path: Path, between: Middleman, repository: str) -> None:
    """A server that sends and sends, where 300 KB were promised: it is left after those."""
    store = machine(tmp_path / "one", between.host, repository)
    store.put("layer", A, LARGE)
    store.close()
    sent = [0]

    def endless(asked: http.server.BaseHTTPRequestHandler) -> bool:
        if "/blobs/" not in asked.path:
            return False
        asked.send_response(200)
        asked.end_headers()
        while sent[0] < 1 << 28:
            asked.wfile.write(bytes(65536))
            sent[0] += 65536
        return True

    between.before = endless
    other = machine(tmp_path / "two", between.host, repository)
    assert other.get("layer", A) is None
    assert wrong(other) == 1
    assert sent[0] < 50_000_000


def test_a_cut_answer_is_taken_up_again(tmp_path: Path, between: Middleman, repository: str) -> None:
    store = machine(tmp_path / "one", between.host, repository)
    store.put("layer", A, LARGE)
    store.close()
    cuts = [0]

    def cut(asked: http.server.BaseHTTPRequestHandler) -> bool:
        if "/blobs/" not in asked.path or cuts[0] == 2:
            return False
        cuts[0] += 1
        asked.send_response(200)
        asked.send_header("Content-Length", str(len(LARGE) + len(MAGIC) + 32))
        asked.end_headers()
        asked.wfile.write(OURS.seal("layer", A, LARGE)[:100_000])
        asked.close_connection = True
        return True

    between.before = cut
    other = machine(tmp_path / "two", between.host, repository)
    assert other.get("layer", A) == LARGE
    assert cuts[0] == 2
    assert other.told == []


def test_an_entry_that_drips_is_left(
    tmp_path: Path, between: Middleman, repository: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never silent for long, and never done."""
    store = machine(tmp_path / "one", between.host, repository)
    store.put("layer", A, LARGE)
    store.close()
    monkeypatch.setattr(limits, "CACHE_REGISTRY_SECONDS", 1.0)

    def drip(asked: http.server.BaseHTTPRequestHandler) -> bool:
        if "/blobs/" not in asked.path:
            return False
        asked.send_response(200)
        asked.send_header("Content-Length", str(len(LARGE) + len(MAGIC) + 32))
        asked.end_headers()
        for _ in range(300):
            asked.wfile.write(bytes(100))
            time.sleep(0.05)
        return True

    between.before = drip
    other = machine(tmp_path / "two", between.host, repository)
    started = time.monotonic()
    assert other.get("layer", A) is None
    assert time.monotonic() - started < 5
    (line,) = other.told
    assert line.endswith("was not asked any more: an entry took over 1 seconds")


def test_a_slow_one_is_left(
    tmp_path: Path, between: Middleman, repository: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that never answers after a question's time, and one that dawdles after the time of all."""
    monkeypatch.setattr(limits, "CACHE_REGISTRY_SECONDS", 1.0)
    between.before = after(4, answer=False)
    store = machine(tmp_path / "one", between.host, repository)
    started = time.monotonic()
    assert [store.get("layer", key_of(str(number))) for number in range(50)] == [None] * 50
    assert time.monotonic() - started < 8
    (line,) = store.told
    assert " was not asked any more: " in line
    monkeypatch.setattr(limits, "CACHE_REGISTRY_SECONDS", 20.0)
    monkeypatch.setattr(limits, "CACHE_REGISTRY_LOST", 0.5)
    between.before = after(1.4, answer=True)
    between.asked.clear()
    store = machine(tmp_path / "one", between.host, repository)
    started = time.monotonic()
    assert [store.get("layer", key_of(str(number))) for number in range(50)] == [None] * 50
    assert time.monotonic() - started < 8
    (line,) = store.told
    assert line.endswith("was not asked any more: it is too slow to be of use")
    assert len(between.asked) < 5
