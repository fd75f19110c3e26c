"""ShellCheck, the program: found, called in a bounded way, its answer read.

What it reads may hold secrets: the scripts lie in a folder that nobody else can read, for as long as it runs, and what
it says of them goes nowhere but into the answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from imagelint import process
from imagelint.errors import UsageError
from imagelint.findings import Severity
from imagelint.record import record

TIMEOUT = 60.0
"""Seconds for the scripts of one file; the usual file takes a tenth of one."""
MEMORY = 1 << 30
"""Bytes that ShellCheck may take, where the system can be told so (Linux): some scripts of 100 KB would take 9 GB."""
LONGEST = 16 << 20
"""Bytes of an answer: about 30,000 remarks."""

_LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.NOTE, "style": Severity.NOTE}
_PLACES = ("line", "column", "endLine", "endColumn")
_LEFT_OUT = "SC1090,SC1091"
"""Files that a script sources are those of the image: nobody can follow them here."""


class Failed(Exception):
    """No answer; the text says why, and holds nothing of the scripts."""


@record
class Remark:
    """One remark; lines and columns from 1, in the text of the script, the end behind the last character."""

    script: int
    line: int
    column: int
    end_line: int
    end_column: int
    severity: Severity
    code: int
    message: str

    @property
    def key(self) -> tuple[int, int, int]:
        """What tells it from the others of its script."""
        return self.line, self.column, self.code


def program() -> str:
    """The path of ShellCheck: beside this Python, as pip puts it there, or else in PATH, never in a folder that depends
    on where we are. UsageError where there is none."""
    name = "shellcheck.exe" if os.name == "nt" else "shellcheck"
    folders = [os.path.dirname(sys.executable), *os.environ.get("PATH", "").split(os.pathsep)]
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise UsageError('--shellcheck needs ShellCheck, which is not installed: pip install "imagelint[shellcheck]"')


def ask(path: str, scripts: Sequence[str]) -> list[Remark]:
    """The remarks of the ShellCheck at `path` on some scripts, in one call; Failed where it has no proper answer."""
    with _ended_tidily(), tempfile.TemporaryDirectory(prefix="imagelint-") as folder:  # of mode 0700
        names = [os.path.join(folder, f"{number}.sh") for number in range(len(scripts))]
        for name, script in zip(names, scripts, strict=True):
            with open(name, "xb") as file:
                file.write(script.encode("utf-8", "replace"))
        words = [path, "--norc", "--format=json1", f"--exclude={_LEFT_OUT}", "--", *names]
        return _read(_answer(words), {name: number for number, name in enumerate(names)})


class _Ended(BaseException):
    """A signal wants this process to end."""


@contextmanager
def _ended_tidily() -> Iterator[None]:
    """Who ends us by a signal that may be answered leaves no script behind. In somebody else's process signals are
    theirs."""
    if not process.own:
        yield
        return
    import signal  # as all below: only --shellcheck pays for it

    def end(number: int, _: object) -> None:
        raise _Ended(number)

    before: dict[int, Any] = {}
    try:
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                before[getattr(signal, name)] = signal.signal(getattr(signal, name), end)
    except ValueError:
        pass  # only the main thread may ask for this
    last = 0
    try:
        yield
    except _Ended as ended:
        last = ended.args[0]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if last:
        os.kill(os.getpid(), last)


def _answer(words: list[str]) -> bytes:
    """What the program prints. It is ended, with all that it has started, where that takes too long or is too much."""
    import threading

    given = {name: value for name, value in os.environ.items() if name not in ("SHELLCHECK_OPTS", "GHCRTS")}
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.path.abspath(os.sep),
            env=given | {"LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
    except OSError as error:
        raise Failed(f"ShellCheck cannot be started: {error.strerror}") from None
    timer = threading.Timer(TIMEOUT, _end, [process])
    started = time.monotonic()
    timer.start()
    whole = False
    try:
        _bound(process.pid)
        with process.stdout as out:  # type: ignore[union-attr]  # it is a pipe
            answer: bytes = out.read(LONGEST + 1)
        whole = len(answer) <= LONGEST
    finally:
        if not whole:
            _end(process)
        status = process.wait()
        timer.cancel()
        timer.join()  # so that no other thread is there when somebody forks
    if time.monotonic() - started >= TIMEOUT:
        raise Failed(f"ShellCheck took longer than {TIMEOUT:.0f} s over its scripts")
    if not whole:
        raise Failed(f"ShellCheck's answer is longer than {LONGEST >> 20} MiB")
    if status not in (0, 1):  # without remarks, and with some
        raise Failed(f"ShellCheck was ended by signal {-status}" if status < 0 else f"ShellCheck ended with {status}")
    if not answer:
        raise Failed("ShellCheck ended without an answer, as it does where memory runs out")
    return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    """Only ahead of its `wait`: until then nobody else has its number."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, 9)
        else:
            process.kill()
    except OSError:
        pass  # it is gone


def _bound(process: int) -> None:
    try:
        from resource import RLIMIT_CORE, RLIMIT_DATA, prlimit

        prlimit(process, RLIMIT_DATA, (MEMORY, MEMORY))
        prlimit(process, RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        pass  # not on this system, or it is through already


def _read(answer: bytes, numbers: dict[str, int]) -> list[Remark]:
    """The answer, each remark once."""
    try:
        found = [_remark(row, numbers) for row in json.loads(answer)["comments"]]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise Failed("ShellCheck's answer is not what its format json1 looks like") from None
    return list({(remark.script, *remark.key, remark.message): remark for remark in found}.values())


def _remark(row: Any, numbers: dict[str, int]) -> Remark:
    line, column, end_line, end_column = (row[name] for name in _PLACES)
    code, message = row["code"], row["message"]
    if not all(isinstance(number, int) and number > 0 for number in (line, column, end_line, end_column, code)):
        raise ValueError
    if not isinstance(message, str):
        raise TypeError
    return Remark(
        numbers[row["file"]], line, column, end_line, end_column, _LEVELS[row["level"]], code, message.strip()
    )
