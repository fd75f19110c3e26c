"""A run that is killed, and started again: what was finished is not fetched a second time."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.faulty_registry import Asked
from tests.program import imagelint
from tests.registry.command import Stage, kept_layers, stage, wait

pytestmark = [pytest.mark.engine, pytest.mark.slow]

MOMENTS = [round(random.Random("moments").triangular(0.05, 0.95, 0.4 * n), 2) for n in range(4)]
"""The part of all layers that are fetched when it is killed."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("killed")) as made:
        yield made


@pytest.fixture(scope="module")
def alone(ground: Stage) -> dict[str, list[str]]:
    return ground.run("--no-cache").found


@contextmanager
def slowed(ground: Stage, seconds: float) -> Iterator[None]:
    """Each layer comes late."""

    def late(asked: Asked) -> bool:
        if asked.blob and asked.command == "GET":
            time.sleep(seconds)
        return False

    ground.front.fault, before = late, ground.front.fault
    try:
        yield
    finally:
        ground.front.fault = before


def killed(ground: Stage, cache: str, part: float, *words: str) -> Counter[str]:
    """Begin a run, and kill its process group when this part of the layers was fetched; the fetched ones."""
    ground.front.asked.clear()
    command = [*imagelint(), "registry", "--no-config", "--quiet", "--cache", cache, *words, ground.front.host]
    with slowed(ground, 0.03):
        process = subprocess.Popen(
            command, cwd=ground.folder, env={**os.environ, **ground.environment}, start_new_session=True
        )
        try:
            wait(lambda: sum(ground.got().values()) >= part * len(ground.layers) or process.poll() is not None)
            assert process.poll() is None, "it was through too early"
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    time.sleep(0.1)  # what was on its way
    return ground.got()


@pytest.mark.parametrize("jobs", [pytest.param("1", marks=pytest.mark.long), "2"])
@pytest.mark.parametrize("part", [MOMENTS[0], *(pytest.param(part, marks=pytest.mark.long) for part in MOMENTS[1:])])
def test_nothing_is_fetched_twice_that_was_finished(
    ground: Stage, alone: dict[str, list[str]], part: float, jobs: str
) -> None:
    """The results are the same. What lies in the cache is not fetched again, but for layers with a secret, whose
    values are kept nowhere and whose images were not judged yet."""
    cache = f"killed{part}-{jobs}"
    begun = killed(ground, cache, part, "--jobs", jobs)
    kept = kept_layers(ground.folder / cache)
    assert kept >= len(begun) - 2 * int(jobs) - 2, "each is kept as soon as it is read"
    done = ground.run("--cache", cache, "--jobs", jobs)
    assert done.found == alone
    assert done.got.keys() | begun.keys() == ground.layers
    again = [digest for digest in done.got if digest in begun]
    unfinished = len(begun) - kept
    assert len([digest for digest in again if digest not in ground.valued]) <= unfinished
    assert max(done.got.values(), default=1) == 1
    last = ground.run("--cache", cache)
    assert last.found == alone
    assert not last.got


@pytest.mark.long
def test_killed_again_and_again(ground: Stage, alone: dict[str, list[str]]) -> None:
    """It comes to its end all the same, and the index has every image once."""
    fetched: Counter[str] = Counter()
    for part in (0.2, 0.2, 0.2, 0.2):
        fetched += killed(ground, "often", part, "--index", "often.db")
    done = ground.run("--cache", "often", "--index", "often.db")
    fetched += done.got
    assert done.found == alone
    own = {digest: times for digest, times in fetched.items() if digest not in ground.valued}
    assert sum(own.values()) - len(own) <= 4 * 4, "layers that were being read when it was killed"
    with closing(sqlite3.connect(ground.folder / "often.db")) as index:
        assert index.execute("SELECT count(*) FROM images").fetchone() == (len(ground.references),)


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
def test_told_to_end(ground: Stage, alone: dict[str, list[str]], number: signal.Signals, tmp_path: Path) -> None:
    """By Ctrl-C or by a service manager: no process stays, nothing is printed but one line at most."""
    cache = f"told{number}"
    ground.front.asked.clear()
    command = [*imagelint(), "registry", "--no-config", "--quiet", "--cache", cache, ground.front.host]
    with slowed(ground, 0.05), (tmp_path / "errors").open("w+") as errors:
        process = subprocess.Popen(
            command, cwd=ground.folder, env={**os.environ, **ground.environment}, stderr=errors, start_new_session=True
        )
        wait(lambda: sum(ground.got().values()) >= len(ground.layers) // 3)
        process.send_signal(number)
        assert process.wait(30) in (-number, 128 + number)
        wait(lambda: not _alive(process.pid), 10)
        errors.seek(0)
        assert len(errors.read().splitlines()) <= 1
    done = ground.run("--cache", cache)
    assert done.found == alone
    assert sum(done.got.values()) < len(ground.layers)


def _alive(group: int) -> bool:
    """Whether a process of the group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
