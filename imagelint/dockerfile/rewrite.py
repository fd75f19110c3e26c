"""A file's new bytes in place of its old ones: the file that was read, whole or not at all, and never behind a link."""

from __future__ import annotations

import os
import stat

CHANGED = "it was changed meanwhile, and is left as it is"


def rewrite(path: str, top: str, before: bytes, after: bytes) -> str:
    """Write the bytes; return why that was not done, or nothing.

    `top` is the folder that the file was found under, empty for a file that was named. The way from there, and the
    file, may be no links; the folder that holds it stays open, so that nobody puts another one in between.
    """
    if os.open not in os.supports_dir_fd or os.rename not in os.supports_dir_fd:
        return "this system cannot keep a file from being replaced by a link; use --diff"
    try:
        folder = _folder(path, top)
    except OSError as error:
        return f"its folder cannot be opened, or is a link: {error.strerror}"
    try:
        return _replace(folder, os.path.basename(path), before, after)
    except OSError as error:
        return f"it cannot be written: {error.strerror}"
    finally:
        os.close(folder)


def _folder(path: str, top: str) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    parent = os.path.dirname(path) or "."
    if not top:
        return os.open(parent, flags)
    folder = os.open(top, flags)
    for name in os.path.relpath(parent, top).split(os.sep):
        try:
            inner = os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder)
        finally:
            os.close(folder)
        folder = inner
    return folder


def _replace(folder: int, name: str, before: bytes, after: bytes) -> str:
    is_link = stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    if is_link:
        return "it is a link, and fixes are written to files only"
    if not os.access(name, os.W_OK, dir_fd=folder):
        return "it may not be written"
    with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder), "rb") as file:
        known = os.fstat(file.fileno())
        if not stat.S_ISREG(known.st_mode):
            return "it is not a regular file"
        if file.read(len(before) + 1) != before:
            return CHANGED
    beside = f".imagelint-{os.urandom(8).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(beside, flags, 0o600, dir_fd=folder), "wb") as out:
        try:
            out.write(after)
            out.flush()
            _like(out.fileno(), known)
            os.fsync(out.fileno())
            now = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if _version(now) != _version(known):
                os.unlink(beside, dir_fd=folder)
                return CHANGED
            os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(beside, dir_fd=folder)
            raise
    return ""


def _like(file: int, known: os.stat_result) -> None:
    """The owner, where that may be set, and the mode of the file before."""
    made = os.fstat(file)
    if (made.st_uid, made.st_gid) != (known.st_uid, known.st_gid):
        try:
            os.fchown(file, known.st_uid, known.st_gid)
        except PermissionError:
            pass
    os.fchmod(file, stat.S_IMODE(known.st_mode))


def _version(known: os.stat_result) -> tuple[int, ...]:
    return known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns, known.st_mode
