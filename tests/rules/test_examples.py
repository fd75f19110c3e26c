"""Every rule's own examples, through the command as users run it: a bad one is reported, a good one is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.parameter import setting
from tests.program import Forked
from tests.rules import images, targets

REPOSITORY = Path(__file__).parent.parent.parent
FILES = {path.stem: path for path in sorted((REPOSITORY / "rules").rglob("*.yaml")) if path.parent.name != "host"}
FIXABLE = [rule_id for rule_id, path in FILES.items() if "\nfix:" in path.read_text(encoding="utf-8")]


@pytest.fixture(scope="session")
def rules() -> RuleSet:
    return load()


@pytest.fixture(scope="session")
def settings(rules: RuleSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration for each rule that has parameters."""
    folder = tmp_path_factory.mktemp("settings")
    for rule in rules.rules:
        if rule.parameters:
            (folder / f"{rule.id}.yaml").write_text(setting(rule), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def command() -> Iterator[Forked]:
    """imagelint."""
    forked = Forked()
    yield forked
    forked.stop()


@pytest.fixture(scope="session")
def host(rules: RuleSet) -> Iterator[str]:
    """The registry of all examples."""
    examples = (example for rule in rules.rules for sort in rule.examples.values() for example in sort)
    with images.registry({name: has for e in examples for name, has in e.get("registry", {}).items()}) as running:
        yield running


def scan(command: Forked, settings: Path, rule: str, made: list[targets.Target], *more: str) -> list[dict[str, Any]]:
    """The findings of one rule; a Dockerfile with a build context or a registry of its own is scanned by itself."""
    alone = [target.path for target in made if not target.context and not target.registry]
    found = run(command, settings, rule, alone, *more) if alone else []
    for target in made:
        if target.context:
            found += run(command, settings, rule, [target.path], "--context", str(target.path.parent), *more)
        if target.registry:
            found += run(command, settings, rule, [target.path], "--resolve", target.registry, *more)
    return found


def run(command: Forked, settings: Path, rule: str, paths: list[Path], *more: str) -> list[dict[str, Any]]:
    """One run of the command."""
    own = settings / f"{rule}.yaml"  # of a rule that has parameters
    configured = ["--config", str(own)] if own.exists() else ["--no-config"]
    options = ["--format", "json", "--select", rule, *configured, "--fail-on", "never", "--no-progress", *more]
    done = command("scan", *options, *map(str, paths))
    assert done.returncode == 0, done.stderr + done.stdout
    report = json.loads(done.stdout)
    assert report.get("incomplete", []) == []
    found: list[dict[str, Any]] = report["findings"]
    return found


def test_two_examples_each(rules: RuleSet) -> None:
    """Of our own rules about Dockerfiles and images; one of a user's own needs one of each."""
    few = [
        f"{rule.id}: {len({str(example) for example in examples})} {sort}"
        for rule in rules.rules
        if rule.kind != "secret"
        for sort, examples in rule.examples.items()
        if len({str(example) for example in examples}) < 2
    ]
    assert few == []


@pytest.mark.parametrize("rule_id", FILES)
def test_examples(rule_id: str, rules: RuleSet, command: Forked, settings: Path, host: str, tmp_path: Path) -> None:
    made = list(targets.write(rules.by_id[rule_id], tmp_path, host))
    findings = scan(command, settings, rule_id, made)
    assert {finding["rule"] for finding in findings} == {rule_id}
    wrong = []
    for target in made:
        found = [finding for finding in findings if finding["target"] == str(target.path)]
        lines = [finding.get("line", 0) for finding in found]
        if bool(found) != target.bad or (target.line and target.line not in lines):
            wrong.append(f"{target.path.relative_to(tmp_path)}: reported on lines {lines}: {target.shown}")
    assert wrong == []


@pytest.mark.parametrize("rule_id", FIXABLE)
def test_fixes(rule_id: str, rules: RuleSet, command: Forked, settings: Path, host: str, tmp_path: Path) -> None:
    """`--unsafe-fixes` gives the text of `fixed`, mends nothing without one, and mends nothing a second time."""
    made = [target for target in targets.write(rules.by_id[rule_id], tmp_path, host) if target.bad]
    before = [target.path.read_text(encoding="utf-8") for target in made]
    scan(command, settings, rule_id, made, "--unsafe-fixes")
    after = [target.path.read_text(encoding="utf-8") for target in made]
    assert after == [target.fixed or text for target, text in zip(made, before, strict=True)]
    again = scan(command, settings, rule_id, made, "--unsafe-fixes")
    assert [target.path.read_text(encoding="utf-8") for target in made] == after
    left = {finding["target"] for finding in again}
    assert left == {str(target.path) for target in made if not target.fixed}
