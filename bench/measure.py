"""Run a program and tell what it took."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Run:
    """One run: wall seconds, processor seconds, the highest memory in MiB (of a program and the processes that it
    started together, pages that they share counted once), and what it wrote."""

    seconds: float
    processor: float
    memory: float
    output: bytes
    status: int


def run(
    words: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    folder: str | None = None,
    allowed: Sequence[int] = (0,),
) -> Run:
    """Run it once; SystemExit for a status that is not allowed. Output goes to files: no pipe slows it down."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment, cwd=folder
        )
        memory = _Memory(process.pid)
        _, wait_status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = status = os.waitstatus_to_exitcode(wait_status)
        if status not in allowed:
            errors.seek(0)
            raise SystemExit(
                f"{' '.join(words[:6])} ...: exit status {status}\n{errors.read().decode(errors='replace')[-2000:]}"
            )
        output.seek(0)
        return Run(
            seconds, usage.ru_utime + usage.ru_stime, max(memory.stop(), usage.ru_maxrss / 1024), output.read(), status
        )


class _Memory(threading.Thread):
    """Looks ten times a second, which takes some percent of a processor; between two looks the kernel's own peak of a
    single process counts (ru_maxrss)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._peak = pid, 0.0
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        """Until stop()."""
        while not self._over.wait(0.1):
            self._peak = max(self._peak, sum(map(_proportional, [self._pid, *_children(self._pid)])) / 1024)

    def stop(self) -> float:
        """The peak in MiB."""
        self._over.set()
        self.join()
        return self._peak


def _children(pid: int) -> list[int]:
    try:
        found = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [one for child in found for one in (child, *_children(child))]


def _proportional(pid: int) -> int:
    """KiB of a process, a page of several processes in parts (proc(5), smaps_rollup)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def median(runs: Sequence[Run]) -> float:
    """The middle wall time."""
    return statistics.median(one.seconds for one in runs)
