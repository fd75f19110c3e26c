"""The team's key, and what is signed with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from imagelint.errors import UsageError
from imagelint.store import key_of, open_store
from imagelint.store.signed import MAGIC, VARIABLE, Signer, key

KEY = os.urandom(20).hex().encode()
NAME = key_of("x")


@pytest.fixture(autouse=True)
def none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def written(path: Path, content: bytes, mode: int = 0o600) -> str:
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def refused(file: str) -> str:
    with pytest.raises(UsageError) as caught:
        key(file)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("data", [b"", b"data", os.urandom(100_000)], ids=["empty", "short", "long"])
def test_what_is_sealed_is_opened(data: bytes) -> None:
    signer = Signer(KEY)
    sealed = signer.seal("layer", NAME, data)
    assert sealed.startswith(MAGIC)
    assert sealed.endswith(data)
    assert len(sealed) == len(MAGIC) + 32 + len(data)
    assert signer.open("layer", NAME, sealed) == data
    assert Signer(bytes(KEY)).open("layer", NAME, sealed) == data


def test_nothing_else_is() -> None:
    signer = Signer(KEY)
    sealed = signer.seal("layer", NAME, b"data")
    assert signer.open("image", NAME, sealed) is None
    assert signer.open("layer", key_of("y"), sealed) is None
    assert Signer(KEY + b"x").open("layer", NAME, sealed) is None
    for at in range(len(sealed)):
        assert signer.open("layer", NAME, sealed[:at]) is None
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        assert signer.open("layer", NAME, changed) is None
    assert signer.open("layer", NAME, sealed + b"x") is None
    # Kind, key and data are told apart whatever their lengths.
    shifted = Signer(KEY).seal("layer" + NAME[:1], NAME[1:], b"data")
    assert signer.open("layer", NAME, shifted) is None
    assert Signer(KEY).seal("layer", NAME + "data", b"") != Signer(KEY).seal("layer", NAME, b"data")


def test_the_key_is_shown_nowhere() -> None:
    for text in (repr(Signer(KEY)), str(Signer(KEY)), format(Signer(KEY))):
        assert KEY.decode() not in text


def test_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path / "key", b"\n " + KEY + b" \n")
    assert key(file) == KEY
    monkeypatch.setenv(VARIABLE, "e" * 32)
    assert key(file) == KEY  # the file that is named wins
    assert key("") == b"e" * 32
    monkeypatch.setenv(VARIABLE, os.fsdecode(b"\xff\xfe" * 16))
    assert key("") == b"\xff\xfe" * 16
    assert key(written(tmp_path / "raw", bytes(range(64, 104)), 0o400)) == bytes(range(64, 104))


def test_without_one_there_is_no_shared_cache() -> None:
    with pytest.raises(UsageError, match=f"--cache-key FILE, or {VARIABLE} in the environment"):
        open_store(["registry:registry.example.org/cache"])


def test_a_key_without_a_shared_cache_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give --cache registry:HOST/REPOSITORY too"):
        open_store([str(tmp_path)], written(tmp_path / "key", KEY))


def test_a_short_one_is_refused_and_not_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = os.urandom(15).hex() + "a"
    text = refused(written(tmp_path / "key", short.encode()))
    assert "the key has 31 bytes, and needs 32 or more (`openssl rand -hex 32` makes one)" in text
    monkeypatch.setenv(VARIABLE, short + "   ")
    assert refused("") == text.replace(f"--cache-key {tmp_path / 'key'}", VARIABLE)
    assert short not in text
    monkeypatch.setenv(VARIABLE, "  ")
    assert "needs the key" in refused("")


@pytest.mark.skipif(sys.platform == "win32", reason="no modes")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path / "a key", KEY, mode)
    assert refused(file) == f"--cache-key {file}: others may read it (mode {mode:04o}): `chmod 600 '{file}'`"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="gives files away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "key", KEY)
    os.chown(file, 12345, 12345)
    assert "belongs to another user" in refused(file)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes")
def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refused(str(tmp_path / "none"))
    assert "cannot be read: Is a directory" in refused(str(tmp_path))
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "it is no file" in refused(str(tmp_path / "pipe"))
    assert "more than 4096 bytes" in refused(written(tmp_path / "large", bytes(5000)))
    assert "the key has 0 bytes" in refused(written(tmp_path / "empty", b"\n"))
