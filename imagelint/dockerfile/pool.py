"""Many Dockerfiles, on as many cores as asked for: worker processes that inherit the rules by fork."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from imagelint.dockerfile.lint import lint
from imagelint.errors import defect
from imagelint.findings import Dropped
from imagelint.record import field, record
from imagelint.workers import forkable, uninterrupted

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    from imagelint.dockerfile.context import Contexts
    from imagelint.dockerfile.kept import Kept
    from imagelint.dockerfile.registry import Registry
    from imagelint.dockerfile.shellcheck import ShellCheck
    from imagelint.engine.evaluate import Engine, Fault
    from imagelint.findings import Finding
    from imagelint.secrets.confirm import Detector

WORTH_IT = 64
"""Dockerfiles from which on the workers' start (40 ms) is paid back, at about 1 ms each."""
CHUNK, CHUNK_BYTES = 32, 1 << 20
"""Dockerfiles, or bytes of them, of one message to a worker: with messages of 8 a thousand files take 5% longer, and no
core should wait long for the last one."""
FIRST = 4
"""Dockerfiles that are linted ahead of the fork: what they import and compile, the workers have too."""
MAX_PENDING = 4
"""Messages on their way for each worker: memory stays flat whatever a folder holds."""


@record
class Task:
    """One Dockerfile to lint."""

    target: str
    path: str
    data: bytes
    top: str = ""
    """The folder that was the target; empty for a Dockerfile that was named itself."""


@record
class Linted:
    """What became of it: its findings, rules that could not be put to it, or why it was not read."""

    findings: list[Finding]
    faults: list[Fault]
    failure: str = ""
    dropped: Dropped | None = None
    """What filters turned away, where the detector explains."""
    incomplete: list[tuple[str, str]] = field(default_factory=list)
    """(place, reason) of what was not read of the build context."""
    limited: list[tuple[str, str]] = field(default_factory=list)
    clear: bool = False
    """Nothing in it had to be masked."""
    roots: list[str] = field(default_factory=list)
    """The folders that were looked at to find its context."""
    listed: list[tuple[str, str, str]] = field(default_factory=list)
    """What was listed of contexts since the last Dockerfile; see Contexts.listed."""
    containers: int = -1
    """How many containers a file starts that is no Dockerfile."""


class Linter:
    """Lints Dockerfiles with one set of rules while others are still being read. Close it to end its workers."""

    def __init__(
        self,
        engine: Engine,
        detector: Detector,
        *,
        show: bool,
        jobs: int,
        inline: bool = True,
        contexts: Contexts | None = None,
        registry: Registry | None = None,
        shellcheck: ShellCheck | None = None,
    ) -> None:
        self._engine, self._detector, self._show, self._jobs = engine, detector, show, jobs
        self._inline, self._contexts, self._registry, self._shellcheck = inline, contexts, registry, shellcheck
        self._workers: ProcessPoolExecutor | None = None
        self._waiting: list[Task] = []
        self._bytes = 0
        self._forked = False
        self._pending: deque[tuple[list[Task], Future[list[Linted]]]] = deque()

    def one(self, task: Task) -> Linted:
        """Lint a Dockerfile in this process. A defect of ours in one file is told, and loses nothing of the others."""
        engine, detector = self._engine, self._detector
        before = len(engine.faults)
        dropped = Dropped() if detector.explains else None
        limited: list[tuple[str, str]] = []
        where = self._contexts.where(task.top) if self._contexts is not None else None
        try:
            found, clear = lint(
                task.path,
                task.data,
                engine,
                detector,
                target=task.target,
                show=self._show,
                dropped=dropped,
                inline=self._inline,
                where=where,
                registry=self._registry,
                shellcheck=self._shellcheck,
                limited=limited,
            )
        except Exception as error:
            return Linted([], engine.faults[before:], defect(error))
        linted = Linted(found, engine.faults[before:], dropped=dropped, clear=clear, limited=limited)
        if self._contexts is not None and where is not None:
            linted.incomplete, linted.limited = where.notes.incomplete, where.notes.limited + limited
            if self._contexts.listed is not None:
                linted.roots, linted.listed = self._contexts.asked, self._contexts.listed.copy()
                self._contexts.listed.clear()
        if self._shellcheck is not None:
            self._shellcheck.tell(linted)
        return linted

    def take(self, task: Task) -> Iterator[tuple[Task, Linted]]:
        """Take a Dockerfile; what is linted by now comes out, in the order in which it was taken."""
        self._waiting.append(task)
        self._bytes += len(task.data)
        enough = len(self._waiting) >= (CHUNK if self._workers else WORTH_IT)
        if not enough and self._bytes < CHUNK_BYTES:
            return
        if self._workers or (enough and self._jobs > 1 and forkable()):
            if not self._forked:  # never again: what ended a worker must not end this process
                self._forked = True
                self._detector.patterns.expect_many()
                first, self._waiting = self._waiting[:FIRST], self._waiting[FIRST:]
                for one in first:
                    yield one, self.one(one)
            self._send()
            while len(self._pending) > MAX_PENDING * self._jobs:
                yield from self._receive()
        else:
            yield from self._drain()

    def rest(self) -> Iterator[tuple[Task, Linted]]:
        """All that is left."""
        if self._workers and self._waiting:
            self._send()
        yield from self._drain()

    def _drain(self) -> Iterator[tuple[Task, Linted]]:
        while self._pending:
            yield from self._receive()
        tasks, self._waiting, self._bytes = self._waiting, [], 0
        for task in tasks:
            yield task, self.one(task)

    def _send(self) -> None:
        from concurrent.futures.process import BrokenProcessPool

        with uninterrupted():
            workers = self._start()
            try:
                while chunk := self._waiting[:CHUNK]:
                    self._pending.append((chunk, workers.submit(_work, chunk)))
                    del self._waiting[:CHUNK]
                self._bytes = 0
            except BrokenProcessPool:
                self._workers = None  # what still waits is for other workers, or for this process

    def _receive(self) -> Iterator[tuple[Task, Linted]]:
        from concurrent.futures.process import BrokenProcessPool

        chunk, future = self._pending.popleft()
        try:
            linted = future.result()
        except BrokenProcessPool:
            self._workers = None
            linted = [Linted([], [], "the process that read it was ended from outside") for _ in chunk]
        yield from zip(chunk, linted, strict=True)

    def close(self) -> None:
        """End the workers."""
        if self._workers is not None:
            self._workers.shutdown(cancel_futures=True)
            self._workers = None

    def _start(self) -> ProcessPoolExecutor:
        if self._workers is None:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            # By fork, so that the workers have the rules without reading them; the arguments are inherited too.
            self._workers = ProcessPoolExecutor(self._jobs, get_context("fork"), _begin, (self,))
        return self._workers


