"""Many processes at one cache: side by side, killed in the middle of a write, forked, all at once at a damaged one."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from imagelint.store import key_of
from imagelint.store.database import LOCK, NAME
from imagelint.store.sqlite import SqliteStore
from tests.conftest import REPOSITORY
from tests.store.hammer import KEYS, KIND, content
from tests.store.test_sqlite import sql

if sys.platform == "win32":
    pytest.skip("no owners", allow_module_level=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def hammer(folder: Path, seed: int, seconds: float, *more: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.store.hammer", str(folder), str(seed), str(seconds), *more]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY)


def ended(process: subprocess.Popen[str], status: int = 0) -> tuple[set[int], list[str]]:
    """The numbers that were put, and what was told."""
    out, error = process.communicate(timeout=120)
    assert (process.returncode, error) == (status, "")
    lines = out.splitlines()
    if status and lines and not out.endswith("\n"):
        lines.pop()
    assert not [line for line in lines if line.startswith("wrong")]
    told = [line.removeprefix("told ") for line in lines if line.startswith("told")]
    return {int(line.removeprefix("put ")) for line in lines if line.startswith("put")}, told


def whole(folder: Path, put: set[int]) -> None:
    """Everything that was put is there, as it was put, in a file that is in order."""
    assert sql(folder, "PRAGMA integrity_check") == [("ok",)]
    assert sql(folder, "SELECT id FROM contents EXCEPT SELECT id FROM entries") == []
    store = SqliteStore(str(folder))
    assert [number for number in sorted(put) if store.get(KIND, key_of(str(number))) != content(number)] == []
    assert store.told == []


@pytest.mark.slow
def test_one_is_killed_again_and_again(folder: Path) -> None:
    rng = random.Random(5)
    put: set[int] = set()
    steady = [hammer(folder, seed, 12) for seed in range(3)]
    kills = journals = 0
    while any(process.poll() is None for process in steady) and kills < 60:
        victim = hammer(folder, 100 + kills, 60, "large")
        assert victim.stdout is not None
        assert victim.stdout.readline() == "large\n"  # it is at work
        time.sleep(rng.random() * 0.08)
        victim.send_signal(signal.SIGKILL)
        kills += 1
        ended(victim, -signal.SIGKILL)
        journal = folder / f"{NAME}-journal"
        journals += journal.exists() and journal.stat().st_size > 0
    for process in steady:
        done, told = ended(process)
        assert told == []
        put |= done
    assert kills > 5
    assert journals > 0  # somebody was killed where the others had to take back what he wrote
    assert len(put) > KEYS / 2
    whole(folder, put)


@pytest.mark.slow
def test_a_killed_write_is_taken_back(folder: Path) -> None:
    """In the very middle of a transaction, with pages on the disk already."""
    store = SqliteStore(str(folder))
    for number in range(10):
        store.put(KIND, key_of(str(number)), content(number))
    store.close()
    code = """if True:
        import os, signal, sqlite3, sys
        connection = sqlite3.connect(sys.argv[1], isolation_level=None)
        connection.execute("PRAGMA cache_spill=1")
        connection.execute("PRAGMA cache_size=1")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE contents SET data = randomblob(200000)")
        connection.execute("DELETE FROM entries WHERE id > 3")
        os.kill(os.getpid(), signal.SIGKILL)
    """
    before = (folder / NAME).read_bytes()
    done = subprocess.run([sys.executable, "-c", code, str(folder / NAME)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (folder / NAME).read_bytes() != before  # the half that was written
    assert (folder / f"{NAME}-journal").stat().st_size > 1000
    whole(folder, set(range(10)))


@pytest.mark.slow
def test_a_bound_that_is_reached_by_all_at_once(folder: Path) -> None:
    many = [hammer(folder, seed, 5, "3000000") for seed in range(4)]
    for process in many:
        assert ended(process)[1] == []
    assert sql(folder, "PRAGMA integrity_check") == [("ok",)]
    assert (folder / NAME).stat().st_size < 3_800_000
    assert len(sql(folder, "SELECT 1 FROM entries")) > 10


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"no database at all" * 1000, b"", None])
def test_all_begin_with_the_same_damage(folder: Path, damage: bytes | None) -> None:
    if damage is not None:
        folder.mkdir(0o700)
        (folder / NAME).write_bytes(damage)
        (folder / NAME).chmod(0o600)
    many = [hammer(folder, seed, 4) for seed in range(6)]
    put, lines = set(), []
    for process in many:
        done, told = ended(process)
        put |= done
        lines += told
    assert lines in ([], [f"the cache {folder / NAME} was damaged: what it had is read again, and kept anew"])
    assert bool(lines) == bool(damage)
    whole(folder, put)


def test_a_file_that_is_taken_away_while_another_waits_for_the_lock(folder: Path) -> None:
    """Whoever removes a damaged one holds the lock alone: who waited finds none, and makes a new one."""
    import fcntl

    folder.mkdir(0o700)
    (folder / NAME).write_bytes(b"no database at all" * 1000)
    (folder / NAME).chmod(0o600)
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    store = SqliteStore(str(folder))
    waits = threading.Thread(target=store.put, args=(KIND, key_of("1"), content(1)))
    waits.start()
    time.sleep(0.3)
    (folder / NAME).unlink()
    os.close(lock)
    waits.join(30)
    assert store.told == []
    assert store.get(KIND, key_of("1")) == content(1)
    store.close()


def test_the_same_key_at_once(folder: Path) -> None:
    """One wins, nobody fails."""
    code = "import sys, time\nfrom imagelint.store.sqlite import SqliteStore\nstore = SqliteStore(sys.argv[1])\n"
    code += "store.get('layer', 'ab')\nsys.stdin.readline()\n"
    code += "for n in range(200): store.put('layer', 'ab', sys.argv[2].encode() * 5000)\nprint(store.told)\n"
    words = [sys.executable, "-c", code, str(folder)]
    many = [
        subprocess.Popen([*words, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
        for name in "wxyz"
    ]
    time.sleep(0.5)
    for process in many:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0] for process in many] == ["[]\n"] * 4
    assert SqliteStore(str(folder)).get("layer", "ab") in [name.encode() * 5000 for name in "wxyz"]
    assert sql(folder, "SELECT count(*) FROM entries") == sql(folder, "SELECT count(*) FROM contents") == [(1,)]


def test_threads_share_one(folder: Path) -> None:
    store = SqliteStore(str(folder))
    wrong: list[int] = []

    def work(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(150):
            number = rng.randrange(30)
            store.put(KIND, key_of(str(number)), content(number))
            if store.get(KIND, key_of(str(number))) != content(number):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, store.told) == ([], [])


FORKS = """if True:
    import os, sys
    from imagelint import process, workers
    from imagelint.store import key_of
    from imagelint.store.sqlite import SqliteStore
    from tests.store.hammer import KIND, content
    process.own = True
    store = SqliteStore(sys.argv[1])
    store.put(KIND, key_of("0"), content(0))
    parents = store._database

    def work(number):
        theirs = store._database is parents or store._database and store._database.process != os.getpid()
        store.put(KIND, key_of(str(number)), content(number))
        good = all(store.get(KIND, key_of(str(each))) == content(each) for each in (0, number))
        return not theirs and good and store._database.process == os.getpid() and not store.told

    def meanwhile():
        store.put("note", key_of("parent"), os.urandom(100))

    assert workers.forkable()
    print(sorted(workers.Each(work, range(1, 30), 3, meanwhile)) == [(number, True) for number in range(1, 30)])
    print(store.told)
