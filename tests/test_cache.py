"""What is kept between runs: for the user alone, whole, and of no weight."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from imagelint import cache
from imagelint.engine.compiled import load
from imagelint.engine.shapes import expand
from imagelint.secrets.prefilter import Patterns
from tests.imagemaker import Recipe, docker_archive
from tests.program import imagelint

if sys.platform == "win32":
    pytest.skip("no owners", allow_module_level=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "imagelint"


def test_what_is_kept_is_read_again(folder: Path) -> None:
    assert cache.read("kind", "key") is None
    assert not folder.exists()
    cache.write("kind", "key", b"content")
    assert cache.read("kind", "key") == b"content"
    assert cache.read("kind", "other") is None
    cache.write("kind", "key", b"newer")
    assert cache.read("kind", "key") == b"newer"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777])
def test_a_folder_that_others_enter_is_not_used(folder: Path, mode: int) -> None:
    cache.write("kind", "key", b"content")
    folder.chmod(mode)
    assert cache.read("kind", "key") is None
    cache.write("kind", "new", b"content")
    assert not (folder / "kind-new").exists()


@pytest.mark.parametrize("mode", [0o640, 0o602, 0o666])
def test_a_file_that_others_open_is_not_used(folder: Path, mode: int) -> None:
    cache.write("kind", "key", b"content")
    (folder / "kind-key").chmod(mode)
    assert cache.read("kind", "key") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away")
@pytest.mark.parametrize("name", ["", "kind-key"])
def test_what_another_user_owns_is_not_used(folder: Path, name: str) -> None:
    cache.write("kind", "key", b"content")
    os.chown(folder / name, 12345, 12345)
    assert cache.read("kind", "key") is None


def test_no_link_is_followed(folder: Path, tmp_path: Path) -> None:
    cache.write("kind", "key", b"content")
    (folder / "kind-link").symlink_to(folder / "kind-key")
    assert cache.read("kind", "link") is None
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert cache.read("kind", "key") is None


def test_a_pipe_does_not_wait(folder: Path) -> None:
    cache.write("kind", "key", b"content")
    os.mkfifo(folder / "kind-pipe", 0o600)
    assert cache.read("kind", "pipe") is None


def test_the_oldest_go(folder: Path) -> None:
    for number in range(cache.KEPT + 3):
        cache.write("kind", str(number), b"content")
        os.utime(folder / f"kind-{number}", (number, number))
    cache.write("other", "0", b"content")
    cache.write("kind", "last", b"content")
    kept = {path.name for path in folder.iterdir()}
    assert kept == {"other-0", "kind-last", *(f"kind-{number}" for number in range(4, cache.KEPT + 3))}


def test_a_relative_folder_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    cache.write("kind", "key", b"content")
    assert cache.read("kind", "key") == b"content"
    assert (tmp_path / "home" / ".cache" / "imagelint" / "kind-key").exists()
    assert not (tmp_path / "here").exists()


def test_a_place_that_cannot_be_written_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    cache.write("kind", "key", b"content")
    assert cache.read("kind", "key") is None


def found(patterns: Patterns) -> list[tuple[int, int]]:
    text = f"x = {expand('ghp_{base62:30}{crc32:github}', 'cache')}\n".encode()
    return patterns.scanner().scan(text)


def test_compiled_patterns_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = load().rules
    first = found(Patterns(rules))
    assert first
    (kept,) = folder.iterdir()
    # Another content under the same name shows that it is this file that is used.
    other = [rule for rule in rules if rule.kind == "secret"][:1]
    patterns = Patterns(other)
    patterns.prepare()
    (small,) = set(folder.iterdir()) - {kept}
    whole = kept.read_bytes()
    kept.write_bytes(small.read_bytes())
    assert found(Patterns(rules)) != first
    kept.write_bytes(whole)
    assert found(Patterns(rules)) == first


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "long"])
def test_a_damaged_one_is_compiled_anew(folder: Path, damage: str) -> None:
    first = found(Patterns(load().rules))
    (kept,) = folder.iterdir()
    whole = kept.read_bytes()
    middle = len(whole) // 2
    kept.write_bytes(
        {
            "cut": whole[:middle],
            "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "empty": b"",
            "long": whole + b"x",
        }[damage]
    )
    assert found(Patterns(load().rules)) == first
    assert kept.read_bytes() == whole


def test_no_value_is_kept(folder: Path, tmp_path: Path) -> None:
    value = expand("ghp_{base62:30}{crc32:github}", "kept")
    image = docker_archive(
        tmp_path / "image.tar", Recipe([[{"path": "etc/x", "content": f"x={value}\n"}]]), layout="25"
    )
    words = [*imagelint(), "scan", "--no-config", "--format", "json", str(image)]
    done = subprocess.run(words, capture_output=True, check=False, cwd=Path(__file__).parent.parent)
    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"] if "secret" in finding] == [
        "github-token"
    ]
    (kept,) = folder.iterdir()
    assert value.encode() not in kept.read_bytes()
