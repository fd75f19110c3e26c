"""Texts of a target, made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.report.escape import brief, encodable, sarif_message, shorten, uri_path, visible
from tests.sarif_validate import RELATIVE

ANY = st.text(st.characters(exclude_categories=()))  # lone surrogates too


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x1b[31mred\x07\x00", "\\x1b[31mred\\x07\\x00"),
        ("\x9b31m", "\\u009b31m"),
        ("gnp\u202eexe", "gnp\\u202eexe"),
        ("a\u200bb\ufeffc\u2066d", "a\\u200bb\\ufeffc\\u2066d"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("line\u2028para\u2029", "line\\u2028para\\u2029"),
        ("filler\u3164 selector\ufe0f", "filler\\u3164 selector\\ufe0f"),
        ("## [a] ##[error]x ##vso[y", "## [a] #\\x23[error]x #\\x23vso[y"),
        ("byte\udcff", "byte\\xff"),
        ("lone\ud800", "lone\\ud800"),
        ("Straße 日本語 é", "Straße 日本語 é"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY)
def test_visible_text_is_one_printable_line_in_utf_8(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown
    shown.encode()


@given(ANY)
def test_encodable_text_keeps_everything_but_surrogates(text: str) -> None:
    whole = encodable(text)
    whole.encode()
    if not any("\ud800" <= char <= "\udfff" for char in text):
        assert whole == text


@given(ANY, st.integers(4, 50))
def test_brief_text_is_brief(text: str, limit: int) -> None:
    assert len(brief(text, limit)) <= limit


def test_shorten_keeps_both_ends() -> None:
    assert shorten("abcdefghij", 10) == "abcdefghij"
    assert shorten("abcdefghijk", 10) == "abcd...ijk"


def test_a_target_makes_no_link_in_a_sarif_message() -> None:
    assert sarif_message("see [here](1) and C:\\x\n") == "see \\[here\\](1) and C:\\\\x\\\\n"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("Dockerfile", "Dockerfile"),
        ("./a//b/./Dockerfile", "a/b/Dockerfile"),
        ("/etc/shadow", "etc/shadow"),
        ("../../etc/passwd", "etc/passwd"),
        ("a/../../../b", "b"),
        ("app:latest/x y", "app%3Alatest/x%20y"),
        ("javascript:alert(1)", "javascript%3Aalert(1)"),
        ("a#b?c%41[d]", "a%23b%3Fc%2541%5Bd%5D"),
        ("caf\u00e9/\udcff\ud800", "caf%C3%A9/%5Cxff%5Cud800"),
        ("byte\udcff", "byte%FF"),
        ("..", ""),
    ],
)
def test_uri_path(path: str, uri: str) -> None:
    assert uri_path(path) == uri


@given(ANY)
def test_a_uri_is_relative_and_stays_below_its_base(path: str) -> None:
    uri = uri_path(path)
    assert uri == "" or RELATIVE.fullmatch(uri)
    assert ".." not in uri.split("/")
