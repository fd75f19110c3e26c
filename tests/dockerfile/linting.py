"""What the tests of the linter share: the rules, loaded once, and a Dockerfile put to some of them."""

from __future__ import annotations

from functools import cache

from imagelint.dockerfile.lint import lint
from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.evaluate import Engine
from imagelint.findings import Finding
from imagelint.secrets.confirm import Detector


@cache
def rules() -> RuleSet:
    return load()


@cache
def detector() -> Detector:
    return Detector([rule for rule in rules().rules if rule.kind == "secret"])


def profile(*names: str) -> list[str]:
    """The ids of the rules of these profiles."""
    return [rule.id for rule in rules().rules if rule.profile in names]


def findings(text: str, *ids: str, path: str = "Dockerfile", show: bool = False) -> list[Finding]:
    """The findings of the chosen rules, or of every rule; no rule may fail."""
    engine = Engine(rules(), ids or profile("default", "strict", "manual"))
    found, _ = lint(path, text.encode(), engine, detector(), target=path, show=show)
    assert engine.faults == []
    return found


def lines(text: str, rule: str) -> list[int]:
    """Where a rule is reported."""
    return [finding.location.line for finding in findings(text, rule)]


def texts(value: object) -> str:
    """Every text that a finding, or a list of them, can bring to a report."""
    if isinstance(value, str | int | float) or value is None:
        return f"{value}\n"
    if isinstance(value, list | tuple):
        return "".join(texts(item) for item in value)
    return "".join(texts(getattr(value, name)) for name in type(value).__annotations__)
