"""The SQLite file of a store: opened with care, made where it is not there, and made anew where it is damaged.

It has a rollback journal and no write-ahead log: the log's index is shared memory, which machines that share a home
(NFS) do not have, and two of them would damage the file. `synchronous` is off: a process that is killed loses nothing
by that, and what a machine that lost its power has damaged is found by digests and structure, and read again.

A file must not be taken away while somebody has it open: his journal would be played back into the new one. So whoever
has it open holds a shared lock (flock) on a second file, and who takes it away an exclusive one.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from urllib.parse import quote

from imagelint.store.place import AbsentError, PlaceError, check_file, open_folder
from imagelint.stream import limits

NAME, LOCK = "layers.db", "layers.lock"
APPLICATION = 0x494D4C52
"""SQLite's application_id, which says whose file it is."""
SCHEMA = 1
"""Its user_version. Raise it with each change of _TABLES: files of older ones are thrown away."""
_TABLES = {
    "contents": "CREATE TABLE contents (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "entries": "CREATE TABLE entries (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, "
    "used INTEGER NOT NULL, size INTEGER NOT NULL, digest BLOB NOT NULL, UNIQUE (kind, key))",
    "by_use": "CREATE INDEX by_use ON entries (used, size)",
}
"""Data apart from all else: to note that an entry was used must not write its megabytes again."""
_BESIDE = ("-journal", "-wal", "-shm")
_WAIT = 2.0
"""Seconds for the lock on the second file. Who holds it alone does so for milliseconds."""


class DamagedError(Exception):
    """The file is no database of ours, or not a whole one."""


class OlderError(DamagedError):
    """It is one of an older imagelint."""


class Database:
    """The file, open in this process."""

    def __init__(self, folder: str, *, make: bool) -> None:
        """PlaceError says why it cannot be used (AbsentError: it is not there); DamagedError, sqlite3.Error."""
        self.path = os.path.join(folder, NAME)
        self.process = os.getpid()
        self._lock = -1
        self._folder = open_folder(folder, make=make)
        try:
            if not check_file(self._folder, NAME, self.path) and not make:
                raise AbsentError(f"there is no cache {self.path}")
            self._lock = _locked(self._folder)
            there = check_file(self._folder, NAME, self.path)  # until the lock was had, it could be taken away
            self.connection = self._connected(make=not there)
            self._same(folder)
        except BaseException:
            self._let_go()
            raise

    def close(self) -> None:
        """Let go of it. Never in a process that was forked since: SQLite would take away what the other one needs."""
        try:
            self.connection.close()
        finally:
            self._let_go()

    def _connected(self, *, make: bool) -> sqlite3.Connection:
        if make:
            try:
                os.close(os.open(NAME, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=self._folder))
            except FileExistsError:
                check_file(self._folder, NAME, self.path)
            except OSError as error:
                raise AbsentError(f"the cache {self.path} cannot be made: {error.strerror}") from None
        connection = _connect(self.path)
        try:
            # secure_delete: what is dropped may have been dropped for what stands in it
            for setting in (
                *("trusted_schema=OFF", "cell_size_check=ON", "temp_store=MEMORY"),
                *("synchronous=OFF", "secure_delete=ON"),
            ):
                connection.execute(f"PRAGMA {setting}")
            if not _whole(connection, self.path):
                _fill(connection)
                if not _whole(connection, self.path):
                    raise DamagedError("it stays empty")
            connection.execute("PRAGMA journal_mode=TRUNCATE").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def _same(self, folder: str) -> None:
        """PlaceError when what SQLite opened, by its name, does not lie in the folder that was checked."""
        try:
            if os.path.samestat(os.stat(folder), os.fstat(self._folder)) and check_file(self._folder, NAME, self.path):
                return
        except OSError:
            pass
        self.connection.close()
        raise PlaceError(f"the cache {self.path} was moved while it was opened: name another folder by --cache")

    def _let_go(self) -> None:
        for file in (self._lock, self._folder):
            if file >= 0:
                os.close(file)
        self._lock = self._folder = -1


def remove(folder: str, *, opens: bool) -> bool:
    """Take away a damaged file, which this process does not have open. False when others have, or it cannot be done.

    `opens`: the damage lies so deep that it opens as if nothing were wrong. Else it is looked at once more when nobody
    has it open: whoever was faster has made a new one."""
    try:
        place = open_folder(folder, make=False)
    except PlaceError:
        return False
    file = _locked(place)
    try:
        if file < 0 or not _flock(file, alone=True):
            return False
        if opens or not _opens(os.path.join(folder, NAME)):
            for name in (*(f"{NAME}{ending}" for ending in _BESIDE), NAME):
                try:
                    os.unlink(name, dir_fd=place)
                except FileNotFoundError:
                    pass
        return True
    except OSError:
        return False
    finally:
        os.close(place)
        if file >= 0:
            os.close(file)


def _connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?mode=rw",
        uri=True,
        timeout=limits.CACHE_BUSY,
        isolation_level=None,
        check_same_thread=False,  # threads take turns, by the lock of the store
    )


def _opens(path: str) -> bool:
    try:
        connection = _connect(path)
    except sqlite3.Error:
        return False
    try:
        return _whole(connection, path)
    except (sqlite3.Error, DamagedError):
        return False
    except PlaceError:
        return True
    finally:
        connection.close()


def _locked(folder: int) -> int:
    """The second file with a shared lock; -1 where it cannot be made, or locked: then nobody takes files away."""
    for how in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        try:
            file = os.open(LOCK, how | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600, dir_fd=folder)
            break
        except OSError:
            continue
    else:
        return -1
    if _flock(file, alone=False):
        return file
    os.close(file)
    return -1


def _whole(connection: sqlite3.Connection, path: str) -> bool:
    """Whether it has our tables; False when it is new. OlderError, DamagedError, PlaceError for what is neither."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    if not found and not version and not application:
        return False
    if application == APPLICATION and version > SCHEMA:
        raise PlaceError(f"the cache {path} is a newer imagelint's: use that one, or name another folder by --cache")
    if application == APPLICATION and 0 < version < SCHEMA:
        raise OlderError("of an older imagelint")
    if (application, version, found) != (APPLICATION, SCHEMA, _TABLES):
        raise DamagedError("not our tables")
    return True


def _fill(connection: sqlite3.Connection) -> None:
    """The tables of a new file, unless another process has just made them."""
    connection.execute("PRAGMA page_size=8192")
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in _TABLES.values():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={APPLICATION}")
            connection.execute(f"PRAGMA user_version={SCHEMA}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _flock(file: int, *, alone: bool) -> bool:
    """Whether the lock was to be had in time."""
    import fcntl  # not on Windows

    until = time.monotonic() + _WAIT
    while True:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            return True
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EINTR) or time.monotonic() > until:
                return False
        time.sleep(0.01)
