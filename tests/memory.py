"""Peak memory of a program, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PEAK = """
def peak():
    # Of this program alone: ru_maxrss also counts the parent it was started from.
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) >> 10
"""


def run(program: str, *arguments: str) -> list[int]:
    """Run a program that may call peak() (MiB so far), and return the numbers that it prints."""
    if sys.platform != "linux":
        pytest.skip("peak memory is read from /proc")
    words = [sys.executable, "-c", PEAK + textwrap.dedent(program), *arguments]
    root = Path(__file__).parent.parent
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]
