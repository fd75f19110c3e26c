"""A store in one SQLite file of the user's own, for any number of processes at a time.

Each entry has a digest over its kind, its key and its data: what was changed on the disk is a miss, and removed.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from typing import TypeVar

from imagelint.store import Told, database, digest_of
from imagelint.store.database import DamagedError, Database, OlderError
from imagelint.store.place import AbsentError, PlaceError
from imagelint.stream import limits

T = TypeVar("T")
_FRESH = 6 * 3600
"""Seconds within which a second use of an entry is not noted: which one goes first is a matter of days."""
_SHARE = 50
"""When it is full, this part of it is freed at once, so that a write holds the others up for milliseconds only."""
_PAGES = 20_000
"""Pages that are given back to the file system with one write, where the bound is lower than it was."""
_LEFT: list[Database] = []
"""What processes that this one was forked from have open. To close it here, or to let Python do so, would damage it."""
_OPEN: weakref.WeakSet[SqliteStore] = weakref.WeakSet()
_BUSY = {5, 6}
_DAMAGED = {1, 11, 17, 26, 522}
"""No such table, corrupt, another schema, no database, cut."""
_FULL = {13, 778, 1034, 1546}
"""Full; and what else ends a write (a quota, a limit for files): it cannot be written, synchronised or cut."""
_READ_ONLY = {8, 14}
"""It, or what has to be made beside it."""
_MOVED = 1032
"""SQLite's result codes."""


