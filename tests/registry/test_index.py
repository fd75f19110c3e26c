"""The index: what it keeps, of whom, and what becomes of it when something goes wrong."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest

from imagelint.errors import ImagelintError, UnreadableError, UsageError
from imagelint.findings import ShownText, Skip
from imagelint.registry import index_file
from imagelint.registry.index import Index, Placed
from imagelint.registry.narrowing import Asked
from imagelint.registry.questions import Questions
from tests.program import running
from tests.registry import fleet
from tests.registry.fleet import HOST, digest, image, placed, report
from tests.report.samples import T

WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from imagelint.registry.index import Index
from tests.registry import fleet
with Index(sys.argv[2]) as index:
    for number in fleet.fill(index, range(int(sys.argv[3]), int(sys.argv[4]))):
        print(number, flush=True)
"""
ROOT = str(Path(__file__).parent.parent.parent)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "index.db")


def answer(path: str, by: str = "", **asked: object):  # type: ignore[no-untyped-def]  # an Answer
    with Questions(path) as questions:
        return questions.answer(Asked(**asked), by)  # type: ignore[arg-type]


def test_what_is_known_need_not_be_read_again(path: str) -> None:
    with Index(path) as index:
        for number in (0, 2, 3):
            index.add(report(number), image(number), placed(number))
        index.add(report(4), image(4), placed(4, "1", "latest"))
        index.add(report(1), image(1), placed(1))  # not read whole
        names = [f"{HOST}/shop/app{name}" for name in ("0:1", "2:1", "3:1", "4:1", "4:latest")]
        assert sorted(index.known()) == names
        assert index.known()[names[0]] == digest("image", 0)
        assert sorted(index.known("r1")) == names
        assert index.known("r2") == {}
        index.add(report(2), image(2), placed(2, rules="r2"))
        assert list(index.known("r2")) == [names[1]]


def test_of_several_platforms_all_must_be_there(path: str) -> None:
    both = Placed([T(f"{HOST}/shop/app:1")], root=digest("root"), images=2)
    with Index(path) as index:
        index.add(report(2), image(2), both)
        assert index.known() == {}
        index.add(report(3), image(3), both)
        assert index.known() == {f"{HOST}/shop/app:1": digest("root")}
    assert len(answer(path).images) == 2


def test_an_image_that_is_added_again_is_replaced(path: str) -> None:
    with Index(path) as index:
        index.add(report(4), image(4), placed(4))
        index.add(report(4), image(4), placed(4))
    once = answer(path)
    assert [one.name for one in once.images] == [f"{HOST}/shop/app4:1"]
    assert (once.totals.all, once.suppressed) == (2, 1)
    with Index(path) as index:
        mended = report(4)
        mended.findings = []
        index.add(mended, image(4), placed(4))
    assert answer(path).totals.all == 0
    with sqlite3.connect(path) as file:  # nothing is left of what nobody holds
        assert file.execute("SELECT count(*) FROM facts").fetchone() == (0,)


def test_a_tag_that_moved_takes_the_old_image_along(path: str) -> None:
    with Index(path) as index:
        index.add(report(4), image(4), placed(4, "1", "latest"))
        index.add(report(4), image(4), placed(4, "1"))
        newer = image(4)
        newer.digest = T(digest("newer"))
        index.add(report(4), newer, placed(4, "latest"))
    names = {one.digest: one.references for one in answer(path).images}
    assert names == {
        digest("image", 4): [f"{HOST}/shop/app4:1"],
        digest("newer"): [f"{HOST}/shop/app4:latest"],
    }
    with Index(path) as index:
        index.add(report(4), newer, placed(4, "1", "latest"))
    assert [one.digest for one in answer(path).images] == [digest("newer")]


def test_what_vanished_is_marked_and_comes_back(path: str) -> None:
    with Index(path) as index:
        for number in (2, 3):
            index.add(report(number), image(number), placed(number))
        assert index.vanished([f"{HOST}/shop/app2", f"{HOST}/shop/other"], []) == 1
        assert index.vanished([f"{HOST}/shop/app2"], []) == 0
        assert list(index.known()) == [f"{HOST}/shop/app3:1"]
    told = answer(path)
    assert [one.name for one in told.images] == [f"{HOST}/shop/app3:1"]
    ((name, since),) = told.gone
    assert (name, since[:2]) == (f"{HOST}/shop/app2:1", "20")
    assert [one.gone for one in answer(path, gone=True).images] == [since, ""]
    with Index(path) as index:
        index.add(report(2), image(2), placed(2))
    assert answer(path).gone == []


def test_a_reference_that_was_not_read_is_told(path: str) -> None:
    name = T(f"{HOST}/shop/chart:1")
    with Index(path) as index:
        index.unread(name, [Skip(T("x"), T(""), T("it is an artifact and no image"))])
        assert index.known() == {}
        index.add(report(2), image(2), placed(2))
        index.unread(placed(2).references[0], [Skip(T("x"), T(""), T("the registry does not answer"))])
        assert index.known() == {}
    told = answer(path)
    assert [(hole.reference, hole.kind) for hole in told.holes] == [
        (f"{HOST}/shop/app2:1", "limited"),
        (f"{HOST}/shop/app2:1", "incomplete"),
        (name, "incomplete"),
    ]
    assert len(told.images) == 1
    with Index(path) as index:
        index.add(report(2), image(2), placed(2))
        assert len(index.known()) == 1


