"""A store that machines share, in real registries: open, behind a password, behind a token server."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from imagelint.errors import UsageError
from imagelint.store import KINDS, Store, key_of, open_store
from imagelint.store.database import NAME
from imagelint.store.registry import reference
from imagelint.store.signed import VARIABLE
from imagelint.stream import limits
from tests import registries
from tests.conftest import REPOSITORY
from tests.material import password
from tests.registries import Registry, TokenServer, docker_config
from tests.registry_fixtures import programs
from tests.store.middleman import Middleman, respond

__all__ = ["programs"]

pytestmark = pytest.mark.engine

TEAM = os.urandom(24).hex()
SMALL, LARGE = b"small" * 10, os.urandom(300_000)


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The team's key, and no configuration of Docker but the test's own."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv(VARIABLE, TEAM)
    return tmp_path / "docker"


def machine(tmp_path: Path, name: str, host: str, repository: str) -> Store:
    """The store as one machine has it."""
    return open_store([str(tmp_path / name), f"registry:{host}/{repository}"])


def test_what_one_machine_puts_another_gets(tmp_path: Path, between: Middleman, registry: Registry) -> None:
    first = machine(tmp_path, "first", between.host, "cache/two")
    for kind in KINDS:
        first.put(kind, key_of("small"), kind.encode() + SMALL)
        first.put(kind, key_of("large"), kind.encode() + LARGE)
    assert first.get("layer", key_of("large")) == b"layer" + LARGE
    first.close()
    assert first.told == []
    second = machine(tmp_path, "second", between.host, "cache/two")
    between.asked.clear()
    for _ in range(3):
        for kind in KINDS:
            assert second.get(kind, key_of("small")) == kind.encode() + SMALL
            assert second.get(kind, key_of("large")) == kind.encode() + LARGE
            assert second.get(kind, key_of("none")) is None
    # Each once: a small one is one question, a large one two, one that is not there one.
    assert len(between.of("GET")) == len(KINDS) * (1 + 2 + 1)
    second.put("layer", key_of("none"), b"now")
    assert second.get("layer", key_of("none")) == b"now"
    second.close()
    assert second.told == []
    between.asked.clear()
    later = machine(tmp_path, "second", between.host, "cache/two")
    assert later.get("image", key_of("large")) == b"image" + LARGE
    later.close()
    assert between.of("GET") == []
    for name in ("first", "second"):
        assert TEAM.encode() not in (tmp_path / name / NAME).read_bytes()
    stored = [path for path in registry.folder.rglob("*") if path.is_file()]
    assert len(stored) > 10
    assert not [path for path in stored if TEAM.encode() in path.read_bytes()]


def test_entries_are_artifacts(tmp_path: Path, registry: Registry) -> None:
    """Of a type of their own, that no puller of images takes for one."""
    import httpx

    store = machine(tmp_path, "one", registry.host, "cache/artifacts")
    store.put("layer", key_of("small"), SMALL)
    store.put("note", key_of("large"), LARGE)
    store.close()
    tags = httpx.get(f"http://{registry.host}/v2/cache/artifacts/tags/list").json()["tags"]
    assert sorted(tags) == [f"layer-{key_of('small')}", f"note-{key_of('large')}"]
    for tag in tags:
        accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
        manifest = httpx.get(f"http://{registry.host}/v2/cache/artifacts/manifests/{tag}", headers=accept).json()
        assert manifest["artifactType"] == "application/vnd.imagelint.result.v1"
        assert manifest["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
        assert len(manifest["layers"]) == 1


def test_behind_a_password(tmp_path: Path, config: Path) -> None:
    with registries.behind_password(tmp_path / "locked") as locked:
        stranger = machine(tmp_path, "stranger", locked.host, "team/cache")
        for number in range(3):
            stranger.put("layer", key_of(str(number)), SMALL)
            assert stranger.get("layer", key_of(str(number))) == SMALL  # from this machine
            assert stranger.get("layer", key_of(f"other {number}")) is None
        stranger.close()
        name = f"registry:{locked.host}/team/cache"
        (line,) = stranger.told
        assert line.startswith(f"the cache {name} was not asked any more: ")
        assert f"`docker login {locked.host}` writes them" in line
        docker_config(config, locked.host, word=password(3))
        wrong = machine(tmp_path, "wrong", locked.host, "team/cache")
        assert wrong.get("layer", key_of("0")) is None
        (line,) = wrong.told
        assert "with the credentials of" in line
        assert password(3) not in line
        docker_config(config, locked.host)
        first, second = (machine(tmp_path, word, locked.host, "team/cache") for word in ("first", "second"))
        first.put("layer", key_of("a"), LARGE)
        first.close()
        assert second.get("layer", key_of("a")) == LARGE
        assert first.told == second.told == []


def test_behind_a_token_server(tmp_path: Path, config: Path) -> None:
    tokens = TokenServer(tmp_path / "tokens")
    try:
        with tokens.registry(tmp_path / "registry") as running:
            docker_config(config, running.host)
            first, second = (machine(tmp_path, word, running.host, "public/cache") for word in ("first", "second"))
            first.put("layer", key_of("a"), LARGE)
            first.put("note", key_of("a"), SMALL)
            first.close()
            tokens.asked.clear()
            assert second.get("layer", key_of("a")) == LARGE
            assert second.get("note", key_of("a")) == SMALL
            assert first.told == second.told == []
            # Who reads asks for no more than that, and once.
            assert tokens.asked == ["alice repository:public/cache:pull"]
            (config / "config.json").unlink()
            reader = machine(tmp_path, "reader", running.host, "public/cache")
            for number in range(5):
                assert reader.get("layer", key_of("a")) == LARGE
                reader.put("layer", key_of(f"b{number}"), SMALL)
                reader.put("layer", key_of(f"c{number}"), LARGE)
            assert reader.get("note", key_of("a")) == SMALL
            reader.close()
            (line,) = reader.told  # it may read, and is told once that it may not write
            assert "took nothing more: " in line
            assert "does not let push" in line or "wants credentials" in line
    finally:
        tokens.stop()


def test_the_other_keys_entries_are_not_used(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, os.urandom(24).hex())
    other = machine(tmp_path, "other", registry.host, "cache/keys")
    other.put("layer", key_of("a"), LARGE)
    other.put("layer", key_of("b"), SMALL)
    other.close()
    monkeypatch.setenv(VARIABLE, TEAM)
    ours = machine(tmp_path, "ours", registry.host, "cache/keys")
    assert ours.get("layer", key_of("a")) is None
    assert ours.get("layer", key_of("b")) is None
    ours.put("layer", key_of("a"), SMALL)
    ours.close()
    (line,) = ours.told
    assert line.endswith("entries that were not used, since they are damaged or not signed with this key: 2")
    assert TEAM not in line
    again = machine(tmp_path, "again", registry.host, "cache/keys")
    assert again.get("layer", key_of("a")) == SMALL


def test_a_put_waits_for_nobody(tmp_path: Path, between: Middleman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CACHE_PENDING", 2_000_000)
    monkeypatch.setattr(limits, "CACHE_CLOSING", 0.5)
    going = threading.Event()

    def slow(asked: object) -> bool:
        going.wait(20)
        return False

    between.before = slow
    store = machine(tmp_path, "one", between.host, "cache/slow")
    started = time.monotonic()
    for number in range(20):
        store.put("layer", key_of(str(number)), LARGE)
    assert time.monotonic() - started < 3
    store.close()
    assert time.monotonic() - started < 6
    going.set()
    (line,) = store.told
    assert line.startswith(f"the cache registry:{between.host}/cache/slow is slow: results not written there: ")
    assert int(line.rpartition(" ")[2]) == 20
    local = open_store([str(tmp_path / "one")])
    assert all(local.get("layer", key_of(str(number))) == LARGE for number in range(20))


def test_what_waits_is_written_at_the_end(tmp_path: Path, between: Middleman) -> None:
    def slow(asked: object) -> bool:
        time.sleep(0.05)
        return False

    between.before = slow
    store = machine(tmp_path, "one", between.host, "cache/end")
    for number in range(10):
        store.put("layer", key_of(str(number)), SMALL + bytes([number]))
    store.close()
    assert store.told == []
    other = machine(tmp_path, "two", between.host, "cache/end")
    assert all(other.get("layer", key_of(str(number))) == SMALL + bytes([number]) for number in range(10))


def test_threads_share_one(tmp_path: Path, registry: Registry) -> None:
    store, other = (machine(tmp_path, name, registry.host, "cache/threads") for name in ("one", "two"))
    for number in range(12):
        store.put("layer", key_of(str(number)), LARGE + bytes([number]))
    store.close()
    wrong: list[int] = []

    def read(first: int) -> None:
        numbers = range(first, 12, 3)
        wrong.extend(each for each in numbers if other.get("layer", key_of(str(each))) != LARGE + bytes([each]))

    threads = [threading.Thread(target=read, args=(first,)) for first in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, store.told, other.told) == ([], [], [])


FORKS = """if True:
    import sys, time
    from imagelint import process, workers
    from imagelint.store import key_of, open_store
    process.own = True
    store, other = (open_store([word, sys.argv[3]]) for word in sys.argv[1:3])
    for number in range(4):
        store.put("layer", key_of(str(number)), bytes(300_000))
    until = time.monotonic() + 30
    while not workers.forkable() and time.monotonic() < until:
        time.sleep(0.01)  # what writes is gone when nothing waits
    assert workers.forkable()
    assert other.get("layer", key_of("0")) == bytes(300_000)

    def work(number):
        mine = store if number % 2 else other
        good = mine.get("layer", key_of(str(number % 4))) == bytes(300_000)
        mine.put("note", key_of(str(number)), b"note")
        mine.close()
        return good, mine.told

    print(sorted(workers.Each(work, range(4), 4, lambda: None)) == [(number, (True, [])) for number in range(4)])
    store.put("note", key_of("last"), b"note")  # the parent goes on
    store.close()
    other.close()
    print(store.told + other.told)
