"""Databases of SQLite, made by SQLite: which cells are secrets, and where they stand."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from imagelint.engine.shapes import expand
from imagelint.secrets.confirm import Detector
from imagelint.secrets.structured.tables import MAGIC, database
from tests.secrets.formats import Values
from tests.secrets.test_structured import in_layer

PASSWORD = Values(3).password()
TOKEN = expand("glpat-{base62:20}", "tables")
HEX = expand("{hex:64}", "tables")


def made(*statements: str | tuple[str, ...]) -> bytes:
    """What SQLite makes by these statements; behind one may stand its values."""
    with closing(sqlite3.connect(":memory:")) as database, database:
        for statement in statements:
            words, *values = (statement,) if isinstance(statement, str) else statement
            database.execute(words, values)
        database.commit()
        return database.serialize()


def told(detector: Detector, content: bytes, path: str = "var/lib/app/app.db") -> list[tuple[str, str, int]]:
    return [(f.candidate.rule, f.candidate.value, f.offset) for f in in_layer(detector, {path: content})[path]]


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
    values = list(database(content.decode("latin-1")))
    assert [content[value.start : value.end].decode() for value in values] == [PASSWORD]


@given(st.data())
def test_damage_never_raises(data: st.DataObject) -> None:
    content = bytearray(
        made("CREATE TABLE a (name, token, value)", *[("INSERT INTO a VALUES ('k', ?, '')", TOKEN)] * 30)
    )
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(16, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert all(0 < value.start < value.end <= len(content) for value in database(content.decode("latin-1")))


@given(st.binary(max_size=3000))
def test_anything_behind_the_header(body: bytes) -> None:
    assert all(value.end <= len(body) + 100 for value in database((MAGIC + body).decode("latin-1")))
