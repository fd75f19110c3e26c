"""`imagelint registry --dask`: real workers, the same results, whatever happens to them and to their scheduler."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dask_cluster import Cluster
from tests.faulty_registry import Asked
from tests.many_images import Shape
from tests.program import imagelint
from tests.registries import free_port
from tests.registry.command import Done, Stage, stage, wait

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SMALL = Shape(images=10, layers=4, shared=0.75, families=2, tags=5, kib=16, own_kib=8, leaky=3, seed="spread")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("spread"), SMALL) as made:
        yield made


@pytest.fixture(scope="module")
def alone(ground: Stage) -> dict[str, list[str]]:
    return ground.run("--no-cache").found


@pytest.fixture
def cluster(ground: Stage, tmp_path: Path) -> Iterator[Cluster]:
    """With two workers."""
    ground.front.fault = lambda asked: False
    with Cluster(tmp_path / "dask") as running:
        running.worker(ground.environment)
        running.worker(ground.environment)
        yield running
    ground.front.fault = lambda asked: False


def begun(ground: Stage, cluster: Cluster, *words: str) -> subprocess.Popen[str]:
    """A run whose layers come late, and of which a third is fetched."""

    def late(asked: Asked) -> bool:
        if asked.blob and asked.command == "GET":
            time.sleep(0.2)
        return False

    ground.front.fault = late
    ground.front.asked.clear()
    command = [*imagelint(), "registry", "--no-config", "--format", "json", "--dask", cluster.address, *words]
    process = subprocess.Popen(
        [*command, ground.front.host],
        cwd=ground.folder,
        env={**os.environ, **ground.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait(lambda: sum(ground.got().values()) >= len(ground.layers) // 3)
    return process


def ended(ground: Stage, process: subprocess.Popen[str]) -> Done:
    output, errors = process.communicate(timeout=200)
    assert "Traceback" not in errors, errors
    return Done(process.returncode, output, errors, ground.got())


@pytest.mark.parametrize("cache", [["--no-cache"], ["--cache", "spread"]])
def test_the_same_results(ground: Stage, alone: dict[str, list[str]], cluster: Cluster, cache: list[str]) -> None:
    done = ground.run("--dask", cluster.address, *cache)
    assert done.status == 1, done.errors
    assert done.found == alone
    assert done.got == dict.fromkeys(ground.layers, 1)
    if cache != ["--no-cache"]:
        here = ground.run(*cache)
        assert here.found == alone
        assert not here.got, "who reads is all the same to the cache"
        assert not ground.run("--dask", cluster.address, *cache, "--ignore", "sudo").got


def test_a_worker_is_killed(ground: Stage, alone: dict[str, list[str]], cluster: Cluster) -> None:
    """Nothing is lost, and what is fetched again are at most the layers that it had in hand: the one that its thread
    was reading, and the one before where its result had not left yet."""
    process = begun(ground, cluster, "--no-cache")
    cluster.workers[0].kill()
    done = ended(ground, process)
    assert done.status == 1, done.errors
    assert done.found == alone
    assert set(done.got) == ground.layers
    assert sum(done.got.values()) - len(done.got) <= 2


@pytest.mark.long
def test_no_scheduler(ground: Stage) -> None:
    """One line, and nothing is fetched."""
    done = ground.run("--no-cache", "--dask", f"tcp://127.0.0.1:{free_port()}")
    assert done.status == 3
    assert not done.got
    (told,) = done.errors.splitlines()
    assert "Dask scheduler" in told
    assert "defect" not in told


@pytest.mark.long
def test_the_scheduler_dies(ground: Stage, alone: dict[str, list[str]], cluster: Cluster) -> None:
    """What was read by then is reported; what was not is told, image by image."""
    process = begun(ground, cluster, "--cache", "dies")
    assert cluster.scheduler is not None
    cluster.scheduler.kill()
    done = ended(ground, process)
    assert done.status == 3
    missing = {one["target"] for one in done.report["incomplete"]}
    assert missing
    assert all("went away" in one["reason"] for one in done.report["incomplete"])
    whole = alone.keys() - missing - {""}
    assert {image: done.found[image] for image in whole if image in done.found} == {
        image: alone[image] for image in whole
    }
    ground.front.fault = lambda asked: False
    again = ground.run("--cache", "dies")
    assert again.found == alone
