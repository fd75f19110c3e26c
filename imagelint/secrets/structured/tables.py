"""Databases of SQLite: a secret in a column, or behind a name in a row of settings.

Its file format: sqlite.org/fileformat2.html. Texts of neighbouring columns stand there with nothing between them, so
patterns see no beginning; and the name of a column stands far away, in the statement that made the table.
"""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.errors import UnreadableError
from imagelint.lazy import Lazy
from imagelint.secrets import filters, kinds
from imagelint.secrets.names import is_password_name, is_secret_name
from imagelint.secrets.structured.value import Cut, Value
from imagelint.stream import sqlite
from imagelint.stream.spool import Spool

MAGIC = b"SQLite format 3\0"
_RULE = "secret-in-assignment"
_STATEMENT = 16384
"""Bytes of a statement that are read."""
_PIECE = Lazy(r"\"([^\"]*)\"|`([^`]*)`|\[([^\]]*)\]|'([^']*)'|([A-Za-z_]\w*)|[(),]")
_MOST = 20_000
"""Texts of one database that are judged, 10 us each: a settings table of an application has hundreds."""
_HELD = frozenset("value val data content setting_value option_value meta_value config_value string_value".split())
"""Columns that hold what another one names."""
_NAME = Lazy(r"[A-Za-z][\w.:/-]{2,63}\Z")
_HASH = Lazy(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})\Z")
_LINE = Lazy(r"[!-~]{6,512}\Z")


def database(text: str) -> Iterator[Value]:
    """What stands in columns of secrets' names, and in rows of a name and a value."""
    left, cut = _MOST, ""
    try:
        for statement, rows in sqlite.tables(Spool(text.encode("latin-1"))):
            columns = _columns(statement[:_STATEMENT].decode("latin-1"))
            wanted = [is_secret_name(name) for name in columns]
            held = [name.lower() in _HELD for name in columns]
            if any(wanted) or any(held):
                try:
                    for known, place, said in _told(columns, wanted, held, rows):
                        left -= 1
                        if not left:
                            raise Cut("a database of SQLite with too many rows; patterns alone searched the rest")
                        if _is_secret(known, said):
                            yield Value(place, place + len(said), _RULE, known, meaning=said)
                except UnreadableError:  # this table is damaged, the next may not be
                    cut = "a table of a database of SQLite that was not read to its end; patterns alone searched it"
    except UnreadableError:
        cut = "a database of SQLite that was not read to its end; patterns alone searched it"
    if cut:
        raise Cut(cut)


def _told(
    columns: list[str], wanted: list[bool], held: list[bool], rows: sqlite.Rows
) -> Iterator[tuple[str, int, str]]:
    """(name, place, text) of what stands under the name of a secret, in its column or beside it."""
    for row in rows:
        before = ""
        for name, secret, value, (place, data) in zip(columns, wanted, held, row, strict=False):
            said = data.decode("latin-1") if place >= 0 else ""
            known = name if secret else before if value and _NAME.match(before) and is_secret_name(before) else ""
            if known and said:
                yield known, place, said
            before = said or before


def _is_secret(name: str, said: str) -> bool:
    """Whether it is a line of a secret's variety; programs keep passwords hashed."""
    if not _LINE.match(said) or (is_password_name(name) and _HASH.match(said)):
        return False
    return not filters.why_no_password(name, said, kinds.CONFIG, True)


def _columns(statement: str) -> list[str]:
    """`CREATE TABLE a (id INTEGER, "key" TEXT)` -> id, key; behind them may stand words of constraints."""
    names: list[str] = []
    depth, begins = 0, False
    for piece in _PIECE.finditer(statement):
        if piece[0] == "(":
            depth += 1
            begins = depth == 1
        elif piece[0] == ")":
            depth -= 1
        elif piece[0] == ",":
            begins = begins or depth == 1
        elif begins:
            names.append(piece[piece.lastindex or 0])
            begins = False
    return names
