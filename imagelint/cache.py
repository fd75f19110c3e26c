"""What one run keeps for the next: files in a folder of the user's own, never of a target's content.

`$XDG_CACHE_HOME/imagelint`, else `~/.cache/imagelint` (XDG Base Directory Specification 0.8), of mode 0700. A folder or
a file that another user owns, or could write or read, is not used; nor is any where owners are not told (Windows). The
cache is a convenience: whatever is wrong with it, the run goes on without.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress

KINDS = ("results", "patterns")
"""Results of Dockerfiles, and the compiled patterns of secrets."""
KEPT = 8
"""Files of one kind; the oldest go. Each version of the rules makes another."""


def read(kind: str, key: str) -> bytes | None:
    """What was kept, or None."""
    try:
        folder = _folder(make=False)
        try:
            file = os.open(f"{kind}-{key}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        finally:
            os.close(folder)
        with open(file, "rb") as opened:
            if not _own(os.fstat(file), stat.S_ISREG):
                return None
            return opened.read()
    except OSError:
        return None


def write(kind: str, key: str, content: bytes) -> None:
    """Keep it, whole or not at all."""
    with suppress(OSError):
        folder = _folder(make=True)
        try:
            name = f".{kind}-{key}.{os.getpid()}"
            file = os.open(
                name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder
            )
            try:
                with open(file, "wb") as opened:
                    opened.write(content)
                os.rename(name, f"{kind}-{key}", src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(name, dir_fd=folder)
                raise
            _drop_oldest(folder, kind)
        finally:
            os.close(folder)


def kinds() -> dict[str, tuple[int, int]]:
    """How many files there are of each kind, and their bytes."""
    found: dict[str, tuple[int, int]] = {}
    with suppress(OSError):
        folder = _folder(make=False)
        try:
            for kind, _, size in _files(folder):
                count, whole = found.get(kind, (0, 0))
                found[kind] = count + 1, whole + size
        finally:
            os.close(folder)
    return found


def clear() -> None:
    """Remove all of them."""
    with suppress(OSError):
        folder = _folder(make=False)
        try:
            for _, name, _ in _files(folder):
                with suppress(OSError):
                    os.unlink(name, dir_fd=folder)
        finally:
            os.close(folder)


def _files(folder: int) -> list[tuple[str, str, int]]:
    """Kind, name and bytes of each."""
    found = []
    for name in sorted(os.listdir(folder)):
        kind, dash, _ = name.lstrip(".").partition("-")
        if dash and kind in KINDS:
            with suppress(OSError):
                found.append((kind, name, os.stat(name, dir_fd=folder, follow_symlinks=False).st_size))
    return found


def place() -> str:
    """The folder's path; OSError where there is none to be had."""
    if os.name != "posix" or not hasattr(os, "geteuid"):
        raise OSError("no owners here")
    above = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(above):  # "must be absolute", else it is to be ignored
        above = os.path.join(os.path.expanduser("~"), ".cache")
        if not os.path.isabs(above):
            raise OSError("no home")
    return os.path.join(above, "imagelint")


def _folder(*, make: bool) -> int:
    """The folder, opened; OSError if there is none that could be trusted."""
    path = place()
    if make:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with suppress(FileExistsError):
            os.mkdir(path, 0o700)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not _own(os.fstat(folder), stat.S_ISDIR):
        os.close(folder)
        raise OSError("another's, or open to others")
    return folder


def _own(status: os.stat_result, of_kind: Callable[[int], bool]) -> bool:
    return of_kind(status.st_mode) and status.st_uid == os.geteuid() and not stat.S_IMODE(status.st_mode) & 0o077


def _drop_oldest(folder: int, kind: str) -> None:
    """Keep KEPT of a kind; what a killed run left half written goes first."""
    ages = []
    for name in os.listdir(folder):
        if name.lstrip(".").startswith(f"{kind}-"):
            with suppress(OSError):
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                ages.append((not name.startswith("."), status.st_mtime_ns, name))
    for *_, name in sorted(ages)[:-KEPT]:
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
