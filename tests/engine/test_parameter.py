"""Parameters of rules: declared in the rule file, set in the configuration, read by condition and message."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.compiled import read_compiled, write_compiled
from imagelint.engine.parameter import checked
from imagelint.engine.rule import read_rules
from imagelint.errors import RuleError, UsageError
from tests.dockerfile.linting import rules
from tests.engine.build import rule_text
from tests.program import imagelint

LONG = "FROM debian:12\nRUN a\nRUN b\nRUN c\n"


def scan(folder: Path, configuration: str, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "Dockerfile").write_text(LONG)
    (folder / "c.yaml").write_text(configuration)
    command = [*imagelint(), "scan", "--format", "json", "--config", str(folder / "c.yaml")]
    return subprocess.run(
        [*command, *words, str(folder / "Dockerfile")], capture_output=True, text=True, check=False, timeout=60
    )


def found(folder: Path, configuration: str, *words: str) -> dict[str, str]:
    done = scan(folder, configuration, *words)
    assert done.returncode in (0, 1), done.stderr
    return {finding["rule"]: finding["message"] for finding in json.loads(done.stdout)["findings"]}


def test_a_rule_is_on_when_its_parameter_is_set(tmp_path: Path) -> None:
    assert "file-too-long" not in found(tmp_path, "profile: strict\n")
    told = found(tmp_path, "parameters: {file-too-long: {most: 3}}\n")
    assert told["file-too-long"] == "the file has 4 lines that are neither blank nor comments, and 3 are the limit"
    assert "file-too-long" not in found(tmp_path, "parameters: {file-too-long: {most: 4}}\n")
    assert "file-too-long" not in found(
        tmp_path, "parameters: {file-too-long: {most: 3}}\n", "--ignore", "file-too-long"
    )
    assert set(found(tmp_path, "parameters: {file-too-long: {most: 3}}\n", "--select", "no-user")) == {"no-user"}


def test_a_message_names_what_is_missing(tmp_path: Path) -> None:
    told = found(tmp_path, "parameters: {label-required-missing: {required: [a.b, c.d]}}\n")
    assert told["label-required-missing"] == "the image has no label a.b, c.d"


def test_who_selects_a_rule_that_waits_is_told(tmp_path: Path) -> None:
    done = scan(tmp_path, "profile: strict\n", "--select", "DL3026")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "base-registry-not-allowed waits for its parameter allowed" in done.stderr


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"file-to-long": {"most": 1}}, "'file-to-long': no such rule; did you mean 'file-too-long'?"),
        ({"sudo": {"most": 1}}, "'sudo': it has no parameters"),
        ({"file-too-long": {"mos": 1}}, "file-too-long has no parameter 'mos'; did you mean 'most'?"),
        ({"file-too-long": {"most": "1"}}, "file-too-long: most is a whole number above 0: most: 6"),
        ({"file-too-long": {"most": True}}, "most is a whole number"),
        ({"file-too-long": {"most": 0}}, "most is a whole number"),
        ({"label-not-allowed": {"allowed": 3}}, 'label-not-allowed: allowed is a list of texts: allowed: ["maint'),
        ({"label-not-allowed": {"allowed": []}}, "allowed is a list of texts"),
        ({"label-not-allowed": {"allowed": ["a", 1]}}, "allowed is a list of texts"),
        ({"label-not-allowed": {"allowed": ["a"] * 1001}}, "allowed has at most 1000 texts of 1000 characters"),
    ],
)
def test_a_setting_that_does_not_fit_is_one_line(asked: dict[str, dict[str, Any]], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked(asked, rules().by_id, "c.yaml")
    assert str(caught.value).startswith("c.yaml: parameters: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("parameters", "when", "message", "said"),
    [
        ("{most: {type: number, example: 1}}", "true", "m", "the key 'meaning' is missing"),
        ("{most: {type: text, meaning: m, example: 1}}", "true", "m", "type is one of number, list"),
        ("{Most: {type: number, meaning: m, example: 1}}", "true", "m", "a parameter's name is of small letters"),
        ("{most: {type: number, meaning: m, example: x}}", "true", "m", "example is a whole number"),
        ("{most: {type: number, meaning: m, example: 1}}", "parameter.mos > 1", "m", "did you mean 'parameter.most'?"),
        ("{most: {type: number, meaning: m, example: 1}}", "true", "{parameter.mst}", "did you mean 'parameter.most'?"),
        (
            "{most: {type: list, meaning: m, example: a}}",
            "true",
            "{parameter.most - stage.name}",
            "stage.name is no list",
        ),
    ],
)
def test_a_mistake_in_a_rule_file(parameters: str, when: str, message: str, said: str, tmp_path: Path) -> None:
    text = rule_text("a-rule", when, kind="stage", message=f'"{message}"', parameters=parameters)
    (tmp_path / "a-rule.yaml").write_text(text)
    with pytest.raises(RuleError) as caught:
        read_rules(tmp_path)
    assert said in str(caught.value)


def test_what_was_compiled_has_them_too(tmp_path: Path) -> None:
    own = [rule for rule in rules().rules if rule.parameters]
    assert len(own) >= 4
    write_compiled(own, tmp_path)
    again = read_compiled(str(tmp_path))
    for rule in own:
        assert again.by_id[rule.id].parameters == rule.parameters
        program, reads = again.program(again.by_id[rule.id])
        assert program.serialize()
        assert any(name.startswith("parameter.") for name in reads)
