"""The table of BuildKit's grammar: our reader agrees with it, and so do BuildKit's own parser and a real engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import util
from typing import Any

import pytest

from imagelint.dockerfile.parse import parse
from tests.conftest import without
from tests.dockerfile.configured import CONFIGURING, UNKNOWN, configuration, inspected
from tests.dockerfile.grammar_table import TAKEN, Row, as_buildkits, buildkits, cases, ours
from tests.engines import Engines

CASES = cases()
NAMED = [pytest.param(case, id=f"{case['topic']}: {case['name']}") for case in CASES]


def test_the_table_is_whole() -> None:
    assert len(CASES) >= 300
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names)
    assert {key for case in CASES for key in case} <= {"name", "text", "want", "errors", "config", "newer", "topic"}


@pytest.mark.parametrize("case", NAMED)
def test_our_reader(case: Row) -> None:
    rows, errors = ours(case["text"])
    assert rows == [{key: value for key, value in row.items() if key != "lines"} for row in case["want"]]
    assert errors == case.get("errors", [])


@pytest.mark.parametrize("case", NAMED)
def test_words_stand_where_they_say(case: Row) -> None:
    dockerfile = parse(case["text"].encode())
    for word in (word for instruction in dockerfile.instructions for word in instruction.words):
        span = word.span
        if span.line == span.end_line:
            assert dockerfile.lines[span.line - 1][span.column - 1 : span.end_column - 1] == word.raw
        else:
            assert dockerfile.lines[span.line - 1][span.column - 1] == word.raw[0]
            assert dockerfile.lines[span.end_line - 1][span.end_column - 2] == word.raw[-1]


def refused(case: Row) -> bool:
    return any(code not in TAKEN for code in case.get("errors", ()))


@pytest.mark.parametrize("case", NAMED)
def test_buildkits_parser(case: Row) -> None:
    if util.find_spec("dockerfile") is None:
        without("the package dockerfile is missing")
    if "parser" in case.get("newer", ()):
        pytest.skip("newer than the package")
    rows = buildkits(case["text"])
    if rows is None:
        assert refused(case)
    elif not refused(case):  # what only the builder refuses need not have the same words
        assert rows == [as_buildkits(row) for row in case["want"]]


def for_the_engine(case: Row) -> bool:
    """Where the builder does more than the parser: values, refusals of its own, what becomes of each instruction."""
    if "engine" in case.get("newer", ()):
        return False
    if refused(case):
        return util.find_spec("dockerfile") is None or buildkits(case["text"]) is not None
    keywords = [next(iter(row)) for row in case["want"]]
    asked = case["topic"] in ("instructions", "onbuild", "scopes") or any("values" in row for row in case["want"])
    return asked and all(keyword in CONFIGURING or keyword.startswith("ONBUILD ") for keyword in keywords)


@pytest.mark.engine
def test_a_real_engine(engines: Engines) -> None:
    asked = [case for case in CASES if for_the_engine(case)]
    assert len(asked) > 100
    try:
        with ThreadPoolExecutor(4) as pool:
            images = list(pool.map(engines.configuration, (case["text"] for case in asked)))
    finally:
        engines.forget_configurations()
    wrong = [problem for case, image in zip(asked, images, strict=True) if (problem := against(case, image))]
    assert wrong == []


def against(case: Row, image: Row | None) -> str:
    """How the image that a build made, if it made one, is another than the table says; empty where it is not."""
    if image is None or refused(case):
        return "" if (image is None) == refused(case) else f"{case['name']}: refused by {'us' if image else 'BuildKit'}"
    want = {**configuration(case["want"]), **case.get("config", {})}
    found = inspected(image, want)
    return "" if all(_same(want[key], found[key]) for key in want) else f"{case['name']}: {found}, and not {want}"


def _same(want: Any, found: Any) -> bool:
    if want is UNKNOWN:
        return True
    if isinstance(want, dict) and isinstance(found, dict):
        return want.keys() == found.keys() and all(_same(want[key], found[key]) for key in want)
    return bool(want == found) or (want == [] and found is None)
