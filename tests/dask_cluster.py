"""A Dask scheduler and workers for tests: processes on loopback, started by Dask's own programs and stopped by id."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.registries import free_port
from tests.service import Service

START = 60.0
"""Seconds until a scheduler or a worker must answer."""
REPOSITORY = Path(__file__).parent.parent


class Cluster:
    """A scheduler, and the workers that are started in it; everything they write is below one folder."""

    def __init__(self, folder: Path, tls: Sequence[str] = (), environment: Mapping[str, str] = {}) -> None:
        """`tls`: Dask's options for certificates, for scheduler and workers. `environment`: of the scheduler."""
        self.folder, self._tls, self._environment = folder, list(tls), environment
        self._port = free_port()
        self.address = f"{'tls' if tls else 'tcp'}://127.0.0.1:{self._port}"
        self.workers: list[Service] = []
        self.scheduler: Service | None = None
        self._started = 0
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
        words = ["scheduler", "--host", self.address.rpartition(":")[0], "--port", str(self._port)]
        self.scheduler = self._service(words, "scheduler", self._answers, self._environment)

    def worker(self, environment: Mapping[str, str] = {}, threads: int = 1, *words: str) -> Service:
        """Start one worker more, without a nanny: what is killed stays away."""
        self._started += 1
        name = f"worker{self._started}"
        log = self.folder / f"{name}.log"
        words = ("worker", self.address, "--nthreads", str(threads), "--name", name, "--no-nanny", *words)
        words = (*words, "--local-directory", str(self.folder / f"{name}.files"), "--host", "127.0.0.1")
        service = self._service(words, name, lambda: b"Registered to" in log.read_bytes(), environment)
        self.workers.append(service)
        return service

    def written(self) -> bytes:
        """All that scheduler and workers wrote: logs, and the files below their folders."""
        return b"\n".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())

    def _service(self, words: Sequence[str], name: str, ready: object, environment: Mapping[str, str]) -> Service:
        self._started += 1
        known = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONSAFEPATH": "1",  # not the folder that the tests run in
            "DASK_DISTRIBUTED__WORKER__MEMORY__SPILL": "0.01",  # whatever could be spilled to disk is
            **environment,
        }
        command = [sys.executable, "-m", "dask", *words, "--no-dashboard", *self._tls]
        return Service(command, self.folder / f"{name}.log", ready, START, known)  # type: ignore[arg-type]

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), 1).close()
        except OSError:
            return False
        return True
