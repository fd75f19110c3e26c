"""One run over a cluster: layers go out as results come in, and what is lost on the way goes out again."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from imagelint import __version__
from imagelint.errors import AbsentError, ImagelintError, UnreadableError, UsageError
from imagelint.image.layer import place_of
from imagelint.image.model import Layer
from imagelint.image.result import LayerResult
from imagelint.record import record
from imagelint.registry.spread_cluster import CONNECT, Cluster
from imagelint.registry.spread_seal import Opener
from imagelint.registry.spread_task import FAILED, RESULT, UNSENT, pack_layer
from imagelint.registry.spread_worker import work
from imagelint.registry.spread_workers import ASK, Workers

if TYPE_CHECKING:
    from distributed import Client, Future, as_completed

PATIENCE = 60.0
"""Seconds that are waited for a scheduler that went away, and for a worker where there is none: a container that is
started again takes 10 to 30."""
AHEAD = 3
"""Layers in flight for each thread of a worker: one that is read, one that waits, and one whose result is on its way
here, so that no thread waits. What nobody has taken yet is among them, which bounds what it takes of memory."""
TRIES = 4
"""Times that one layer goes out. Dask itself gives a layer to another worker when its worker has ended, three times."""
_TICK, _PAUSE = 0.005, 0.5
_LONGEST = 300
"""Characters of a reason that a worker gives."""


@record
class _Task:
    """A layer on its way."""

    layer: Layer
    text: bytes
    """As it goes out."""
    tries: int = 0
    only: frozenset[str] = frozenset()
    """The workers that may read it, where not all may."""
    alone: bool = False
    """Workers ended that had it, which others may have been the cause of: it goes out when nothing else does."""


class _LostError(Exception):
    """Nothing more can be read."""

    def __init__(self, error: ImagelintError) -> None:
        super().__init__(str(error))
        self.error = error


class Reading:
    """The state of one run. One thread asks it."""

    def __init__(
        self,
        cluster: Cluster,
        run: bytes,
        opener: Opener,
        layers: Sequence[Layer],
        here: Callable[[Layer], LayerResult],
        patience: float,
        told: list[str],
    ) -> None:
        """`run` is what pack_run made, with the opener's public key; `here` reads a layer in this process, for a result
        that cannot be sent; `told` takes what is worth a line."""
        self._cluster, self._run, self._opener, self._here, self._patience = cluster, run, opener, here, patience
        self._about = hashlib.sha256(run).digest()
        self._name = os.urandom(6).hex()
        self._left = deque(_Task(layer, pack_layer(layer)) for layer in layers)
        self._suspects: deque[_Task] = deque()
        self._out: deque[tuple[Layer, LayerResult]] = deque()
        self._running: dict[Future[bytes], _Task] = {}
        self._sent = 0
        self._workers = Workers(told)
        self._ill: float | None = None
        """Since when there is no worker for us."""
        self._any = False
        """A worker has read something."""

    def results(self) -> Iterator[tuple[Layer, LayerResult]]:
        """Every layer's result, once; see Spread.read."""
        try:
            self._connect()
            while self._left or self._suspects or self._running or self._out:
                self._take()
                self._look()
                self._send()
                if not self._out:
                    time.sleep(_TICK)
                while self._out:
                    yield self._out.popleft()
        except _LostError as lost:
            if not self._any:
                raise lost.error from None
            yield from self._out
            for task in [*self._running.values(), *self._left, *self._suspects]:
                yield task.layer, _unread(task.layer, str(lost))
        finally:
            self._close()

    def _connect(self, seconds: float = CONNECT) -> Client:
        from distributed import as_completed

        self._client: Client | None = None
        try:
            client = self._client = self._cluster.connect(seconds)
        except AbsentError as error:
            raise _LostError(error) from None
        self._completed: as_completed = as_completed(loop=client.loop, with_results=True, raise_errors=False)
        return client

    def _close(self) -> None:
        """Let go of the client. The scheduler forgets what it asked for; a layer that is being read is read to its
        end, for nobody."""
        client, self._client = self._client, None
        try:
            if client is not None:
                client.close(timeout=ASK)
        except Exception:  # noqa: S110 - it is gone already, or does not answer: nothing is left to do
            pass

    def _take(self) -> None:
        """Take what has come."""
        while self._completed.has_ready():
            future, answer = next(self._completed)
            task, status = self._running.pop(future, None), future.status
            future.release()
            if task is None:
                continue
            if status == "finished":
                try:
                    self._answered(task, answer[:1], answer[1:])
                except (TypeError, ValueError):  # nothing that a worker of ours gives
                    self._again(task, "what a worker gave back is no answer")
            elif status == "error":
                self._failed(task, answer[1])
            else:
                self._again(task, "its reading was cancelled")

    def _answered(self, task: _Task, kind: bytes, rest: bytes) -> None:
        from imagelint.image.stored import load

        if kind == RESULT:
            about = self._about + task.text
            try:
                result = load(rest, task.layer.index, lambda body: self._opener.open(body, about))
            except UnreadableError as error:
                return self._again(task, f"what a worker gave back cannot be read: {error}")
            self._out.append((task.layer, result))
        elif kind == UNSENT:
            self._out.append((task.layer, self._here(task.layer)))
        elif kind == FAILED:
            self._out.append((task.layer, _unread(task.layer, rest.decode("utf-8", "replace")[:_LONGEST])))
        else:
            worker, why = json.loads(rest)
            self._workers.refuse(str(worker), str(why)[:_LONGEST])
            task.tries -= 1
            self._left.appendleft(task)
            return None
        self._any = True
        return None

    def _failed(self, task: _Task, error: BaseException) -> None:
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            if task.alone:
                why = "each worker that had it ended, also where it had nothing else: for want of memory perhaps"
                self._out.append((task.layer, _unread(task.layer, why)))
            else:
                task.alone = True
                self._suspects.append(task)
        elif self._any:
            self._again(task, f"a worker cannot run imagelint ({type(error).__name__})")
        else:
            why = f"scheduler and workers of {self._cluster.address} cannot run imagelint ({type(error).__name__})"
            raise _LostError(UsageError(f"{why}: pip install 'imagelint[dask]=={__version__}' where they run"))

    def _again(self, task: _Task, why: str) -> None:
        """It goes out once more, unless it did so too often."""
        if task.tries < TRIES:
            self._left.appendleft(task)
        else:
            self._out.append((task.layer, _unread(task.layer, f"{why}, {task.tries} times")))

    def _look(self) -> None:
        """Is the scheduler there, and does it have workers? _LostError when it is too late."""
        client, workers = self._client, self._workers
        if client is None or client.status != "running":
            client = self._come_back()
        if workers.look(client):
            self._free()
        address, now = self._cluster.address, time.monotonic()
        if workers.good:
            self._ill = None
        elif workers.any:
            why = "; ".join(sorted({*workers.refused.values()}))
            reason = f"no worker of {address} reads as this command does: {why}"
            raise _LostError(UsageError(f"{reason}; pip install 'imagelint[dask]=={__version__}' there"))
        elif self._ill is None:
            self._ill = now
        elif now - self._ill > self._patience:
            reason = f"the Dask scheduler at {address} had no worker for {self._patience:.0f} seconds"
            raise _LostError(AbsentError(f"{reason}: start one by `dask worker {address}`"))

    def _free(self) -> None:
        """What waits for workers that are gone, and may go to no other, goes out again."""
        for future, task in list(self._running.items()):
            if task.only and task.only.isdisjoint(self._workers.good):
                del self._running[future]
                future.release()
                self._again(task, "the workers that had it went away")

    def _come_back(self) -> Client:
        """The scheduler went away: wait for it, in bounds. What was on its way goes out again."""
        self._close()
        tasks, self._running = list(self._running.values()), {}
        self._workers.forget()
        for task in reversed(tasks):
            self._again(task, "the Dask scheduler went away while it was read")
        until = time.monotonic() + self._patience
        while True:
            try:
                return self._connect(min(CONNECT, self._patience))
            except _LostError:
                if time.monotonic() > until:
                    reason = f"the Dask scheduler at {self._cluster.address} went away"
                    raise _LostError(
                        AbsentError(f"{reason}, and was not back in {self._patience:.0f} seconds")
                    ) from None
                time.sleep(_PAUSE)

    def _send(self) -> None:
        """Keep every thread of every worker busy, and no more than that."""
        room = AHEAD * self._workers.threads - len(self._running) - len(self._out)
        if self._suspects and not (self._left or self._running or self._out):
            self._left.append(self._suspects.popleft())
        while room > 0 and self._left and self._client is not None:
            task = self._left.popleft()
            task.only = frozenset(self._workers.good if self._workers.refused else ())
            task.tries += 1
            self._sent += 1
            try:
                future = self._client.submit(
                    work,
                    self._run,
                    task.text,
                    key=f"layer-{self._name}-{self._sent}",
                    workers=sorted(task.only) or None,
                    allow_other_workers=False,
                    pure=False,
                )
            except Exception:  # the connection was lost just now, which the next look is told
                task.tries -= 1
                self._left.appendleft(task)
                return
            self._running[future] = task
            self._completed.add(future)
            room -= 1


def _unread(layer: Layer, reason: str) -> LayerResult:
    return LayerResult(layer.index, incomplete=[(place_of(layer), reason)])
