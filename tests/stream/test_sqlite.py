"""Tables of SQLite files, made by SQLite and read by us; and files that nothing made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.errors import UnreadableError
from imagelint.stream import limits, sqlite
from imagelint.stream.spool import Spool

SIZES = (0, 1, 60, 500, 4000, 4061, 4062, 5000, 70_000, 1_000_000)


def made(folder: Path, *statements: str, rows: list[bytes] | None = None, page: int = 4096) -> bytes:
    path = folder / "a.sqlite"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"PRAGMA page_size = {page}")
        database.execute("CREATE TABLE Name (key TEXT, hnum INTEGER)")
        database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        for row in rows or []:
            database.execute("INSERT INTO Packages (blob) VALUES (?)", (row,))
        for statement in statements:
            database.execute(statement)
    return path.read_bytes()


@pytest.mark.parametrize("page", [512, 1024, 4096, 65536])
def test_rows_of_every_size(tmp_path: Path, page: int) -> None:
    rows = [bytes([size % 251]) * size for size in SIZES]
    read = list(sqlite.rows(Spool(made(tmp_path, rows=rows, page=page)), "Packages"))
    assert read == [[b"", row] for row in rows]


def test_many_rows_in_order(tmp_path: Path) -> None:
    """A tree of three levels."""
    rows = [b"%d" % number * 20 for number in range(3000)]
    data = made(tmp_path, "DELETE FROM Packages WHERE hnum % 3 = 0", rows=rows, page=512)
    assert [row[1] for row in sqlite.rows(Spool(data), "Packages")] == [
        row for number, row in enumerate(rows, 1) if number % 3
    ]


def test_values_of_every_type(tmp_path: Path) -> None:
    data = made(tmp_path, "CREATE TABLE a (b, c, d, e, f)", "INSERT INTO a VALUES (0, 1, 258, 'x', NULL)")
    assert list(sqlite.rows(Spool(data), "a")) == [[b"", b"\1", b"\1\2", b"x", b""]]


def test_what_is_no_database(tmp_path: Path) -> None:
    data = made(tmp_path, rows=[b"x" * 9000])
    with pytest.raises(UnreadableError, match="no table Basenames"):
        list(sqlite.rows(Spool(data), "Basenames"))
    with pytest.raises(UnreadableError, match="no SQLite database"):
        list(sqlite.rows(Spool(b"x" * 5000), "Packages"))
    with pytest.raises(UnreadableError, match="it ends ahead"):
        list(sqlite.rows(Spool(data[:-4096]), "Packages"))


def test_pages_that_lead_to_each_other(tmp_path: Path) -> None:
    """Every page becomes an inner one that leads to all others."""
    data = bytearray(made(tmp_path, rows=[b"x" * 3000] * 100))
    count = len(data) // 4096
    for number in range(1, count):
        page = number * 4096
        data[page : page + 12] = bytes([5, 0, 0]) + count.to_bytes(2, "big") + bytes(3) + (2).to_bytes(4, "big")
        for cell in range(count):
            data[page + 12 + 2 * cell : page + 14 + 2 * cell] = (2000 + 5 * cell).to_bytes(2, "big")
            data[page + 2000 + 5 * cell : page + 2004 + 5 * cell] = (cell + 1).to_bytes(4, "big")
    with pytest.raises(UnreadableError, match="lead to each other"):
        list(sqlite.rows(Spool(bytes(data)), "Packages"))


def test_cells_that_share_their_bytes(tmp_path: Path) -> None:
    """A page of 1,200 cells, all the same one: no more comes out than the file has."""
    data = bytearray(made(tmp_path, rows=[b"x" * 1500]))
    page = next(at for at in range(4096, len(data), 4096) if data[at] == 13 and b"x" * 1500 in data[at : at + 4096])
    first = data[page + 8 : page + 10]
    data[page + 3 : page + 5] = (1200).to_bytes(2, "big")
    data[page + 8 : page + 8 + 2400] = first * 1200
    rows = sqlite.rows(Spool(bytes(data)), "Packages")
    got = list(islice(rows, 2))
    assert len(got) == 2
    with pytest.raises(UnreadableError, match="larger than can be"):
        got += rows


def test_a_row_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = made(tmp_path, rows=[b"x" * 9000])
    monkeypatch.setattr(limits, "DATABASE_ROW", 8000)
    with pytest.raises(UnreadableError, match="larger than can be"):
        list(sqlite.rows(Spool(data), "Packages"))


@given(st.data())
def test_damage_ends_in_an_error_or_in_rows(data: st.DataObject) -> None:
    rows = _whole()
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(16, len(rows) - 1))
        rows[at] = data.draw(st.integers(0, 255))
    try:
        got = sum(len(value) for row in sqlite.rows(Spool(bytes(rows)), "Packages") for value in row)
    except UnreadableError:
        return
    assert got <= len(rows)


@given(st.binary(max_size=3000))
def test_random_bytes_behind_a_header(body: bytes) -> None:
    data = _whole()
    data[100 : 100 + len(body)] = body
    try:
        rows = list(sqlite.rows(Spool(bytes(data)), "Packages"))
    except UnreadableError:
        return
    assert len(rows) < len(data)


def _whole() -> bytearray:
    """A small database with overflowing rows, made once."""
    if not _MADE:
        with closing(sqlite3.connect(":memory:")) as database:
            database.execute("PRAGMA page_size = 512")
            database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
            for number in range(30):
                database.execute("INSERT INTO Packages (blob) VALUES (?)", (b"x" * 50 * number,))
            database.commit()
            _MADE.append(database.serialize())
    return bytearray(_MADE[0])


_MADE: list[bytes] = []
