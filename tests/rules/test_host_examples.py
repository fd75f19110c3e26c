"""The examples of rules about the images of a host, through the command, with an engine that has what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.compiled import RuleSet, load
from tests.program import Forked
from tests.rules.hosts import engine
from tests.rules.targets import expanded

RULES = sorted(path.stem for path in (Path(__file__).parents[2] / "rules/host").glob("*.yaml"))


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load()


@pytest.fixture(scope="module")
def command() -> Iterator[Forked]:
    """imagelint."""
    forked = Forked()
    yield forked
    forked.stop()


def found(command: Forked, rule: str, example: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    folder.mkdir()
    with engine(folder, expanded(example["host"], f"{rule} {folder.name}")):
        words = ["--no-config", "-f", "json", "--fail-on", "never", "--no-progress", "--no-containers"]
        if "{crc32" not in str(example):
            words.append("--no-layers")  # of two images without secrets, it takes ten times as long
        done = command("host", *words, f"unix://{folder}/host.sock")
    assert done.returncode == 0, done.stderr + done.stdout
    report = json.loads(done.stdout)
    assert report["limited"] == []
    return [finding for finding in report["findings"] if finding["rule"] == rule]


@pytest.mark.parametrize("rule", RULES)
def test_examples(rule: str, rules: RuleSet, command: Forked, tmp_path: Path) -> None:
    for sort, examples in rules.by_id[rule].examples.items():
        for number, example in enumerate(examples):
            findings = found(command, rule, example, tmp_path / f"{sort}-{number}")
            assert len(findings) == (sort == "bad"), (sort, number, findings)
