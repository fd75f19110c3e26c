"""A folder as a build sees it: names, sizes and kinds, read folder by folder as they are asked for; nothing is opened
here, and no link leads out of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from posixpath import normpath

from imagelint.dockerfile.dockerignore import Ignore, Verdicts
from imagelint.record import record
from imagelint.stream import limits

MOST_HOPS = 40
"""Links in a row, as Linux has it (path_resolution(7))."""
READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
Note = Callable[[str, str], None]
"""Told a path of the context, and what was wrong there."""


@record
class Entry:
    """One name in a context."""

    path: str
    """From the context's folder, without a slash in front; bytes that are no UTF-8 are surrogates."""
    sort: str
    """file, dir, link or other"""
    size: int
    """Bytes; 0 for what is no file."""
    mode: int
    """Permission bits."""


def _entry(path: str, status: os.stat_result) -> Entry:
    mode = status.st_mode
    sort = "file" if stat.S_ISREG(mode) else "dir" if stat.S_ISDIR(mode) else "link" if stat.S_ISLNK(mode) else "other"
    return Entry(path, sort, status.st_size if sort == "file" else 0, stat.S_IMODE(mode))


def open_regular(name: str, folder: int | None = None) -> int:
    """A descriptor of a regular file, no link followed and no FIFO waited for; OSError otherwise."""
    handle = os.open(name, READ | getattr(os, "O_NONBLOCK", 0), dir_fd=folder)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(0, "it is no regular file")
    return handle


def read_regular(path: str, most: int) -> bytes:
    """The beginning of a regular file; OSError where there is none."""
    with open(open_regular(path), "rb") as stream:
        return stream.read(most)


class Tree:
    """What lies below a folder. What cannot be read is told to `note`, what is too much to `cut`."""

    def __init__(self, root: str, note: Note, cut: Note) -> None:
        self.root = root
        self._note, self._cut = note, cut
        self._folders: dict[str, dict[str, Entry]] = {}
        self._left = limits.CONTEXT_NAMES
        self._steps = 0

    def allow(self) -> None:
        """A new Dockerfile asks: it may look at so many names again."""
        self._steps = limits.CONTEXT_STEPS

    def spend(self, steps: int) -> bool:
        """Whether the Dockerfile may go on."""
        self._steps -= steps
        if self._steps < 0:
            self._cut("", f"one Dockerfile takes more than {limits.CONTEXT_STEPS:,} files; the rest was not looked at")
        return self._steps >= 0

    def folder(self, path: str) -> dict[str, Entry]:
        """The entries of a folder by name, in the order of names; empty where it cannot be read."""
        found = self._folders.get(path)
        if found is None:
            found = self._folders[path] = self._read(path)
        return found

    def _read(self, path: str) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        if self._left <= 0:
            self._cut("", f"it holds more than {limits.CONTEXT_NAMES:,} names; the rest was not looked at")
            return entries
        before = path + "/" if path else ""
        try:
            with os.scandir(os.path.join(self.root, path) if path else self.root) as names:
                for name in names:
                    self._left -= 1
                    if self._left < 0:
                        break
                    try:
                        entries[name.name] = _entry(before + name.name, name.stat(follow_symlinks=False))
                    except FileNotFoundError:
                        continue  # it went away meanwhile
        except (FileNotFoundError, NotADirectoryError):
            pass  # there is no such folder
        except OSError as error:
            self._note(path, f"cannot be read: {error.strerror or 'no reason given'}")
        return dict(sorted(entries.items()))

    def at(self, path: str) -> Entry | None:
        """What a path leads to, links followed as far as they stay inside (a build takes an absolute one, and one that
        climbs out, from the context's own folder); None where nothing is."""
        parts = [part for part in normpath("/" + path).split("/") if part]
        done: list[str] = []
        hops = 0
        while parts:
            part = parts.pop(0)
            if part == "..":
                del done[-1:]
                continue
            if part in (".", ""):
                continue
            found = self.folder("/".join(done)).get(part)
            if found is not None and found.sort == "link":
                hops += 1
                target = self._target(found.path) if hops <= MOST_HOPS else ""
                if not target:
                    return None
                if target.startswith("/"):
                    done = []
                parts = target.split("/") + parts
                continue
            if found is None or (parts and found.sort != "dir"):
                return None
            done.append(part)
        return self.named("/".join(done))

    def named(self, path: str) -> Entry | None:
        """The entry of this very path, no link followed."""
        folder, _, name = path.rpartition("/")
        return self.folder(folder).get(name) if path else Entry("", "dir", 0, 0o755)

    def _target(self, path: str) -> str:
        try:
            return os.readlink(os.path.join(self.root, path))
        except OSError:
            return ""

    def below(self, folder: str, ignore: Ignore) -> Iterator[Entry]:
        """Everything in a folder but folders, that `ignore` leaves, in the order of paths; links are not followed."""
        _, verdicts = ignore.along(folder)
        todo: list[tuple[str, Verdicts]] = [(folder, verdicts)]
        cost = 1 + len(ignore.patterns) // 100  # many patterns take as long as many names
        while todo:
            path, above = todo.pop()
            folders: list[tuple[str, Verdicts]] = []
            for entry in self.folder(path).values():
                if not self.spend(cost):
                    return
                ignored, verdicts = ignore.judge(entry.path, above) if ignore.patterns else (False, ())
                if entry.sort == "dir":
                    if not ignored or not ignore.closed(entry.path):
                        folders.append((entry.path, verdicts))
                elif not ignored:
                    yield entry
            todo += reversed(folders)
