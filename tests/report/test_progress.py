"""Progress, on a real terminal and off it."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from imagelint.report import progress

PROGRAM = """
import sys, time
from imagelint.report.progress import Progress
patience, enabled = float(sys.argv[1]), sys.argv[2] == "yes"
with Progress(enabled=enabled) as bars:
    bars.layer(1, 100, "early")
    time.sleep(patience)
    for done in range(0, 101, 20):
        bars.layer(done, 100, "app:latest [red]\\x1b[2J\\u202elayer")
        bars.layer(done, -1, "unknown")
        time.sleep(0.12)
print("rich" in sys.modules)
"""


def on_terminal(patience: float, enabled: str = "yes", **environment: str) -> tuple[str, str]:
    """(what the terminal got, standard output) of a program whose standard error is a terminal."""
    leader, follower = os.openpty()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(patience), enabled],
        stdout=subprocess.PIPE,
        stderr=follower,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", **environment},
        check=True,
        text=True,
    )
    os.close(follower)
    seen = b""
    os.set_blocking(leader, False)
    try:
        while piece := os.read(leader, 65536):
            seen += piece
    except OSError:
        pass  # that is how a terminal ends when its last writer has gone
    os.close(leader)
    return seen.decode(), done.stdout


def test_a_long_scan_shows_bars() -> None:
    seen, printed = on_terminal(progress.PATIENCE + 0.1)
    assert printed == "True\n"
    assert "app:latest [red]\\x1b[2J\\u202elayer" in seen
    assert "unknown" in seen
    assert "early" not in seen
    assert "100 bytes" in seen
    assert "\x1b[2J" not in seen
    assert "\u202e" not in seen


@pytest.mark.parametrize(("enabled", "environment"), [("no", {}), ("yes", {"TERM": "dumb"})])
def test_where_it_is_not_wanted(enabled: str, environment: dict[str, str]) -> None:
    assert on_terminal(progress.PATIENCE + 0.1, enabled, **environment) == ("", "False\n")


def test_a_pipe_gets_nothing() -> None:
    words = [sys.executable, "-c", PROGRAM, str(progress.PATIENCE + 0.1), "yes"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert (done.stderr, done.stdout) == ("", "False\n")


def test_a_short_scan_does_not_wait_for_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    with progress.Progress(screen) as bars:
        bars.layer(1, 2, "layer")
        bars.layer(2, 2, "layer")
    assert screen.getvalue() == ""


def test_threads_may_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with progress.Progress(screen) as bars, ThreadPoolExecutor(4) as pool:
        for number in range(20):
            for done in range(0, 101, 10):
                pool.submit(bars.layer, done, 100, f"layer {number}")
    assert screen.getvalue() != ""
    after = len(screen.getvalue())
    bars.layer(1, 2, "late")
    assert len(screen.getvalue()) == after
