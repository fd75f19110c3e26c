"""Tasks as plain data: what a worker makes of them is what the command has."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from imagelint.engine.compiled import digest_of, load, of_row, to_row
from imagelint.image.reading_settings import ReadingSettings
from imagelint.record import fields
from imagelint.registry.spread_seal import Opener
from imagelint.registry.spread_task import detector_of, differences, own_rules, pack_run, versions
from imagelint.registry.spread_worker import _Limits
from imagelint.secrets.confirm import Detector
from imagelint.stream import limits
from tests.registry.spread_bed import DETECTOR, settings

RULE = """
id: shop-token
title: A token of the shop
kind: secret
severity: error
security-severity: "8.0"
pattern: '\\bshop_[0-9a-z]{20}\\b'
keywords: [shop_]
prefix: 5
strong: true
rationale: It opens the shop.
examples:
  bad: [{shape: 'ENV A=shop_{hex:20}'}]
  good: [{text: 'ENV A=shop_'}]
"""


def test_settings_are_the_same_there() -> None:
    here = settings()
    there = ReadingSettings.of_plain(json.loads(json.dumps(here.plain())))
    assert there == here
    assert there.plain() == here.plain()
    assert here.indexes
    assert here.contents


def test_every_rule_is_the_same_as_a_row() -> None:
    for rule in load().rules:
        again = of_row(json.loads(json.dumps(to_row(rule))))
        for name in fields(rule):
            if name == "load":
                continue
            one, two = getattr(again, name), getattr(rule, name)
            if hasattr(one, "__slots__"):
                assert {each: getattr(one, each) for each in fields(one)}.keys() == {*fields(two)}
                one, two = to_row(again)[name], to_row(rule)[name]
            assert one == two or to_row(again) == to_row(rule), (rule.id, name)


def test_a_user_s_rules_go_along(tmp_path: Path) -> None:
    (tmp_path / "shop-token.yaml").write_text(RULE, encoding="utf-8")
    rules = [rule for rule in load([tmp_path]).rules if rule.kind == "secret"]
    run = json.loads(pack_run(settings(), Detector(rules), [], Opener().public))
    assert [row["id"] for row in run["more"]] == ["shop-token"]
    there = detector_of(run)
    text = "a = shop_" + "0123456789abcdefghij"
    assert [each.rule for each in there.text(text)] == ["shop-token"]
    assert [each.rule for each in DETECTOR.text(text)] != ["shop-token"]
    assert [rule.id for rule in there.patterns.rules] == [rule.id for rule in rules]


def test_the_profile_goes_along() -> None:
    rules = own_rules()
    assert detector_of(json.loads(pack_run(settings(), DETECTOR, [], b""))).strict is None
    assert detector_of(json.loads(pack_run(settings(), Detector(rules, strict=True), [], b""))).strict is not None


def test_the_digest_is_of_every_part_of_a_rule_that_counts() -> None:
    rules = own_rules()
    known = digest_of(rules)
    assert known == digest_of([of_row(to_row(rule)) for rule in rules])
    assert known != digest_of(rules[:-1])
    assert known != digest_of([*rules[1:], rules[0]])
    changed = to_row(rules[0]) | {"prefix": 3 + to_row(rules[0]).get("prefix", 0)}
    assert known != digest_of([of_row(changed), *rules[1:]])


def test_versions_that_differ_are_named() -> None:
    own = versions()
    assert differences(own, own) == ""
    assert differences(own | {"Python": "3.4"}, own) == f"Python is 3.4 there and {own['Python']} here"
    assert differences({}, {"imagelint": "1"}) == "imagelint is unknown there and 1 here"


def test_layers_of_runs_with_other_limits_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in limits.CHANGEABLE:
        monkeypatch.setattr(limits, name, getattr(limits, name))
    usual = {name: getattr(limits, name) for name in limits.CHANGEABLE}
    held, seen, inside = _Limits(), [], threading.Event()

    def other() -> None:
        with held.held(usual | {"LAYER_BYTES": 7}):
            seen.append(limits.LAYER_BYTES)
        inside.set()

    with held.held(usual):
        thread = threading.Thread(target=other)
        thread.start()
        with held.held(usual):  # a second layer of the same run does not wait
            assert not inside.wait(0.3)
        assert usual["LAYER_BYTES"] == limits.LAYER_BYTES
        assert not seen
    thread.join(10)
    assert seen == [7]
    with held.held(usual):
        assert usual["LAYER_BYTES"] == limits.LAYER_BYTES
