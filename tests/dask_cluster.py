"""A Dask scheduler and workers for tests: processes on loopback, started by Dask's own programs and stopped by id."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.registries import free_port
from tests.service import Service

START = 60.0
"""Seconds until a scheduler or a worker must answer."""
REPOSITORY = Path(__file__).parent.parent


class Cluster:
    """A scheduler, and the workers that are started in it; everything they write is below one folder."""

    def __init__(
        self,
        folder: Path,
        tls: Sequence[str] = (),
        environment: Mapping[str, str] = {},
        words: Callable[[int], list[str]] | None = None,
    ) -> None:
        """`tls`: Dask's options for certificates, for scheduler and workers. `environment`: of the scheduler. `words`
        starts another scheduler than the usual one at a port, over TLS."""
        self.folder, self._environment = folder, environment
        self._usual = ["--no-dashboard", *tls]
        self._port = free_port()
        self.address = f"{'tls' if tls or words else 'tcp'}://127.0.0.1:{self._port}"
        self.workers: list[Service] = []
        self.scheduler: Service | None = None
        host = self.address.rpartition(":")[0]
        usual = ["scheduler", "--host", host, "--port", str(self._port), *self._usual]
        self._words = words(self._port) if words else usual
        folder.mkdir(parents=True)

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for service in [*self.workers, *([self.scheduler] if self.scheduler else [])]:
            service.stop()

    def start(self) -> None:
        """Start the scheduler, at the same address each time."""
        self.scheduler = self._service(self._words, "scheduler", self._answers, self._environment)

    def worker(self, environment: Mapping[str, str] = {}, threads: int = 1, *words: str) -> Service:
        """Start one worker more, without a nanny: what is killed stays away."""
        name = f"worker{len(self.workers) + 1}"
        words = ("worker", self.address, "--nthreads", str(threads), "--name", name, "--no-nanny", *words)
        words = (*words, "--local-directory", str(self.folder / f"{name}.files"), "--host", "127.0.0.1")
        return self.worker_by([*words, *self._usual], environment)

    def worker_by(self, words: Sequence[str], environment: Mapping[str, str] = {}) -> Service:
        """The same by words of one's own."""
        name = f"worker{len(self.workers) + 1}"
        log = self.folder / f"{name}.log"
        service = self._service(words, name, lambda: b"Registered to" in log.read_bytes(), environment)
        self.workers.append(service)
        return service

    def written(self) -> bytes:
        """All that scheduler and workers wrote: logs, and the files below their folders."""
        return b"\n".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())

    def _service(
        self, words: Sequence[str], name: str, ready: Callable[[], bool], environment: Mapping[str, str]
    ) -> Service:
        known = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONSAFEPATH": "1",  # not the folder that the tests run in
            "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET": "1e-9",  # every result that waits is spilled to disk
            **environment,
        }
        command = [sys.executable, "-m", "dask", *words]
        return Service(command, self.folder / f"{name}.log", ready, START, known)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), 1).close()
        except OSError:
            return False
        return True
