"""Our own comments that ignore rules: which findings they are for, and what becomes of those."""

from __future__ import annotations

import pytest

from tests.triage.inline import loud, only, quiet

SUDO = "sudo"
TWO_STAGES = """\
FROM debian:12 AS one
RUN sudo a
RUN sudo b
FROM debian:12
RUN sudo c
"""


def test_the_next_instruction_and_no_other() -> None:
    text = "FROM debian:12\n# imagelint ignore=sudo reason: an old script\nRUN sudo a\nRUN sudo b\n"
    assert (quiet(text, SUDO), loud(text, SUDO)) == ([3], [4])


def test_what_ignored_it_and_why() -> None:
    found = only("FROM debian:12\n# imagelint ignore=sudo reason:  an old  script \nRUN sudo a\n", SUDO)
    assert found.suppressed == "inline: imagelint ignore on line 2"
    assert found.reason == "an old  script"


@pytest.mark.parametrize(
    "comment",
    [
        "#imagelint ignore=sudo",
        "  #  imagelint   ignore = sudo  ",
        "# imagelint ignore=no-user,sudo",
        "# imagelint ignore=no-user , sudo reason: x",
        "# imagelint ignore=DL3004",
        "# imagelint ignore=dl3004 whatever stands here is no reason",
        "# imagelint ignore=Sudo\n\n# another comment\n",
        "# imagelint ignore=sudo\n# hadolint ignore=DL3002",
        "# imagelint ignore-stage=sudo",
        "# imagelint ignore-file=sudo",
    ],
)
def test_forms_that_count(comment: str) -> None:
    assert loud(f"FROM debian:12\n{comment}\nRUN sudo a\n", SUDO) == []


@pytest.mark.parametrize(
    "comment",
    [
        "# Imagelint ignore=sudo",
        "# imagelint: ignore=sudo",
        "# imagelint ignore sudo",
        "# imagelint ignores=sudo",
        "# imagelint ignore=",
        "# imagelint ignore=,sudo",
        "# imagelint ignore=sud",
        "# imagelint ignore=no-user sudo",
        "# see imagelint ignore=sudo",
        "## imagelint ignore=sudo",
        "#! imagelint ignore=sudo",
        "# imagelint ignore-next=sudo",
        "# imagelint\u00a0ignore=sudo",
        "RUN true # imagelint ignore=sudo",
        "LABEL a='# imagelint ignore=sudo'",
    ],
)
def test_forms_that_do_not_count(comment: str) -> None:
    assert quiet(f"FROM debian:12\n{comment}\nRUN sudo a\n", SUDO) == []


def test_a_stage_is_the_one_of_the_next_instruction() -> None:
    above = "# imagelint ignore-stage=sudo\n"
    lines = TWO_STAGES.splitlines(keepends=True)
    for at, expected in ((0, [3, 4]), (1, [3, 4]), (2, [2, 4]), (3, [6]), (4, [6])):
        text = "".join([*lines[:at], above, *lines[at:]])
        assert quiet(text, SUDO) == expected, text
    assert quiet(TWO_STAGES + above, SUDO) == [5]


def test_a_file_is_all_of_it_wherever_the_comment_stands() -> None:
    assert quiet("# imagelint ignore-file=sudo\n" + TWO_STAGES, SUDO) == [3, 4, 6]
    assert quiet(TWO_STAGES + "# imagelint ignore-file=sudo\n", SUDO) == [2, 3, 5]


def test_above_from_it_is_for_what_is_said_of_the_stage() -> None:
    text = "FROM debian:12 AS one\nRUN a\n# imagelint ignore=no-user\nFROM debian:12\nRUN b\n"
    assert (quiet(text, "no-user"), loud(text, "no-user")) == ([4], [])


def test_a_comment_in_a_continuation_is_for_all_of_its_instruction() -> None:
    text = "FROM debian:12\nRUN sudo a && \\\n # imagelint ignore=sudo\n sudo b && \\\n sudo c\nRUN sudo d\n"
    assert (quiet(text, SUDO), loud(text, SUDO)) == ([2, 4, 5], [6])


def test_the_body_of_a_heredoc_is_a_script() -> None:
    text = "FROM debian:12\nRUN <<EOF\n# imagelint ignore=sudo\nsudo a\nEOF\nRUN sudo b\n"
    assert (quiet(text, SUDO), loud(text, SUDO)) == ([], [4, 6])
    above = "FROM debian:12\n# imagelint ignore=sudo\nRUN <<EOF\nsudo a\nsudo b\nEOF\nRUN sudo c\n"
    assert (quiet(above, SUDO), loud(above, SUDO)) == ([4, 5], [7])


def test_behind_the_last_instruction_it_is_for_none() -> None:
    assert quiet("FROM debian:12\nRUN sudo a\n# imagelint ignore=sudo\n", SUDO) == []


def test_it_is_for_mistakes_of_the_grammar_too() -> None:
    text = "FROM debian:12\n# imagelint ignore=unknown-instruction\nRUNN a\nCOPPY a b\n"
    assert (quiet(text, "unknown-instruction"), loud(text, "unknown-instruction")) == ([3], [4])
    assert quiet("# imagelint ignore-file=empty-file\n", "empty-file") == [1]


def test_a_line_that_ends_in_a_carriage_return() -> None:
    text = "FROM debian:12\r\n# imagelint ignore=sudo reason: old\r\nRUN sudo a\r\n"
    assert only(text, SUDO).reason == "old"


def test_the_nearest_of_several_is_named() -> None:
    text = (
        "# imagelint ignore-file=sudo reason: file\nFROM debian:12\n# imagelint ignore=sudo reason: here\nRUN sudo a\n"
    )
    assert only(text, SUDO).reason == "here"
