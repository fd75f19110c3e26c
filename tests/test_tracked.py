"""--tracked, --context-only, --fix-only and --force-exclude: what hooks ask of the command."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imagelint import cli
from imagelint.engine.shapes import expand
from imagelint.errors import UsageError
from imagelint.tracked import Tracked
from tests.service import fill

TOKEN = expand("glpat-{base62:20}", "tracked")
LINE = f"TOKEN = '{TOKEN}'\n"
BAD = "FROM debian:12\nRUN apt-get install curl && rm -rf /var/lib/apt/lists/*\nUSER a\n"
MENDED = BAD.replace("install", "install -y")


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of git, and the working directory."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    return tmp_path


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True)


def scan(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    status = cli.run(["scan", "--no-progress", "--format", "json", *words])
    return status, json.loads(capsys.readouterr().out)


def places(report: dict[str, Any]) -> list[str]:
    return sorted({place["path"] for finding in report["findings"] for place in finding.get("places", [])})


def test_only_what_git_tracks_is_there(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sends = "FROM scratch\nCOPY . /\nUSER a\n"
    fill(top, {"Dockerfile": sends, "a/b/conf.py": LINE, "a/left.py": LINE, "größe.py": LINE, "new/Dockerfile": BAD})
    fill(top, {".dockerignore": "*.py", "Dockerfile.dockerignore": "*.py", "a/Dockerfile": sends})
    git("add", "Dockerfile", "a/b", "a/Dockerfile", "größe.py")
    status, report = scan(capsys, "--tracked", ".")
    assert status == 1
    assert report["stats"]["dockerfiles"] == 2
    assert places(report) == ["a/b/conf.py", "größe.py"]
    assert places(scan(capsys, "--tracked", "a")[1]) == ["a/b/conf.py"]
    assert places(scan(capsys, "--tracked", str(top / "a"))[1]) == ["a/b/conf.py"]
    assert places(scan(capsys, "--tracked", "--context", "a", "new/Dockerfile", "a/Dockerfile")[1]) == ["a/b/conf.py"]
    for ignore in (".dockerignore", "Dockerfile.dockerignore"):
        git("add", ignore)
        assert places(scan(capsys, "--tracked", ".")[1]) == ["a/b/conf.py"]
        git("rm", "--cached", "--quiet", ignore)
    git("rm", "--cached", "--quiet", "-r", "a")
    assert places(scan(capsys, "--tracked", ".")[1]) == ["größe.py"]


def test_only_secrets_of_the_context_are_told(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(top, {"Dockerfile": f"FROM debian:latest\nCOPY . /\nENV TOKEN={TOKEN.swapcase()}\n", "conf.py": LINE})
    every = {finding["surface"] for finding in scan(capsys)[1]["findings"]}
    assert {"context", "dockerfile"} <= every
    status, report = scan(capsys, "--context-only")
    assert status == 1
    assert [(f["surface"], f["rule"]) for f in report["findings"]] == [("context", "gitlab-token")]
    # Nobody else looks into a template that is called like a Dockerfile.
    (top / "conf.py").rename(top / "Dockerfile.j2")
    assert [f["path"] for f in scan(capsys, "--context-only")[1]["findings"]] == ["Dockerfile"]


def test_one_baseline_serves_the_linter_and_the_context(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(top, {"Dockerfile": "FROM scratch\nCOPY . /\nRUN sudo true\nUSER a\n", "conf.py": LINE})
    git("add", ".")
    update = ["baseline", "known.json", "--no-progress", "--tracked"]
    assert cli.run([*update, "."]) == 0
    whole = (top / "known.json").read_text(encoding="utf-8")
    capsys.readouterr()
    for words in (["--tracked", "--context-only", "."], ["Dockerfile"]):
        status, report = scan(capsys, "--baseline", "known.json", *words)
        (use,) = report["baseline"]
        assert (status, use["used"], use["unused"]) == (0, 1, []), words
    assert cli.run([*update, "--context-only", "."]) == 0
    assert (top / "known.json").read_text(encoding="utf-8") == whole
    capsys.readouterr()
    fill(top, {"conf.py": ""})
    assert scan(capsys, "--baseline", "known.json", "--context-only", ".")[1]["baseline"][0]["unused"]
    assert cli.run([*update, "--context-only", "."]) == 0
    left = (top / "known.json").read_text(encoding="utf-8")
    assert ("sudo" in left, "gitlab-token" in left) == (True, False)


def test_no_dockerfile_yet_is_no_hole(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(top, {"Dockerfile": BAD})
    status, report = scan(capsys, "--tracked")
    assert (status, report["incomplete"], report["findings"]) == (0, [], [])
    assert report["limited"][0]["reason"].startswith("there is no Dockerfile below it")
    assert scan(capsys, "--no-config")[0] == 1


def test_what_is_asked_of_git_runs_nothing(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(top, {"Dockerfile": BAD, "monitor": f"#!/bin/sh\ntouch {top}/ran\n"})
    (top / "monitor").chmod(stat.S_IRWXU)
    git("add", "Dockerfile")
    git("config", "core.fsmonitor", str(top / "monitor"))
    git("ls-files", "--modified")
    assert (top / "ran").exists()  # this git asks it
    (top / "ran").unlink()
    assert scan(capsys, "--tracked")[0] == 1
    assert not (top / "ran").exists()


@pytest.mark.parametrize(("words", "reason"), [(["."], "not a git repository"), (["gone"], "")])
def test_without_a_repository(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SystemExit) as ended:
        cli.main(["scan", "--no-progress", "--tracked", *words])
    out, err = capsys.readouterr()
    assert ended.value.code == (2 if reason else 3)
    assert reason in err
    assert "Traceback" not in out + err


def test_without_git(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(top))
    with pytest.raises(UsageError, match="git, which is not installed"):
        Tracked().below(".")


def test_a_file_with_a_dash_is_a_target(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(
        top,
        {"-x.dockerfile": BAD, "--output=x/Dockerfile": BAD, "--no-config.dockerfile": BAD, "--strict-coverage": ""},
    )
    (top / "x").mkdir()
    words = ["-x.dockerfile", "--output=x/Dockerfile", "--no-config.dockerfile", "--strict-coverage"]
    status, report = scan(capsys, *words)
    assert status == 1
    assert {finding["path"] for finding in report["findings"]} == set(words[:3])
    assert report["targets"] == [f"./{word}" for word in words[:3]]  # the last one stays an option, whatever lies there
    assert not list((top / "x").iterdir())


def test_fix_only_tells_what_it_mended(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(top, {"Dockerfile": BAD, "good.dockerfile": "FROM scratch\nUSER a\n"})
    words = ["scan", "--no-progress", "--fix-only", "Dockerfile", "good.dockerfile"]
    assert cli.run([*words, "--diff"]) == 1
    assert "+RUN apt-get install -y curl" in capsys.readouterr().out
    assert (top / "Dockerfile").read_text(encoding="utf-8") == BAD
    assert cli.run(words) == 1
    assert capsys.readouterr().out == "Dockerfile: 1 finding mended: apt-get-assume-yes\n\n"
    assert (top / "Dockerfile").read_text(encoding="utf-8") == MENDED
    assert cli.run(words) == 0
    assert capsys.readouterr().out == ""
    assert cli.run([*words, "--unsafe-fixes"]) == 1
    assert "apt-get-no-recommends" in capsys.readouterr().out
    assert cli.run([*words, "gone.dockerfile"]) == 3
    assert "gone.dockerfile: there is no such file" in capsys.readouterr().out
    with pytest.raises(UsageError, match="makes no report"):
        cli.run([*words, "--format", "sarif"])


def test_what_is_excluded_is_left_out_where_that_is_said(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(top, {"third/Dockerfile": BAD, "Dockerfile": BAD, ".imagelint.yaml": 'exclude: ["third/*"]\n'})
    names = ["third/Dockerfile", "./third/../third/Dockerfile", "Dockerfile"]
    assert scan(capsys, *names)[1]["stats"]["dockerfiles"] == 3
    assert scan(capsys, "--force-exclude", *names)[1]["stats"]["dockerfiles"] == 1