class SqliteStore:
    """A store in a folder. `silent`: that the folder is not there, and cannot be made, is not told."""

    def __init__(self, folder: str, told: Told | None = None, *, silent: bool = False) -> None:
        self.folder = folder
        self._told, self._silent = told or Told(), silent
        self._database: Database | None = None
        self._lock = threading.Lock()
        self._used: set[int] = set()
        """Rows of entries that were read, which is not yet noted."""
        self._off = self._closed = self._no_writes = False
        _OPEN.add(self)

    @property
    def told(self) -> list[str]:
        """What went wrong so far, one line each."""
        return self._told.lines

    def get(self, kind: str, key: str) -> bytes | None:
        """What was put, or None."""

        def read(connection: sqlite3.Connection) -> bytes | None:
            found = connection.execute(
                # As bytes: text that is none would be an error of its own.
                "SELECT id, used, CAST(digest AS BLOB), CAST(data AS BLOB) FROM entries JOIN contents USING (id) "
                "WHERE kind = ? AND key = ?",
                (kind, key),
            ).fetchone()
            if found is None:
                return None
            row, used, digest, data = found
            if not isinstance(data, bytes) or digest != _digest(kind, key, data):
                self._told.count("entry", _damaged_entries(self.folder))
                self._transaction(connection, lambda: _delete(connection, [row], digest))
                return None
            if not isinstance(used, int) or used < time.time() - _FRESH:
                self._used.add(row)
            return data

        found = self._do(read, make=False)
        if len(self._used) >= limits.CACHE_TOUCHES:
            self._note()
        return found

    def put(self, kind: str, key: str, data: bytes) -> None:
        """Keep it, in the place of what was there."""
        if len(data) > min(limits.CACHE_ENTRY, limits.CACHE_BYTES // 4):
            self._told.count(
                "large",
                lambda count: f"the cache {self.folder}: results too large to be kept, which are made again: {count}",
            )
            return
        digest = _digest(kind, key, data)

        def write(connection: sqlite3.Connection) -> None:
            now = int(time.time())
            there = connection.execute(
                "SELECT e.id, CAST(digest AS BLOB), c.id FROM entries e LEFT JOIN contents c USING (id) "
                "WHERE kind = ? AND key = ?",
                (kind, key),
            ).fetchone()
            same = there is not None and there[1] == digest and there[2] is not None
            if same:
                self._used.add(there[0])  # another process was faster
            elif there is not None:
                _delete(connection, [there[0]])
            self._note_uses(connection)
            if same:
                return
            row = connection.execute(
                "INSERT INTO entries (kind, key, used, size, digest) VALUES (?, ?, ?, ?, ?)",
                (kind, key, now, len(data), digest),
            ).lastrowid
            connection.execute("INSERT OR REPLACE INTO contents (id, data) VALUES (?, ?)", (row, data))
            _make_room(connection)

        def put(connection: sqlite3.Connection) -> None:
            self._transaction(connection, lambda: write(connection))
            pages, size = (_number(connection, name) for name in ("page_count", "page_size"))
            if pages * size > limits.CACHE_BYTES + limits.CACHE_BYTES // 8:
                connection.executescript(f"PRAGMA incremental_vacuum({_PAGES})")  # execute() would give back one page

        if not self._no_writes:
            self._do(put, make=True)

    def close(self) -> None:
        """Note what was used, and let go of the file."""
        self._note()
        with self._lock:
            self._closed = True
            self._let_go()

    def kinds(self) -> dict[str, tuple[int, int]]:
        """How many entries there are of each kind, and their bytes."""
        statement = "SELECT CAST(kind AS BLOB), count(*), total(size) FROM entries GROUP BY kind ORDER BY kind"
        rows = self._do(lambda connection: connection.execute(statement).fetchall(), make=False)
        return {kind.decode(errors="replace"): (count, int(size)) for kind, count, size in rows or ()}

    def clear(self) -> None:
        """Remove every entry, and give the room back."""

        def clear(connection: sqlite3.Connection) -> None:
            self._transaction(connection, lambda: connection.execute("DELETE FROM contents"))
            self._transaction(connection, lambda: connection.execute("DELETE FROM entries"))
            connection.executescript("PRAGMA incremental_vacuum")

        self._do(clear, make=False)

    def _do(self, work: Callable[[sqlite3.Connection], T], *, make: bool) -> T | None:
        """What `work` gives; None where the file is not there, or anything is wrong with it, which is told."""
        with self._lock:
            for last in (False, True):
                if self._off or self._closed:
                    break
                try:
                    return work(self._connection(make=make))
                except PlaceError as error:
                    if isinstance(error, AbsentError) and not make:
                        break  # it may be made by the first put
                    self._give_up("" if isinstance(error, AbsentError) and self._silent else str(error))
                except (DamagedError, sqlite3.Error, OSError, MemoryError) as error:
                    if not self._mended(error, last=last):
                        break
            return None

    def _connection(self, *, make: bool) -> sqlite3.Connection:
        if self._database is not None and self._database.process != os.getpid():
            _LEFT.append(self._database)
            self._database = None
            self._used.clear()
        if self._database is None:
            self._database = Database(self.folder, make=make)
        return self._database.connection

    def _transaction(self, connection: sqlite3.Connection, work: Callable[[], object]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            work()
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _note(self) -> None:
        """Write which entries were used, unless nothing may be written."""
        if self._used and not self._no_writes:
            self._do(lambda connection: self._transaction(connection, lambda: self._note_uses(connection)), make=False)

    def _note_uses(self, connection: sqlite3.Connection) -> None:
        """Inside of a transaction."""
        now = int(time.time())
        connection.executemany("UPDATE entries SET used = ? WHERE id = ?", [(now, row) for row in sorted(self._used)])
        self._used.clear()

    def _mended(self, error: Exception, *, last: bool) -> bool:
        """Whether it is worth another try. If not, it is told, and the store does without from now on."""
        path = os.path.join(self.folder, database.NAME)
        code = getattr(error, "sqlite_errorcode", 0)
        opened = self._database is not None
        self._used.clear()
        if code == _MOVED and not last:
            self._let_go()  # somebody took it away, and there may be a new one
            return True
        if isinstance(error, DamagedError) or code in _DAMAGED or code & 0xFF in _DAMAGED:
            self._let_go()
            if database.remove(self.folder, opens=opened) and not isinstance(error, OlderError):
                self._told.once(f"the cache {path} was damaged: what it had is read again, and kept anew")
            if last:
                self._give_up(f"the cache {path} is damaged, and was not used: remove it when no imagelint runs")
            return not last
        if code & 0xFF in _BUSY:
            self._give_up(f"the cache {path} was busy for {limits.CACHE_BUSY:.0f} seconds, and was not used any more")
        elif opened and (code in _FULL or code & 0xFF in _READ_ONLY):
            self._no_writes = True
            why = "its disk, or your share of it, is full: make room" if code in _FULL else "it may only be read"
            self._told.once(f"the cache {path} takes nothing more, {why}, or name another folder by --cache")
        else:
            told = error.strerror if isinstance(error, OSError) else str(error)
            why = told or type(error).__name__
            self._give_up(f"the cache {path} cannot be used ({why}): name another folder by --cache")
        return False

    def _give_up(self, line: str) -> None:
        self._off = True
        if line:
            self._told.once(line)
        self._let_go()

    def _let_go(self) -> None:
        opened, self._database = self._database, None
        if opened is not None:
            if opened.process != os.getpid():
                _LEFT.append(opened)
                return
            try:
                opened.close()
            except (sqlite3.Error, OSError):
                pass  # whatever it was, it is gone


def _digest(kind: str, key: str, data: bytes) -> bytes:
    return digest_of(kind.encode(), key.encode(), data)


def _delete(connection: sqlite3.Connection, rows: list[int], digest: object = None) -> None:
    """Inside of a transaction. With a digest only where it is still that one: somebody may have put a good one."""
    for row in rows:
        there = "SELECT 1 FROM entries WHERE id = ? AND CAST(digest AS BLOB) = ?"
        if digest is None or connection.execute(there, (row, digest)).fetchone():
            connection.execute("DELETE FROM contents WHERE id = ?", (row,))
            connection.execute("DELETE FROM entries WHERE id = ?", (row,))


def _make_room(connection: sqlite3.Connection) -> None:
    """Inside of a transaction: delete what was least recently used, as long as there is more than the bound."""
    pages = _number(connection, "page_count") - _number(connection, "freelist_count")
    over = pages * _number(connection, "page_size") - limits.CACHE_BYTES
    if over > 0:
        over += limits.CACHE_BYTES // _SHARE
        rows = []
        for row, length in connection.execute("SELECT id, size FROM entries ORDER BY used, id"):
            rows.append(row)
            over -= length
            if over <= 0:
                break
        _delete(connection, rows[: -1 if over > 0 else None])


def _number(connection: sqlite3.Connection, name: str) -> int:
    (number,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(number)


def _damaged_entries(folder: str) -> Callable[[int], str]:
    return lambda count: f"the cache {folder}: entries that were damaged, and removed: {count}"


_HELD: list[SqliteStore] = []


def _before_fork() -> None:
    """SQLite's locks are by process, and what is open cannot be shared: each opens its own behind the fork."""
    for store in list(_OPEN):
        store._lock.acquire()
        store._let_go()
        _HELD.append(store)


def _behind_fork() -> None:
    while _HELD:
        _HELD.pop()._lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_behind_fork, after_in_child=_behind_fork)
