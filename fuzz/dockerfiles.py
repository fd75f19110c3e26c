"""Dockerfiles: normalised, parsed, put to every rule and mended."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from fuzz.linting import DETECTOR, ENGINE, RULES
from imagelint.dockerfile.lint import lint
from imagelint.dockerfile.mend import mend
from imagelint.dockerfile.parse import parse
from imagelint.engine.shapes import expand
from imagelint.findings import Finding


def seeds() -> Iterator[bytes]:
    """The examples of all rules for Dockerfiles."""
    for rule in RULES.rules:
        for example in (example for examples in rule.examples.values() for example in examples):
            if "text" in example:
                yield expand(example["text"], rule.id).encode()


def findings(data: bytes, *, show: bool) -> list[Finding]:
    """Of a Dockerfile that consists of these bytes."""
    return lint("Dockerfile", data, ENGINE, DETECTOR, target="Dockerfile", show=show)[0]


def one(data: bytes) -> None:
    """Every finding and every edit of a fix lies inside the file, and all fixes together can be made."""
    lines = len(parse(data).lines)
    for finding in findings(data, show=False):
        assert finding.message, finding.rule
        assert 0 <= finding.location.line <= lines + 1, finding.rule
        for edit in finding.fix.edits if finding.fix else ():
            assert 1 <= edit.line <= edit.end_line <= lines + 1, finding.rule
    done = mend(data, partial(findings, show=True), True)
    assert len(done.origins) in (0, done.data.count(b"\n") + 1)
