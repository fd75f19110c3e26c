"""Worker processes that inherit everything by fork: the rules, the compiled patterns, the files that are open."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from imagelint import process

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

R = TypeVar("R")

_TICK = 0.1
"""Seconds between two calls of what is to be done while all wait."""


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


def each(
    work: Callable[[int], R], numbers: Sequence[int], count: int, meanwhile: Callable[[], None]
) -> Generator[tuple[int, R | None], None, None]:
    """(number, work(number)) as they are done, by `count` workers that are given the numbers in turn.

    None for one whose worker was ended from outside, for want of memory say; another takes its place. `work` may use
    whatever this process has, and what it gives must be picklable; it must not raise. `meanwhile` is called in this
    process while it waits. Closing the generator ends the workers at once.
    """
    from multiprocessing.connection import wait  # heavy: only when a run needs it

    left = list(reversed(numbers))
    busy: dict[Connection, _Worker] = {}
    try:
        while left or busy:
            while left and len(busy) < count:
                worker = _Worker(work, list(busy))
                busy[worker.pipe] = worker
                worker.give(left.pop())
            for pipe in wait(list(busy), _TICK):
                worker = busy[pipe]  # type: ignore[index]  # the types of `wait` allow for sockets
                number, (alive, result) = worker.number, worker.take()
                if alive and left:
                    worker.give(left.pop())
                else:
                    del busy[worker.pipe]
                    worker.end()
                yield number, result
            meanwhile()
    finally:
        for worker in busy.values():
            worker.process.terminate()
            worker.end()


class _Worker:
    """One process, and the pipe to it."""

    def __init__(self, work: Callable[[int], R], others: Sequence[Connection]) -> None:
        """`others` are the pipes to the workers that there are: a copy of one would keep it open when we are gone."""
        from multiprocessing import get_context  # heavy: only when a run needs it

        context = get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.number = -1
        self.process: ForkProcess = context.Process(
            target=_serve, args=(work, theirs, [*others, self.pipe]), daemon=True
        )
        with uninterrupted():
            self.process.start()
        theirs.close()

    def give(self, number: int) -> None:
        """Let it work on this one."""
        self.number = number
        try:
            self.pipe.send(number)
        except OSError:
            pass  # it is gone, which take() says

    def take(self) -> tuple[bool, R | None]:
        """Whether it lives, and what it made of its number."""
        try:
            return True, self.pipe.recv()
        except (EOFError, OSError):
            return False, None

    def end(self) -> None:
        """Nothing more is asked of it."""
        self.pipe.close()
        self.process.join()


def _serve(work: Callable[[int], object], pipe: Connection, others: Sequence[Connection]) -> None:
    import gc  # a worker alone needs it

    gc.freeze()  # what was inherited stays: no collection need look at it
    for other in others:
        other.close()
    try:
        while True:
            pipe.send(work(pipe.recv()))
    except Exception:
        os._exit(0)  # nobody asks any more, or waits for an answer; or the answer is too large to be sent
