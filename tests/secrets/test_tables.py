"""Databases of SQLite, made by SQLite: which cells are secrets, and where they stand."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from imagelint.engine.shapes import expand
from imagelint.secrets.confirm import Detector
from imagelint.secrets.structured.reading import read
from imagelint.secrets.structured.tables import MAGIC, database
from imagelint.secrets.structured.value import Value
from tests.secrets.formats import Values
from tests.secrets.samples import unheard
from tests.secrets.test_structured import in_layer

PASSWORD = Values(3).password()
TOKEN = expand("glpat-{base62:20}", "tables")
HEX = expand("{hex:64}", "tables")
UNREAD_TABLE = "a table of a database of SQLite that was not read to its end; patterns alone searched it"


def made(*statements: str | tuple[str, ...]) -> bytes:
    """What SQLite makes by these statements; behind one may stand its values."""
    with closing(sqlite3.connect(":memory:")) as database, database:
        for statement in statements:
            words, *values = (statement,) if isinstance(statement, str) else statement
            database.execute(words, values)
        database.commit()
        return database.serialize()


def told(
    detector: Detector, content: bytes, path: str = "var/lib/app/app.db", limited: str = ""
) -> list[tuple[str, str, int]]:
    """What is found in a layer with this file, and what must be told that was not read."""
    found = in_layer(detector, {path: content}, [limited] if limited else [])[path]
    return [(f.candidate.rule, f.candidate.value, f.offset) for f in found]


def values(content: bytes) -> list[Value]:
    """What the reader alone gives."""
    return list(read((database,), content.decode("latin-1"), unheard))


def test_a_column_of_tokens(detector: Detector) -> None:
    """The text ahead of the token has no end that a pattern could see."""
    content = made(
        "CREATE TABLE \"remote\" (id INTEGER PRIMARY KEY, `url` TEXT DEFAULT ('a,b'), [token] TEXT, UNIQUE (url))",
        ("INSERT INTO remote (url, token) VALUES ('https://git.acme.io', ?)", TOKEN),
    )
    assert told(detector, content) == [("gitlab-token", TOKEN, content.index(TOKEN.encode()))]


def test_a_row_of_a_name_and_a_value(detector: Detector) -> None:
    content = made(
        "CREATE TABLE settings (id INTEGER, name TEXT, kind INTEGER, value TEXT)",
        ("INSERT INTO settings VALUES (1, 'theme', 0, ?1), (2, 'smtp_password', 1, ?1)", PASSWORD),
    )
    assert told(detector, content) == [("secret-in-assignment", PASSWORD, content.index(b"smtp_password") + 13)]


def test_one_row_among_many_pages(detector: Detector) -> None:
    rows = [("INSERT INTO users VALUES (?, ?, NULL)", "u" * 50, "n" * number) for number in range(1, 900)]
    rows[500] = ("INSERT INTO users VALUES (?, 'ops', ?)", "x", PASSWORD)
    content = made("CREATE TABLE users (login TEXT, note TEXT, smtp_password TEXT)", *rows)
    assert told(detector, content) == [("secret-in-assignment", PASSWORD, content.index(PASSWORD.encode()))]


def test_what_is_no_secret(detector: Detector) -> None:
    content = made(
        "CREATE TABLE users (login TEXT, password TEXT, token_type TEXT, token TEXT)",
        ("INSERT INTO users VALUES ('a', ?, ?, 'changeme')", HEX, PASSWORD),
        ("INSERT INTO users VALUES ('b', ?, 'bearer', '${TOKEN}')", "$2b$12$" + HEX[:53]),
        "CREATE TABLE texts (key TEXT, value TEXT)",
        ("INSERT INTO texts VALUES ('forgot_password', ?), ('password', 'Your password')", PASSWORD),
        ("INSERT INTO texts VALUES ('password_hash', ?)", PASSWORD),
    )
    assert told(detector, content) == []
    told_of = made("CREATE TABLE a (password TEXT)", ("INSERT INTO a VALUES (?)", PASSWORD))
    assert told(detector, told_of, "usr/share/doc/app/tests/app.db") == []


def test_a_damaged_table_hides_no_other() -> None:
    content = bytearray(
        made(
            "CREATE TABLE a (password TEXT)",
            "INSERT INTO a VALUES ('x')",
            "CREATE TABLE b (password TEXT)",
            ("INSERT INTO b VALUES (?)", PASSWORD),
        )
    )
    content[4096] = 99
    assert [content[value.start : value.end].decode() for value in values(bytes(content))] == [PASSWORD]
    said: list[str] = []
    assert len(list(read((database,), content.decode("latin-1"), said.append))) == 1
    assert said == [UNREAD_TABLE]


def test_a_row_that_goes_on_in_other_pages(detector: Detector) -> None:
    """What stands ahead of the point where it leaves its page is in one piece."""
    content = made(
        "CREATE TABLE users (smtp_password TEXT, note TEXT, imap_password TEXT)",
        ("INSERT INTO users VALUES (?, ?, ?)", PASSWORD, "n" * 9000, Values(4).password()),
    )
    assert told(detector, content) == [("secret-in-assignment", PASSWORD, content.index(PASSWORD.encode()))]


def test_tables_that_are_read_by_nobody_are_told(detector: Detector) -> None:
    row = ("INSERT INTO a VALUES ('x', ?)", PASSWORD)
    by_key = made("CREATE TABLE a (name TEXT PRIMARY KEY, password TEXT) WITHOUT ROWID", row)
    assert told(detector, by_key, limited=UNREAD_TABLE) == []
    wide = made("PRAGMA encoding = 'UTF-16le'", "CREATE TABLE a (name TEXT, password TEXT)", row)
    assert told(detector, wide, limited=UNREAD_TABLE.replace("a table of ", "")) == []
    of_no_use = made("CREATE TABLE a (name TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID")
    assert told(detector, of_no_use) == []
    empty = made("CREATE VIRTUAL TABLE a USING fts5(name, content)", "INSERT INTO a VALUES ('x', 'y')")
    assert told(detector, empty) == []


def test_more_rows_than_are_read_are_told(detector: Detector) -> None:
    create, last = "CREATE TABLE a (password TEXT)", ("INSERT INTO a VALUES (?)", PASSWORD)
    row = ("INSERT INTO a VALUES (?)", "no way")
    few = made(create, *[row] * 19_998, last)
    assert [value for _, value, _ in told(detector, few)] == [PASSWORD]
    many = made(create, *[row] * 20_000, last)
    assert (
        told(detector, many, limited="a database of SQLite with too many rows; patterns alone searched the rest") == []
    )


@given(st.data())
def test_damage_never_raises(data: st.DataObject) -> None:
    content = bytearray(
        made("CREATE TABLE a (name, token, value)", *[("INSERT INTO a VALUES ('k', ?, '')", TOKEN)] * 30)
    )
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(16, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert all(0 < value.start < value.end <= len(content) for value in values(bytes(content)))


@given(st.binary(max_size=3000))
def test_anything_behind_the_header(body: bytes) -> None:
    assert all(value.end <= len(body) + 100 for value in values(MAGIC + body))
