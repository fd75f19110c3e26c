"""Comments in the words of hadolint, BuildKit, checkov and detect-secrets, as each of them reads its own."""

from __future__ import annotations

import pytest

from tests.dockerfile.linting import findings
from tests.material import password
from tests.triage.inline import loud, only, quiet

SUDO = "sudo"


@pytest.mark.parametrize(
    ("comment", "counts"),
    [
        ("# hadolint ignore=DL3004", True),
        ("#hadolint ignore=DL3004", True),
        ("#\thadolint  ignore = DL3002 , DL3004 # an old script", True),
        ("# hadolint ignore=SC2046,DL3004", True),
        ("# hadolint global ignore=DL3004", True),
        ("# hadolint ignore=dl3004", False),
        ("# Hadolint ignore=DL3004", False),
        ("# hadolint ignore=sudo", False),
        ("# hadolint ignore=crazy,DL3004", False),
        ("# hadolint ignore=DL3004 an old script", False),
        ("# hadolint: ignore=DL3004", False),
        ("# please hadolint ignore=DL3004", False),
    ],
)
def test_hadolint(comment: str, counts: bool) -> None:
    assert quiet(f"FROM debian:12\n{comment}\nRUN sudo a\n", SUDO) == ([3] if counts else [])


def test_hadolint_is_for_the_next_instruction_unless_it_says_global() -> None:
    assert quiet("FROM debian:12\n# hadolint ignore=DL3004\nRUN sudo a\nRUN sudo b\n", SUDO) == [3]
    assert quiet("FROM debian:12\n# hadolint global ignore=DL3004\nRUN sudo a\nRUN sudo b\n", SUDO) == [3, 4]
    between = "FROM debian:12\n# hadolint ignore=DL3004\n# hadolint ignore=DL3002\n\n# why\nRUN sudo a\n"
    assert quiet(between, SUDO) == [6]
    assert quiet("FROM debian:12\nRUN sudo a\n# hadolint global ignore=DL3004\n", SUDO) == [2]
    found = only("FROM debian:12\n# hadolint ignore=DL3004 # old\nRUN sudo a\n", SUDO)
    assert (found.suppressed, found.reason) == ("inline: hadolint ignore on line 2", "old")


@pytest.mark.parametrize(
    ("directive", "counts"),
    [
        ("# check=skip=JSONArgsRecommended", True),
        ("#check=skip=JSONArgsRecommended;error=true", True),
        ("# syntax=docker/dockerfile:1\n# check = error=true; skip = StageNameCasing , JSONArgsRecommended", True),
        ("# CHECK=skip=JSONArgsRecommended", True),
        ("# check=skip=all", True),
        ("# check=skip=jsonargsrecommended", False),
        ("# check=error=true", False),
        ("# check=skip=StageNameCasing", False),
        ("# a comment\n# check=skip=JSONArgsRecommended", False),
        ("\n# check=skip=JSONArgsRecommended", False),
        ("FROM debian:12\n# check=skip=JSONArgsRecommended", False),
        ("# check=skip=StageNameCasing\n# check=skip=JSONArgsRecommended", False),
    ],
)
def test_buildkit_counts_as_a_parser_directive_only(directive: str, counts: bool) -> None:
    text = f"{directive}\nFROM debian:12\nCMD run\n"
    rule = "shell-form-entrypoint"
    assert bool(quiet(text, rule)) is counts
    assert bool(loud(text, rule)) is not counts


def test_all_of_buildkit_is_no_more_than_that() -> None:
    assert loud("# check=skip=all\nFROM debian:12\nRUN sudo a\n", SUDO) == [3]


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("#checkov:skip=CKV2_DOCKER_1:an old script", "an old script"),
        ("# checkov:skip=CKV2_DOCKER_1: an old script", "an old script"),
        ("# bridgecrew:skip= CKV2_DOCKER_1", None),
        ("# checkov:skip=CKV2_DOCKER_1 an old script", None),
        ("# checkov: skip=CKV2_DOCKER_1", ""),
        ("# Checkov:skip=CKV2_DOCKER_1", ""),
        ("# checkov:skip=ckv2_docker_1", ""),
        ("# TODO checkov:skip=CKV2_DOCKER_1", ""),
    ],
)
def test_checkov_is_for_the_file(comment: str, reason: str | None) -> None:
    for text in (f"{comment}\nFROM debian:12\nRUN sudo a\n", f"FROM debian:12\nRUN sudo a\n{comment}\n"):
        found = only(text, SUDO)
        assert (found.suppressed != "") is (reason != "")
        assert found.reason == (reason or None)


def secrets(text: str) -> list[tuple[int, bool]]:
    """(line, suppressed) of every secret found by its value."""
    found = (f for f in findings(text) if f.secret or f.rule == "secret-in-variable")
    return [(f.location.line, f.suppressed != "") for f in found]


def test_detect_secrets_is_for_secrets_of_one_line() -> None:
    one, two = password(1), password(2)
    assert secrets(f"FROM debian:12\nENV A_PASSWORD={one}\nENV B_PASSWORD={two}\n") == [(2, False), (3, False)]
    same = f"FROM debian:12\nENV A_PASSWORD={one} # pragma: allowlist secret\nENV B_PASSWORD={two}\n"
    assert secrets(same) == [(2, True), (3, False)]
    above = f"FROM debian:12\n# pragma: allowlist nextline secret\nENV A_PASSWORD={one}\nENV B_PASSWORD={two}\n"
    assert secrets(above) == [(3, True), (4, False)]
    far = f"FROM debian:12\n# pragma: allowlist nextline secret\n\nENV A_PASSWORD={one}\n"
    assert secrets(far) == [(4, False)]


@pytest.mark.parametrize(
    ("end", "counts"),
    [
        ("#pragma: allowlist secret", True),
        ("# pragma:allowlist-secret, a test", True),
        ("# pragma: whitelist secret", True),
        ("# pragma: allowlist nextline secret", False),
        ("# Pragma: allowlist secret", False),
        ("# pragma allowlist secret", False),
        ("pragma: allowlist secret", False),
    ],
)
def test_words_of_detect_secrets(end: str, counts: bool) -> None:
    text = f"FROM debian:12\nRUN export A_PASSWORD={password(3)} {end}\n"
    assert secrets(text) == [(2, counts)]


def test_detect_secrets_goes_by_lines_in_a_heredoc_too() -> None:
    text = f"FROM debian:12\nCOPY <<EOF /etc/app.conf\npassword = {password(4)} # pragma: allowlist secret\nEOF\n"
    assert secrets(text) == [(3, True)]


def test_detect_secrets_says_nothing_of_other_rules() -> None:
    assert loud("FROM debian:12\nRUN sudo a # pragma: allowlist secret\n", SUDO) == [2]