"""


def test_forked_workers_open_their_own(folder: Path) -> None:
    words = [sys.executable, "-c", FORKS, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert (done.stdout, done.stderr) == ("True\n[]\n", "")
    whole(folder, set(range(30)))


def test_a_fork_while_threads_write(folder: Path) -> None:
    """No lock is left locked in the child, and nothing of the parent's is touched there."""
    store = SqliteStore(str(folder))
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number = (number + 1) % 50
            store.put(KIND, key_of(str(number)), content(number))

    def child() -> None:
        for number in range(100, 120):
            store.put(KIND, key_of(str(number)), content(number))
        store.close()
        os._exit(0 if store.told == [] else 9)

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(15):
            process = multiprocessing.get_context("fork").Process(target=child)
            process.start()
            process.join(30)
            assert process.exitcode == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert store.told == []
    whole(folder, set(range(100, 120)))


def test_what_a_parent_has_open_is_never_touched(folder: Path) -> None:
    """By whatever way a process comes about: what was opened under another process id is left as it is."""
    store = SqliteStore(str(folder))
    store.put(KIND, key_of("0"), content(0))
    parents = store._database
    assert parents is not None
    parents.process += 1  # as if it were another's
    assert store.get(KIND, key_of("0")) == content(0)
    assert store._database is not parents
    store.close()
    assert parents.connection.execute("SELECT count(*) FROM entries").fetchone() == (1,)
    parents.process -= 1
    parents.close()
