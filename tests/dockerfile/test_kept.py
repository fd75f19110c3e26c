"""Results of Dockerfiles that are kept for the next run: the same report, only what changed is linted, no secret."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagelint.dockerfile.pool import WORTH_IT
from imagelint.engine.shapes import expand
from tests.material import password
from tests.program import running

TOKEN = expand("ghp_{base62:30}{crc32:github}", "kept")
FILE = "FROM debian:12\nRUN apt-get update && apt-get install curl\nRUN cd /x && make {0}\nCOPY a.txt /srv/\n"
COUNTING = """
import os
from imagelint.dockerfile import pool
true = pool.lint
def counted(path, *given, **more):
    os.write(2, f"linted {path}\\n".encode())
    return true(path, *given, **more)
pool.lint = counted
from imagelint.cli import main
main()
"""
"""The command, telling each Dockerfile that is linted."""

Scan = Callable[..., tuple[dict[str, Any], list[str]]]


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    """Scans `repository` with an empty cache of the test's own; gives the report and what was linted."""

    def run(*words: str, at: str = "repository") -> tuple[dict[str, Any], list[str]]:
        done = subprocess.run(
            running(COUNTING, "scan", at, "--format", "json", "--no-config", "--no-progress", *words),
            cwd=tmp_path,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1, 3), done.stderr
        report = json.loads(done.stdout)
        del report["stats"]["seconds"]
        lines = done.stderr.splitlines()
        return report, [line.removeprefix("linted ") for line in lines if line.startswith("linted ")]

    return run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder with enough Dockerfiles, each with a context of its own."""
    for number in range(WORTH_IT + 6):
        folder = tmp_path / "repository" / f"{number:03}"
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text(FILE.format(number))
        (folder / "a.txt").write_text("nothing\n")
    settle()
    return tmp_path / "repository"


def settle() -> None:
    """A folder that changed in this very moment may change again without telling."""
    time.sleep(0.15)


def test_the_second_run_reports_the_same_and_lints_nothing(scan: Scan, repository: Path) -> None:
    first, linted = scan()
    assert len(linted) == WORTH_IT + 6
    assert {finding["rule"] for finding in first["findings"]} >= {"apt-get-assume-yes", "cd-for-workdir"}
    assert any("fix" in finding for finding in first["findings"])
    assert scan() == (first, [])
    assert scan() == (first, [])


def test_only_the_dockerfile_that_changed_is_linted(scan: Scan, repository: Path) -> None:
    scan()
    (repository / "007" / "Dockerfile").write_text("FROM debian:12\nMAINTAINER me\n")
    settle()
    report, linted = scan()
    assert linted == ["repository/007/Dockerfile"]
    assert report == scan("--no-cache")[0]


def test_a_context_that_changed_is_looked_at_again(scan: Scan, repository: Path) -> None:
    (repository / "014" / "Dockerfile.dockerignore").touch()
    (repository / "015" / "b").touch()
    settle()
    scan()
    (repository / "010" / "a.txt").write_text(f"token = {TOKEN}\n")
    (repository / "011" / ".env").write_text("A=1\n")
    (repository / "012" / "a.txt").unlink()
    (repository / "013" / ".dockerignore").write_text("a.txt\n")
    (repository / "014" / "Dockerfile.dockerignore").write_text("*.txt\n")
    (repository / "015" / "a.txt").unlink()
    (repository / "015" / "a.txt").symlink_to("b")
    settle()
    report, linted = scan()
    assert sorted(linted) == [f"repository/{number:03}/Dockerfile" for number in range(10, 16)]
    assert report == scan("--no-cache")[0]


def test_a_file_of_the_same_size_and_time_is_told_apart(scan: Scan, repository: Path) -> None:
    file = repository / "011" / "a.txt"
    file.write_text("x" * len(TOKEN))
    settle()
    scan()
    before = file.stat()
    file.write_text(TOKEN)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    settle()
    assert [f["secret"]["type"] for f in scan()[0]["findings"] if "secret" in f] != []


def test_what_decides_the_findings_decides_what_is_taken(scan: Scan, repository: Path) -> None:
    scan()
    for words in (["--profile", "strict"], ["--ignore", "cd-for-workdir"], ["--no-inline-ignores"]):
        report, linted = scan(*words)
        assert len(linted) == WORTH_IT + 6
        assert report == scan(*words, "--no-cache")[0]
        assert scan(*words) == (report, [])


def test_no_cache_keeps_and_takes_nothing(scan: Scan, repository: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert len(scan("--no-cache")[1]) == WORTH_IT + 6
    assert not list((tmp_path / "cache").rglob("results-*"))


def test_a_dockerfile_with_a_secret_is_linted_each_time_and_leaves_no_trace(
    scan: Scan, repository: Path, tmp_path: Path
) -> None:
    secret = password(3)
    (repository / "001" / "Dockerfile").write_text(f"FROM debian:12\nENV GITHUB_TOKEN={TOKEN}\n")
    (repository / "002" / "Dockerfile").write_text(f"FROM debian:12\nRUN mysql -uroot -p{secret} </x.sql\n")
    (repository / "003" / "a.txt").write_text(f"token = {TOKEN}\n")
    settle()
    report, _ = scan()
    assert len([finding for finding in report["findings"] if "secret" in finding]) >= 2
    again, linted = scan()
    assert again == report
    assert linted == [f"repository/{number}/Dockerfile" for number in ("001", "002", "003")]
    (kept,) = (tmp_path / "cache" / "imagelint").glob("results-*")
    text = kept.read_text()
    assert TOKEN not in text
    assert secret not in text
    assert "repository/001/" not in text
    assert "repository/002/" not in text
    assert "repository/000/" in text


@pytest.mark.parametrize("damage", ["cut", "changed", "rubbish", "link", "open to all"])
def test_a_damaged_or_foreign_store_is_not_used(scan: Scan, repository: Path, tmp_path: Path, damage: str) -> None:
    report, _ = scan()
    (kept,) = (tmp_path / "cache" / "imagelint").glob("results-*")
    content = kept.read_bytes()
    if damage == "cut":
        kept.write_bytes(content[: len(content) // 2])
    elif damage == "changed":
        kept.write_bytes(content.replace(b"warning", b"note", 1))
    elif damage == "rubbish":
        kept.write_bytes(b"\xff\x00[[")
    elif damage == "link":
        kept.rename(tmp_path / "elsewhere")
        kept.symlink_to(tmp_path / "elsewhere")
    else:
        kept.chmod(0o666)
    again, linted = scan()
    assert again == report
    assert len(linted) == WORTH_IT + 6


def test_what_was_not_read_is_told_each_time(scan: Scan, repository: Path) -> None:
    (repository / "004" / ".dockerignore").write_text("[\n")
    settle()
    first, _ = scan()
    assert first["incomplete"]
    again, linted = scan()
    assert again == first
    assert linted == ["repository/004/Dockerfile"]


def test_few_dockerfiles_leave_nothing_behind(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "Dockerfile").write_text(FILE.format(1))
    scan(at="one")
    assert not (tmp_path / "cache").exists()
