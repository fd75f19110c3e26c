"""Many Dockerfiles side by side: the same report as one after the other, and nothing lost when something goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from imagelint.dockerfile.lint import lint
from imagelint.dockerfile.pool import WORTH_IT, Linted, Linter, Task
from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.evaluate import Engine
from imagelint.secrets.confirm import Detector
from tests.alone import alone
from tests.plain import plain

COUNT = 3 * WORTH_IT


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load()


def linter(rules: RuleSet, jobs: int) -> Linter:
    engine = Engine(rules, {rule.id for rule in rules.rules if rule.profile == "default"})
    return Linter(engine, Detector(rules.rules), show=False, jobs=jobs)


def tasks() -> list[Task]:
    return [Task("t", f"{n}/Dockerfile", f"FROM debian\nRUN cd /x{n} && sudo make\n".encode()) for n in range(COUNT)]


def many(linter: Linter) -> list[Linted]:
    """What becomes of all tasks, which must come out in their order."""
    given = tasks()
    done = [one for task in given for one in linter.take(task)]
    done += linter.rest()
    assert [task.path for task, _ in done] == [task.path for task in given]
    return [linted for _, linted in done]


@alone
def test_the_same_findings_in_the_same_order(rules: RuleSet) -> None:
    one, two = linter(rules, 1), linter(rules, 2)
    try:
        alone, together = plain(many(one)), plain(many(two))
        assert two._workers is not None
    finally:
        two.close()
    assert alone == together
    assert len(alone) == COUNT
    assert all(linted["findings"] for linted in alone)


def test_a_defect_in_one_file_is_told_without_its_text(rules: RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str, *given: object, **more: object) -> object:
        if path.startswith("7/"):
            raise ValueError("the text of the target")
        return lint(path, *given, **more)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr("imagelint.dockerfile.pool.lint", broken)
    two = linter(rules, 2)
    try:
        done = many(two)
    finally:
        two.close()
    assert [number for number, linted in enumerate(done) if linted.failure] == [7]
    assert "ValueError at tests.dockerfile.test_pool" in done[7].failure
    assert "the text" not in done[7].failure


@alone
def test_a_worker_that_is_killed_costs_its_files_and_no_more(rules: RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    def deadly(path: str, *given: object, **more: object) -> object:
        if path.startswith("70/"):
            os.kill(os.getpid(), signal.SIGKILL)
        return []

    monkeypatch.setattr("imagelint.dockerfile.pool.lint", deadly)
    two = linter(rules, 2)
    try:
        done = many(two)
    finally:
        two.close()
    assert len(done) == COUNT
    assert done[70].failure == "the process that read it was ended from outside"


def test_no_fork_beside_other_threads(rules: RuleSet) -> None:
    two, stop = linter(rules, 2), threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert len(many(two)) == COUNT
        assert two._workers is None
    finally:
        stop.set()
        thread.join()
        two.close()


def test_an_interrupt_leaves_no_workers_and_no_traceback(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number}.dockerfile").write_text("FROM debian\n" + "RUN cd /x && sudo make\n" * 60)
    # A background job of a shell, as these tests may be, ignores interrupts, and so would all that it starts.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{heard}; from imagelint.cli import main; main()"
    words = [sys.executable, "-c", program, "scan", "--no-config", "--jobs", "2", str(tmp_path)]
    scan = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    children = Path(f"/proc/{scan.pid}/task/{scan.pid}/children")
    while len(children.read_text().split()) < 2:
        assert scan.poll() is None
        time.sleep(0.02)
    time.sleep(0.5)  # the workers are at their work, which takes several seconds
    os.killpg(scan.pid, signal.SIGINT)
    _, errors = scan.communicate(timeout=30)
    assert scan.returncode == 130
    assert b"Traceback" not in errors
    with pytest.raises(ProcessLookupError):
        os.killpg(scan.pid, 0)