"""


def test_forked_workers_have_their_own(tmp_path: Path, registry: Registry) -> None:
    words = [str(tmp_path / "one"), str(tmp_path / "two"), f"registry:{registry.host}/cache/forks"]
    done = subprocess.run(
        [sys.executable, "-c", FORKS, *words], capture_output=True, text=True, check=False, cwd=REPOSITORY
    )
    assert (done.stdout, done.stderr) == ("True\n[]\n", "")
    last = machine(tmp_path, "three", registry.host, "cache/forks")
    assert [last.get("note", key_of(name)) for name in ("0", "1", "2", "3", "last")] == [b"note"] * 5


def test_a_registry_that_dies_in_the_middle(tmp_path: Path) -> None:
    with Registry(tmp_path / "registry") as running:
        store = machine(tmp_path, "one", running.host, "cache/dies")
        other = machine(tmp_path, "two", running.host, "cache/dies")
        store.put("layer", key_of("a"), LARGE)
        deadline = time.monotonic() + 20
        while other.get("layer", key_of("a")) is None and time.monotonic() < deadline:
            other = machine(tmp_path, "two", running.host, "cache/dies")
            time.sleep(0.1)
    started = time.monotonic()
    for number in range(50):
        assert store.get("layer", key_of(str(number))) is None
        store.put("layer", key_of(str(number)), SMALL)
        assert store.get("layer", key_of(str(number))) == SMALL
    store.close()
    assert time.monotonic() - started < 20
    (line,) = store.told
    assert "nothing answers at" in line
    assert other.get("layer", key_of("a")) == LARGE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("registry.example.org", "name the registry's host too"),
        ("team/cache", "name the registry's host too"),
        ("registry.example.org/", "it is no reference"),
        ("registry.example.org/Team/cache", "a name has no capital letters"),
        ("registry.example.org/cache:1", "without a tag or a digest"),
        ("registry.example.org/cache@sha256:" + "0" * 64, "without a tag or a digest"),
        ("https://registry.example.org/cache", "a reference has no scheme"),
        ("registry.example.org/a b", "it is no reference"),
    ],
)
def test_words_that_name_no_repository(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        reference(text)
    assert str(caught.value).startswith("--cache registry:HOST/REPOSITORY: ")


def test_words_that_do() -> None:
    assert str(reference("docker.io/team/cache")) == "docker.io/team/cache:latest"
    assert reference("localhost:5000/cache").host == "localhost:5000"


def test_a_registry_that_is_not_there(tmp_path: Path) -> None:
    for host in (f"127.0.0.1:{registries.free_port()}", "localhost:1"):
        store = machine(tmp_path, "one", host, "cache")
        started = time.monotonic()
        assert store.get("layer", key_of("a")) is None
        store.put("layer", key_of("b"), SMALL)
        store.close()
        assert time.monotonic() - started < 10
        (line,) = store.told
        assert f"the cache registry:{host}/cache was not asked any more: nothing answers at" in line


@pytest.mark.parametrize("status", [429, 500, 503, 418, 301])
def test_a_registry_that_refuses(
    tmp_path: Path, between: Middleman, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(limits, "CACHE_REGISTRY_SECONDS", 2.0)
    between.before = lambda asked: respond(asked, status, {"Retry-After": "3600"}, b"<html>")
    store = machine(tmp_path, "one", between.host, "cache/refuses")
    started = time.monotonic()
    for number in range(30):
        assert store.get("layer", key_of(str(number))) is None
        store.put("layer", key_of(str(number)), SMALL)
    store.close()
    assert time.monotonic() - started < 10
    (line,) = store.told
    assert " was not asked any more: " in line or " took nothing more: " in line
