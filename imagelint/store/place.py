"""The folder in which a store keeps its file: the user's alone, and never a part of what is scanned."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterable

from imagelint import cache
from imagelint.errors import ImagelintError, UsageError

_MEND = "name another folder by --cache"


class PlaceError(ImagelintError):
    """The folder or the file cannot be used."""


class AbsentError(PlaceError):
    """It is not there, or could not be made."""


def own_folder() -> str:
    """The user's own. AbsentError where there is none to be had."""
    try:
        return cache.place()
    except OSError:
        raise AbsentError("there is no folder for a cache: HOME names none; name one by --cache") from None


def outside(folder: str, targets: Iterable[str]) -> str:
    """The folder's real path. UsageError when it lies in a folder that is scanned: whoever wrote that could have put
    entries there which hide what he wrote."""
    real = os.path.realpath(folder)
    for target in targets:
        named = target if os.path.lexists(target) else target.partition(":")[2]  # oci:PATH
        path = os.path.realpath(named)
        if named and os.path.isdir(path) and os.path.commonpath([path, real]) == path:
            raise UsageError(
                f"--cache {folder}: a cache must not lie in what is scanned ({target}), whose authors could fill it: "
                "name a folder outside"
            )
    return real


def open_folder(path: str, *, make: bool) -> int:
    """The folder, opened, after its owner and its mode were checked. PlaceError says what is wrong and how to mend."""
    if os.name != "posix" or not hasattr(os, "geteuid"):
        raise AbsentError("no cache is kept on this system, whose files do not tell their owner")
    try:
        if make:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            try:
                os.mkdir(path, 0o700)
            except FileExistsError:
                pass
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise AbsentError(f"the cache {path} cannot be opened: {error.strerror}; {_MEND}") from None
    try:
        _check(os.fstat(folder), path)
    except PlaceError:
        os.close(folder)
        raise
    return folder


def check_file(folder: int, name: str, path: str) -> bool:
    """Whether there is such a file. PlaceError when it is none, or not the user's alone. It is not opened: to close it
    would take away the locks that SQLite has on it."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise PlaceError(f"the cache {path} cannot be looked at: {error.strerror}; {_MEND}") from None
    if not stat.S_ISREG(status.st_mode):
        raise PlaceError(f"the cache {path} is no file: remove it, or {_MEND}")
    _check(status, path)
    return True


def _check(status: os.stat_result, path: str) -> None:
    if status.st_uid != os.geteuid():
        raise PlaceError(f"the cache {path} belongs to another user, who could fill it: {_MEND}")
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        mend = "name one that only you may enter (mode 0700), or one that is not there yet, by --cache"
        if stat.S_ISREG(status.st_mode):
            mend = f"`chmod 600 {shlex.quote(path)}` if nobody else has written there, or {_MEND}"
        raise PlaceError(f"the cache {path} is open to others (mode {mode:04o}): {mend}")
