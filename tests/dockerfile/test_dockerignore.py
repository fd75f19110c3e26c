"""The grammar of .dockerignore, as moby's packages ignorefile and patternmatcher have it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.dockerfile.dockerignore import Ignore, read
from imagelint.dockerfile.patterns import BadPatternError, has_wildcard, matcher

LEFT_OUT = [
    ("a", "a", True),
    ("a", "a/b/c", True),
    ("a", "b/a", False),
    ("/a", "a", True),
    ("a/", "a/b", True),
    ("//a//b/", "a/b", True),
    ("./a", "a", True),
    ("a/../b", "b", True),
    ("../a", "a", False),
    ("  a  ", "a", True),
    ("*", "a/b", True),
    ("*.log", "x.log", True),
    ("*.log", "d/x.log", False),
    ("*/*.log", "d/x.log", True),
    ("*/*.log", "d/e/x.log", False),
    ("**/*.log", "x.log", True),
    ("**/*.log", "d/e/x.log", True),
    ("**/x", "x", True),
    ("**/x", "d/x/y", True),
    ("**/x", "d/xx", False),
    ("**x", "d/ax", True),
    ("**", "a/b", True),
    ("a/**", "a/b/c", True),
    ("a/**", "a", False),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b", True),
    ("a/**/b", "ab", False),
    ("**/a/**/b/**/c.txt", "x/a/y/a/b/z/c.txt", True),
    ("**/a/**/b/**/c.txt", "x/a/y/z/c.txt", False),
    ("**/*a*b*/**/*.c", "x/1a2b3/y/z.c", True),
    ("**/*a*b*/**/*.c", "x/1b2a3/y/z.c", False),
    ("a**b", "a/x/b", True),
    ("a**b", "ab", True),
    ("a?c", "abc", True),
    ("a?c", "a/c", False),
    ("[a-c]x", "bx", True),
    ("[^a-c]x", "bx", False),
    ("[^a-c]x", "dx", True),
    ("[]a]x", "", None),
    ("a\\*b", "a*b", True),
    ("a\\*b", "axb", False),
    ("a.c", "abc", False),
    ("a+(b)", "a+(b)", True),
    ("# a", "a", False),
    (" # a", "# a", True),
    ("\\#a", "#a", True),
    ("é?", "éü", True),
    ("*\n!a", "a", False),
    ("*\n!a", "a/b", False),
    ("*\n!a", "b", True),
    ("*\n!a\na/b", "a/b/c", True),
    ("!a\na", "a", True),
    ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", True),
    ("*.md\n!README*.md\nREADME-secret.md", "README-more.md", False),
    ("*.md\n! README.md", "README.md", False),
    ("a\n!**/keep", "a/b/keep", False),
    ("a\n!a/b/keep", "a/b/keep", False),
    ("a\n!a/b/keep", "a/b/other", True),
    ("\ufeff*.log", "x.log", True),
    ("*.log\r\n!x.log\r\n", "x.log", False),
]


@pytest.mark.parametrize(("text", "path", "expected"), LEFT_OUT)
def test_left_out(text: str, path: str, expected: bool | None) -> None:
    ignore, mistakes = read(text.encode())
    if expected is None:
        assert mistakes
        return
    assert mistakes == []
    assert ignore.along(path)[0] is expected


@pytest.mark.parametrize("pattern", ["[", "a[", "[a", "[a-", "[]", "[^]", "[-a]", "[a-]", "a\\", "!", "[a\\"])
def test_a_broken_pattern_is_told_and_the_rest_counts(pattern: str) -> None:
    ignore, mistakes = read(f"one\n{pattern}\ntwo\n".encode())
    assert [line for line, _ in mistakes] == [2]
    assert ignore.along("one")[0]
    assert ignore.along("two")[0]
    assert not ignore.along("three")[0]


def test_a_line_that_is_too_long_is_told() -> None:
    ignore, mistakes = read(b"x" * (1 << 17) + b"\na\n")
    assert len(mistakes) == 1
    assert ignore.along("a")[0]


def test_names_that_are_not_utf8() -> None:
    ignore, _ = read(b"\xff?\n")
    assert ignore.along(b"\xffa".decode("utf-8", "surrogateescape"))[0]


@pytest.mark.parametrize(
    ("text", "folder", "closed"),
    [
        ("a", "a", True),
        ("a\n!b", "a", True),
        ("a\n!a/b", "a", False),
        ("a\n!a/b/c", "a/b", False),
        ("a\n!a/*", "a", False),
        ("a\n!a/**", "b", True),
        ("a\n!*.md", "a", False),
    ],
)
def test_folders_that_need_not_be_entered(text: str, folder: str, closed: bool) -> None:
    assert read(text.encode())[0].closed(folder) is closed


def test_many_stars_take_linear_time() -> None:
    started = time.process_time()
    for pattern in ("*a" * 60 + "b", "**/*a/" * 30 + "b", "**/" * 40 + "b", "**/a/" * 40 + "b/**", "?*" * 60 + "b"):
        assert not matcher(pattern, deep=True)("a" * 255 + "/" + "a/" * 1800)
    assert time.process_time() - started < 2


def naive(pattern: str, path: str) -> bool:
    """filepath.Match with `**/`, as its description reads."""
    if not pattern:
        return not path
    if pattern.startswith("**/"):
        rest = pattern[3:]
        places = [0] + [n + 1 for n, c in enumerate(path) if c == "/"]
        return any(naive(rest, path[place:]) for place in places)
    if pattern[0] == "*":
        stop = path.find("/")
        end = len(path) if stop < 0 else stop
        return any(naive(pattern[1:], path[n:]) for n in range(end + 1))
    if not path:
        return False
    if pattern[0] == "?":
        return path[0] != "/" and naive(pattern[1:], path[1:])
    return pattern[0] == path[0] and naive(pattern[1:], path[1:])


@given(
    st.lists(st.sampled_from(["a", "b", "*", "?", "*a", "a*", "*a*b", "**", "b?"]), min_size=1, max_size=5),
    st.lists(st.sampled_from(["a", "b", "ab", "ba", "aab", "bba"]), min_size=1, max_size=5),
)
def test_settling_for_the_first_place_loses_nothing(folders: list[str], names: list[str]) -> None:
    pattern = "/".join([*folders, "a*"])
    path = "/".join(names)
    assert bool(matcher(pattern, deep=True)(path)) is naive(pattern, path)


def test_a_source_has_no_deep_wildcards() -> None:
    assert matcher("a**b", deep=False)("axb")
    assert not matcher("a**b", deep=False)("a/b")
    assert has_wildcard("a*")
    assert has_wildcard("[a]")
    assert not has_wildcard("a\\*")
    with pytest.raises(BadPatternError):
        matcher("[", deep=False)


def test_nothing_is_left_out_without_patterns() -> None:
    assert Ignore().along("a/b") == (False, ())
