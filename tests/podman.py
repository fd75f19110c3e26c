"""Podman's service for tests: it builds without a daemon, and answers Docker's API on a unix socket.

Everything lies below one temporary folder; the service is stopped by its process id. Builds run nothing, so that they
need no kernel features: COPY, ENV and the like, from scratch.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.service import Server, Service, fill, remove

PODMAN, RUNC = "/usr/bin/podman", "/usr/sbin/runc"


def missing() -> str:
    """What keeps the service from being started here; empty when nothing does."""
    if os.geteuid() != 0:
        return "these tests start Podman as root"
    return ", ".join(f"{program} is missing" for program in (PODMAN, RUNC) if not os.path.exists(program))


class Podman(Server):
    """A running service."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="il-"))
        self.socket = self.root / "p.sock"
        self.address = f"unix://{self.socket}"
        self.environment = {**os.environ, "CONTAINER_HOST": self.address}
        self._service: Service | None = None
        self._made = 0

    def start(self) -> None:
        """Start the service."""
        words = [*self._words(), "system", "service", "--time=0", self.address]
        self._service = Service(words, self.root / "log", self.socket.exists, 30)

    def build(self, dockerfile: str, files: Mapping[str, str], *words: str) -> str:
        """Build without any RUN; the image's name."""
        self._made += 1
        context = self.root / f"made-{self._made}"
        fill(context, {"Dockerfile": dockerfile, **files})
        tag = f"localhost/built:{self._made}"
        self.run("build", "--tag", tag, *words, str(context))
        return tag

    def run(self, *words: str) -> str:
        """Run podman on this service's storage; its standard output."""
        done = subprocess.run([*self._words(), *words], capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"podman {' '.join(words)}: {done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout.decode()

    def stop(self) -> None:
        """End the service, release what it mounted, and remove its folder."""
        if self._service is not None:
            self._service.stop()
            self._service = None
        remove(self.root)

    def _words(self) -> list[str]:
        state = [f"--root={self.root}/root", f"--runroot={self.root}/run", f"--tmpdir={self.root}/tmp"]
        return [PODMAN, *state, "--cgroup-manager=cgroupfs", "--runtime=runc"]
