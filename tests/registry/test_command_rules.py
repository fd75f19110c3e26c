"""After a change of rules: what is judged again, and which layers are read for that."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

import pytest

from tests.imagemaker import Recipe
from tests.many_images import Shape
from tests.registry.command import OWN, Done, Stage, rules_folder, stage

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SMALL = Shape(images=6, layers=3, shared=0.67, families=2, tags=3, kib=8, own_kib=4, leaky=2, seed="rules")
ENTRY = """
id: own-entry
title: a tool of ours
kind: entry
index: {type: [file, hardlink], mode: "6000"}
severity: SEVERITY
when: |
  entry.path.WHEN("tool")
message: "MESSAGE {entry.path}"
rationale: |
  It is one.
remedy: "REMEDY"
examples:
  bad:
    - image: {config: {User: "10001"}, layers: [[{path: opt/tool, mode: "4755", content: x}]]}
  good:
    - image: {config: {User: "10001"}, layers: [[{path: opt/tool/run, type: symlink, link: /x, mode: "4755"}]]}
"""
CONFIG = """
id: own-config
title: a command of ours
kind: config
severity: SEVERITY
when: |
  config.user == "USER"
message: "MESSAGE"
rationale: |
  It is one.
remedy: "REMEDY"
examples:
  bad:
    - image: {config: {User: "USER"}}
  good:
    - image: {config: {User: "nobody"}}
"""
LAYER = """
id: own-layer
title: a large layer
kind: layer
severity: SEVERITY
when: |
  layer.size > BYTES
message: "MESSAGE {layer.size}"
rationale: |
  It is one.
remedy: "REMEDY"
examples:
  bad:
    - image: {layers: [[{path: a, content: "{size:700000}"}]]}
  good:
    - image: {layers: [[{path: a, content: x}]]}
"""
SECRET = """
id: own-token
title: a token of ours
kind: secret
severity: error
pattern: '\\bPREFIX_[A-Za-z0-9]{24}\\b'
keywords: ['PREFIX_']
rationale: |
  It is one.
revoke: |
  Ask us.
examples:
  bad:
    - shape: 'PREFIX_{base62:24}'
  good:
    - text: 'PREFIX_x'
"""
USUAL = {
    "WHEN": "endsWith",
    "SEVERITY": "warning",
    "MESSAGE": "it is",
    "REMEDY": "none",
    "USER": "1000",
    "BYTES": "9000",
}
CHANGES = [
    {"WHEN": "startsWith"},
    {"SEVERITY": "error"},
    {"MESSAGE": "there is"},
    {"REMEDY": "leave it"},
    {"USER": "app"},
    {"BYTES": "20000"},
]
RULES = {"own-entry": ENTRY, "own-config": CONFIG, "own-layer": LAYER, "own-token": SECRET}


TOKEN = "own_" + "".join(random.Random("own").choices(string.ascii_letters + string.digits, k=24))
HIDDEN = Recipe([[{"path": "opt/note.txt", "content": f"it is {TOKEN}\n"}]], {"User": "app"})


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("rules"), SMALL, {**OWN, "keys/hidden": HIDDEN}) as made:
        yield made


def ran(ground: Stage, changes: dict[str, str], *words: str, prefix: str = "own") -> Done:
    """The command with our rules, which have these changes."""
    found = dict(RULES)
    for name, value in {**USUAL, **changes, "PREFIX": prefix}.items():
        found = {rule: text.replace(name, value) for rule, text in found.items()}
    return ground.run(*rules_folder(ground.folder / "rules", found), *words)


def test_of_another_rule_no_layer_is_read(ground: Stage) -> None:
    """Each change is seen in the results, which are those of a run without a cache."""
    before = ran(ground, {}, "--cache", "changes")
    assert before.got == dict.fromkeys(ground.layers, 1)
    assert {"own-entry", "own-config", "own-layer", "own-token"} <= before.rules
    for change in CHANGES:
        done = ran(ground, change, "--cache", "changes")
        assert done.report["stats"]["layers_read"] == 0, change
        assert not done.got
        assert done.found == ran(ground, change, "--no-cache").found
        assert "REMEDY" in change or done.found != before.found, f"{change} changes nothing"


def test_of_a_secret_rule_all_layers_are(ground: Stage) -> None:
    ran(ground, {}, "--cache", "secrets")
    done = ran(ground, {}, "--cache", "secrets", prefix="our")
    assert done.got == dict.fromkeys(ground.layers, 1)
    assert "own-token" not in done.rules
    again = ran(ground, {}, "--cache", "secrets")
    assert not again.got
    assert "own-token" in again.rules


@pytest.mark.parametrize(
    "change", [CHANGES[0], *(pytest.param(one, marks=pytest.mark.long) for one in CHANGES[1:]), "secret"]
)
def test_only_changed_reads_all_after_a_change(ground: Stage, change: dict[str, str] | str) -> None:
    """What the index says was found by other rules."""
    words = ("--cache", "only", "--index", "only.db", "--only-changed")
    ran(ground, {}, *words)
    same = ran(ground, {}, *words)
    assert same.report["stats"]["unchanged"] == len(ground.references)
    assert same.report["images"] == []
    done = ran(ground, {}, *words, prefix="our") if isinstance(change, str) else ran(ground, change, *words)
    assert len(done.report["images"]) == len(ground.references)
