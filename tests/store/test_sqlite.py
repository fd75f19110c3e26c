"""The store on the disk: for its user alone, bounded, and of no harm where its place is not what it should be."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagelint.errors import UsageError
from imagelint.store import KINDS, Nothing, database, key_of, open_store
from imagelint.store.database import LOCK, NAME
from imagelint.store.sqlite import SqliteStore
from imagelint.stream import limits
from tests.conftest import REPOSITORY

if sys.platform == "win32":
    pytest.skip("no owners", allow_module_level=True)

KEY, OTHER = key_of("a"), key_of("b")
root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, or becomes another user")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def world() -> Iterator[Path]:
    """A folder that everybody may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="il-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def one(folder: Path, data: bytes = b"data") -> None:
    """A cache with one entry."""
    store = SqliteStore(str(folder))
    store.put("layer", KEY, data)
    store.close()
    assert store.told == []


def sql(folder: Path, *statements: str) -> list[tuple[object, ...]]:
    """The rows of the last, asked of the file itself."""
    connection = sqlite3.connect(folder / NAME)
    try:
        rows: list[tuple[object, ...]] = []
        for statement in statements:
            rows = connection.execute(statement).fetchall()
        connection.commit()
        return rows
    finally:
        connection.close()


def test_what_is_put_is_there_again(folder: Path) -> None:
    store = SqliteStore(str(folder))
    assert store.get("layer", KEY) is None
    assert not folder.exists()  # who only asks makes nothing
    for kind in KINDS:
        store.put(kind, KEY, kind.encode())
    store.put("layer", OTHER, b"")
    store.close()
    again = SqliteStore(str(folder))
    assert [again.get(kind, KEY) for kind in KINDS] == [kind.encode() for kind in KINDS]
    assert again.get("layer", OTHER) == b""
    assert again.get("image", OTHER) is None
    again.put("layer", KEY, b"newer")
    assert again.get("layer", KEY) == b"newer"
    assert again.kinds() == {"document": (1, 8), "image": (1, 5), "layer": (2, 5), "note": (1, 4)}
    again.clear()
    assert again.kinds() == {}
    assert again.get("layer", KEY) is None
    again.close()
    assert again.get("layer", KEY) is None
    assert store.told == again.told == []


def test_keys_tell_their_parts_apart() -> None:
    keys = [key_of(), key_of(""), key_of("", ""), key_of("ab"), key_of("a", "b"), key_of("b", "a"), key_of("\udcff")]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in keys)
    assert key_of("a", "b") == keys[4]


@pytest.mark.parametrize("umask", [0, 0o077])
def test_only_the_user_can_open_it(folder: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = SqliteStore(str(folder))
        store.put("layer", KEY, b"data")
        connection = store._database.connection if store._database else None
        assert connection is not None
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM contents")  # now its journal is there
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        connection.execute("ROLLBACK")
    finally:
        os.umask(before)
    assert modes == {NAME: 0o600, f"{NAME}-journal": 0o600, LOCK: 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert store.get("layer", KEY) == b"data"


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777, 0o710])
def test_a_folder_that_others_enter_is_not_used(folder: Path, mode: int) -> None:
    one(folder)
    folder.chmod(mode)
    store = SqliteStore(str(folder))
    assert store.get("layer", KEY) is None
    store.put("layer", OTHER, b"data")
    assert store.told == [
        f"the cache {folder} is open to others (mode {mode:04o}): name one that only you may enter (mode 0700), or one "
        "that is not there yet, by --cache"
    ]
    folder.chmod(0o700)
    assert SqliteStore(str(folder)).kinds() == {"layer": (1, 4)}


@pytest.mark.parametrize("mode", [0o640, 0o602, 0o666])
def test_a_file_that_others_open_is_not_used(folder: Path, mode: int) -> None:
    one(folder)
    (folder / NAME).chmod(mode)
    store = SqliteStore(str(folder))
    assert store.get("layer", KEY) is None
    (line,) = store.told
    assert f"{NAME} is open to others (mode {mode:04o}): `chmod 600 " in line


