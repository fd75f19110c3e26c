"""The mends that rules may name are those that there are, each used by a rule of a kind it is for."""

from __future__ import annotations

from imagelint.dockerfile.mends import MENDS, mend
from imagelint.engine import vocabulary
from tests.dockerfile.linting import rules


def test_names() -> None:
    assert list(MENDS) == list(vocabulary.MENDS) == sorted(MENDS)
    assert len({mend(name) for name in MENDS}) == len(MENDS)


def test_each_is_used() -> None:
    used = {
        (step.part, rule.kind) for rule in rules().rules if rule.fix for step in rule.fix.steps if step.action == "make"
    }
    assert used == {(name, kind) for name, kinds in vocabulary.MENDS.items() for kind in kinds}
