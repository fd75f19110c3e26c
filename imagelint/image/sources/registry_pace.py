"""How fast a registry is asked, by all threads that share a route to it.

A registry counts requests by whoever makes them, and not by thread: when it says "later" to one, all wait.
"""

from __future__ import annotations

import math
import threading
import time

from imagelint.errors import UnreadableError
from imagelint.stream import limits


class Pace:
    """The turns of requests to one registry. Threads share it; a forked process goes on with a copy."""

    def __init__(self, connections: int = 0, rate: float = 0.0) -> None:
        """At most so many connections at once, and requests a second; 0 for as many as there are threads."""
        self.connections = connections
        self._gap = 1 / rate if rate else 0.0
        self._lock = threading.Lock()
        self._next = self._held = -math.inf
        """When the next request may be made: by the rate, and as the registry says."""
        self._waited = self._in_a_row = 0.0
        """Seconds that the registry had everybody wait: in all, and since it answered last."""
        self._failures = 0
        self._stopped = threading.Event()

    def turn(self, host: str, most: float) -> None:
        """Wait until a request may be made, or for `most` seconds. UnreadableError when none is made any more."""
        end = time.monotonic() + most
        while True:
            if self._failures >= limits.REGISTRY_FAILURES:
                raise UnreadableError(f"{host} fails more than it answers, and is asked no more: try again later")
            with self._lock:
                now = time.monotonic()
                at = max(now, self._next, self._held)
                self._next = at + self._gap
            self.rest(min(at, end) - now)
            if self._held <= at or time.monotonic() >= end:  # else it was told to wait meanwhile
                return

    def hold(self, seconds: float) -> bool:
        """The registry wants nobody to ask for so long; False when that would be longer than anybody waits."""
        with self._lock:
            now = time.monotonic()
            more = now + seconds - max(now, self._held)
            if self._waited + more > limits.REGISTRY_WAIT_IN_ALL or self._in_a_row + more > limits.REGISTRY_WAIT:
                return False
            if more > 0:
                self._waited += more
                self._in_a_row += more
                self._held = now + seconds
            return True

    def rest(self, seconds: float) -> None:
        """Let one thread wait."""
        if self._stopped.wait(seconds) if seconds > 0 else self._stopped.is_set():
            raise UnreadableError("it was not waited for any longer, since the run was ended")

    def answered(self, well: bool) -> None:
        """Whether an answer came, as far as the registry itself is concerned: failures count, and answers count against
        them."""
        with self._lock:
            self._failures = max(0, self._failures - 1) if well else self._failures + 1
            if well:
                self._in_a_row = 0.0

    def stop(self, stopped: bool = True) -> None:
        """Nobody waits any longer, until it is said that they may."""
        if stopped:
            self._stopped.set()
        else:
            self._stopped.clear()

    def split(self, parts: int) -> None:
        """What is left to one of so many processes, each of which goes on with a copy of its own."""
        self.connections = max(1, self.connections // parts) if self.connections else 0
        self._gap *= parts
