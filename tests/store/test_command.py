"""`imagelint cache`: what is kept, and to be rid of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imagelint import cache
from imagelint.store import key_of, open_store
from imagelint.store.database import NAME
from tests.program import imagelint

if sys.platform == "win32":
    pytest.skip("no owners", allow_module_level=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "imagelint"


def run(*words: str) -> tuple[int, list[str], str]:
    done = subprocess.run([*imagelint(), "cache", *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


def fill(*words: str) -> None:
    store = open_store(words)
    for number in range(3):
        store.put("layer", key_of(str(number)), bytes(100_000))
    store.put("note", key_of("a"), b"note")
    store.close()
    assert store.told == []


def test_nothing(folder: Path) -> None:
    assert run() == (0, [f"{folder}: 0 entries, 0 bytes"], "")
    assert run("--clear") == (0, [f"{folder}: removed 0 entries, 0 bytes"], "")
    assert not folder.exists()


def test_what_is_kept_and_cleared(folder: Path) -> None:
    fill()
    cache.write("results", "1", bytes(2000))
    cache.write("patterns", "1", bytes(7000))
    (folder / "other-thing").write_text("not ours")
    status, lines, error = run()
    assert (status, error) == (0, "")
    assert lines[0] == f"{folder}: 6 entries, 309.0 kB of at most 2.1 GB"
    assert [line.split("  ")[1].strip() for line in lines[1:]] == [
        "results of layers",
        "notes about images",
        "compiled patterns",
        "results of Dockerfiles",
    ]
    assert [line.split()[-3:] for line in lines[1:]] == [
        ["3", "300.0", "kB"],
        ["1", "4", "bytes"],
        ["1", "7.0", "kB"],
        ["1", "2.0", "kB"],
    ]
    assert run("--clear") == (0, [f"{folder}: removed 6 entries, 309.0 kB"], "")
    assert run() == (0, [f"{folder}: 0 entries, 0 bytes"], "")
    assert (folder / "other-thing").exists()
    assert (folder / NAME).stat().st_size < 100_000


def test_another_folder(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other\x1b[31m"
    fill(str(other))
    fill()
    status, lines, error = run("--cache", str(other))
    assert (status, error) == (0, "")
    assert lines[0] == f"{tmp_path}/other\\x1b[31m: 4 entries, 300.0 kB of at most 2.1 GB"
    assert run("--cache", str(other), "--clear")[0] == 0
    assert run()[1][0].startswith(f"{folder}: 4 entries")


def test_a_damaged_one_is_made_anew(folder: Path) -> None:
    fill()
    (folder / NAME).write_bytes(os.urandom(50_000))
    status, lines, error = run()
    assert (status, lines) == (3, [f"{folder}: 0 entries, 0 bytes"])
    assert error == f"imagelint: the cache {folder / NAME} was damaged: what it had is read again, and kept anew\n"
    assert run() == (0, [f"{folder}: 0 entries, 0 bytes"], "")


def test_what_cannot_be_used(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    status, lines, error = run("--clear")
    assert (status, lines) == (3, [])
    assert error.startswith(f"imagelint: the cache {folder} is open to others (mode 0755): ")
    (tmp_path / "file").write_text("")
    status, lines, error = run("--cache", str(tmp_path / "file"))
    assert (status, lines) == (3, [])
    assert (
        error
        == f"imagelint: the cache {tmp_path}/file cannot be opened: Not a directory; name another folder by --cache\n"
    )


def test_a_registry_is_not_shown_here() -> None:
    status, lines, error = run("--cache", "registry:registry.example.org/cache")
    assert (status, lines) == (2, [])
    assert error.count("\n") == 1
    assert "by the registry's own tools" in error
