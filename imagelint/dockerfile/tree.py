"""A folder as a build sees it: names, sizes and kinds, read folder by folder as they are asked for; nothing is opened
here, and no link leads out of it."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from itertools import islice
from posixpath import normpath

from imagelint.dockerfile.dockerignore import Ignore, Verdicts
from imagelint.record import record
from imagelint.sha256 import sha256
from imagelint.stream import limits

MOST_HOPS = 40
"""Links in a row, as Linux has it (path_resolution(7))."""
_LATELY = 100_000_000
"""Nanoseconds: more than the clock of any file system of Linux takes from tick to tick (at most 10 ms)."""
READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
WINDOWS_MODE = 0o755
"""What a build gives every file that it sends from Windows, which knows no such bits; `docker build` warns of it."""
Note = Callable[[str, str], None]
"""Told a path of the context, and what is to be said of it."""
Keep = Callable[[str], bool]
"""Whether a path of the context, a file's or a folder's, counts."""


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
    bits = WINDOWS_MODE if os.name == "nt" else stat.S_IMODE(mode)
    return Entry(path, sort, status.st_size if sort == "file" else 0, bits)


def _listed(root: str, path: str) -> Iterator[tuple[str, os.stat_result]]:
    """The names in a folder below a root, in no order, each with its status (lstat(2)); OSError where it is none."""
    with os.scandir(os.path.join(root, path) if path else root) as names:
        for name in names:
            try:
                yield name.name, name.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # it went away meanwhile


def _word(name: str, status: os.stat_result) -> str:
    """What changes when the entry does, but for what lies in it; empty if it changed so lately that it may change again
    without its times telling so."""
    kind = f"{name}\0{status.st_mode}\0{status.st_ino}"
    if stat.S_ISDIR(status.st_mode):
        return kind
    if status.st_ctime_ns > time.time_ns() - _LATELY:
        return ""
    return f"{kind}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}"


def _digest(words: list[str]) -> str:
    """Of a folder's entries; empty where one of them is."""
    if "" in words:
        return ""
    return sha256("\0".join(sorted(words)).encode("utf-8", "surrogateescape")).hexdigest()


def listing(root: str, path: str) -> str:
    """The digest of a folder's names, kinds, sizes and times of change; empty where it cannot be known yet."""
    try:
        return _digest([_word(name, status) for name, status in _listed(root, path)])
    except (FileNotFoundError, NotADirectoryError):
        return _digest([])
    except OSError:
        return ""


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

    def __init__(self, root: str, note: Note, cut: Note, listed: Note | None = None, keep: Keep | None = None) -> None:
        """`listed` is told each folder that is read, and the digest that `listing` gives for it. A path of which `keep`
        says no is not there."""
        self.root, self._keep = root, keep
        self._told = listed
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
        words: list[str] = []
        before = path + "/" if path else ""
        names = _listed(self.root, path)
        try:
            for name, status in islice(names, self._left):
                if self._keep is not None and not self._keep(before + name):
                    continue
                entries[name] = _entry(before + name, status)
                if self._told is not None:
                    words.append(_word(name, status))
            if next(names, None) is not None:
                self._cut("", f"it holds more than {limits.CONTEXT_NAMES:,} names; the rest was not looked at")
        except (FileNotFoundError, NotADirectoryError):
            pass  # there is no such folder
        except OSError as error:
            self._note(path, f"cannot be read: {error.strerror or 'no reason given'}")
        self._left -= len(entries)
        if self._told is not None:
            self._told(path, _digest(words))
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
