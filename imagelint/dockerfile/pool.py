"""Many Dockerfiles, on as many cores as asked for: worker processes that inherit the rules by fork."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from imagelint.dockerfile.lint import lint
from imagelint.errors import defect
from imagelint.record import record

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    from imagelint.engine.evaluate import Engine, Fault
    from imagelint.findings import Finding
    from imagelint.secrets.confirm import Detector

WORTH_IT = 64
"""Dockerfiles from which on the workers' start (40 ms) is paid back, at about 1 ms each."""
MAX_CHUNK = 16
"""Dockerfiles of one message to a worker: a message costs 0.1 ms, and no core should wait long for the last one."""


@record
class Task:
    """One Dockerfile to lint."""

    target: str
    path: str
    data: bytes


@record
class Linted:
    """What became of it: its findings, rules that could not be put to it, or why it was not read."""

    findings: list[Finding]
    faults: list[Fault]
    failure: str = ""


class Linter:
    """Lints Dockerfiles with one set of rules. Close it to end its workers."""

    def __init__(self, engine: Engine, detector: Detector, *, show: bool, jobs: int) -> None:
        self._engine, self._detector, self._show, self._jobs = engine, detector, show, jobs
        self._workers: ProcessPoolExecutor | None = None

    def one(self, task: Task) -> Linted:
        """Lint a Dockerfile in this process. A defect of ours in one file is told, and loses nothing of the others."""
        before = len(self._engine.faults)
        try:
            found = lint(task.path, task.data, self._engine, self._detector, target=task.target, show=self._show)
        except Exception as error:
            return Linted([], self._engine.faults[before:], defect(error))
        return Linted(found, self._engine.faults[before:])

    def many(self, tasks: Sequence[Task]) -> Iterator[Linted]:
        """Lint Dockerfiles, in their order."""
        if len(tasks) < WORTH_IT or self._jobs == 1 or not self._forkable():
            yield from map(self.one, tasks)
            return
        from concurrent.futures.process import BrokenProcessPool

        size = max(1, min(MAX_CHUNK, len(tasks) // (2 * self._jobs)))
        chunks = [tasks[at : at + size] for at in range(0, len(tasks), size)]
        workers = self._start()
        pending = [workers.submit(_work, chunk) for chunk in chunks]
        for chunk, future in zip(chunks, pending, strict=True):
            try:
                yield from future.result()
            except BrokenProcessPool:
                self._workers = None
                yield from (Linted([], [], "the process that read it was ended from outside") for _ in chunk)

    def close(self) -> None:
        """End the workers."""
        if self._workers is not None:
            self._workers.shutdown(cancel_futures=True)
            self._workers = None

    def _forkable(self) -> bool:
        """A fork copies locks that other threads hold, and nobody would open them in the copy."""
        import threading

        return hasattr(os, "fork") and (self._workers is not None or threading.active_count() == 1)

    def _start(self) -> ProcessPoolExecutor:
        if self._workers is None:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            # By fork, so that the workers have the rules without reading them; the arguments are inherited too.
            self._workers = ProcessPoolExecutor(self._jobs, get_context("fork"), _begin, (self,))
        return self._workers


_linter: Linter
"""A worker's own."""


def _begin(linter: Linter) -> None:
    import signal

    global _linter
    _linter = linter
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer


def _work(tasks: Sequence[Task]) -> list[Linted]:
    return [_linter.one(task) for task in tasks]