@root
@pytest.mark.parametrize("name", ["", NAME])
def test_what_another_user_owns_is_not_used(folder: Path, name: str) -> None:
    one(folder)
    os.chown(folder / name, 12345, 12345)
    store = SqliteStore(str(folder))
    assert store.get("layer", KEY) is None
    store.put("layer", KEY, b"data")
    (line,) = store.told
    assert "belongs to another user, who could fill it: name another folder by --cache" in line


@pytest.mark.parametrize("what", ["link", "pipe", "folder"])
def test_what_is_no_file_is_not_opened(folder: Path, tmp_path: Path, what: str) -> None:
    one(folder)
    moved = (folder / NAME).rename(tmp_path / "elsewhere")
    if what == "link":
        (folder / NAME).symlink_to(moved)
    elif what == "pipe":
        os.mkfifo(folder / NAME, 0o600)
    else:
        (folder / NAME).mkdir(0o700)
    store = SqliteStore(str(folder))
    assert store.get("layer", KEY) is None
    (line,) = store.told
    assert "is no file: remove it" in line


def test_a_link_in_the_place_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    one(tmp_path / "other")
    folder.symlink_to(tmp_path / "other")
    store = SqliteStore(str(folder))
    assert store.get("layer", KEY) is None
    store.put("layer", OTHER, b"data")
    (line,) = store.told
    assert "cannot be opened" in line


def test_who_names_a_link_means_where_it_leads(folder: Path, tmp_path: Path) -> None:
    one(tmp_path / "other")
    folder.symlink_to(tmp_path / "other")
    assert open_store([str(folder)]).get("layer", KEY) == b"data"


def test_the_place_without_words_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store = open_store()
    store.put("layer", KEY, b"data")
    store.close()
    assert (tmp_path / "imagelint" / NAME).exists()
    assert open_store().get("layer", KEY) == b"data"


def test_no_home_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    for above in (str(tmp_path / "file"), "/proc/none", "/dev/null/x"):
        monkeypatch.setenv("XDG_CACHE_HOME", above)
        store = open_store()
        store.put("layer", KEY, b"data")
        assert store.get("layer", KEY) is None
        assert store.told == []
        named = open_store([f"{above}/imagelint"])
        named.put("layer", KEY, b"data")
        (line,) = named.told  # who names one is told
        assert "cannot be opened" in line
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", "nowhere")
    assert isinstance(open_store(), Nothing)


@pytest.mark.parametrize("named", [".", "below/cache", "../project/cache", "link/cache"])
@pytest.mark.parametrize("target", [".", "oci:."])
def test_it_never_lies_in_what_is_scanned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, target: str
) -> None:
    project = tmp_path / "project"
    (project / "below").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (project / "link").symlink_to(project / "below")
    (project / "away").symlink_to(tmp_path / "outside")
    monkeypatch.chdir(project)
    with pytest.raises(UsageError, match="must not lie in what is scanned"):
        open_store([named], targets=["docker:app:1", target])
    open_store([named], targets=["image.tar", "below/image.tar", "docker:app", "../outside"])
    open_store(["away/cache"], targets=[target])


@pytest.mark.parametrize(
    "words", [[""], ["a", "b"], ["registry:"], ["registry:a.example.org/b", "registry:c.example.org/d"]]
)
def test_words_that_cannot_be_meant(words: list[str]) -> None:
    with pytest.raises(UsageError, match="--cache: name "):
        open_store(words)


@pytest.mark.parametrize("word", ["registry.example.org/team/cache", "localhost:5000/cache"])
def test_a_registry_without_its_prefix_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=f"write registry:{word} for a registry, and ./{word} for a folder"):
        open_store([word])
    for folder in (f"./{word}", ".cache/x", "../y", "cache/v1.2"):
        open_store([folder])
    (tmp_path / word).mkdir(parents=True)
    open_store([word])


