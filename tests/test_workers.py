"""Worker processes: every number is done, by processes of their own, whatever becomes of one of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from imagelint.workers import Each

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def nothing() -> None:
    pass


def done(work: Callable[[int], object], count: int, workers: int = 2) -> dict[int, object]:
    results = list(Each(work, range(count), workers, nothing))
    assert sorted(number for number, _ in results) == list(range(count))
    return dict(results)


def test_every_number_is_done_elsewhere_with_what_is_here() -> None:
    here = {"of this process": [1, 2, 3]}
    pids = set()

    def work(number: int) -> tuple[int, object, int]:
        time.sleep(0.02)
        return os.getpid(), here, number * 2

    for number, result in Each(work, range(20), 2, nothing):
        assert result is not None
        assert result[1:] == (here, number * 2)
        pids.add(result[0])
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_no_more_workers_than_numbers() -> None:
    assert len(set(done(lambda _: os.getpid(), 1, 8).values())) == 1
    assert done(lambda _: 1, 0) == {}


def test_one_that_is_killed_loses_its_own_number_alone() -> None:
    def work(number: int) -> int:
        if number in (3, 4):
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    assert done(work, 12) == {number: None if number in (3, 4) else number for number in range(12)}


def test_what_cannot_be_sent_is_told_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    assert done(lambda number: (lambda: 1) if number == 1 else number, 4) == {0: 0, 1: None, 2: 2, 3: 3}
    assert capfd.readouterr() == ("", "")


def test_workers_go_on_while_the_caller_has_a_result_in_hand(tmp_path: Path) -> None:
    """But not without end: what is done waits somewhere."""
    running = Each(lambda number: (tmp_path / str(number)).touch(), range(100), 2, nothing)
    next(running)
    deadline = time.monotonic() + 30
    while len(list(tmp_path.iterdir())) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    assert len(list(tmp_path.iterdir())) == 5
    while running.ready():
        next(running)
    assert len(list(running)) < 99


def test_what_is_ready_comes_without_waiting() -> None:
    running = Each(lambda number: time.sleep(number), range(0, 4, 3), 2, nothing)
    assert next(running)[0] == 0
    assert not running.ready()
    running.close()
    assert list(running) == []


def test_one_that_is_slow_holds_up_no_other_number(tmp_path: Path) -> None:
    def work(number: int) -> None:
        deadline = time.monotonic() + 30
        while number == 0 and len(list(tmp_path.iterdir())) < 9 and time.monotonic() < deadline:
            time.sleep(0.01)
        (tmp_path / str(number)).touch()

    assert [number for number, _ in Each(work, range(10), 2, nothing)] == [*range(1, 10), 0]


def test_a_worker_that_is_killed_in_between_is_replaced() -> None:
    running = Each(lambda number: (number, os.getpid()), range(50), 1, nothing)
    killed = set()
    results = {}
    for number, result in running:
        results[number] = result
        if result is not None and number % 10 == 0:
            killed.add(result[1])
            os.kill(result[1], signal.SIGKILL)
    assert sorted(results) == list(range(50))
    assert len(killed) > 2
    assert sum(result is None for result in results.values()) <= len(killed)


def test_meanwhile_is_called() -> None:
    calls: list[float] = []
    list(Each(lambda _: time.sleep(0.5), range(2), 2, lambda: calls.append(time.monotonic())))
    assert len(calls) >= 4


def test_nobody_is_left_when_the_caller_ends_early() -> None:
    started, before = time.monotonic(), multiprocessing.active_children()
    running = Each(lambda number: time.sleep(60 * number), range(3), 3, nothing)
    next(running)
    running.close()
    assert time.monotonic() - started < 30
    assert multiprocessing.active_children() == before


def test_a_copy_in_another_process_ends_nobody() -> None:
    def work(number: int) -> int:
        time.sleep(0.05)
        return number

    running = Each(work, range(20), 2, nothing)
    copy = multiprocessing.get_context("fork").Process(target=running.close)
    copy.start()
    copy.join()
    assert dict(running) == {number: number for number in range(20)}


def test_nobody_is_left_when_this_process_is_killed(tmp_path: Path) -> None:
    program = """
        import os, sys, time
        from imagelint.workers import Each
        def work(number):
            open(os.path.join(sys.argv[1], str(os.getpid())), "w").close()
            time.sleep(1)
        for _ in Each(work, range(100), 3, lambda: None):
            pass
    """
    words = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)]
    process = subprocess.Popen(words, cwd=Path(__file__).parent.parent)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert len(workers) == 3
    while any(_runs(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_runs(pid) for pid in workers)


def _runs(pid: int) -> bool:
    try:
        return f"\n{'State:'}\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_no_fork_beside_threads_nor_in_a_program_of_others() -> None:
    alone = (
        "import threading; from imagelint import process; from imagelint.workers import forkable; "
        "assert not forkable(); process.own = True; assert forkable(); stop = threading.Event(); "
        "thread = threading.Thread(target=stop.wait); thread.start(); told = forkable(); stop.set(); assert not told"
    )
    subprocess.run([sys.executable, "-c", alone], check=True)  # this process has threads of other tests
