"""What git tracks below a folder: its index (git-ls-files(1)), which is what a commit holds."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

from imagelint.errors import UsageError

Keep = Callable[[str], bool]
"""Whether a path below some folder, with slashes, is tracked or holds something that is."""
SECONDS = 60


class Tracked:
    """The files that git tracks, asked once for each folder that is a target."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[str]] = {}

    def below(self, folder: str) -> Keep:
        """What is tracked below a folder; UsageError where git does not say."""
        folder = os.path.abspath(folder)
        top = next((top for top in self._known if _inside(folder, top)), "")
        if not top:
            top, self._known[folder] = folder, _with_folders(_listed(folder))
        paths = self._known[top]
        if folder == top:
            return paths.__contains__
        ahead = os.path.relpath(folder, top).replace(os.sep, "/") + "/"
        return lambda path: ahead + path in paths

    def has(self, path: str) -> bool:
        """Whether this very file is tracked."""
        return self.below(os.path.dirname(path) or ".")(os.path.basename(path))


def _inside(path: str, top: str) -> bool:
    return path == top or path.startswith(top.rstrip(os.sep) + os.sep)


def _listed(folder: str) -> list[str]:
    """The paths in the index. The environment stays as it is: `git commit FILE` has an index of its own, and says so
    there to its hooks. A configuration of the repository may name a program for core.fsmonitor: it is never run."""
    git = shutil.which("git")
    if git is None:
        raise UsageError("--tracked asks git, which is not installed")
    words = [git, "-c", "core.fsmonitor=false", "ls-files", "-z", "--cached"]
    try:
        done = subprocess.run(words, cwd=folder, check=False, capture_output=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        raise UsageError(f"--tracked: git does not list the files of {folder}") from None
    if done.returncode:
        reason = os.fsdecode(done.stderr).strip().partition("\n")[0].removeprefix("fatal: ")
        raise UsageError(f"--tracked: git does not list the files of {folder}: {reason}")
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


def _with_folders(files: list[str]) -> frozenset[str]:
    paths = set(files)
    for path in files:
        while (path := path.rpartition("/")[0]) and path not in paths:
            paths.add(path)
    return frozenset(paths)
