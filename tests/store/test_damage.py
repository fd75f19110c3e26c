"""What happens to the file of a cache: whatever stands in it, a scan gets what was put, or nothing."""

from __future__ import annotations

import os
import random
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from imagelint.store import digest_of, key_of
from imagelint.store.database import APPLICATION, NAME, SCHEMA
from imagelint.store.sqlite import SqliteStore
from tests.store.hammer import KIND, content
from tests.store.test_sqlite import sql

if sys.platform == "win32":
    pytest.skip("no owners", allow_module_level=True)

NUMBERS = range(40)
NEW = bytes(range(256)) * 200
"""It takes pages of its own."""
ANEW = "was damaged: what it had is read again, and kept anew"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cache with entries of many sizes."""
    store = SqliteStore(str(tmp_path / "cache"))
    for number in NUMBERS:
        store.put(KIND, key_of(str(number)), content(number))
    store.close()
    return tmp_path / "cache"


def use(folder: Path) -> list[str]:
    """Read everything, put something, and read that again; what is told. Nothing that was not put may come."""
    store = SqliteStore(str(folder))
    for number in NUMBERS:
        assert store.get(KIND, key_of(str(number))) in (None, content(number))
    store.put("note", key_of("new"), NEW)
    store.put("note", key_of("new"), NEW)  # the first may have met the damage
    assert store.get("note", key_of("new")) == NEW
    store.close()
    return store.told


def random_bytes(whole: bytes) -> bytes:
    return random.Random(1).randbytes(len(whole))


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "random": random_bytes,
    "text": lambda whole: b"this is no database, and not even long\n",
    "one byte": lambda whole: b"S",
    "zeros": lambda whole: bytes(len(whole)),
    "header": lambda whole: b"XQLite format 3\0" + whole[16:],
    "half": lambda whole: whole[: len(whole) // 2],
    "cut in a page": lambda whole: whole[:20_000],
    "one page": lambda whole: whole[:8192],
    "body": lambda whole: whole[:8192] + random_bytes(whole[8192:]),
    "root pages": lambda whole: whole[:8192] + bytes(40_000) + whole[48_192:],
    "page size": lambda whole: whole[:16] + b"\x02\x00" + whole[18:],
    "write-ahead log": lambda whole: whole[:18] + b"\x02\x02" + whole[20:],
    "unknown format": lambda whole: whole[:18] + b"\x09\x09" + whole[20:],
    "size in the header": lambda whole: whole[:28] + b"\x7f\xff\xff\xff" + whole[32:],
    "freelist": lambda whole: whole[:32] + b"\x00\x00\x00\x05\x00\x00\x00\x07" + whole[40:],
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_is_mended_and_told_once(folder: Path, how: str) -> None:
    whole = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(DAMAGE[how](whole))
    assert use(folder) in ([f"the cache {folder / NAME} {ANEW}"], [])
    store = SqliteStore(str(folder))
    assert store.get("note", key_of("new")) == NEW
    store.close()
    assert use(folder) == []
    assert sql(folder, "PRAGMA integrity_check") == [("ok",)]
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600


def test_an_empty_file_is_a_new_one(folder: Path) -> None:
    (folder / NAME).write_bytes(b"")
    assert use(folder) == []


@pytest.mark.parametrize("seed", range(40))
def test_whatever_bytes_change_nothing_wrong_comes(folder: Path, seed: int) -> None:
    """Pages overwritten and bits turned, at random places."""
    rng, whole = random.Random(seed), bytearray((folder / NAME).read_bytes())
    for _ in range(rng.choice([1, 3, 30, 300])):
        at = rng.randrange(len(whole)) if rng.random() < 0.5 else rng.randrange(5) * 8192 + rng.randrange(300)
        if rng.random() < 0.5:
            whole[at] ^= 1 << rng.randrange(8)
        else:
            whole[at : at + 200] = rng.randbytes(200)
    (folder / NAME).write_bytes(whole)
    for _ in range(3):
        store = SqliteStore(str(folder))
        for number in NUMBERS:
            assert store.get(KIND, key_of(str(number))) in (None, content(number))
            store.put(KIND, key_of(str(number)), content(number))
        store.close()
    for number in NUMBERS:  # and after some runs it is whole again
        assert SqliteStore(str(folder)).get(KIND, key_of(str(number))) == content(number)


@pytest.mark.parametrize("seed", range(5))
def test_a_journal_of_something_else_is_survived(folder: Path, seed: int) -> None:
    """As it is left where somebody puts another file beside a journal that was not played back."""
    rng = random.Random(seed)
    magic = bytes.fromhex("d9d505f920a163d7")  # SQLite's file format, 3
    (folder / f"{NAME}-journal").write_bytes(magic + rng.randbytes(20_000))
    use(folder)
    use(folder)
    assert use(folder) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE contents",
        "DROP INDEX by_use",
        "ALTER TABLE entries ADD COLUMN more TEXT",
        "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM entries; END",
        "CREATE VIEW v AS SELECT 1",
        "PRAGMA application_id=7",
        "PRAGMA user_version=0",
    ],
)
def test_other_tables_are_damage(folder: Path, statement: str) -> None:
    sql(folder, statement)
    assert use(folder) == [f"the cache {folder / NAME} {ANEW}"]
    assert use(folder) == []


def test_an_older_schema_is_thrown_away_without_a_word(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagelint.store.database.SCHEMA", SCHEMA + 1)
    assert use(folder) == []
    assert sql(folder, "PRAGMA user_version") == [(SCHEMA + 1,)]
    assert sql(folder, "SELECT count(*) FROM entries") == [(1,)]


def test_a_newer_one_is_left_alone(folder: Path) -> None:
    sql(folder, f"PRAGMA user_version={SCHEMA + 1}")
    before = (folder / NAME).read_bytes()
    store = SqliteStore(str(folder))
    store.put("note", key_of("new"), NEW)
    assert store.get(KIND, key_of("1")) is None
    (line,) = store.told
    assert "is a newer imagelint's" in line
    assert (folder / NAME).read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE contents SET data = substr(data, 1, length(data) - 1)",
        "UPDATE contents SET data = data || x'00'",
        "UPDATE contents SET data = 'text'",
        "UPDATE contents SET data = 7",
        "UPDATE entries SET digest = zeroblob(32)",
        "UPDATE entries SET digest = 'text'",
        "UPDATE entries SET digest = (SELECT digest FROM entries WHERE id = 1) WHERE id > 1",
        "UPDATE contents SET data = (SELECT data FROM contents WHERE id = 1) WHERE id > 1",
        "UPDATE entries SET kind = 'image'",
        "UPDATE entries SET id = 1000 - id",
    ],
)
def test_a_changed_entry_is_a_miss_and_removed(folder: Path, change: str) -> None:
    """By whoever can write the file, or by a disk: data, digests, kinds and places are one."""
    sql(folder, change)
    store = SqliteStore(str(folder))
    for kind in (KIND, "image"):
        for number in NUMBERS:
            assert store.get(kind, key_of(str(number))) in (None, content(number) if kind == KIND else None)
    store.close()
    assert len(store.told) <= 1
    assert all("entries that were damaged, and removed: " in line for line in store.told)
    again = SqliteStore(str(folder))
    for number in NUMBERS:
        again.get(KIND, key_of(str(number)))
        again.put(KIND, key_of(str(number)), content(number))
        assert again.get(KIND, key_of(str(number))) == content(number)
    assert again.told == []


def test_removed_entries_are_counted(folder: Path) -> None:
    sql(folder, "UPDATE contents SET data = x'00' WHERE id <= 3")
    assert use(folder) == [f"the cache {folder}: entries that were damaged, and removed: 3"]
    assert sql(folder, "SELECT count(*) FROM contents JOIN entries USING (id)") == [(len(NUMBERS) - 3 + 1,)]
    assert sql(folder, "SELECT count(*) FROM contents") == [(len(NUMBERS) - 3 + 1,)]


def test_a_file_that_goes_away_is_made_again(folder: Path) -> None:
    store = SqliteStore(str(folder))
    assert store.get(KIND, key_of("1")) == content(1)
    (folder / NAME).unlink()
    store.put("note", key_of("new"), NEW)
    assert store.get("note", key_of("new")) == NEW
    store.close()
    assert store.told == []
    assert use(folder) == []


def test_damage_while_others_have_it_open_waits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To take it away under them would damage the new one too."""
    monkeypatch.setattr("imagelint.store.database._WAIT", 0.1)
    other = SqliteStore(str(folder))
    assert other.get(KIND, key_of("1")) == content(1)
    inode = (folder / NAME).stat().st_ino
    with open(folder / NAME, "r+b") as file:
        file.write(os.urandom(16_384))
    store = SqliteStore(str(folder))
    assert store.get(KIND, key_of("2")) is None
    store.put(KIND, key_of("2"), content(2))
    (line,) = store.told
    assert line == f"the cache {folder / NAME} is damaged, and was not used: remove it when no imagelint runs"
    assert (folder / NAME).stat().st_ino == inode
    other.close()
    assert use(folder) == [f"the cache {folder / NAME} {ANEW}"]
    assert use(folder) == []


def test_an_entry_under_another_name_is_told_apart(folder: Path) -> None:
    """Digests are over kind and key too, whatever their lengths."""
    assert digest_of(b"ab", b"c", b"") != digest_of(b"a", b"bc", b"")
    connection = sqlite3.connect(folder / NAME)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    connection.close()
    assert application == APPLICATION
