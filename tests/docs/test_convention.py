"""The test of the pages fails where it must: an unknown language, another output, another exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import Block, blocks
from tests.docs.documents import wrong
from tests.docs.shell import fits, run, statements, steps


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```\nls\n```\n", "a block of no language"),
        ("    imagelint scan\n", "a block of no language"),
        ("- a list\n\n  ```bash\n  ls\n  ```\n", "a block of bash"),
        ("```sh stauts=1\nls\n```\n", "'stauts=1' says nothing"),
        ("```yaml status=1\na: 1\n```\n", "'status=1' says nothing"),
        ("```sh file=x\nls\n```\n", "'file=x' says nothing"),
    ],
)
def test_a_block_that_nobody_can_run(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        blocks("page.md", text)


def test_what_a_block_says() -> None:
    first, second, third = blocks(
        "page.md",
        "# x\n\n```sh status=0,3\na\nb\nc\n```\n~~~yaml file=d/x.yaml\n~~~\n\n1. x\n\n   ```text\n   <b>\n   ```\n",
    )
    assert (first.line, [first.expected(number) for number in range(3)]) == (3, [0, 3, 3])
    assert (second.file, second.language) == ("d/x.yaml", "yaml")
    assert third.text == "<b>\n"


def test_commands_are_whole() -> None:
    text = "# what\nfor x in a b; do\n  echo $x\ndone\ncat <<E | wc\n1\nE\na && \\\n  b\nx=1; echo $x # end\n"
    assert statements(text) == [
        "for x in a b; do\n  echo $x\ndone",
        "cat <<E | wc\n1\nE",
        "a && \\\n  b",
        "x=1",
        "echo $x",
    ]


@pytest.mark.parametrize(
    ("shown", "printed", "good"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\n", "a\nb\nc\n", True),
        ("a\n...\n", "a\n", True),
        ("...\nc\n", "a\nb\nc", True),
        ("...\nc\n", "a\nb\n", False),
        ("a ... c\n", "a (b) c\n", True),
        ("a ... c\n", "a\nc\n", False),
        ("", "", True),
        ("", "a\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_what_fits(shown: str, printed: str, good: bool) -> None:
    assert fits(shown, printed) is good


def typed(tmp_path: Path, text: str) -> list[str]:
    """What is wrong with a page's commands."""
    todo = [step for block in blocks("page.md", text) for step in steps(block)]
    return [said for one in run(todo, tmp_path, {"PATH": "/usr/bin:/bin"}, tmp_path / "notes") if (said := one.wrong())]


def test_commands_in_one_shell(tmp_path: Path) -> None:
    good = "```text file=d/a\nit's\n```\n\n```sh status=0,0,1\ncd d\nX=1\nfalse\n```\n\n"
    assert typed(tmp_path, good + "```console\n$ cat a; echo $X\nit's\n1\n$ echo \\\n  b\nb\n```\n") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```sh\nfalse\n```\n", "page.md:1: `false`: exit status 1, not 0"),
        ("```sh status=1\ntrue\n```\n", "page.md:1: `true`: exit status 0, not 1"),
        ("```console\n$ echo a\nb\n```\n", "page.md:1: `echo a` does not print\nb"),
        ("```console\n$ echo a\n```\n", "page.md:1: `echo a` does not print"),
    ],
)
def test_a_command_that_does_otherwise(tmp_path: Path, text: str, said: str) -> None:
    (found,) = typed(tmp_path, text)
    assert found.startswith(said)


def test_a_shell_that_ends_too_soon(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="the shell ended, or waited, at `exit 3`"):
        typed(tmp_path, "```sh\ntrue\nexit 3\ntrue\n```\n")


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("json", "{", "Expecting"),
        ("toml", "[tool.other]", "no [tool.imagelint]"),
        ("toml", "[tool.imagelint]\nprofil = 'strict'", "no such setting"),
        ("yaml", "ignore: [sudoo]", "there is no rule 'sudoo'"),
        ("yaml", "colour: red", "of no kind"),
        (
            "yaml",
            "repos: [{repo: https://example.org/imagelint, rev: v1, hooks: [{id: imagelinter}]}]",
            "no hook of ours",
        ),
        ("yaml", "repos: [{repo: https://example.org/imagelint}]", "hooks"),
        ("yaml", "steps: [{uses: OWNER/imagelint@v1, with: {tragets: x}}]", "no input of the action: tragets"),
        ("yaml", "steps: [{run: true, shel: bash}]", "shel"),
        ("yaml", "lint: {script: [x], stagee: y}", "stagee"),
        ("dockerfile", "FROM debian:latest\nUSER 10001\n", "base-latest"),
        (
            "yaml",
            "id: x\ntitle: x\nkind: command\nseverity: note\nwhen: |\n  command.programm == 'x'\nexamples: {}",
            "program",
        ),
    ],
)
def test_a_document_that_is_wrong(tmp_path: Path, installed: Path, language: str, text: str, said: str) -> None:
    assert said in wrong(Block("page.md", 1, language, text), tmp_path, installed)


def test_a_rule_whose_example_is_told_wrongly(tmp_path: Path, installed: Path) -> None:
    rule = "id: x\ntitle: x\nkind: instruction\ninstruction: USER\nseverity: note\nwhen: |\n  true\nmessage: x\n"
    example = '[{text: "FROM scratch\\nUSER 1\\n"}]'
    text = f"{rule}rationale: x\nremedy: x\nexamples: {{bad: {example}, good: {example}}}\n"
    assert "told wrongly" in wrong(Block("page.md", 1, "yaml", text), tmp_path, installed)
