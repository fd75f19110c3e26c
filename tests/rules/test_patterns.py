"""The patterns of secret rules fit their own examples, in `re` and in Hyperscan, and so do their keywords."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import hyperscan
import pytest

from imagelint.engine.compiled import load
from imagelint.engine.rule import Rule, read_rules
from imagelint.engine.shapes import expand

RULES = {rule.id: rule for rule in load().rules if rule.pattern}


def texts(rule: Rule, sort: str, seed: str = "") -> Iterator[str]:
    for number, example in enumerate(rule.examples[sort]):
        yield expand(example.get("text", example.get("shape", "")), f"{rule.id} {sort}-{number}{seed}")


@lru_cache(maxsize=1)
def database(pattern: str) -> hyperscan.Database:
    made = hyperscan.Database()
    made.compile(expressions=[pattern.encode()], flags=[hyperscan.HS_FLAG_MULTILINE])
    return made


def hyperscan_ends(rule: Rule, text: str) -> set[int]:
    ends: set[int] = set()
    database(rule.pattern).scan(
        text.encode(), match_event_handler=lambda _id, _start, end, _flags, _context: ends.add(end)
    )
    return ends


def test_every_pattern_is_taken(repository: Path) -> None:
    """By `re` and by Hyperscan, without a mistake."""
    assert [rule.id for rule in read_rules(repository / "rules" / "secrets") if rule.pattern] == list(RULES)


@pytest.mark.parametrize("rule_id", RULES)
def test_a_bad_example_holds_a_match_with_a_keyword(rule_id: str) -> None:
    rule = RULES[rule_id]
    for text in texts(rule, "bad"):
        found = re.search(rule.pattern, text, re.MULTILINE)
        assert found, text
        assert any(word in found[0].lower() for word in rule.keywords), found[0]
        assert len(found[0].encode()) + len(text[: found.start()].encode()) in hyperscan_ends(rule, text), text


@pytest.mark.parametrize("rule_id", RULES)
def test_the_prefix_that_a_mask_shows_is_the_same_in_every_value(rule_id: str) -> None:
    rule = RULES[rule_id]
    for first, second in zip(texts(rule, "bad"), texts(rule, "bad", "another seed"), strict=True):
        one, other = re.search(rule.pattern, first, re.MULTILINE), re.search(rule.pattern, second, re.MULTILINE)
        assert one
        assert other
        group = "secret" if "secret" in one.re.groupindex else 0
        assert one[group][: rule.prefix] == other[group][: rule.prefix]
