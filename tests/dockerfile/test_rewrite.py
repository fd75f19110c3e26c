"""A file gets its new bytes whole or not at all, and only the file that was read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from imagelint.dockerfile import rewrite as module
from imagelint.dockerfile.rewrite import CHANGED, rewrite


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sub" / "Dockerfile"
    path.parent.mkdir()
    path.write_bytes(b"old")
    path.chmod(0o640)
    return path


def beside(path: Path) -> list[str]:
    return sorted(os.listdir(path.parent))


@pytest.mark.parametrize("found", [True, False])
def test_a_file_is_replaced_and_keeps_its_mode(file: Path, tmp_path: Path, found: bool) -> None:
    before = file.stat().st_ino
    assert rewrite(str(file), str(tmp_path) if found else "", b"old", b"new") == ""
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.stat().st_ino != before
    assert beside(file) == ["Dockerfile"]


def test_relative_names(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    assert rewrite("Dockerfile", "", b"old", b"new") == ""
    assert rewrite("Dockerfile", ".", b"new", b"newer") == ""
    assert rewrite("Dockerfile", "../sub", b"newer", b"newest") == ""
    assert file.read_bytes() == b"newest"


def test_a_file_that_was_changed_is_left_alone(file: Path) -> None:
    assert rewrite(str(file), "", b"ol", b"new") == CHANGED
    assert rewrite(str(file), "", b"older", b"new") == CHANGED
    assert file.read_bytes() == b"old"
    assert beside(file) == ["Dockerfile"]


def test_a_file_that_is_changed_at_the_last_moment_is_left_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(number: int, known: os.stat_result) -> None:
        file.write_bytes(b"new of somebody else")

    monkeypatch.setattr(module, "_like", slow)
    assert rewrite(str(file), "", b"old", b"new") == CHANGED
    assert file.read_bytes() == b"new of somebody else"
    assert beside(file) == ["Dockerfile"]


def test_nothing_is_left_behind_where_writing_fails(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert rewrite(str(file), "", b"old", b"new") == "it cannot be written: No space left on device"
    assert file.read_bytes() == b"old"
    assert beside(file) == ["Dockerfile"]


def test_no_link_is_followed(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "Dockerfile"
    link.symlink_to(file)
    assert rewrite(str(link), "", b"old", b"new") == "it is a link, and fixes are written to files only"
    folder = tmp_path / "other"
    folder.symlink_to(file.parent)
    why = rewrite(str(folder / "Dockerfile"), str(tmp_path), b"old", b"new")
    assert why.startswith("its folder cannot be opened, or is a link: ")
    assert file.read_bytes() == b"old"
    assert link.is_symlink()


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Dockerfile")
    assert rewrite(str(tmp_path / "Dockerfile"), "", b"", b"new") == "it is not a regular file"
    (tmp_path / "x.dockerfile").mkdir()
    assert rewrite(str(tmp_path / "x.dockerfile"), "", b"", b"new") != ""
    assert rewrite(str(tmp_path / "gone"), "", b"", b"new") == "it cannot be written: No such file or directory"
    assert sorted(os.listdir(tmp_path)) == ["Dockerfile", "x.dockerfile"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write any file")
def test_a_file_that_may_not_be_written(file: Path) -> None:
    file.chmod(0o440)
    assert rewrite(str(file), "", b"old", b"new") == "it may not be written"
    assert file.read_bytes() == b"old"
