"""docs/formats.md: it has every format, and its commands do what it says."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from lxml import etree

from imagelint.report.interface import FORMATS
from tests.program import imagelint
from tests.report.actions import commands
from tests.report.schemas import errors

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
JOB = yaml.safe_load(PAGE.partition("```yaml\n")[2].partition("```")[0])["imagelint"]
COMMANDS = [*re.findall(r"^    (imagelint .+)$", PAGE, re.MULTILINE), *JOB["script"]]
READ = {
    "report.json": lambda data: errors("json", json.loads(data)),
    "gl-code-quality-report.json": lambda data: errors("gitlab", json.loads(data)),
    "report.sarif": lambda data: [] if json.loads(data)["version"] == "2.1.0" else ["version"],
    "report.xml": lambda data: [] if etree.fromstring(data).tag == "testsuites" else ["root"],
    "report.html": lambda data: [] if data[:15].lower() == b"<!doctype html>" else ["doctype"],
}


def test_every_format_has_its_place() -> None:
    assert set(re.findall(r"^## (.+)$", PAGE, re.MULTILINE)) == set(FORMATS)
    assert set(re.findall(r"^\| \[(\w+)\]\(#\1\)", PAGE, re.MULTILINE)) == set(FORMATS)


def test_the_job_keeps_the_files_that_it_writes() -> None:
    written = [word.partition("=") for word in shlex.split(JOB["script"][0]) if "=" in word]
    names = {"gitlab": "codequality", "junit": "junit"}
    assert {names[name]: file for name, _, file in written} == JOB["artifacts"]["reports"]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(line)[1:]
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nRUN sudo apt-get install curl\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    done = subprocess.run([*imagelint(), *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1 if words[0] == "scan" else 0, "")
    files = [word.rpartition("=")[2] for before, word in pairwise(words) if before == "-o"]
    for file in files:
        if file in READ:
            assert READ[file]((tmp_path / file).read_bytes()) == []
    assert bool(done.stdout) == ("-f" not in words or not files)
    if "github" in line:
        assert "warning" in {command.name for command in commands(done.stdout)}
        assert "`sudo`" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    if words[0] == "schema":
        json.loads(done.stdout)
