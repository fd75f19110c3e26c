"""What the peers have and we have: the table of their ids, and what is printed of it."""

from __future__ import annotations

import json
import subprocess

import pytest

from imagelint.engine import peers
from tests.dockerfile.linting import rules
from tests.program import imagelint


def test_every_alias_is_an_id_that_its_peer_has() -> None:
    wrong = [
        f"{rule.id}: {peer} has no {name}"
        for rule in rules().rules
        for peer, names in rule.aliases.items()
        for name in names
        if peer in peers.NAMES and not peers.has(peer, name)
    ]
    assert wrong == []


def test_every_check_is_there_once_with_rules_or_a_reason() -> None:
    checks = peers.coverage(rules())
    assert {check.peer for check in checks} >= set(peers.NAMES)
    assert len({(check.peer, check.id) for check in checks}) == len(checks)
    assert [check.id for check in checks if bool(check.rules) == bool(check.why)] == []
    assert all(rule in rules().by_id for check in checks for rule in check.rules)


@pytest.mark.parametrize(
    ("peer", "name", "known"),
    [
        ("hadolint", "DL3008", True),
        ("hadolint", "SC2046", True),
        ("hadolint", "DL9999", False),
        ("buildkit", "StageNameCasing", True),
        ("buildkit", "stagenamecasing", False),
        ("imagelint", "sudo", False),
        ("nobody", "x", False),
    ],
)
def test_what_a_peer_has(peer: str, name: str, known: bool) -> None:
    assert peers.has(peer, name) is known


def run(*words: str) -> str:
    done = subprocess.run([*imagelint(), "rules", *words], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_command_says_the_same_twice() -> None:
    table = json.loads(run("--coverage", "--format", "json"))
    assert table["hadolint"][1]["id"] == "DL1001"
    assert {"id": "DL3004", "rules": ["sudo"]} in table["hadolint"]
    (shellcheck,) = [row for row in table["hadolint"] if row["id"] == "SC*"]
    assert (shellcheck["rules"], "ShellCheck" in shellcheck["why"]) == ([], True)
    shown = run("--coverage")
    for peer, rows in table.items():
        have = sum(bool(row["rules"]) for row in rows)
        assert f"{peers.NAMES[peer]}: {have} of {len(rows)}\n" in shown
        assert all(f"  {row['id']} " in shown for row in rows)
