"""Words: the forms of BuildKit's shell lexer, with values that are known, unset and unknown."""

from __future__ import annotations

import time

import pytest

from imagelint.dockerfile.globs import Glob, PatternError
from imagelint.dockerfile.words import MAX_VALUE, Budget, Partial, WordError, expand, split, split_blanks

VALUES: dict[str, str | None] = {
    "HOME": "/home/ada",
    "EMPTY": "",
    "UNSET": None,
    "FILE": "src/lib/parse.tar.gz",
    "TEXT": "aXbXc",
    "STAR": "a*b*c",
    "WIDE": "\u4f60\u597d",
}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("plain", "plain"),
        ("$HOME", "/home/ada"),
        ("${HOME}", "/home/ada"),
        ("$HOME/x", "/home/ada/x"),
        ("${HOME}x", "/home/adax"),
        ("a$", "a$"),
        ("$/x", "$/x"),
        ('"a b"', "a b"),
        ("'a $HOME'", "a $HOME"),
        ('"$HOME"', "/home/ada"),
        ("\"'$HOME'\"", "'/home/ada'"),
        (r"\$HOME", "$HOME"),
        (r'"\$HOME"', "$HOME"),
        (r'"a\"b"', 'a"b'),
        (r'"a\nb"', r"a\nb"),
        (r"a\ b", "a b"),
        (r"a\nb", "anb"),
        ("he'll'o", "hello"),
        ("a\\", "a"),
        ("$WIDE", "\u4f60\u597d"),
        ("\u4f60${EMPTY}\u597d", "\u4f60\u597d"),
        # with a word
        ("${HOME:-w}", "/home/ada"),
        ("${EMPTY:-w}", "w"),
        ("${EMPTY-w}", ""),
        ("${UNSET:-w}", "w"),
        ("${UNSET-w}", "w"),
        ("${UNSET:-}", ""),
        ("${UNSET:-${EMPTY:-deep}}", "deep"),
        ("${UNSET:-'a b'}", "a b"),
        ("${HOME:+w}", "w"),
        ("${EMPTY:+w}", ""),
        ("${EMPTY+w}", "w"),
        ("${UNSET+w}", ""),
        ("${HOME:+$EMPTY-$HOME}", "-/home/ada"),
        ("${HOME:?must be set}", "/home/ada"),
        ("${EMPTY?must be set}", ""),
        # patterns
        ("${FILE#*/}", "lib/parse.tar.gz"),
        ("${FILE##*/}", "parse.tar.gz"),
        ("${FILE%.*}", "src/lib/parse.tar"),
        ("${FILE%%.*}", "src/lib/parse"),
        ("${FILE#src}", "/lib/parse.tar.gz"),
        ("${FILE:#src}", "/lib/parse.tar.gz"),
        ("${FILE#none}", "src/lib/parse.tar.gz"),
        ("${FILE#???/}", "lib/parse.tar.gz"),
        ("${FILE#}", "src/lib/parse.tar.gz"),
        ("${FILE%$EMPTY}", "src/lib/parse.tar.gz"),
        (r"${STAR%\*c}", "a*b"),
        (r"${STAR##*\*}", "c"),
        ("${WIDE%?}", "\u4f60"),
        ("${TEXT/X/-}", "a-bXc"),
        ("${TEXT//X/-}", "a-b-c"),
        ("${TEXT//X/}", "abc"),
        ("${TEXT/none/-}", "aXbXc"),
        ("${TEXT//?X/<>}", "<><>c"),
        ("${TEXT/X*/}", "a"),
        (r"${FILE//\//:}", "src:lib:parse.tar.gz"),
        ("${TEXT//X/$HOME}", "a/home/adab/home/adac"),
        ("${TEXT/$EMPTY/ww}", "wwaXbXc"),
    ],
)
def test_known(raw: str, value: str) -> None:
    assert expand(raw, VALUES) == (value, True)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("$OTHER", "$OTHER"),
        ("${OTHER}/x", "${OTHER}/x"),
        ("$UNSET", "$UNSET"),
        ("a-${UNSET}-b", "a-${UNSET}-b"),
        ("$1 $@ $?", "$1 $@ $?"),
        ("${OTHER:-w}", "w"),
        ("${OTHER:+w}", "${OTHER:+w}"),
        ("${OTHER:?w}", "${OTHER:?w}"),
        ("${UNSET:?w}", "${UNSET:?w}"),
        ("${EMPTY:?w}", "${EMPTY:?w}"),
        ("${OTHER#p}", "${OTHER#p}"),
        ("${OTHER/p/r}", "${OTHER/p/r}"),
        ("${UNSET:-$OTHER}", "$OTHER"),
    ],
)
def test_unknown_stays_as_written(raw: str, value: str) -> None:
    assert expand(raw, VALUES) == (value, False)


