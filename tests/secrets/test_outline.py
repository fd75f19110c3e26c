"""Outlines: whatever a pattern matches holds a match of its outline."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from imagelint.engine.compiled import load
from imagelint.secrets.outline import outline
from imagelint.secrets.prefilter import Patterns, WindowScanner

RULES = [rule for rule in load().rules if rule.kind == "secret"]
PATTERNS = {rule.id: rule.pattern for rule in RULES if rule.pattern}


@pytest.fixture(scope="module")
def scanner() -> WindowScanner:
    return Patterns(RULES).scanner()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\bx_(?P<secret>[a-z]{20,})", r"x_(?:[a-z]{20})"),
        (r"\babc_(?P<secret>[a-z]{20,})", r"abc_(?:[a-z]{8})"),
        (r"\bx_[a-z]{20,60}\b", r"x_[a-z]{20}"),
        (r"x_[a-z]{100,}={0,2}", r"x_[a-z]{100}"),
        (r"x_[a-z]{0,9}y", r"x_[a-z]{0,9}y"),
        (r"x_[a-z]+", r"x_[a-z]{1}"),
        (r"x_y*", r"x_"),
        (r"token_[a-z]{32}-us[0-9]{1,2}\b", r"token_[a-z]{8}"),
        (r"[a-z]{32}-us[0-9]{1,2}", r"[a-z]{32}-us[0-9]{1}"),
        (r"(?i)(?:one|two)key=(?:[a-z]{86}==|[a-z]{43}=)", r"(?i)(?:one|two)key=(?:[a-z]{8}|[a-z]{8})"),
        (r"word(?:[a-z]{20}|x)y", r"word(?:[a-z]{20}|x)y"),
        (r"(?:a|word)[a-z]{20}y", r"(?:a|word)[a-z]{20}y"),
        (r"word_[]a|(]{40}|b", r"word_[]a|(]{8}|b"),
        (r"a\.b\.c\|[^\]\\]{20}z", r"a\.b\.c\|[^\]\\]{8}"),
        (r"word\d\d\d\d[a-z]{7}(?:\.[a-z]{4})?", r"word\d\d\d\d[a-z]{7}"),
        (r"(?P<secret>[a-z]{44}Az_1[a-z]{5}=)", r"(?:Az_1[a-z]{5}=)"),
        (r"\b[a-z]{44}Az_1[a-z]{5}\b", r"Az_1[a-z]{5}"),
        (r"[a-z]{44}Az[a-z]{5}", r"[a-z]{44}Az[a-z]{5}"),
        (r"[a-z]{44}word|x_y", r"[a-z]{44}word|x_y"),
        (r"word(?#of whom)[a-z]{20}", r"word(?#of whom)[a-z]{20}"),
    ],
)
def test_what_is_left(pattern: str, expected: str) -> None:
    assert outline(pattern) == expected


@pytest.mark.parametrize("rule", PATTERNS)
@settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_hyperscan_hits_every_match(rule: str, data: st.DataObject, scanner: WindowScanner) -> None:
    """Of all rules in one database, as a scan has it: of what is optimised there, `re` knows nothing."""
    pattern = re.compile(PATTERNS[rule].encode())
    text = b" " * data.draw(st.integers(0, 70)) + data.draw(st.from_regex(pattern))
    found = pattern.search(text)
    assume(found)
    assert found is not None
    assert holds(outline(PATTERNS[rule]), found[0].decode("latin-1"))
    hits = [end for number, end in scanner.scan(text) if RULES[number].id == rule]
    assert any(found.start() < end <= found.end() for end in hits)


def holds(cut: str, match: str) -> bool:
    """Whether an outline ends in a match, as confirm.py wants it."""
    return any(found.end() > 0 for found in re.finditer(cut, match, re.ASCII))


CLASSES = st.sampled_from(["[a-c]", "[^x]", r"\d", r"\w", ".", "a", r"\.", "b", "[ab(|]"])
REPEATS = st.sampled_from(["", "", "?", "+", "{3}", "{16,}", "{2,20}", "{40}", "{0,5}"])


@st.composite
def patterns(draw: st.DrawFn, depth: int = 1) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        if depth and draw(st.integers(0, 3)) == 0:
            inner = "|".join(draw(patterns(depth - 1)) for _ in range(draw(st.integers(1, 3))))
            parts.append(
                f"{draw(st.sampled_from(['(', '(?:', '(?i:']))}{inner}){draw(st.sampled_from(['', '?', '{2}']))}"
            )
        elif draw(st.integers(0, 2)) == 0:
            parts.append("word")
        else:
            parts.append(draw(CLASSES) + draw(REPEATS))
    return "".join(parts)


@settings(max_examples=150, derandomize=True, database=None, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data(), pattern=patterns())
def test_any_match_holds_the_outline(data: st.DataObject, pattern: str) -> None:
    assume(not re.fullmatch(pattern, ""))  # a rule that matches nothing is not loaded
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))
    assert holds(outline(pattern), text), outline(pattern)
