"""Worker processes that inherit everything by fork: the rules, the compiled patterns, the files that are open."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from imagelint import process

if TYPE_CHECKING:
    from mmap import mmap
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

R = TypeVar("R")

_TICK = 0.1
"""Seconds between two calls of what is to be done while all wait."""
_NUMBER = 8
"""Bytes of a number, none of them below 0, between processes."""


def forkable() -> bool:
    """Whether this process may fork: a fork copies locks that other threads hold, and nobody opens them in the copy.
    Python does not know all threads of somebody else's program, nor what else it would have twice."""
    import threading  # the rest of this file is seldom needed

    return process.own and hasattr(os, "fork") and threading.active_count() == 1


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C waits: in the middle of a fork it would be lost or told by a traceback.

    The workers inherit that it waits, and let the parent answer.
    """
    import signal

    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Each(Generic[R]):
    """(number, work(number)) as they are done, by `count` workers that take the numbers in turn. While the caller has
    one in hand, each does one more at most, and begins another.

    None for one whose worker was ended from outside, for want of memory say; another takes its place.
    """

    def __init__(
        self,
        work: Callable[[int], R],
        numbers: Sequence[int],
        count: int,
        meanwhile: Callable[[], None],
        ahead: int = sys.maxsize,
    ) -> None:
        """`work` may use whatever this process has, and what it gives must be picklable; it must not raise. `meanwhile`
        is called in this process while it waits. None is begun that is so far `ahead` of one that is not done."""
        self._work, self._numbers, self._meanwhile, self._ahead = work, numbers, meanwhile, ahead
        self._process = os.getpid()
        self._left = set(numbers)
        self._first = self._given = 0
        self._room = 2 * count
        """Numbers that may be begun beside those that are."""
        self._busy: dict[Connection, _Worker] = {}
        self._queue = _Queue()
        for _ in range(min(count, len(numbers))):
            self._begin()
        self._fill()

    def __iter__(self) -> Each[R]:
        return self

    def __next__(self) -> tuple[int, R | None]:
        while self._busy:
            for pipe in self._wait(_TICK):
                done = self._take(pipe)
                if done is not None:
                    return done
            self._meanwhile()
        if not self._left:
            self.close()
            raise StopIteration
        return self._left.pop(), None

    def ready(self) -> bool:
        """Whether there is a next one without waiting."""
        return bool(self._wait(0))

    def close(self) -> None:
        """End the workers at once, and let go of what was not done. A copy in another process has no workers."""
        if self._process != os.getpid():
            return
        for worker in self._busy.values():
            worker.process.terminate()
            worker.end()
        self._busy.clear()
        self._left.clear()
        self._queue.close()

    __del__ = close

    def _begin(self) -> None:
        worker = _Worker(self._work, self._queue, list(self._busy))
        self._busy[worker.pipe] = worker

    def _fill(self) -> None:
        """Let workers begin what they may."""
        while self._first < self._given and self._numbers[self._first] not in self._left:
            self._first += 1
        while self._room and self._given < min(len(self._numbers), self._first + self._ahead):
            self._queue.give(self._numbers[self._given])
            self._given, self._room = self._given + 1, self._room - 1
        if self._given == len(self._numbers):
            self._queue.end()

    def _wait(self, seconds: float) -> list[Connection]:
        from multiprocessing.connection import wait  # heavy: only when a run needs it

        return wait(list(self._busy), seconds)  # type: ignore[return-value]  # the types of `wait` allow for sockets

    def _take(self, pipe: Connection) -> tuple[int, R | None] | None:
        worker = self._busy[pipe]
        done = worker.take()
        if done is None:
            del self._busy[pipe]
            if worker.end():
                return None
            self._begin()
            done = worker.had(), None
        self._room += 1
        told = done[0] in self._left
        self._left.discard(done[0])
        self._fill()
        return done if told else None


class _Queue:
    """The numbers that wait for a worker, in a pipe from which all of them read: no lock is in it, which a worker that
    is ended could take along."""

    def __init__(self) -> None:
        self._theirs, self._ours = os.pipe()

    def give(self, number: int) -> None:
        """Whoever is free takes it; a few at a time, as many as a pipe has room for."""
        os.write(self._ours, number.to_bytes(_NUMBER, "little"))

    def take(self) -> int | None:
        """The next number, for a worker; None when there are no more."""
        data = os.read(self._theirs, _NUMBER)  # of so few bytes, the kernel gives all or none
        return int.from_bytes(data, "little") if data else None

    def end(self) -> None:
        """No more will come."""
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def close(self) -> None:
        """Nobody takes anything any more."""
        self.end()
        if self._theirs >= 0:
            os.close(self._theirs)
            self._theirs = -1


class _Worker:
    """One process, and the pipe that its results come from."""

    def __init__(self, work: Callable[[int], object], queue: _Queue, others: Sequence[Connection]) -> None:
        """`others` are the pipes of the workers that there are: a copy of one would keep it open when we are gone."""
        import mmap
        from multiprocessing import get_context  # heavy: only when a run needs it

        context = get_context("fork")
        self.pipe, theirs = context.Pipe(duplex=False)
        self._hand = mmap.mmap(-1, _NUMBER)
        self._hand[:] = bytes([255]) * _NUMBER
        self.process: ForkProcess = context.Process(
            target=_serve, args=(work, queue, self._hand, theirs, [*others, self.pipe]), daemon=True
        )
        with uninterrupted():
            self.process.start()
        theirs.close()

    def take(self) -> tuple[int, Any] | None:
        """A number, and what it made of it; None where it is gone."""
        try:
            done: tuple[int, Any] = self.pipe.recv()
        except (EOFError, OSError):
            return None
        return done

    def had(self) -> int:
        """The number that it took last."""
        return int.from_bytes(self._hand[:], "little")

    def end(self) -> bool:
        """Nothing more is asked of it. Whether it ended for want of numbers."""
        self.pipe.close()
        self.process.join()
        return self.process.exitcode == 0


def _serve(
    work: Callable[[int], object], queue: _Queue, hand: mmap, pipe: Connection, others: Sequence[Connection]
) -> None:
    import gc  # a worker alone needs it

    gc.freeze()  # what was inherited stays: no collection need look at it
    queue.end()
    for other in others:
        other.close()
    try:
        while (number := queue.take()) is not None:
            hand[:] = number.to_bytes(_NUMBER, "little")
            pipe.send((number, work(number)))
    except Exception:
        os._exit(1)  # nobody takes an answer, or it is too large to be sent
    os._exit(0)