def test_a_python_without_sqlite(folder: Path) -> None:
    code = "import sys\nsys.modules['sqlite3'] = None\nfrom imagelint.store import open_store\n"
    code += "store = open_store([sys.argv[1]])\nstore.put('layer', 'ab', b'x')\n"
    code += "print(store.get('layer', 'ab'), store.told)\n"
    words = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert done.stdout == "None ['no results are kept: this Python was built without sqlite3']\n", done.stderr


def test_a_folder_that_is_changed_meanwhile(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the check of its owner and the opening of its file: another one has taken its name."""
    one(folder)
    one(tmp_path / "other", b"of somebody else")
    connect = database._connect

    def late(path: str) -> sqlite3.Connection:
        folder.rename(tmp_path / "away")
        (tmp_path / "other").rename(folder)
        return connect(path)

    monkeypatch.setattr(database, "_connect", late)
    store = SqliteStore(str(folder))
    assert store.get("layer", KEY) is None
    (line,) = store.told
    assert "was moved while it was opened" in line


def test_it_is_bounded_and_the_least_used_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CACHE_BYTES", 4_000_000)
    store = SqliteStore(str(folder))
    for number in range(30):
        store.put("layer", key_of(str(number)), os.urandom(100_000))
    store.close()
    sql(folder, "UPDATE entries SET used = 1000000 + id")
    store = SqliteStore(str(folder))
    assert store.get("layer", key_of("2"))  # the third oldest is in use
    for number in range(30, 45):
        store.put("layer", key_of(str(number)), os.urandom(100_000))
    there = {number for number in range(45) if store.get("layer", key_of(str(number))) is not None}
    assert 2 in there
    assert set(range(30, 45)) <= there
    gone = set(range(45)) - there
    assert gone == {0, 1, *range(3, len(gone) + 1)}
    assert 5 <= len(gone) <= 12
    for number in range(100, 400):
        store.put("note", key_of(str(number)), os.urandom(30_000))
        assert (folder / NAME).stat().st_size <= limits.CACHE_BYTES + 200_000
    assert store.get("note", key_of("399"))
    monkeypatch.setattr(limits, "CACHE_BYTES", 1_000_000)
    store.put("note", key_of("last"), b"data")
    assert (folder / NAME).stat().st_size <= 1_000_000
    assert store.get("note", key_of("last")) == b"data"
    assert store.get("note", key_of("399"))
    assert store.told == []


def test_what_is_too_large_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CACHE_ENTRY", 1000)
    store = SqliteStore(str(folder))
    for name in "ab":
        store.put("layer", key_of(name), bytes(1001))
    store.put("layer", key_of("c"), bytes(1000))
    assert [store.get("layer", key_of(name)) for name in "abc"] == [None, None, bytes(1000)]
    assert store.told == [f"the cache {folder}: results too large to be kept, which are made again: 2"]


def test_to_read_costs_no_write(folder: Path) -> None:
    store = SqliteStore(str(folder))
    for number in range(50):
        store.put("layer", key_of(str(number)), b"data")
    store.close()

    def changes() -> int:
        """How often the file was written: SQLite counts it in its header (file format, 1.3.7)."""
        return int.from_bytes((folder / NAME).read_bytes()[24:28], "big")

    before = changes()
    store = SqliteStore(str(folder))
    for number in range(50):
        store.get("layer", key_of(str(number)))
    store.close()
    assert changes() == before
    sql(folder, "UPDATE entries SET used = 1000")
    before = changes()
    store = SqliteStore(str(folder))
    for number in range(40):
        store.get("layer", key_of(str(number)))
    assert changes() == before
    store.close()
    assert changes() == before + 1
    now = int(time.time())
    used = [int(str(row[0])) for row in sql(folder, "SELECT used FROM entries ORDER BY id")]
    assert all(now - 60 < when <= now for when in used[:40])
    assert set(used[40:]) == {1000}


def test_the_same_again_costs_no_second_copy(folder: Path) -> None:
    for _ in range(3):
        one(folder, bytes(500_000))
    assert sql(folder, "SELECT count(*) FROM contents") == [(1,)]
    assert (folder / NAME).stat().st_size < 700_000


def child(code: str, *words: str, **more: object) -> list[str]:
    """Lines that a program of its own prints; `store` is there."""
    head = "import sys\nfrom imagelint.store import key_of\nfrom imagelint.store.sqlite import SqliteStore\n"
    head += "store = SqliteStore(sys.argv[1])\n"
    done = subprocess.run(
        [sys.executable, "-c", head + code, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        **more,  # type: ignore[call-overload]  # preexec_fn
    )
    assert (done.returncode, done.stderr) == (0, "")
    return str(done.stdout).splitlines()


def test_a_full_disk_is_told_once_and_what_is_there_is_read(folder: Path) -> None:
    one(folder, bytes(50_000))
    code = "for n in range(20): store.put('layer', key_of(str(n)), bytes([n]) * 50_000)\n"
    code += "print(len(store.get('layer', key_of('a'))))\n"
    code += "for n in range(20): print(len(store.get('layer', key_of(str(n))) or b''))\n"
    code += "store.close()\nprint(*store.told, sep='\\n')\n"
    size = (folder / NAME).stat().st_size

    def small() -> None:
        """As a quota: the kernel refuses to make the file any larger."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 120_000, size + 120_000))

    *sizes, told = child(code, str(folder), preexec_fn=small)
    assert sizes[0] == "50000"
    assert set(sizes[1:3]) == {"50000"}
    assert set(sizes[4:]) == {"0"}
    why = "its disk, or your share of it, is full: make room"
    assert told == f"the cache {folder}/{NAME} takes nothing more, {why}, or name another folder by --cache"
    store = SqliteStore(str(folder))
    store.put("layer", OTHER, b"room again")
    assert store.get("layer", OTHER) == b"room again"
    assert sql(folder, "PRAGMA integrity_check") == [("ok",)]


@root
def test_a_small_disk_runs_full(tmp_path: Path) -> None:
    """A file system that really is."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k,mode=700", "none", str(disk)], check=False)
    if done.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        store = SqliteStore(str(disk / "cache"))
        for number in range(10):
            store.put("layer", key_of(str(number)), bytes([number]) * 100_000)
        there = [number for number in range(10) if store.get("layer", key_of(str(number))) == bytes([number]) * 100_000]
        assert there == list(range(len(there)))
        assert 2 <= len(there) <= 5
        (line,) = store.told
        assert "is full: make room" in line
        store.close()
        os.truncate(disk / "cache" / NAME, 0)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@root
@pytest.mark.parametrize("modes", [(0o400, 0o700), (0o600, 0o500), (0o400, 0o500)])
def test_what_may_only_be_read_is_read(world: Path, modes: tuple[int, int]) -> None:
    folder = world / "cache"
    one(folder)
    sql(folder, "UPDATE entries SET used = 1000")
    for path, mode in ((folder / NAME, modes[0]), (folder / LOCK, modes[0]), (folder, modes[1])):
        os.chown(path, 12345, 12345)
        path.chmod(mode)
    code = "import fcntl, hashlib, os\nos.setgid(12345)\nos.setuid(12345)\n"
    code += "print(store.get('layer', key_of('a')))\nstore.put('layer', key_of('b'), b'x')\n"
    code += "print(store.get('layer', key_of('a')))\nstore.close()\nprint(*store.told, sep='\\n')\n"
    lines = child(code, str(folder))
    assert lines == [
        "b'data'",
        "b'data'",
        f"the cache {folder}/{NAME} takes nothing more, it may only be read, or name another folder by --cache",
    ]


def test_one_that_is_held_is_left_after_a_while(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CACHE_BUSY", 0.3)
    one(folder)
    holder = sqlite3.connect(folder / NAME, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    store = SqliteStore(str(folder))
    started = time.monotonic()
    for _ in range(100):
        assert store.get("layer", KEY) is None
        store.put("layer", OTHER, b"data")
    store.close()
    assert time.monotonic() - started < 5
    (line,) = store.told
    assert line.endswith("was busy for 0 seconds, and was not used any more")
    holder.execute("ROLLBACK")
    holder.close()
    assert SqliteStore(str(folder)).get("layer", KEY) == b"data"
