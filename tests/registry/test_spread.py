"""Layers read on a real Dask cluster: the same as here, whatever happens to workers and scheduler on the way."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from imagelint.errors import AbsentError, UsageError
from imagelint.image.layer import read_layer
from imagelint.image.paths import Allowance
from imagelint.registry import spread_reading, spread_workers
from imagelint.registry.spread import Spread
from imagelint.registry.spread_task import own_rules
from imagelint.secrets.confirm import Detector
from imagelint.stream.steps import FINE
from tests.conftest import without
from tests.dask_cluster import Cluster
from tests.registries import free_port, missing
from tests.registry.spread_bed import DETECTOR, Bed, bed, dumped, settings, spread, taken

DEATHS = 8
"""Dask gives a task to a fourth worker when three have ended; then it goes out once more, alone."""

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    if reason := missing():
        without(reason)
    with bed(tmp_path_factory.mktemp("spread")) as made:
        yield made


@pytest.fixture(autouse=True)
def calm(ground: Bed) -> Iterator[None]:
    """Each test counts for itself."""
    ground.front.waits = lambda digest: None
    ground.front.blobs_given.clear()
    yield
    ground.front.waits = lambda digest: None


@pytest.fixture(scope="module")
def here(ground: Bed) -> dict[str, bytes | None]:
    """What reading in this process gives."""
    found = ground.here()
    assert None not in found.values()
    return found


def test_the_same_as_here_layer_by_layer(ground: Bed, here: dict[str, bytes | None], tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker(ground.environment)
        cluster.worker(ground.environment, threads=2)
        reader = spread(cluster.address, tell=lambda layer, done: told.append((layer.digest, done)))
        found = taken(reader.read(ground.layers))
        again = taken(reader.read(ground.layers[:3]))
    assert {digest: dumped(result) for digest, result in found.items()} == here
    assert {digest: dumped(result) for digest, result in again.items()} == {key: here[key] for key in again}
    values = {each.candidate.value for result in found.values() for each in result.found}
    assert set(ground.in_layers) <= values, "the values themselves come back"
    sizes = [(layer.digest, layer.size) for layer in ground.layers]
    assert sorted(told) == sorted(sizes + sizes[:3])
    assert reader.told == []
    once = {layer.digest: 1 + (layer in ground.layers[:3]) for layer in ground.layers}
    assert ground.front.blobs_given == once


def test_a_layer_that_the_registry_does_not_give_is_told(ground: Bed, tmp_path: Path) -> None:
    """By a worker without the password, and for a blob that is not there: the same words as here."""
    gone = replace(ground.layers[0], digest="sha256:" + "0" * 64)
    with Cluster(tmp_path / "dask") as cluster:
        worker = cluster.worker(ground.environment)
        found = taken(spread(cluster.address).read([gone, ground.layers[1]]))
        assert found[ground.layers[1].digest].incomplete == []
        assert found[gone.digest].incomplete == [
            (f"layer {gone.index} {gone.digest}", f"{ground.front.host} does not have it")
        ]
        cluster.worker({"DOCKER_CONFIG": str(tmp_path / "nothing")})
        worker.kill()
        found = taken(spread(cluster.address).read(ground.layers[:1]))
    ((_, reason),) = found[ground.layers[0].digest].incomplete
    assert f"{ground.front.host} wants credentials" in reason


def test_a_layer_of_this_machine_is_read_here(ground: Bed, here: dict[str, bytes | None]) -> None:
    """No scheduler is asked for what no other machine could open."""
    local = replace(ground.layers[0], repository="")
    with ground.logged_in():
        found = taken(spread(f"tcp://127.0.0.1:{free_port()}").read([local]))
    assert dumped(found[local.digest]) == here[local.digest]


def test_a_result_that_cannot_be_sent_is_read_here(ground: Bed, tmp_path: Path) -> None:
    """What is measured finely is for this process alone."""
    layers, asked = ground.layers[:3], settings()
    asked.measure = FINE
    read = asked.reader(DETECTOR, read_layer)
    with Cluster(tmp_path / "dask") as cluster, ground.logged_in():
        cluster.worker(ground.environment)
        found = taken(Spread(cluster.address, asked, DETECTOR).read(layers))
        for layer in layers:
            there, here = found[layer.digest].ledger, read(layer, Allowance()).ledger
            assert there is not None
            assert here is not None
            assert there.sums == here.sums
            assert len(here.sums)
    with pytest.raises(UsageError, match="leave --dask away to see it"):
        Spread(cluster.address, settings(), Detector(own_rules(), explains=True))


def test_a_worker_that_is_killed_loses_nothing(ground: Bed, here: dict[str, bytes | None], tmp_path: Path) -> None:
    """What is read again are at most the layers that ran on it."""
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker(ground.environment)
        killed = cluster.worker(ground.environment)
        ground.front.waits = lambda digest: time.sleep(0.2)
        found = {}
        for layer, result in spread(cluster.address).read(ground.layers):
            found[layer.digest] = dumped(result)
            if len(found) == len(ground.layers) // 3:
                killed.kill()
    assert found == here
    again = {digest: count for digest, count in ground.front.blobs_given.items() if count > 1}
    assert sum(again.values()) - len(again) <= 1, "one thread, one layer"
    assert set(ground.front.blobs_given) == set(here)


def test_a_layer_that_ends_every_worker_is_told(ground: Bed, tmp_path: Path) -> None:
    """It is given to another worker a bounded number of times. Those that waited behind it, and whose workers ended
    with it, are read."""
    poison, *others = ground.layers[:4]
    begun = threading.Event()

    def waits(digest: str) -> None:
        if digest == poison.digest:
            begun.set()
            time.sleep(3)

    ground.front.waits = waits
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker(ground.environment)

        def end_each() -> None:
            for _ in range(DEATHS):
                begun.wait(30)
                begun.clear()
                next_one = cluster.workers[-1]
                cluster.worker(ground.environment)
                next_one.kill()

        ending = threading.Thread(target=end_each)
        ending.start()
        found = taken(spread(cluster.address).read([poison, *others]))
        ending.join()
    ((place, reason),) = found[poison.digest].incomplete
    assert place == f"layer {poison.index} {poison.digest}"
    assert reason == "each worker that had it ended, also where it had nothing else: for want of memory perhaps"
    assert ground.front.blobs_given[poison.digest] == DEATHS
    assert all(found[layer.digest].incomplete == [] for layer in others)


def test_a_scheduler_that_comes_back_loses_nothing(ground: Bed, here: dict[str, bytes | None], tmp_path: Path) -> None:
    ground.front.waits = lambda digest: time.sleep(0.1)
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker(ground.environment)
        cluster.worker(ground.environment)
        found: dict[str, bytes | None] = {}

        def restart() -> None:
            assert cluster.scheduler is not None
            cluster.scheduler.kill()
            time.sleep(1)
            cluster.start()
            cluster.worker(ground.environment)

        restarting = threading.Thread(target=restart)
        for layer, result in spread(cluster.address).read(ground.layers):
            assert layer.digest not in found
            found[layer.digest] = dumped(result)
            if len(found) == 5:
                restarting.start()
        restarting.join()
    assert found == here
    again = sum(ground.front.blobs_given.values()) - len(here)
    assert again <= 2 * spread_reading.AHEAD, "what was taken is not read again"


def test_a_scheduler_that_stays_away_loses_what_was_not_read_alone(
    ground: Bed, here: dict[str, bytes | None], tmp_path: Path
) -> None:
    ground.front.waits = lambda digest: time.sleep(0.1)
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker(ground.environment)
        found = {}
        for layer, result in spread(cluster.address, patience=2).read(ground.layers):
            found[layer.digest] = result
            if len(found) == 5:
                assert cluster.scheduler is not None
                cluster.scheduler.kill()
    assert set(found) == set(here)
    read = {digest for digest, result in found.items() if not result.incomplete}
    assert 5 <= len(read) <= 5 + spread_reading.AHEAD
    assert all(dumped(found[digest]) == here[digest] for digest in read)
    reasons = {reason for result in found.values() for _, reason in result.incomplete}
    assert reasons == {f"the Dask scheduler at {cluster.address} went away, and was not back in 2 seconds"}


def test_no_scheduler_and_no_worker_are_one_clear_line(ground: Bed, tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(AbsentError) as caught:
        list(spread(address).read(ground.layers))
    assert str(caught.value).startswith(f"no Dask scheduler answers at {address}: check the address, or start one by")
    assert "\n" not in str(caught.value)
    told = "had no worker for 1 seconds: start one by `dask worker"
    with Cluster(tmp_path / "dask") as cluster, pytest.raises(AbsentError, match=told):
        list(spread(cluster.address, patience=1).read(ground.layers))


def test_a_scheduler_that_hangs_is_not_waited_for_without_end(
    ground: Bed, here: dict[str, bytes | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connections stay open, and nobody answers."""
    monkeypatch.setattr(spread_workers, "ASK", 1.0)
    monkeypatch.setattr(spread_reading, "ASK", 1.0)
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker(ground.environment)
        found = {}
        for layer, result in spread(cluster.address, patience=2).read(ground.layers):
            found[layer.digest] = result
            if len(found) == 3:
                assert cluster.scheduler is not None
                cluster.scheduler.send(signal.SIGSTOP)
        assert cluster.scheduler is not None
        cluster.scheduler.send(signal.SIGCONT)
    read = {digest for digest, result in found.items() if not result.incomplete}
    assert 3 <= len(read) < len(here)
    assert all(dumped(found[digest]) == here[digest] for digest in read)
    reasons = {reason for result in found.values() for _, reason in result.incomplete}
    told = f"the Dask scheduler at {cluster.address} had no worker for 2 seconds"
    assert reasons == {f"{told}: start one by `dask worker {cluster.address}`"}


