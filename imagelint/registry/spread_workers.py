"""The workers of a scheduler: how many layers they can take, and which of them read as this command does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from imagelint.registry.spread_task import differences, versions
from imagelint.registry.spread_worker import probe

if TYPE_CHECKING:
    from distributed import Client

LOOK = 2.0
"""Seconds between two looks at which workers there are."""
ASK = 10.0
"""Seconds until scheduler and workers must have answered."""


class Workers:
    """What is known of them. One thread asks it."""

    def __init__(self, told: list[str]) -> None:
        """`told` takes a line for each worker that is left aside."""
        self._told = told
        self._threads: dict[str, int] = {}
        """Of each worker, by address."""
        self._asked: set[str] = set()
        self.refused: dict[str, str] = {}
        """Address -> why this worker reads no layer of this run."""
        self._looked = 0.0

    @property
    def good(self) -> set[str]:
        """The addresses of those that may read."""
        return self._threads.keys() - self.refused.keys()

    @property
    def any(self) -> bool:
        """Whether there are some at all."""
        return bool(self._threads)

    @property
    def threads(self) -> int:
        """Of all that may read."""
        return sum(self._threads[address] for address in self.good)

    def refuse(self, worker: str, why: str) -> None:
        """It reads nothing of this run."""
        if worker not in self.refused:
            self.refused[worker] = why
            line = f"the worker {worker} read nothing: {why}"
            if line not in self._told:
                self._told.append(line)

    def forget(self) -> None:
        """The scheduler went away, and nothing is known."""
        self._threads, self._looked = {}, 0.0

    def look(self, client: Client) -> bool:
        """Ask the scheduler, unless that was done just now. Whether it was asked."""
        if time.monotonic() - self._looked < (LOOK if self.good else LOOK / 10):
            return False
        try:
            self._threads = dict(client.nthreads(callback_timeout=ASK))
        except Exception:
            self._threads = {}  # the connection is lost, which its status says soon, or nobody answers
        self._looked = time.monotonic()
        self._ask(client, self._threads.keys() - self._asked)
        return True

    def _ask(self, client: Client, new: Iterable[str]) -> None:
        """Whether new workers read as we do. One that cannot even import what a task names would end by it, and so
        would the next one that the task is given to. Who does not answer gets tasks: those ask again."""
        new = sorted(new)
        answers: dict[str, Any] = {}

        def ask() -> None:
            try:
                answers.update(client.run(probe, workers=new, on_error="return"))
            except Exception:  # noqa: S110 - nobody has answered
                pass

        if not new:
            return
        asking = threading.Thread(target=ask, daemon=True)  # Dask would wait for a worker that hangs
        asking.start()
        asking.join(ASK)
        for worker, answer in list(answers.items()):
            self._asked.add(worker)
            if isinstance(answer, dict):
                why = differences(answer, versions())
            elif isinstance(answer, OSError):
                continue  # it ended meanwhile
            else:
                why = "it has no imagelint that can be asked, or not all that it needs"
            if why:
                self.refuse(worker, why)
