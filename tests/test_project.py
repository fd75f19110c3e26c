"""The tree: what a stranger gets."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.rule import read_rules


def test_license(repository: Path) -> None:
    text = (repository / "LICENSE").read_text()
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert project(repository)["license"] == "Apache-2.0"


def test_no_registry_hosts(repository: Path, tree: list[str]) -> None:
    """Nothing in the tree ties it to a package registry: neither a lock file nor a text."""
    index = importlib.import_module("pip._internal.models.index").PyPI
    hosts = [
        index.netloc,
        index.file_storage_domain,
        ".".join(("registry", "npmjs", "org")),
        ".".join(("deb", "debian", "org")),
    ]
    found = [(name, host) for name in tree for host in hosts if host.encode() in (repository / name).read_bytes()]
    assert found == []


def test_no_path_of_the_checkout(repository: Path, tree: list[str]) -> None:
    place = os.fsencode(repository.resolve())
    assert [name for name in tree if place in (repository / name).read_bytes()] == []


@pytest.mark.slow
def test_no_file_holds_a_secret(repository: Path, tree: list[str]) -> None:
    """detect-secrets with all its plugins, without those of its filters that call out, finds nothing."""
    words = [sys.executable, "-m", "detect_secrets", "scan", "--no-verify", "--all-files", *tree]
    done = subprocess.run(words, cwd=repository, check=True, capture_output=True, text=True)
    results = json.loads(done.stdout)["results"]
    assert {name: [(row["line_number"], row["type"]) for row in rows] for name, rows in results.items()} == {}


def test_imagelint_finds_nothing_in_its_own_repository(repository: Path) -> None:
    """The Containerfile, and the model one of the README."""
    words = [sys.executable, "-m", "imagelint", "scan", "--format", "json", "."]
    done = subprocess.run(words, cwd=repository, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert (report["findings"], report["incomplete"], report["limited"]) == ([], [], [])
    assert report["stats"]["dockerfiles"] == 2


def test_the_rule_that_is_shown_to_authors_works(repository: Path, tmp_path: Path) -> None:
    """That of CONTRIBUTING.md, from a folder of one's own."""
    (shown,) = re.findall(
        r"^```yaml\n(.*?)^```$", (repository / "CONTRIBUTING.md").read_text(), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "no-telnet.yaml").write_text(shown)
    (rule,) = read_rules(tmp_path)
    for number, (sort, status) in enumerate((("bad", 1), ("good", 0))):
        file = tmp_path / f"{number}.dockerfile"
        file.write_text(rule.examples[sort][0]["text"])
        words = ["scan", "--no-config", "--rules", str(tmp_path), "--select", rule.id, str(file)]
        assert subprocess.run([sys.executable, "-m", "imagelint", *words], check=False).returncode == status


def test_every_rule_says_what_to_do(repository: Path) -> None:
    """But for the one whose message is the parser's, which says what it expected."""
    silent = {
        rule.id
        for rule in read_rules(repository / "rules", thorough=False)
        if not (rule.remedy or rule.fix or rule.texts.revoke)
    }
    assert silent == {"syntax-error"}


def project(repository: Path) -> dict[str, Any]:
    """The [project] table of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    return table
