"""The table of facts is sound, and CEL takes all of it."""

from __future__ import annotations

import pytest

from imagelint.engine import vocabulary
from imagelint.engine.environments import binding, environment
from imagelint.engine.fact import BOOL, INT, LIST, STRING
from imagelint.engine.vocabulary import KINDS, SPANS


@pytest.mark.parametrize("kind", KINDS)
def test_each_fact_can_be_read_by_a_condition(kind: str) -> None:
    names = {BOOL: "BOOL", INT: "INT", STRING: "STRING", LIST: "LIST<STRING>"}
    for name, fact in vocabulary.facts(kind).items():
        assert environment(kind).compile(name).return_type().name() == names[fact.type], name


def test_each_fact_has_one_sentence() -> None:
    wrong = [
        f"{kind}.{name}"
        for kind, found in KINDS.items()
        for name, fact in found.facts.items()
        if not fact.sentence.endswith((".", "...")) or fact.sentence[:1] in (" ", "")
    ]
    assert wrong == []


def test_outer_kinds_and_spans_exist() -> None:
    assert {outer for kind in KINDS.values() for outer in kind.outer} <= set(KINDS)
    assert all(part.partition(".")[0] == kind for kind, parts in SPANS.items() for part in parts)
    assert vocabulary.spans("command")[0] == "command"
    assert "stage.base" in vocabulary.spans("command")
    assert vocabulary.spans("entry") == ()


def test_no_fact_has_the_name_of_a_subject_around_it() -> None:
    for name, kind in KINDS.items():
        assert not set(kind.outer) & set(kind.facts), name


def test_the_page_lists_every_fact_once() -> None:
    page = vocabulary.markdown()
    for kind, found in KINDS.items():
        for name in found.facts:
            assert page.count(f"| {kind}.{name} |") == 1


def test_the_version_of_the_binding_is_found() -> None:
    from importlib.metadata import version

    assert binding() == version("cel-expr-python")
