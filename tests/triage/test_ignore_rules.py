"""The rules about ignores themselves, and their fix."""

from __future__ import annotations

import pytest

from tests.dockerfile.linting import findings

UNUSED, UNKNOWN, WHY = "ignore-unused", "ignore-unknown", "ignore-without-reason"


def messages(text: str, rule: str) -> list[tuple[int, int, str]]:
    return [(f.location.line, f.location.column, str(f.message)) for f in findings(text, rule)]


def test_the_nearest_name_is_offered() -> None:
    text = "FROM debian:12\n# imagelint ignore=no-user,apt-get-asume-yes\nRUN a\n"
    ((line, column, message),) = messages(text, UNKNOWN)
    assert (line, column) == (2, 28)
    assert "there is no rule `apt-get-asume-yes`; did you mean 'apt-get-assume-yes'?" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# hadolint ignore=DL9999\nFROM a:1\n", "hadolint has no rule `DL9999`"),
        ("# hadolint ignore=sudo\nFROM a:1\n", "hadolint does not read this"),
        ("# check=skip=JsonArgsRecommended\nFROM a:1\n", "did you mean 'JSONArgsRecommended'?"),
        ("# checkov:skip=CKV_DOCKER_22:x\nFROM a:1\n", "Checkov has no rule `CKV_DOCKER_22`"),
        ("# imagelint ignore sudo\nFROM a:1\n", "is written `imagelint ignore=RULE,RULE reason: TEXT`"),
        ("# imagelint ignore-all=sudo\nFROM a:1\n", "there is no `ignore-all`"),
    ],
)
def test_what_counts_for_nothing_is_told(text: str, said: str) -> None:
    ((line, _, message),) = messages(text, UNKNOWN)
    assert line == 1
    assert said in message


@pytest.mark.parametrize("name", ["SC2046", "DL3049", "DL3004", "DL1001"])
def test_a_check_of_the_peer_is_known(name: str) -> None:
    assert messages(f"# hadolint ignore={name}\nFROM a:1\n", UNKNOWN) == []


def test_each_unused_name_is_told_by_itself() -> None:
    text = "FROM a:1\n# imagelint ignore=sudo,cd-for-workdir\nRUN sudo a\n# hadolint ignore=DL3004\nRUN b\n"
    assert [(line, column) for line, column, _ in messages(text, UNUSED)] == [(2, 25), (4, 19)]


def test_one_for_a_rule_of_another_profile_is_used() -> None:
    text = "FROM a:1\n# hadolint ignore=DL3008\nRUN apt-get update && apt-get install -y curl\n"
    assert messages(text, UNUSED) == []
    assert findings(text, UNUSED, "sudo") == []


def test_two_for_the_same_finding_are_both_used() -> None:
    text = "# imagelint ignore-file=sudo\nFROM a:1\n# hadolint ignore=DL3004\n# imagelint ignore=sudo\nRUN sudo a\n"
    assert messages(text, UNUSED) == []


def test_a_comment_may_ignore_the_rules_about_comments() -> None:
    text = "# imagelint ignore-file=ignore-unused reason: an example\nFROM a:1\n# imagelint ignore=sudo\nRUN a\n"
    assert [(f.location.line, f.suppressed) for f in findings(text, UNUSED)] == [
        (3, "inline: imagelint ignore-file on line 1"),
    ]


def edited(text: str) -> str:
    """The text after the first fix, until none is left."""
    for _ in range(10):
        fixes = [f.fix for f in findings(text, UNUSED) if f.fix]
        if not fixes:
            return text
        (edit,) = fixes[0].edits
        lines = text.split("\n")
        start = sum(len(line) + 1 for line in lines[: edit.line - 1]) + edit.column - 1
        end = sum(len(line) + 1 for line in lines[: edit.end_line - 1]) + edit.end_column - 1
        text = text[:start] + edit.text + text[end:]
    raise AssertionError("no end of fixes")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# imagelint ignore=sudo reason: x\nRUN a\n", "RUN a\n"),
        ("# imagelint ignore=sudo, cd-for-workdir,maintainer reason: x\nRUN a\n", "RUN a\n"),
        (
            "# imagelint ignore=cd-for-workdir, sudo  reason: x\nRUN sudo a\n",
            "# imagelint ignore=sudo  reason: x\nRUN sudo a\n",
        ),
        ("# imagelint ignore=sudo , cd-for-workdir\nRUN sudo a\n", "# imagelint ignore=sudo\nRUN sudo a\n"),
        ("RUN a \\\n# imagelint ignore=sudo\n  b\n", "RUN a \\\n# imagelint ignore=sudo\n  b\n"),
        ("# hadolint ignore=DL3004\nRUN a\n", "# hadolint ignore=DL3004\nRUN a\n"),
        ("RUN a\n# imagelint ignore=sudo", "RUN a\n# imagelint ignore=sudo"),
        ("RUN a\r\n# imagelint ignore=sudo\r\n", "RUN a\r\n"),
    ],
)
def test_an_unused_name_is_taken_away(before: str, after: str) -> None:
    assert edited(f"FROM a:1\n{before}") == f"FROM a:1\n{after}"


def test_a_reason_is_asked_for_where_there_is_a_place_for_it() -> None:
    text = "# check=skip=JSONArgsRecommended\nFROM a:1\n# hadolint ignore=DL3004,DL3003\n"
    text += "# imagelint ignore=sudo reason:\nRUN a\n"
    assert [line for line, _, _ in messages(text, WHY)] == [3, 4]
