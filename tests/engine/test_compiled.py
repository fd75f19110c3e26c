"""The data files of the wheel give the same rules and the same findings as the rule files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine import compiled
from imagelint.engine.compiled import COMPILED, TEXTS, RuleSet, read_compiled, write_compiled
from imagelint.engine.evaluate import Engine
from imagelint.engine.rule import Rule
from imagelint.errors import RuleError
from tests.engine.build import command, rule_text, ruleset
from tests.plain import plain

KEYS = {
    "instruction": "[RUN, CMD]",
    "aliases": "{hadolint: [DL3014], trivy: [DS-0021]}",
    "cwe": "[250]",
    "tags": "[a, b]",
    "references": "[https://example.com/a]",
    "security_severity": "7.5",
    "at": "command.subcommand",
}


def rules(folder: Path) -> RuleSet:
    (folder / "rules").mkdir()
    (folder / "wheel").mkdir()
    found = ruleset(
        folder / "rules",
        rule_text("one", 'command.args.exists(a, a == "x")', **KEYS),
        rule_text("two", 'command.subcommand == "y" && stage.final', program="tool"),
        rule_text("three", kind="entry", index="{mode: 06000, type: [file, dir], suffix: .sh}"),
    )
    write_compiled(found.rules, folder / "wheel")
    return found


def whole(rule: Rule) -> dict[str, Any]:
    return {name: value for name, value in plain(rule).items() if name != "load"} | dict(plain(rule.texts))


def ids(found: RuleSet, **facts: Any) -> list[str]:
    engine = Engine(found, set(found.by_id))
    hits = sorted(hit.rule.id for hit in engine.put(command(**facts)))
    assert engine.faults == []
    return hits


def check(found: RuleSet) -> None:
    assert ids(found, args=["x"]) == ["one"]
    assert ids(found, subcommand="y") == ["two"]
    assert ids(found, args=["x"], subcommand="y") == ["one", "two"]
    assert ids(found) == []


def test_the_rules_come_back_whole(tmp_path: Path) -> None:
    found = rules(tmp_path)
    back = read_compiled(str(tmp_path / "wheel"))
    assert [whole(rule) for rule in back.rules] == [whole(rule) for rule in found.rules]
    assert back.texts("one").references == ("https://example.com/a",)


def test_they_hold_for_the_same_subjects(tmp_path: Path) -> None:
    check(rules(tmp_path))
    check(read_compiled(str(tmp_path / "wheel")))


def test_the_same_rules_give_the_same_bytes(tmp_path: Path) -> None:
    found = rules(tmp_path)
    before = [(tmp_path / "wheel" / name).read_bytes() for name in (COMPILED, TEXTS)]
    write_compiled(found.rules, tmp_path / "wheel")
    assert [(tmp_path / "wheel" / name).read_bytes() for name in (COMPILED, TEXTS)] == before


@pytest.mark.parametrize("other", ["binding", "fact", "type"])
def test_another_vocabulary_or_binding_compiles_again(other: str, tmp_path: Path) -> None:
    rules(tmp_path)
    file = tmp_path / "wheel" / COMPILED
    head, *lines = file.read_text().split("\n")
    index = json.loads(head)
    if other == "binding":
        index["binding"] = "another"
    rows = len(index["ids"])
    for number, line in enumerate(lines[rows:], rows):
        reads, _ = json.loads(line)
        if other == "fact":
            reads["command.gone"] = "bool"
        elif other == "type":
            reads = {"command.args": "double"}
        lines[number] = json.dumps([reads, "AAAA"])  # whoever deserialises this fails
    file.write_text("\n".join([json.dumps(index), *lines]))
    check(read_compiled(str(tmp_path / "wheel")))


def test_a_run_reads_no_long_texts(tmp_path: Path) -> None:
    rules(tmp_path)
    (tmp_path / "wheel" / TEXTS).unlink()
    check(read_compiled(str(tmp_path / "wheel")))


def test_a_run_from_the_data_files_imports_no_yaml(tmp_path: Path) -> None:
    rules(tmp_path)
    code = (
        "import sys\n"
        "from imagelint.engine.compiled import read_compiled\n"
        "from imagelint.engine.evaluate import Engine\n"
        "found = read_compiled(sys.argv[1]); Engine(found, found.by_id)\n"
        "print({'yaml', 'hyperscan', 'cel_expr_python', 'google.protobuf', 'hashlib', 'pathlib'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "wheel")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_own_rules_are_added(tmp_path: Path) -> None:
    built_in = compiled.load()
    (tmp_path / "own-rule.yaml").write_text(rule_text("own-rule"), encoding="utf-8")
    found = compiled.load([tmp_path])
    assert [rule.id for rule in found.rules] == [*(rule.id for rule in built_in.rules), "own-rule"]
    assert [hit.rule.id for hit in Engine(found, {"own-rule"}).put(command())] == ["own-rule"]


def test_an_own_rule_takes_no_id_of_another(tmp_path: Path) -> None:
    taken = compiled.load().rules[0].id
    (tmp_path / f"{taken}.yaml").write_text(rule_text(taken), encoding="utf-8")
    with pytest.raises(RuleError, match=f"the id {taken} is taken by"):
        compiled.load([tmp_path])


def test_a_condition_that_cannot_be_compiled_is_our_error(tmp_path: Path) -> None:
    found = rules(tmp_path)
    found.texts("one").when = "command.gone"
    with pytest.raises(RuleError, match="the condition of one does not compile"):
        Engine(found, {"one"}).put(command(args=["x"]))