def test_values_are_refused(path: str) -> None:
    open_ = report(2)
    open_.findings[0].message = ShownText("the key is AKIA")
    with Index(path) as index:
        with pytest.raises(UsageError, match="--show-secrets shows values"):
            index.add(open_, image(2), placed(2))
        assert index.known() == {}
    assert answer(path).images == []


def test_it_is_its_owners_alone(path: str) -> None:
    before = os.umask(0)
    try:
        Index(path).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    os.chmod(path, 0o644)
    Index(path).close()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_two_processes_write_at_the_same_time(path: str) -> None:
    running_ = [
        subprocess.Popen(running(WRITER, ROOT, path, first, last), stdout=subprocess.DEVNULL)
        for first, last in (("0", "60"), ("40", "100"))
    ]
    assert [one.wait(60) for one in running_] == [0, 0]
    told = answer(path)
    assert len(told.images) == 100
    assert told.totals.all == sum(len([f for f in report(n).findings if not f.suppressed]) for n in range(100))


def test_who_kills_a_run_loses_the_image_that_was_being_written(path: str) -> None:
    writer = subprocess.Popen(running(WRITER, ROOT, path, "0", "100000"), stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    done = [int(writer.stdout.readline()) for _ in range(30)]
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait(10)
    done += [int(line) for line in writer.stdout.read().split()]
    writer.stdout.close()
    told = answer(path)
    assert len(done) <= len(told.images) <= len(done) + 1
    for one in told.images:
        number = int(one.name.partition("/app")[2].partition(":")[0])
        assert one.numbers.all == len([f for f in report(number).findings if not f.suppressed])


def problem(path: str, kind: type[ImagelintError], *, make: bool = True) -> str:
    with pytest.raises(kind) as caught:
        (Index if make else Questions)(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("make", [True, False])
def test_files_that_are_no_index(tmp_path: Path, make: bool) -> None:
    file = tmp_path / "index.db"
    file.write_bytes(b"\x00" * 9000)
    assert "the index is damaged, or no index at all: move it away" in problem(str(file), UnreadableError, make=make)
    file.write_bytes(b"SQLite format 3\x00" + b"\xff" * 9000)
    assert "damaged" in problem(str(file), UnreadableError, make=make)
    assert "an index is a file" in problem(str(tmp_path), UsageError, make=make)
    os.mkfifo(tmp_path / "pipe")
    assert "an index is a file" in problem(str(tmp_path / "pipe"), UsageError, make=make)
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE cookies (name)")
    assert "no index of imagelint" in problem(str(tmp_path / "other.db"), UsageError, make=make)
    with sqlite3.connect(tmp_path / "new.db") as newer:
        newer.execute("CREATE TABLE more (name)")
        newer.execute(f"PRAGMA application_id = {index_file.APPLICATION}")
        newer.execute(f"PRAGMA user_version = {index_file.VERSION + 1}")
    assert "a newer imagelint made this index" in problem(str(tmp_path / "new.db"), UsageError, make=make)


@pytest.mark.parametrize("name", ["a?mode=memory", "a#b", "a%41", "a b", ":memory:", "file:x", "-rf", "\u00e4\u202e"])
def test_any_name_is_a_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Index(name) as index:
        index.add(report(2), image(2), placed(2))
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert len(answer(name).images) == 1


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot be made: No such file or directory" in problem(str(tmp_path / "none" / "index.db"), UsageError)
    missing = problem(str(tmp_path / "index.db"), UsageError, make=False)
    assert missing.endswith("there is no such index; `imagelint registry --index` makes one")
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_was_overwritten(path: str) -> None:
    with Index(path) as index:
        list(fleet.fill(index, range(200)))
    data = bytearray(Path(path).read_bytes())
    for at in range(4096 * 3, len(data), 4096):
        data[at : at + 64] = b"\xa5" * 64
    Path(path).write_bytes(data)
    with pytest.raises(UnreadableError, match="the index is damaged"):
        answer(path)


def test_a_table_that_somebody_made_up(path: str) -> None:
    """Any type in any column: it is shown, or it is not, and nothing breaks."""
    with Index(path) as index:
        list(fleet.fill(index, range(1, 4)))
    with sqlite3.connect(path) as file:
        file.execute("UPDATE facts SET message = x'ff00', line = 'many', path = 7.5")
        file.execute("UPDATE images SET base = x'00', platform = CAST(x'ff' AS TEXT)")
        file.execute("UPDATE labels SET value = 3")
    told = answer(path, by="label:team")
    assert {image.platform for image in told.images} == {"\ufffd"}
    with Questions(path) as questions:
        assert {found.line for found in questions.findings(Asked())} == {0}
