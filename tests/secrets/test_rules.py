"""Each rule file keeps what its own examples say, on the path of texts and on the path of windows."""

from __future__ import annotations

import pytest

from imagelint.engine.rule import Rule
from imagelint.secrets import checksum
from imagelint.secrets.confirm import ASSIGNMENT, Detector
from imagelint.secrets.prefilter import expression
from tests.secrets.samples import examples, reported, through_windows


def test_there_are_many_formats(rules: list[Rule]) -> None:
    assert len(rules) >= 170
    assert {rule.kind for rule in rules} == {"secret"}


def test_bad_examples_are_found_and_good_ones_are_not(rules: list[Rule], detector: Detector) -> None:
    wrong = []
    for rule in (rule for rule in rules if rule.profile == "default"):  # of the others: test_strict.py
        for sort in ("bad", "good"):
            for text, path in examples(rule, sort):
                found = rule.id in {candidate.rule for candidate in reported(detector, text, path)}
                seen = rule.id in {candidate.rule for candidate in through_windows(detector, text, path)}
                if found != (sort == "bad") or seen != found:
                    wrong.append((rule.id, sort, found, seen))
    assert wrong == []


def test_both_paths_say_the_same_place(rules: list[Rule], detector: Detector) -> None:
    for rule in rules:
        for text, path in examples(rule, "bad"):
            ahead = "# first\n  # sécond\n" + text
            direct = {(c.rule, c.value, c.line, c.column) for c in reported(detector, ahead, path)}
            windows = {(c.rule, c.value, c.line, c.column) for c in through_windows(detector, ahead, path)}
            assert direct == windows, rule.id


def test_a_prefix_is_the_fixed_part_of_the_format(rules: list[Rule], detector: Detector) -> None:
    for rule in rules:
        shown = {
            candidate.value[: rule.prefix]
            for text, path in examples(rule, "bad")
            for candidate in reported(detector, text, path)
            if candidate.rule == rule.id
        }
        texts = len(rule.examples["bad"])
        assert len(shown) <= texts, f"{rule.id}: what a mask shows must not depend on the value"


def test_every_match_holds_a_keyword(rules: list[Rule]) -> None:
    for rule in rules:
        for text, _ in examples(rule, "bad"):
            for match in expression(rule.pattern).finditer(text) if rule.pattern else ():
                assert any(word in match[0].lower() for word in rule.keywords), rule.id


def test_texts_of_rules_are_complete(rules: list[Rule]) -> None:
    for rule in rules:
        assert rule.texts.revoke, rule.id
        assert rule.references, rule.id
        assert rule.security_severity >= (5.0 if rule.profile == "default" else 3.0), rule.id
        assert rule.cwe, rule.id
        assert not rule.checksum or rule.checksum in checksum.NAMES, rule.id
        assert rule.strong or rule.prefix < 20, rule.id


def test_strong_rules_are_for_generated_values(rules: list[Rule], detector: Detector) -> None:
    """80 bits: 14 characters of base 62 or 20 of base 16 behind the prefix."""
    for rule in rules:
        if rule.strong:
            for text, path in examples(rule, "bad"):
                for candidate in reported(detector, text, path):
                    assert candidate.rule != rule.id or len(candidate.value) - rule.prefix >= 14, rule.id


@pytest.mark.parametrize("rule", ["jwt", "url-credentials", ASSIGNMENT])
def test_general_formats_exist(rules: list[Rule], rule: str) -> None:
    assert rule in {r.id for r in rules}
