"""Every mistake in a rule file is told with its place, the line and a caret, and all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagelint.engine.rule import read_rules
from imagelint.errors import RuleError
from tests.engine.build import EXAMPLES, rule_text

SECRET = """\
id: a-rule
title: a token
kind: secret
severity: error
pattern: 'tok_(?P<secret>[a-z0-9]{20})'
keywords: [tok_]
rationale: a reason
examples:
  bad:
    - shape: "tok_{alnum:20}"
  good:
    - shape: "tok_{alnum:3}"
"""


def mistakes(folder: Path, text: str, name: str = "a-rule") -> list[str]:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        read_rules(folder)
    return [line for line in str(caught.value).replace(f"{folder}/", "").split("\n") if line.startswith(name)]


def block(when: str) -> str:
    return rule_text("a-rule", when)


def plain(when: str) -> str:
    return rule_text("a-rule").replace("when: |\n  true", f"when: {when}")


CASES = {
    "unknown key": (rule_text("a-rule", severty="error"), "9:1: no such key: severty; did you mean 'severity'?"),
    "duplicate key": (rule_text("a-rule") + "title: again\n", "17:1: the key 'title' stands twice"),
    "duplicate inner key": (
        rule_text("a-rule", aliases="{hadolint: [a], hadolint: [b]}"),
        "9:26: the key 'hadolint' stands twice",
    ),
    "wrong type": (rule_text("a-rule", tags="{a: b}"), "9:7: tags is a text or a list of texts"),
    "a list for a text": (rule_text("a-rule", title="[a]"), "2:8: title is a text"),
    "empty text": (rule_text("a-rule", title="''"), "2:8: title is a text"),
    "no kind": (
        rule_text("a-rule", kind="comand"),
        "3:7: kind is one of dockerfile, error, stage, instruction, variable, command, copy, ignore, image, config,"
        " layer, entry, waste, container, stored, secret; did you mean 'command'?",
    ),
    "a remedy of two lines": (
        rule_text("a-rule", remedy='"one\\ntwo"'),
        "9:9: a remedy is one line; what needs more belongs to rationale",
    ),
    "severity": (rule_text("a-rule", severity="high"), "4:11: severity is one of error, warning, note"),
    "security severity": (
        rule_text("a-rule", security_severity="11"),
        "9:20: security-severity is a number from 0 to 10",
    ),
    "missing key": (rule_text("a-rule", rationale=""), "1:1: the key 'rationale' is missing"),
    "misspelt fact": (
        block('command.program == "a" &&\n  command.subcomand == "b"'),
        "7:5: no fact 'command.subcomand' for kind command; did you mean 'command.subcommand'?",
    ),
    "fact of another kind": (block('layer.digest == "a"'), "6:3: no fact 'layer.digest' for kind command"),
    "unknown function": (block('command.text.beginsWith("a")'), "6:16: no name or function 'beginsWith'"),
    "bad CEL": (
        block('command.text == "a" &&\n&& true'),
        "7:3: Syntax error: extraneous input '&&'",
    ),
    "CEL that ends too early": (block("true &&"), "6:10: Syntax error: mismatched input '<EOF>'"),
    "condition that is too long": (block("true" + " " * 20_000), "6:3: a condition has 20000 characters at most"),
    "condition that is nested too deeply": (
        block("[" * 40 + "true" + "]" * 40 + " != []"),
        "6:3: the condition is nested too deeply",
    ),
    "empty condition": (rule_text("a-rule").replace("|\n  true", "|\n"), "6:1: Syntax error: mismatched input '<EOF>'"),
    "wrong operand": (
        block("command.text ==  1"),
        "6:16: found no matching overload for '_==_' applied to '(string, int)'",
    ),
    "not a condition": (block("command.text"), "6:3: a condition is true or false, this is string"),
    "bad constant pattern": (
        block('true &&\ncommand.text.matches("(x")'),
        "7:25: invalid regular expression: missing ): (x",
    ),
    "list of an outer subject": (
        block('"cd" in instruction.programs'),
        "6:11: instruction.programs is a list of an outer subject, and would be read again for every command;"
        " use kind: instruction",
    ),
    "plain condition": (plain('command.text == "a"'), "5:7: write the condition below `when: |`"),
    "quoted condition": (plain("'true'"), "5:7: write the condition below `when: |`"),
    "condition with a tag": (plain("!x"), "5:7: the tag !x is not for rule files"),
    "condition that is no YAML": (
        plain('"a" in command.args'),
        "5:11: did not find expected key; write",
    ),
    "no YAML": (rule_text("a-rule", title="a: b"), "2:9: mapping values are not allowed in this context"),
    "anchor": (rule_text("a-rule", title="&a x", rationale="*a"), "2:8: anchors and aliases are not for rule files"),
    "unknown placeholder": (
        rule_text("a-rule", message='"see {command.tekst}"'),
        "7:10: no fact 'command.tekst' for kind command; did you mean 'command.text'?",
    ),
    "private placeholder": (
        rule_text("a-rule", kind="variable", message='"it is {variable.value}"'),
        "7:10: variable.value is private: a message may not show it",
    ),
    "id is not the file's name": (rule_text("b-rule"), "1:5: the id must be the file's name, a-rule"),
    "id": (rule_text("A_rule"), "1:5: an id is of small letters, digits and single dashes"),
    "no examples": (rule_text("a-rule").replace(EXAMPLES, ""), "1:1: the key 'examples' is missing"),
    "no good example": (rule_text("a-rule").partition("  good:")[0], "9:1: a rule needs a good example"),
    "example without text": (
        rule_text("a-rule").replace("- text: FROM debian:12", "- {}"),
        "16:7: an example has text",
    ),
    "line of an example": (rule_text("a-rule").replace("line: 2", "line: 9"), "11:13: the text has no such line"),
    "registry of an example": (
        rule_text("a-rule").replace("line: 2", "line: 2\n      registry: {app:1: linux/amd64}"),
        "12:17: a registry is images, NAME:TAG, each with the list of its platforms",
    ),
    "shape of an example": (rule_text("a-rule").replace("RUN tool", "RUN {bas62:3}"), "12:13: no shape {bas62:3}"),
    "instruction": (rule_text("a-rule", instruction="Run"), "9:14: no instruction Run; did you mean 'RUN'?"),
    "program of no command": (
        rule_text("a-rule", kind="stage", program="a"),
        "9:10: a rule of kind stage has no program to choose",
    ),
    "index of no entry": (
        rule_text("a-rule", index="{type: file}"),
        "9:8: only a rule of kind entry or instruction has an index",
    ),
    "entry without index": (rule_text("a-rule", kind="entry"), "1:1: the key 'index' is missing"),
    "index mode": (rule_text("a-rule", kind="entry", index="{mode: 9}"), "9:15: mode is octal: 06000"),
    "index type": (rule_text("a-rule", kind="entry", index="{type: fil}"), "9:15: no type fil; did you mean 'file'?"),
    "reference": (
        rule_text("a-rule", references="http://example.com"),
        "9:13: 'http://example.com' is no https:// URL",
    ),
    "cwe": (rule_text("a-rule", cwe="CWE-1"), "9:6: cwe is a number or a list of numbers"),
    "at": (
        rule_text("a-rule", at="command.subcomand"),
        "9:5: no part 'command.subcomand' for kind command; did you mean 'command.subcommand'?",
    ),
    "fix without a fixed example": (
        rule_text("a-rule", fix="{safety: safe, title: Add, insert: {after: command.subcommand, text: ' -y'}}"),
        "9:6: a rule with a fix needs a bad example with `fixed`, the text after it",
    ),
    "fix without action": (
        rule_text("a-rule", fix="{safety: safe, title: Add}"),
        "9:6: a fix says one of insert, replace, remove, drop, join, mode and make",
    ),
    "fix with two actions": (
        rule_text("a-rule", fix="{safety: safe, title: Add, remove: command, drop: -k}"),
        "9:6: a fix says one of insert, replace, remove, drop, join, mode and make",
    ),
    "edits beside an action": (
        rule_text("a-rule", fix="{safety: safe, title: Add, remove: command, edits: [{drop: -k}]}"),
        "9:57: edits stands alone, without remove",
    ),
    "edits with a mistake": (
        rule_text("a-rule", fix="{safety: safe, title: Add, edits: [{drop: -k}, {add: x}]}"),
        "9:54: no such key: add",
    ),
    "mend": (
        rule_text("a-rule", fix="{safety: safe, title: Add, make: http}"),
        "9:39: no mend 'http' for kind command; did you mean 'https'?",
    ),
    "mend of another kind": (
        rule_text("a-rule", fix="{safety: safe, title: Add, make: exec-form}"),
        "9:39: no mend 'exec-form' for kind command",
    ),
    "drop of another kind": (
        rule_text("a-rule", kind="stage", fix="{safety: safe, title: Add, drop: -k}"),
        "9:39: a rule of kind stage has no options to drop",
    ),
    "fact of a joined command": (
        rule_text("a-rule", fix='{safety: safe, title: Add, join: "{command.programm} clean"}'),
        "9:39: no fact 'command.programm' for kind command; did you mean 'command.program'?",
    ),
    "bits of a mode": (
        rule_text("a-rule", fix="{safety: safe, title: Add, mode: {part: command.subcommand, without: 9}}"),
        "9:39: the bits are four octal digits in quotes",
    ),
    "fix part": (
        rule_text("a-rule", fix="{safety: safe, title: Add, remove: comand}"),
        "9:41: no part 'comand' for kind command; did you mean 'command'?",
    ),
    "bad pattern": (
        SECRET.replace("{20})'", "{20}'"),
        "5:10: no regular expression: missing ), unterminated subpattern at position 4",
    ),
    "empty pattern": (
        SECRET.replace("'tok_(?P<secret>[a-z0-9]{20})'", "'x*'"),
        "5:10: the pattern matches where there is nothing",
    ),
    "pattern that Hyperscan refuses": (
        SECRET.replace("tok_(", "(?<=a)tok_("),
        "5:10: Hyperscan does not take it: Zero-width assertions are not supported.",
    ),
    "group": (SECRET.replace("secret>", "token>"), "5:10: the only group with a name is (?P<secret>...)"),
    "keywords": (
        SECRET.replace("[tok_]", "[Tok_]"),
        "6:11: 'Tok_': keywords are of two characters or more, in lower case",
    ),
    "secret rule with a condition": (SECRET + "when: |\n  true\n", "13:1: no such key: when"),
    "secret rule without keywords": (SECRET.replace("keywords: [tok_]\n", ""), "1:1: the key 'keywords' is missing"),
    "not a mapping": ("- a\n", "1:1: a rule file is a mapping of keys to values"),
    "empty file": ("", "1:1: a rule file is a mapping of keys to values"),
    "control character": ("id: a\n\x01\n", "2:1: control characters are not allowed"),
}


@pytest.mark.parametrize("name", CASES)
def test_mistake_has_its_place(name: str, tmp_path: Path) -> None:
    text, expected = CASES[name]
    found = mistakes(tmp_path, text)
    assert any(line.startswith(f"a-rule.yaml:{expected}") for line in found), found


def test_the_line_is_shown_with_a_caret(tmp_path: Path) -> None:
    (tmp_path / "a-rule.yaml").write_text(block('command.subcomand == "b"'), encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        read_rules(tmp_path)
    assert str(caught.value).split("\n")[1:] == ['    6 |   command.subcomand == "b"', "      |   ^"]


def test_one_syntax_error_of_a_condition_is_enough(tmp_path: Path) -> None:
    found = mistakes(tmp_path, block("true ] && [ && ("))
    assert found == ["a-rule.yaml:6:8: Syntax error: mismatched input ']'"]


def test_all_mistakes_of_all_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "b-rule.yaml").write_text(rule_text("b-rule", "command.x", severity="bad"), encoding="utf-8")
    (tmp_path / "c-rule.yaml").write_text("[", encoding="utf-8")
    (tmp_path / "d-rule.yaml").write_bytes(b"\xff")
    found = mistakes(tmp_path, rule_text("a-rule", tags="{}"))
    assert len(found) == 1
    with pytest.raises(RuleError) as caught:
        read_rules(tmp_path)
    heads = [
        line.split(": ")[0] for line in str(caught.value).replace(f"{tmp_path}/", "").split("\n") if ".yaml:" in line
    ]
    assert heads == ["a-rule.yaml:9:7", "b-rule.yaml:6:3", "b-rule.yaml:4:11", "c-rule.yaml:2:1", "d-rule.yaml:1:1"]


def test_an_id_is_given_once(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a-rule.yaml").write_text(rule_text("a-rule"), encoding="utf-8")
    with pytest.raises(RuleError, match=r"two/a-rule.yaml:1:5: the id a-rule is taken by .*one/a-rule.yaml"):
        read_rules(tmp_path)


def test_a_folder_holds_its_own_kinds(tmp_path: Path) -> None:
    (tmp_path / "image").mkdir()
    (tmp_path / "image" / "a-rule.yaml").write_text(rule_text("a-rule"), encoding="utf-8")
    with pytest.raises(
        RuleError, match=r"a-rule.yaml:3:7: a rule of kind command belongs in the folder dockerfile/, not in image/"
    ):
        read_rules(tmp_path)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="not a folder of rules"):
        read_rules(tmp_path / "nowhere")


def test_yaml_words_stay_words(tmp_path: Path) -> None:
    (tmp_path / "a-rule.yaml").write_text(rule_text("a-rule", title="on", tags="[off, 1.0]"), encoding="utf-8")
    (rule,) = read_rules(tmp_path)
    assert (rule.title, rule.tags) == ("on", ("off", "1.0"))


def test_a_whole_secret_rule(tmp_path: Path) -> None:
    (tmp_path / "a-rule.yaml").write_text(
        SECRET + "prefix: 4\nstrong: true\nentropy: 3.5\nrevoke: ask\n", encoding="utf-8"
    )
    (rule,) = read_rules(tmp_path)
    assert (rule.prefix, rule.strong, rule.entropy) == (4, True, 3.5)
    assert (rule.message, rule.texts.revoke, rule.keywords) == ("a token", "ask", ("tok_",))
    assert rule.examples == {"bad": [{"shape": "tok_{alnum:20}"}], "good": [{"shape": "tok_{alnum:3}"}]}
