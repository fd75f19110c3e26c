"""How far a long scan is: on standard error, on a terminal, and only when there is something to wait for."""

from __future__ import annotations

import os
import sys
import time
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from imagelint.report.escape import brief

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

PATIENCE = 0.5
"""Seconds before anything is shown: most scans are over by then, and need no rich."""
MOST_BARS = 8
"""Bars at a time; there are seldom more layers in work."""
OVERALL = ""
"""The name of the bar for everything together."""
REFRESH = 0.1
"""Seconds between two drawings."""


class Progress:
    """A bar for each layer that is being read, gone at the end.

        with Progress(enabled=...) as progress:
            progress.layer(bytes_read, bytes_in_all, "app:latest, layer 3")

    `layer` may be called from any thread, for each window that was read.
    """

    def __init__(self, stream: TextIO | None = None, *, enabled: bool = True) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._shown = enabled and self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._lock = Lock()
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._start = self._drawn = 0.0

    def __enter__(self) -> Progress:
        self._start = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._shown = False
            if self._bars:
                self._bars.stop()

    def layer(self, done: int, total: int, text: str) -> None:
        """So many bytes are read of so many (-1: not known) of what `text` names; its bar goes when all are read."""
        if not self._shown or time.monotonic() - self._start < PATIENCE:
            return
        with self._lock:
            if self._shown:
                self._draw(done, total, text)

    def overall(self, done: int, total: int, text: str) -> None:
        """The same of everything together, by one bar, which says `text`."""
        if not self._shown or time.monotonic() - self._start < PATIENCE:
            return
        with self._lock:
            if self._shown:
                if OVERALL not in self._tasks:
                    self._tasks[OVERALL] = self._started().add_task("")
                whole = total if total >= 0 else None
                self._started().update(self._tasks[OVERALL], description=brief(text, 80), total=whole, completed=done)
                self._refresh()

    def _draw(self, done: int, total: int, text: str) -> None:
        bars = self._started()
        if 0 <= total <= done:
            if text in self._tasks:
                bars.remove_task(self._tasks.pop(text))
        elif text in self._tasks:
            bars.update(self._tasks[text], completed=done)
        elif len(self._tasks) < MOST_BARS:
            whole = total if total >= 0 else None
            self._tasks[text] = bars.add_task(brief(text, 60), total=whole, completed=done)
        self._refresh()

    def _started(self) -> Bars:
        if self._bars is None:
            self._bars = _bars(self._stream)
            self._bars.start()
        return self._bars

    def _refresh(self) -> None:
        if self._bars is not None and (now := time.monotonic()) - self._drawn >= REFRESH:
            self._drawn = now
            self._bars.refresh()


def _bars(stream: TextIO) -> Bars:
    # heavy: only when a run needs it
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=Console(file=stream, markup=False, emoji=False, highlight=False),
        transient=True,
        auto_refresh=False,  # which would be a thread: reading.py could not fork
    )
