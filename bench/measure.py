"""Run a program and tell what it took."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Run:
    """One run: wall seconds, processor seconds, the highest resident memory in MiB, and what it wrote."""

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
        _, wait_status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = status = os.waitstatus_to_exitcode(wait_status)
        if status not in allowed:
            errors.seek(0)
            raise SystemExit(
                f"{' '.join(words[:6])} ...: exit status {status}\n{errors.read().decode(errors='replace')[-2000:]}"
            )
        output.seek(0)
        return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.read(), status)


def median(runs: Sequence[Run]) -> float:
    """The middle wall time."""
    return statistics.median(one.seconds for one in runs)