def test_a_word_that_is_not_used_makes_nothing_unknown() -> None:
    assert expand("${HOME:-$OTHER}", VALUES) == ("/home/ada", True)
    assert expand("${EMPTY:+$OTHER}", VALUES) == ("", True)


def test_what_an_unknown_variable_went_into_is_unknown() -> None:
    values = {"PATH": Partial("/opt/bin:$PATH")}
    assert expand("$PATH:/x", values) == ("/opt/bin:$PATH:/x", False)
    assert expand("${PATH%%:*}", values) == ("/opt/bin", False)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("'a", "single quote"),
        ('"a', "double quote"),
        ("he'llo", "single quote"),
        ("${HOME", "HOME"),
        ("${HOME:-w", "`}` is missing"),
        ("${}", "not followed by a name"),
        ("${{HOME}}", "not followed by a name"),
        ("${:-w}", "not followed by a name"),
        ("${HOME^^}", "HOME"),
        ("${HOME=w}", "HOME"),
        ("${HOME:=w}", "HOME"),
        ("${HOME//x}", "`/` is missing"),
        (r"${HOME#\x}", "HOME"),
    ],
)
def test_refused(raw: str, reason: str) -> None:
    with pytest.raises(WordError, match=reason):
        expand(raw, VALUES)


def test_the_escape_directive_changes_the_escape() -> None:
    assert expand(r"C:\dir", {}, "`") == (r"C:\dir", True)
    assert expand("`$HOME", VALUES, "`") == ("$HOME", True)
    assert expand('"a`"b"', {}, "`") == ('a"b', True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b\tc", ["a", "b", "c"]),
        ("a='b c' d", ["a='b c'", "d"]),
        ('a="b \\" c" d', ['a="b \\" c"', "d"]),
        (r"a\ b c", [r"a\ b", "c"]),
        ("a='b c", ["a='b c"]),
        ("'' a", ["''", "a"]),
        ("  ", []),
    ],
)
def test_split(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in split(text, 0, "\\")] == words


def test_split_blanks_knows_no_quotes() -> None:
    text = "x 'a b'"
    assert [text[start:end] for start, end in split_blanks(text, 1)] == ["'a", "b'"]


def test_a_value_that_doubles_does_not_grow_for_ever() -> None:
    value = "abcdefgh"
    while len(value) <= MAX_VALUE // 2:
        value = expand("$A$A", {"A": value})[0]
    with pytest.raises(WordError) as error:
        expand("$A$A$A", {"A": value})
    assert error.value.reason == ""


def test_a_file_has_one_budget() -> None:
    budget = Budget(100)
    assert expand("$A", {"A": "x" * 60}, "\\", budget)[0] == "x" * 60
    with pytest.raises(WordError):
        expand("$A", {"A": "x" * 60}, "\\", budget)


def test_depth_is_bounded() -> None:
    with pytest.raises(WordError):
        expand("${A:-" * 5000 + "}" * 5000, {})


def test_many_stars_take_no_time() -> None:
    pattern = "*a" * 40 + "b"
    start = time.process_time()
    assert Glob(pattern).match("a" * 20_000, 0, True) == -1
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("pattern", "text", "longest", "shortest"),
    [
        ("*", "abc", 3, 0),
        ("a*", "abab", 4, 1),
        ("*b", "abab", 4, 2),
        ("**b?", "abab", 3, 3),
        ("", "ab", 0, 0),
        ("x", "ab", -1, -1),
    ],
)
def test_globs(pattern: str, text: str, longest: int, shortest: int) -> None:
    glob = Glob(pattern)
    assert (glob.match(text, 0, True), glob.match(text, 0, False)) == (longest, shortest)


@pytest.mark.parametrize("pattern", ["\\", "\\x", "a\\"])
def test_a_pattern_escapes_only_what_needs_it(pattern: str) -> None:
    with pytest.raises(PatternError):
        Glob(pattern)
