"""How a registry is asked: so many connections, so many requests a second, as late as it says; and one that fails a
part of all requests gives the same in the end."""

from __future__ import annotations

import json
import signal
import ssl
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from imagelint.errors import UnreadableError, UsageError
from imagelint.image.model import Image
from imagelint.image.request import Request
from imagelint.image.sources.registry_pace import Pace
from imagelint.registry.filters import wanted
from imagelint.registry.listing import listed
from imagelint.registry.network import Registries
from imagelint.registry.planning import plan
from imagelint.stream import limits
from tests.faulty_registry import Asked, FaultyRegistry, Front, Seeded
from tests.many_images import Made, Shape, fill
from tests.registries import Registry, certificate, docker_config
from tests.registry.conftest import ONE, Start
from tests.registry.test_bad_registries import lists

MANY = tuple(f"app{number}" for number in range(30))


class Watched:
    """A fault that is none: how many requests there are at once, and when."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = self.most = 0
        self.times: list[float] = []
        self.clients: set[tuple[str, int]] = set()

    def __call__(self, asked: Asked) -> bool:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.times.append(time.monotonic())
            self.clients.add(asked.client_address)
        time.sleep(0.02)
        try:
            if not lists(MANY)(asked):
                asked.serve()
        finally:
            with self._lock:
                self.now -= 1
        return True


@pytest.mark.parametrize("connections", [1, 3, 8])
def test_so_many_connections_and_no_more(start: Start, connections: int) -> None:
    watched = Watched()
    registry = start(watched)
    registries = Registries(connections=connections)
    found = listed([registry.host], wanted(), registries)
    made = plan(found.listed, registries)
    assert len(made.images) == len(MANY)
    assert len(watched.times) > 3 * len(MANY)
    assert min(connections, 2) <= watched.most <= connections
    assert len(watched.clients) <= connections + 1  # one more, if the first one was not kept


def test_so_many_requests_a_second(start: Start) -> None:
    watched = Watched()
    registry = start(watched)
    listed([registry.host], wanted(), Registries(rate=40))
    times = watched.times
    assert len(times) > 2 * len(MANY)
    assert times[-1] - times[0] > (len(times) - 1) / 40 - 0.2


@pytest.mark.parametrize("status", [429, 503])
def test_when_one_is_told_to_wait_all_do(start: Start, status: int) -> None:
    times: list[tuple[float, str]] = []
    told: list[float] = []
    lock = threading.Lock()

    def fault(asked: Asked) -> bool:
        with lock:
            times.append((time.monotonic(), asked.path))
            if len(times) == 20:
                told.append(time.monotonic())
                return asked.answer(status, b"", {"Retry-After": "2"})
        return lists(MANY)(asked)

    registry = start(fault)
    found = listed([registry.host], wanted(), Registries())
    assert len(found.listed) == len(MANY)
    # What was sent when the answer came may still arrive.
    between = [at for at, _ in times if told[0] + 0.8 < at < told[0] + 1.95]
    assert between == []
    assert sum(at > told[0] + 1.95 for at, _ in times) > 10


def test_waiting_has_an_end_for_all_images_together(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REGISTRY_WAIT_IN_ALL", 2.5)
    registry = start(lambda asked: bool(asked.manifest) and asked.answer(429, b"", {"Retry-After": "1"}))
    registry.fault = lambda asked: (
        lists(MANY)(asked) or (bool(asked.manifest) and asked.answer(429, b"", {"Retry-After": "1"}))
    )
    started = time.monotonic()
    found = listed([registry.host], wanted(), Registries())
    assert 1.5 < time.monotonic() - started < 30
    assert found.listed == []
    assert len(found.holes) == limits.REGISTRY_TOLD + 1
    assert "answers no more requests for now" in found.holes[0].reason
    assert found.holes[-1].reason.startswith(f"{len(MANY) - limits.REGISTRY_TOLD} more the same way")


def test_a_registry_that_is_gone_is_given_up(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REGISTRY_FAILURES", 20)

    def fault(asked: Asked) -> bool:
        if asked.manifest and asked.command == "GET":
            return asked.cut(b"-" * 10, 0)
        return lists(["app"], [f"v{number}" for number in range(300)])(asked) or (
            bool(asked.manifest) and asked.answer(200)
        )

    registry = start(fault)
    found = listed([registry.host], wanted(), Registries())
    assert found.listed == []
    assert sum("/manifests/" in path for _, path, _ in registry.asked) < 60
    assert any("fails more than it answers, and is asked no more" in hole.reason for hole in found.holes)
    assert len(found.holes) < 3 * limits.REGISTRY_TOLD


def test_a_limit_for_strangers_is_none_for_the_user(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []

    def fault(asked: Asked) -> bool:
        sent = asked.headers.get("Authorization", "")
        if asked.where == "/token":
            return asked.answer(200, json.dumps({"token": "user" if sent else "stranger"}).encode())
        if asked.manifest and not sent:
            realm = f'Bearer realm="http://{asked.registry.host}/token",service="x"'
            return asked.answer(401, b"", {"WWW-Authenticate": realm})
        if sent == "Bearer stranger":
            refused.append(asked.path)
            return asked.answer(429, b"", {"Retry-After": "9999"})
        return lists(MANY)(asked)

    registry = start(fault)
    monkeypatch.setenv("DOCKER_CONFIG", str(docker_config(tmp_path / "login", registry.host)))
    found = listed([registry.host], wanted(), Registries(connections=1))
    assert (len(found.listed), found.holes) == (len(MANY), [])
    assert {one.public for one in found.listed} == {None}
    assert len(refused) == 1


def test_failures_that_are_not_in_a_row_end_nothing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REGISTRY_FAILURES", 3)
    seen: Counter[str] = Counter()

    def fault(asked: Asked) -> bool:
        seen[asked.path] += 1
        if asked.manifest and seen[asked.path] == 1:
            return asked.answer(500)
        return lists(MANY)(asked)

    registry = start(fault)
    found = listed([registry.host], wanted(), Registries(connections=1))
    assert (len(found.listed), found.holes) == (len(MANY), [])


def test_few_handshakes(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key, made = certificate(tmp_path, "localhost")
    context.load_cert_chain(made, key)
    watched = Watched()
    registry = FaultyRegistry(tmp_path / "image", ONE, watched, context)
    registry.over_tls()
    registries = Registries(Request(insecure=(registry.host,)), connections=4)
    found = listed([registry.host], wanted(), registries)
    assert (len(found.listed), found.holes) == (len(MANY), [])
    assert len(plan(found.listed, registries).images) == len(MANY)
    assert len(watched.times) > 3 * len(MANY)
    assert len(watched.clients) <= 6
    registry.stop()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, Made]:
    registry = Registry(tmp_path_factory.mktemp("many") / "registry")
    return registry, fill(registry, Shape(images=120, layers=3, shared=0.7, families=3, tags=4, kib=4, own_kib=2))


def digests(images: list[Image]) -> dict[str, tuple[str, list[str], object]]:
    return {
        image.name.partition("/")[2]: (image.digest, [layer.diff_id for layer in image.layers], image.config)
        for image in images
    }


@pytest.mark.engine
@pytest.mark.long
def test_one_that_fails_a_part_of_all_requests_gives_the_same(filled: tuple[Registry, Made]) -> None:
    registry, made = filled
    with registry:
        faults = Seeded(0.1, slow=0.2)
        front = Front(registry.host, faults)
        found = {}
        for host in (registry.host, front.host):
            registries = Registries()
            names = listed([host], wanted(), registries)
            assert names.holes == []
            planned = plan(names.listed, registries)
            assert planned.holes == []
            found[host] = digests(planned.images)
            layers = {layer.digest: layer for image in planned.images[:20] for layer in image.layers}
            for layer in layers.values():
                assert len(layer.open().read()) == layer.size
        front.stop()
    assert found[registry.host] == found[front.host]
    assert len(found[front.host]) == len(made.references)
    assert all(faults.made[kind] for kind in ("500", "503", "cut", "slow"))


@pytest.mark.parametrize("connections", [0, -1, 65])
def test_connections_that_are_none(connections: int) -> None:
    with pytest.raises(UsageError, match="--connections"):
        Registries(connections=connections)


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf"), 1e9])
def test_rates_that_are_none(rate: float) -> None:
    with pytest.raises(UsageError, match="--rate"):
        Registries(rate=rate)


def test_turns_end_with_the_time_that_is_left() -> None:
    pace = Pace(rate=0.1)
    pace.turn("registry.example.org", 1)
    started = time.monotonic()
    pace.turn("registry.example.org", 0.1)
    assert pace.hold(60)
    pace.turn("registry.example.org", 0.1)
    assert time.monotonic() - started < 9


def test_who_waits_for_a_turn_waits_for_the_registry_too() -> None:
    pace = Pace(rate=2)
    pace.turn("registry.example.org", 10)
    times: list[float] = []

    def turn() -> None:
        pace.turn("registry.example.org", 10)
        times.append(time.monotonic())

    threads = [threading.Thread(target=turn) for _ in range(2)]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    assert pace.hold(1.5)
    for thread in threads:
        thread.join(20)
    first, second = sorted(times)
    assert first - started >= 1.49
    assert second - first >= 0.2


def test_who_waits_can_be_told_that_the_run_ends() -> None:
    pace = Pace()
    assert pace.hold(60)
    ended: list[str] = []

    def wait() -> None:
        try:
            pace.turn("registry.example.org", 1000)
        except UnreadableError as error:
            ended.append(str(error))

    thread = threading.Thread(target=wait)
    thread.start()
    pace.stop()
    thread.join(5)
    assert ended == ["it was not waited for any longer, since the run was ended"]


def test_ctrl_c_does_not_wait_as_long_as_the_registry_says(start: Start) -> None:
    registry = start(lambda asked: False)
    registry.fault = lambda asked: (
        lists(MANY)(asked) or (bool(asked.manifest) and asked.answer(429, b"", {"Retry-After": "100"}))
    )

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1.5)
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            listed([registry.host], wanted(), Registries())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert 1 < time.monotonic() - started < 50
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("registry_")]
    assert names == []


def test_processes_share_what_may_be_asked() -> None:
    pace = Pace(8, 10)
    pace.split(4)
    assert pace.connections == 2
    times = []
    for _ in range(3):
        pace.turn("registry.example.org", 10)
        times.append(time.monotonic())
    assert times[2] - times[0] > 0.75
