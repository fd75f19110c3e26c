"""What was found in Dockerfiles, kept for the next run of the same scan: it lints only those that changed.

Kept is what decides a result: the Dockerfile's bytes, the folders of its build context that were looked at, name by
name with size and time of change, and all that is the same for a whole run (`program`, and what the caller adds).
Nothing is kept of a Dockerfile with something to mask, or of which something was not read: neither a secret nor the
hash of a file that holds one is ever written.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from imagelint import __version__, cache
from imagelint.dockerfile.rows import findings, row
from imagelint.dockerfile.tree import listing
from imagelint.sha256 import sha256

if TYPE_CHECKING:
    from imagelint.dockerfile.pool import Linted, Task
    from imagelint.findings import Finding

MOST_BYTES = 32 << 20
"""Of what one scan keeps: ten thousand Dockerfiles and more. What is beyond is linted anew each time."""
MOST_FOLDERS = 100_000
"""Folders of build contexts that are looked at again to see whether something changed."""
_ENCODER = json.JSONEncoder(default=row, separators=(",", ":"), check_circular=False)


def program(folders: Sequence[str] = ()) -> str:
    """What changes when imagelint, a library beside it, or a rule in one of these folders does: the version, the time
    of the folder of all libraries, size and time of each file of the package and of rules."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    above = os.path.dirname(package)
    words = [__version__, sys.version, str(os.stat(above).st_mtime_ns)]
    for top in (package, os.path.join(above, "rules"), *folders):
        for folder, inner, files in os.walk(top):
            inner[:] = sorted(name for name in inner if name != "__pycache__")
            for name in sorted(files):
                path = os.path.join(folder, name)
                status = os.stat(path)
                words.append(f"{path}\0{status.st_size}\0{status.st_mtime_ns}")
    return _digest(words)


class Kept:
    """The results of one scan: those of the last time, and those to keep for the next."""

    def __init__(self, rules: Sequence[str], settings: Iterable[str]) -> None:
        """`rules`: folders of further ones; `settings`: all else that decides what is found in a Dockerfile."""
        self._name = _digest((program(rules), os.getcwd(), *settings))
        self._folders: dict[str, dict[str, str]] = {}
        """For each folder that is a context: the digests of the listings below it."""
        self._rows: dict[str, str] = {}
        self._next: dict[str, str] = {}
        self._used: set[str] = set()
        """The contexts of what is kept."""
        self._same: dict[str, bool] = {}
        self._changed = False
        self._size = 0
        kept = cache.read("results", self._name)
        if kept is not None:
            self._read(kept)

    def _read(self, kept: bytes) -> None:
        """A first line with the digest of what follows, one with the folders, one for each Dockerfile."""
        digest, _, rest = kept.partition(b"\n")
        if digest.decode("ascii", "replace") != sha256(rest).hexdigest():
            return
        head, *lines = rest.decode().split("\n")
        self._folders = json.loads(head)
        self._rows = {line[:64]: line[64:] for line in lines}

    def find(self, task: Task) -> list[Finding] | None:
        """What was found in it the last time, if nothing changed since."""
        key = _key(task)
        text = self._rows.get(key)
        if text is None:
            return None
        roots, rows = json.loads(text)
        if not all(self._as_before(root) for root in roots):
            return None
        self._used.update(roots)
        self._keep(key, text)
        return findings(rows)

    def _as_before(self, root: str) -> bool:
        """Whether the folders of a context have what they had."""
        if root not in self._same:
            known = self._folders.get(root, {})
            self._same[root] = bool(known) and all(listing(root, path) == seen for path, seen in known.items())
            if not self._same[root]:
                self._folders.pop(root, None)
        return self._same[root]

    def add(self, task: Task, linted: Linted) -> None:
        """Keep a result, if it is one to keep."""
        for root, path, seen in linted.listed:
            self._as_before(root)
            known = self._folders.setdefault(root, {})
            if known.setdefault(path, seen) != seen:  # it changed meanwhile: what was found there holds no more
                known[path] = ""
        if linted.clear and not (linted.failure or linted.faults or linted.incomplete or linted.limited):
            self._changed = True
            self._used.update(linted.roots)
            self._keep(_key(task), _ENCODER.encode([linted.roots, linted.findings]))

    def _keep(self, key: str, text: str) -> None:
        self._size += len(text)
        if self._size <= MOST_BYTES:
            self._next[key] = text

    def save(self) -> None:
        """Write it, if something is new."""
        if not self._changed and len(self._next) == len(self._rows):
            return
        folders = {root: known for root, known in self._folders.items() if root in self._used}
        folders = {root: known for root, known in folders.items() if "" not in known.values()}
        if sum(map(len, folders.values())) > MOST_FOLDERS:
            folders = {}
        lines = [_ENCODER.encode(folders), *(key + text for key, text in self._next.items())]
        content = "\n".join(lines).encode()
        cache.write("results", self._name, sha256(content).hexdigest().encode() + b"\n" + content)


def _key(task: Task) -> str:
    text = f"{task.target}\0{task.path}\0{task.top}\0"
    return sha256(text.encode("utf-8", "surrogateescape") + task.data).hexdigest()


def _digest(words: Iterable[str]) -> str:
    return sha256("\0".join(words).encode("utf-8", "surrogateescape")).hexdigest()
