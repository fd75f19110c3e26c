"""docs/formats.md: it has every format, and the files that its commands wrote are of it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import yaml
from lxml import etree

from imagelint.report.interface import FORMATS
from tests.docs.blocks import REPOSITORY, blocks
from tests.docs.shell import Done
from tests.report.actions import commands
from tests.report.schemas import errors

PAGE = "docs/formats.md"
TEXT = (REPOSITORY / PAGE).read_text(encoding="utf-8")
READ: dict[str, Callable[[bytes], list[str]]] = {
    "report.json": lambda data: errors("json", json.loads(data)),
    "gl-code-quality-report.json": lambda data: errors("gitlab", json.loads(data)),
    "report.sarif": lambda data: [] if json.loads(data)["version"] == "2.1.0" else ["version"],
    "report.xml": lambda data: [] if etree.fromstring(data).tag == "testsuites" else ["root"],
    "report.html": lambda data: [] if data[:15].lower() == b"<!doctype html>" else ["doctype"],
}


def check(folder: Path, done: list[Done]) -> None:
    """What the page's commands left behind, and what they printed."""
    assert [said for name, reader in READ.items() for said in reader((folder / name).read_bytes())] == []
    for one in done:
        words = shlex.split(one.step.text)
        written = "-o" in words and "-f" in words
        assert bool(one.output) is not written, one.step.text
        if "github" in one.step.text:
            assert "warning" in {command.name for command in commands(one.output)}
        if words[1] == "schema":
            json.loads(one.output)
    assert "`add-for-files`" in (folder.parent / "summary.md").read_text(encoding="utf-8")


def test_every_format_has_its_place() -> None:
    assert set(re.findall(r"^## (.+)$", TEXT, re.MULTILINE)) == set(FORMATS)
    assert set(re.findall(r"^\| \[(\w+)\]\(#\1\)", TEXT, re.MULTILINE)) == set(FORMATS)


def test_the_job_keeps_the_files_that_it_writes() -> None:
    (block,) = (block for block in blocks(PAGE) if block.language == "yaml")
    job = yaml.safe_load(block.text)["imagelint"]
    written = [word.partition("=") for word in shlex.split(job["script"][0]) if "=" in word]
    names = {"gitlab": "codequality", "junit": "junit"}
    assert {names[name]: file for name, _, file in written} == job["artifacts"]["reports"]
