"""What --cache, --cache-key and --no-cache come to."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest

from imagelint import completion
from imagelint.errors import UsageError
from imagelint.store import Nothing, Store, key_of
from imagelint.store.layered import Layered
from imagelint.store.options import add_cache, asked_store
from imagelint.store.signed import VARIABLE
from imagelint.store.sqlite import SqliteStore

if sys.platform == "win32":
    pytest.skip("no owners", allow_module_level=True)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path / "home/imagelint"


def asked(*words: str, targets: tuple[str, ...] = ()) -> Store:
    parser = ArgumentParser()
    add_cache(parser)
    return asked_store(parser.parse_args(list(words)), targets)


def folder_of(store: Store) -> str:
    assert isinstance(store, SqliteStore)
    return store.folder


def test_a_folder(tmp_path: Path, home: Path) -> None:
    assert folder_of(asked()) == str(home)
    assert folder_of(asked("--cache", str(tmp_path / "a"))) == str(tmp_path / "a")
    assert not home.exists()


def test_a_relative_folder_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = asked("--cache", "here")
    monkeypatch.chdir("/")
    store.put("layer", key_of("a"), b"data")
    store.close()
    assert (tmp_path / "here/layers.db").exists()


def test_a_registry_with_a_folder_in_front(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(os.urandom(32).hex())
    (tmp_path / "key").chmod(0o600)
    words = ["--cache", "registry:127.0.0.1:1/cache", "--cache-key", str(tmp_path / "key")]
    store = asked(*words)
    assert isinstance(store, Layered)
    store.put("layer", key_of("a"), b"data")
    store.close()
    assert (home / "layers.db").exists()
    asked(*words, "--cache", str(tmp_path / "named")).put("layer", key_of("a"), b"data")
    assert (tmp_path / "named/layers.db").exists()
    monkeypatch.setenv(VARIABLE, os.urandom(32).hex())
    assert isinstance(asked("--cache", "registry:127.0.0.1:1/cache"), Layered)


def test_a_registry_without_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no home, it is asked all the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", "none")
    monkeypatch.setenv(VARIABLE, os.urandom(32).hex())
    store = asked("--cache", "registry:127.0.0.1:1/cache")
    assert store.get("layer", key_of("a")) is None
    (line,) = store.told
    assert "was not asked any more: nothing answers at" in line


def test_none(tmp_path: Path) -> None:
    store = asked("--no-cache")
    assert isinstance(store, Nothing)
    store.put("layer", key_of("a"), b"data")
    assert store.get("layer", key_of("a")) is None
    assert store.told == []
    for words in (["--cache", str(tmp_path)], ["--cache-key", "x"]):
        with pytest.raises(UsageError, match="leave one of them away"):
            asked("--no-cache", *words)


def test_what_is_scanned(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="must not lie in what is scanned"):
        asked("--cache", str(tmp_path / "cache"), targets=(str(tmp_path),))


def test_the_shell_completes_them() -> None:
    parser = ArgumentParser()
    add_cache(parser)
    takes = {action.dest: completion.TAKES[str(action.metavar)] for action in parser._actions if action.metavar}
    assert takes == {"cache": completion.FOLDERS, "cache_key": completion.FILES}
