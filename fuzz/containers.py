"""Compose files, and commands that start containers, as scripts and in pages; all through every rule."""

from __future__ import annotations

from collections.abc import Iterator

from fuzz.linting import DETECTOR, ENGINE, RULES
from imagelint.containers.described import decode
from imagelint.containers.lint import task

FORMS = {"compose": "nowhere/compose.yaml", "script": "run.sh", "page": "README.md"}


def seeds() -> Iterator[bytes]:
    """The examples of all rules for containers."""
    for rule in RULES.rules:
        for example in (example for examples in rule.examples.values() for example in examples):
            for text in (example.get("compose", ""), example.get("script", "")):
                if text:
                    yield text.encode()


def one(data: bytes) -> None:
    """Every finding lies inside the file, whatever it is taken for, and no rule fails."""
    lines = decode(data).count("\n") + 1
    for form, path in FORMS.items():
        for _, linted in task(path, path, data, form, ENGINE, DETECTOR, False, True):
            assert (linted.failure, linted.faults) == ("", [])
            for finding in linted.findings:
                assert finding.message, finding.rule
                assert finding.location.path != path or 1 <= finding.location.line <= lines, finding.rule
