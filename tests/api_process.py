"""Run by test_api.py in a fresh process, as a program of somebody else: python process.py TASK FOLDER"""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable
from typing import Any

import imagelint

MANY = 6
REQUESTS = ("requests", "urllib3")


def same(folder: str) -> str:
    """The report of a scan of everything in the folder, without what no two runs have in common."""
    os.stat(folder)
    report = imagelint.scan([".", "image.tar", "no-such-file"], imagelint.Options(profile="strict"))
    told = json.loads(report.render("json"))
    del told["stats"]["seconds"]
    return json.dumps(told)


def threads(folder: str) -> object:
    """Several scans at once, of which all meet what is made when it is first asked for; then one alone."""
    start, told = threading.Barrier(MANY), [""] * MANY

    def one(number: int) -> None:
        start.wait()
        told[number] = same(folder)

    running = [threading.Thread(target=one, args=(number,)) for number in range(MANY)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return {"at once": told, "alone": same(folder)}


def state() -> dict[str, object]:
    """What belongs to a process, and that a library leaves alone."""
    limits = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    mask = os.umask(0o22)
    os.umask(mask)
    return {
        "environment": dict(os.environ),
        "signals": {number: repr(signal.getsignal(number)) for number in signal.valid_signals()},
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "limits": {name: resource.getrlimit(getattr(resource, name)) for name in limits},
        "umask": mask,
        "folder": os.getcwd(),
        "collector": [gc.isenabled(), *gc.get_threshold()],
        "logging": [logging.root.level, repr(logging.root.handlers), logging.root.manager.disable],
        # requests and urllib3 add some for warnings of their own, whoever imports them.
        "warnings": [repr(one) for one in warnings.filters if one[2].__module__.partition(".")[0] not in REQUESTS],
        "streams": [id(stream) for stream in (sys.stdin, sys.stdout, sys.stderr)],
        "hooks": [id(hook) for hook in (sys.excepthook, sys.displayhook, threading.excepthook)],
        "path": sys.path[:],
        "recursion": sys.getrecursionlimit(),
        "socket": socket.getdefaulttimeout(),
        "threads": threading.active_count(),
        "files": sorted(os.readlink(f"/proc/self/fd/{fd}") for fd in _open()),
        "temporary": os.listdir(tempfile.gettempdir()),
        "children": _children(),
    }


def _open() -> list[str]:
    """The descriptors that are open, without the one that lists them."""
    return [fd for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")]


def _children() -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                if int(file.read().rpartition(")")[2].split()[1]) == os.getpid():
                    found.append(int(name))
        except OSError:
            continue
    return found


def untouched(folder: str) -> object:
    """The state ahead of a scan and behind it, and what Python was asked to do meanwhile that changes something."""
    state()  # what it imports
    asked: list[str] = []
    watching = True

    def watch(event: str, given: tuple[Any, ...]) -> None:
        if watching and event in WATCHED and WATCHED[event](*given):
            asked.append(f"{event} {given!r}")
        if watching and event == "import" and (found := fakes()):
            asked.append(f"{found} while {given[0]} is imported")

    WATCHED["open"] = _writes(os.environ["XDG_CACHE_HOME"])
    sys.addaudithook(watch)
    before = state()
    asked.clear()
    same(folder)
    watching = False
    return {"before": before, "after": state(), "asked": asked}


def fakes() -> list[str]:
    """The modules in whose place something else stands."""
    modules: dict[str, Any] = dict(sys.modules)
    return [name for name, module in modules.items() if not module or (name == "requests" and not module.__spec__)]


def _writes(cache: str) -> Callable[..., bool]:
    def writes(path: object, mode: object, flags: int) -> bool:
        if not flags & (os.O_WRONLY | os.O_RDWR) or not isinstance(path, str):  # by a descriptor: its opening was seen
            return False
        return not path.startswith(
            (cache, tempfile.gettempdir(), ".patterns-", ".results-")
        )  # below the cache's folder

    return writes


def _always(*_: object) -> bool:
    return True


WATCHED: dict[str, Callable[..., bool]] = dict.fromkeys(
    (
        "os.fork os.forkpty os.exec os.spawn os.posix_spawn os.system subprocess.Popen os.putenv os.unsetenv os.chdir "
        "os.kill os.chmod os.chown os.truncate resource.setrlimit resource.prlimit signal.pthread_kill sys.settrace "
        "sys.setprofile sys.excepthook sys.unraisablehook"
    ).split(),
    _always,
)


if __name__ == "__main__":
    print(json.dumps({"threads": threads, "untouched": untouched}[sys.argv[1]](sys.argv[2])))
