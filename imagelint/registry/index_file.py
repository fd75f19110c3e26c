"""The file of an index: SQLite, of its owner alone, opened with care, and every failure of it in one clear line."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imagelint.errors import ImagelintError, UnreadableError, UsageError
from imagelint.registry.index_schema import SCHEMA

APPLICATION = 0x494D4C54
"""SQLite's application_id of an index: IMLT."""
VERSION = 1
"""SQLite's user_version: raised with each change of the schema that older or newer versions cannot read."""
PATIENCE = 30.0
"""Seconds that are waited for another process that writes; a transaction takes milliseconds."""
_BUSY, _READONLY, _IO, _FULL, _CANTOPEN, _PROTOCOL = 5, 8, 10, 13, 14, 15
"""SQLite's primary result codes."""
_FRESH = "move it away, and the next scan makes a new one"


def opened(path: str, *, make: bool) -> sqlite3.Connection:
    """A connection to an index; with `make`, the file is made where there is none, of mode 0600.

    UsageError for a file that is none of ours; UnreadableError for one that is damaged or cannot be read.
    """
    with guarded(path):
        try:
            kind = os.stat(path).st_mode
        except FileNotFoundError:
            if not make:
                raise UsageError(f"{path}: there is no such index; `imagelint registry --index` makes one") from None
            _create(path)
        except OSError as error:
            raise UsageError(f"{path}: the index cannot be opened: {error.strerror}") from None
        else:
            if not stat.S_ISREG(kind):
                raise UsageError(f"{path}: an index is a file, and this is none: name another place")
        found = sqlite3.connect(
            f"{Path(path).absolute().as_uri()}?{_mode(path, make)}",
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            found.text_factory = _text
            found.execute("PRAGMA trusted_schema = OFF")  # the file may be anybody's
            found.execute("PRAGMA foreign_keys = ON")
            _checked(found, path, make)
            if make:
                found.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes is scanned again
                with suppress(OSError):  # another's file, which is written as its owner allows
                    os.chmod(path, 0o600)
        except BaseException:
            found.close()
            raise
        return found


@contextmanager
def guarded(path: str) -> Iterator[None]:
    """What SQLite raises becomes one line of ours."""
    try:
        yield
    except ImagelintError:
        raise
    except sqlite3.Error as error:
        raise _told(path, error) from None


def _mode(path: str, make: bool) -> str:
    """How SQLite is to open it. Who reads must be able to write, for what a killed writer left beside it; where that
    cannot be and nothing was left, as of a copy on a read-only disk, nobody writes meanwhile."""
    folder = os.path.dirname(os.path.abspath(path))
    if make or (os.access(path, os.W_OK) and os.access(folder, os.W_OK)) or os.path.exists(f"{path}-wal"):
        return "mode=rw"
    return "mode=ro&immutable=1"


def _create(path: str) -> None:
    """An empty file of its owner alone; another process may be as fast."""
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise UsageError(f"{path}: the index cannot be made: {error.strerror}; name another place") from None


def _checked(found: sqlite3.Connection, path: str, make: bool) -> None:
    """Our own schema, of this version; an empty file gets it."""
    if make:
        found.execute("BEGIN IMMEDIATE")  # of two that find it empty, one makes the tables
    try:
        application = found.execute("PRAGMA application_id").fetchone()[0]
        version = found.execute("PRAGMA user_version").fetchone()[0]
        tables = {name for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables and make:
            for statement in SCHEMA:
                found.execute(statement)
            found.execute(f"PRAGMA application_id = {APPLICATION}")
            found.execute(f"PRAGMA user_version = {VERSION}")
        elif application != APPLICATION:
            raise UsageError(f"{path}: it is no index of imagelint: name another file")
        elif version != VERSION:
            which = "a newer" if version > VERSION else "an older"
            raise UsageError(f"{path}: {which} imagelint made this index: {_FRESH}")
        elif missing := {statement.split()[2] for statement in SCHEMA if " TABLE " in statement} - tables:
            raise UnreadableError(f"{path}: the index is damaged ({', '.join(sorted(missing))} is missing): {_FRESH}")
    except BaseException:
        if found.in_transaction:
            found.execute("ROLLBACK")
        raise
    if found.in_transaction:
        found.execute("COMMIT")
    if make:
        found.execute("PRAGMA journal_mode = WAL")  # who reads for long keeps nobody from writing


def _told(path: str, error: sqlite3.Error) -> ImagelintError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == _BUSY:
        busy = f"another process has been writing to it for {PATIENCE:.0f} seconds"
        return UnreadableError(f"{path}: the index is not free, {busy}: try again later")
    if code in (_READONLY, _CANTOPEN):
        return UsageError(f"{path}: the index cannot be opened for writing: mend its rights or its folder's")
    if code == _FULL:
        return UsageError(f"{path}: the index cannot be written: no space left on device; make room there")
    if code in (_IO, _PROTOCOL):
        network = "an index must lie on a local disk"  # whose locks and shared memory work
        return UnreadableError(f"{path}: the disk failed while the index was read or written; {network}")
    return UnreadableError(f"{path}: the index is damaged, or no index at all: {_FRESH}")


def _text(data: bytes) -> str:
    """Whatever a damaged or a made-up file holds."""
    return data.decode("utf-8", "replace")
