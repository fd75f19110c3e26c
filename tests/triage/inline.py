"""What the tests of inline ignores share: a Dockerfile put to some rules, and what is quiet in it."""

from __future__ import annotations

from imagelint.findings import Finding
from tests.dockerfile.linting import findings


def state(text: str, *rules: str) -> list[tuple[int, str, bool]]:
    """(line, rule, whether it is suppressed) of every finding, by line."""
    return [(f.location.line, f.rule, f.suppressed != "") for f in findings(text, *rules)]


def quiet(text: str, *rules: str) -> list[int]:
    """The lines of suppressed findings."""
    return [line for line, _, suppressed in state(text, *rules) if suppressed]


def loud(text: str, *rules: str) -> list[int]:
    """The lines of the others."""
    return [line for line, _, suppressed in state(text, *rules) if not suppressed]


def only(text: str, rule: str) -> Finding:
    """The one finding of a rule."""
    (found,) = findings(text, rule)
    return found
