"""The registries of a run: one route and one pace for each, several requests at a time, never more than are allowed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from imagelint.errors import UnreadableError, UsageError, defect
from imagelint.image.request import ANY, Request
from imagelint.image.sources.reference import Reference
from imagelint.image.sources.registry_client import Client
from imagelint.image.sources.registry_network import Route
from imagelint.image.sources.registry_pace import Pace
from imagelint.registry.documents import Keeper, Known

T = TypeVar("T")
R = TypeVar("R")

CONNECTIONS = 8
"""To one registry at a time: Docker opens three for each pull, and a registry serves many pulls."""
MOST_CONNECTIONS = 64
_AHEAD = 4
"""Items for each thread that wait, or whose results do."""


class Registries:
    """Makes the clients of a run, and lets threads use them."""

    def __init__(
        self,
        request: Request = ANY,
        connections: int = CONNECTIONS,
        rate: float = 0.0,
        store: Keeper | None = None,
    ) -> None:
        """`connections` at a time and `rate` requests a second for each registry (0: as many as come); `store` has the
        documents of earlier runs. UsageError for numbers that are none."""
        if not 1 <= connections <= MOST_CONNECTIONS:
            raise UsageError(f"--connections {connections}: give a number from 1 to {MOST_CONNECTIONS}")
        if not 0 <= rate <= 10_000:  # not a number is neither
            raise UsageError(f"--rate {rate:g}: give requests a second, as 20 or 0.5; 0 for as many as come")
        self.request, self.documents = request, Known(store)
        self._connections, self._rate = connections, rate
        self._routes: dict[str, Route] = {}
        self._lock = threading.Lock()

    def client(self, reference: Reference) -> Client:
        """A client for a repository; for a registry where the name is empty. UnreadableError when the host is none."""
        server = reference.server.lower()
        with self._lock:
            if server not in self._routes:
                made = Client(reference, self.request.insecure, pace=Pace(self._connections, self._rate))
                self._routes[server] = made.route
                return made
        return Client(reference, self.request.insecure, route=self._routes[server])

    def split(self, processes: int) -> None:
        """Ahead of a fork into so many: what all of them may ask stays the same."""
        for route in self._routes.values():
            route.pace.split(processes)

    def each(self, work: Callable[[T], R], items: Iterable[T]) -> Generator[tuple[T, R | UnreadableError], None, None]:
        """(item, work(item) or what kept it from being done), in the order of the items, several at a time. When the
        iterator is through, or closed, all threads have ended."""
        waiting: deque[tuple[T, Future[R]]] = deque()
        rest = iter(items)
        with ThreadPoolExecutor(self._connections, "registry") as pool:
            try:
                for item in rest:
                    waiting.append((item, pool.submit(work, item)))
                    if len(waiting) >= _AHEAD * self._connections:
                        first, future = waiting.popleft()
                        yield first, _result(future)
                while waiting:
                    first, future = waiting.popleft()
                    yield first, _result(future)
            except BaseException:  # a fault of ours, Ctrl-C, or the iterator was closed
                routes = list(self._routes.values())
                for route in routes:
                    route.pace.stop()
                pool.shutdown(cancel_futures=True)
                for route in routes:
                    route.pace.stop(False)
                raise


def _result(future: Future[Any]) -> Any:
    """What came of it; UnreadableError as a value."""
    try:
        return future.result()
    except UnreadableError as error:
        return error
    except UsageError:
        raise
    except Exception as error:
        return UnreadableError(defect(error))
