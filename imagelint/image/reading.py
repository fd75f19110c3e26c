"""The layers of an image, read several at a time: small ones in threads, the others in worker processes.

Between a decoder and the patterns there is Python, which only one thread at a time can run: of an image of 1 GB with
compiled Python and manual pages, two processes take 4.4 s and two threads 7.1.
"""

from __future__ import annotations

import mmap
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

from imagelint.errors import defect
from imagelint.image.ahead import Tell
from imagelint.image.layer import place_of
from imagelint.image.model import Image, Layer
from imagelint.image.paths import Allowance
from imagelint.image.progress import Progress, watched
from imagelint.image.result import LayerResult
from imagelint.stream import limits
from imagelint.workers import Each, forkable

WORTH_IT = 4 * limits.MIB
"""Stored bytes from which on the workers' start (20 ms) is paid back."""
KILLED = "the process that read it was ended from outside, for want of memory perhaps"


def read_all(
    layers: Sequence[Layer],
    read: Callable[[Layer], LayerResult],
    allowance: Allowance,
    jobs: int,
    tell: Tell | None = None,
) -> Iterator[LayerResult]:
    """Each layer's result as it is done; the largest layers are begun first, so that no worker is left with one at the
    end. `allowance` is what `read` takes from; `tell` is told how many stored bytes of a layer are read.

    A defect in one layer, or the end of the process that read it, is told in its result and loses nothing of the
    others.
    """
    order = sorted(layers, key=lambda layer: -layer.size)
    return (result for _, result in read_each(order, read, allowance, jobs, tell))


def read_each(
    order: Sequence[Layer],
    read: Callable[[Layer], LayerResult],
    allowance: Allowance,
    jobs: int,
    tell: Tell | None = None,
    ahead: int = sys.maxsize,
) -> Iterator[tuple[Layer, LayerResult]]:
    """The same, begun in the order that is given, each with its layer; nothing is begun that is so far `ahead` of a
    layer that is not done."""

    def one(layer: Layer, tell: Callable[[int], None] | None) -> LayerResult:
        try:
            return read(layer if tell is None else watched(layer, tell))
        except Exception as error:
            return _unread(layer, defect(error))

    def here(layer: Layer) -> tuple[Layer, LayerResult]:
        return layer, one(layer, partial(tell, layer) if tell is not None else None)

    if jobs == 1 or len(order) < 2:
        return map(here, order)
    if sum(layer.size for layer in order) >= WORTH_IT and forkable():
        return _InWorkers(order, one, allowance, jobs, tell, ahead)
    return _in_threads(order, here, jobs, ahead)


def read_image(
    image: Image,
    read: Callable[[Layer, Allowance], LayerResult],
    allowance: Allowance,
    jobs: int,
    progress: Progress | None = None,
    prepare: Callable[[], None] | None = None,
) -> list[LayerResult]:
    """The results of all its layers, in order. What an earlier image of the target has is not read again, and layers of
    later ones are read ahead; `prepare` is called where something is read."""
    shared = image.shared
    if shared is not None:
        shared.gather()
    results = shared.there(image, allowance) if shared is not None else []
    left = _left(image, results)
    if left and prepare is not None:
        prepare()
    if left and shared is not None:

        def ahead(layers: Sequence[Layer], tell: Tell | None) -> Iterator[tuple[Layer, LayerResult]]:
            whole = Allowance()
            return read_each(layers, lambda layer: read(layer, whole.alone()), whole, jobs, tell, limits.AHEAD)

        shared.read_ahead(image, left, ahead, progress)
        results = shared.there(image, allowance, results)
        left = _left(image, results)

    def tell(layer: Layer, done: int) -> None:
        if progress is not None:
            progress(done, layer.size, f"layer {layer.index + 1} of {len(image.layers)}")

    told = tell if progress is not None else None
    results += read_all(left, lambda layer: read(layer, allowance), allowance, jobs, told)
    results.sort(key=lambda result: result.index)
    if shared is not None:
        # What was cut short for want of room may have room in another image.
        shared.through(image, results, hold=not allowance.exhausted)
    return results


def _left(image: Image, results: Sequence[LayerResult]) -> list[Layer]:
    there = {result.index for result in results}
    return [layer for layer in image.layers if layer.index not in there]


def _in_threads(
    order: Iterable[Layer], here: Callable[[Layer], tuple[Layer, LayerResult]], jobs: int, ahead: int
) -> Iterator[tuple[Layer, LayerResult]]:
    begun: deque[Future[tuple[Layer, LayerResult]]] = deque()
    with ThreadPoolExecutor(jobs) as pool:
        for layer in order:
            begun.append(pool.submit(here, layer))
            if len(begun) >= ahead:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


class _InWorkers:
    """Layers read by worker processes."""

    def __init__(
        self,
        order: Sequence[Layer],
        read: Callable[[Layer, Callable[[int], None] | None], LayerResult],
        allowance: Allowance,
        jobs: int,
        tell: Tell | None,
        ahead: int,
    ) -> None:
        self._order, self._tell = order, tell
        self._told = [0] * len(order)
        self._ends = ExitStack()
        memory = self._ends.enter_context(mmap.mmap(-1, 8 * len(order)))
        view = self._ends.enter_context(memoryview(memory))
        self._done = done = self._ends.enter_context(view.cast("q"))

        def work(number: int) -> LayerResult:
            return read(order[number], partial(done.__setitem__, number) if tell is not None else None)

        self._ends.enter_context(allowance.shared())
        self._results = Each(work, range(len(order)), jobs, self._meanwhile, ahead)
        self._ends.callback(self._results.close)

    def __iter__(self) -> _InWorkers:
        return self

    def __next__(self) -> tuple[Layer, LayerResult]:
        for number, result in self._results:
            return self._order[number], result if result is not None else _unread(self._order[number], KILLED)
        self.close()
        raise StopIteration

    def ready(self) -> bool:
        """Whether a result is there, or the end of one of the processes."""
        return self._results.ready()

    def close(self) -> None:
        """End what is being read."""
        self._ends.close()

    __del__ = close

    def _meanwhile(self) -> None:
        for number, layer in enumerate(self._order):
            if self._tell is not None and self._told[number] != self._done[number]:
                self._told[number] = self._done[number]
                self._tell(layer, self._told[number])


def _unread(layer: Layer, reason: str) -> LayerResult:
    return LayerResult(layer.index, incomplete=[(place_of(layer), reason)])