@pytest.mark.long
def test_a_pause_of_whoever_takes_results_is_no_sign_of_anything(ground: Bed, tmp_path: Path) -> None:
    with Cluster(tmp_path / "dask") as cluster:
        worker = cluster.worker(ground.environment)
        results = spread(cluster.address, patience=2).read(ground.layers)
        next(results)
        time.sleep(3)
        worker.kill()  # which is seen at the first look after the pause
        threading.Timer(0.5, lambda: cluster.worker(ground.environment)).start()
        assert sum(not result.incomplete for _, result in results) == len(ground.layers) - 1


def test_a_cluster_that_was_started_just_now_is_waited_for(
    ground: Bed, here: dict[str, bytes | None], tmp_path: Path
) -> None:
    cluster = Cluster(tmp_path / "dask")

    def start() -> None:
        cluster.start()
        cluster.worker(ground.environment)

    starting = threading.Timer(1, start)
    starting.start()
    try:
        found = taken(spread(cluster.address).read(ground.layers[:4]))
    finally:
        starting.join()
        cluster.__exit__(None, None, None)
    assert {digest: dumped(result) for digest, result in found.items()} == {digest: here[digest] for digest in found}


def test_tasks_that_somebody_cancels_are_sent_again(ground: Bed, here: dict[str, bytes | None], tmp_path: Path) -> None:
    from distributed import Client, Future

    ground.front.waits = lambda digest: time.sleep(0.05)
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker(ground.environment)
        found = {}
        with Client(cluster.address, set_as_default=False) as other:
            for layer, result in spread(cluster.address).read(ground.layers):
                found[layer.digest] = dumped(result)
                if len(found) == 4:
                    keys = other.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks))
                    assert keys
                    other.cancel([Future(key, client=other) for key in keys], force=True)
    assert found == here
    assert sum(ground.front.blobs_given.values()) > len(here), "what ran was read twice"


def test_no_more_is_in_flight_than_a_few_layers_for_each_thread(ground: Bed, tmp_path: Path) -> None:
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker(ground.environment)
        results = spread(cluster.address).read(ground.layers)
        next(results)
        time.sleep(2)
        assert len(ground.front.blobs_given) <= 2 + spread_reading.AHEAD < len(ground.layers)
        results.close()  # type: ignore[attr-defined]  # it is a generator
        time.sleep(1)
        assert len(ground.front.blobs_given) <= 2 + spread_reading.AHEAD