class Remembering:
    """A Linter that lints only what changed since the last run, where there is enough to be worth it."""

    def __init__(self, linter: Linter, open_: Callable[[], Kept]) -> None:
        """`open_` gives what was kept, when it is worth it."""
        self._linter, self._open = linter, open_
        self._kept: Kept | None = None
        self._bytes = 0
        self._queue: deque[tuple[Task, list[Linted]]] = deque()
        """In the order in which they were taken; what became of each lies in the list when it is known."""
        self._misses: deque[tuple[Task, list[Linted]]] = deque()

    def take(self, task: Task) -> Iterator[tuple[Task, Linted]]:
        """As Linter has it."""
        self._queue.append((task, []))
        self._bytes += len(task.data)
        if self._kept is not None:
            self._look(self._kept, *self._queue[-1])
        elif len(self._queue) >= WORTH_IT or self._bytes >= CHUNK_BYTES:
            self._kept = kept = self._open()
            for item in self._queue:
                self._look(kept, *item)
        yield from self._ready()

    def _look(self, kept: Kept, task: Task, place: list[Linted]) -> None:
        found = kept.find(task)
        if found is not None:
            place.append(Linted(found, []))
            return
        self._misses.append((task, place))
        self._fill(self._linter.take(task))

    def _fill(self, results: Iterable[tuple[Task, Linted]]) -> None:
        for task, linted in results:
            self._misses.popleft()[1].append(linted)
            if self._kept is not None:
                self._kept.add(task, linted)

    def _ready(self) -> Iterator[tuple[Task, Linted]]:
        while self._queue and self._queue[0][1]:
            task, (linted,) = self._queue.popleft()
            yield task, linted

    def rest(self) -> Iterator[tuple[Task, Linted]]:
        """All that is left; what is new is kept."""
        if self._kept is None:
            for task, _ in self._queue:
                yield from self._linter.take(task)
            yield from self._linter.rest()
            return
        self._fill(self._linter.rest())
        self._kept.save()
        yield from self._ready()

    def close(self) -> None:
        """End the workers."""
        self._linter.close()


_linter: Linter
"""A worker's own."""


def _begin(linter: Linter) -> None:
    global _linter
    _linter = linter


def _work(tasks: Sequence[Task]) -> list[Linted]:
    return [_linter.one(task) for task in tasks]
