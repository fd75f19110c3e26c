"""Every case, built for real, with its own Dockerfile beside the image."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.provenance import cases_plain, cases_stages
from tests.provenance.bed import Case, ask
from tests.provenance.builders import Builders

pytestmark = pytest.mark.engine

CASES = [*cases_plain.CASES, *cases_stages.CASES, *cases_stages.SQUASHED]
BUILDS = [(case, builder) for case in CASES for builder in case.builders]


def test_there_are_enough() -> None:
    assert len({case.dockerfile for case in CASES}) >= 20
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize(("case", "builder"), BUILDS, ids=[f"{case.name}, {builder}" for case, builder in BUILDS])
def test_each_layer_and_value_has_its_line(builders: Builders, tmp_path: Path, case: Case, builder: str) -> None:
    built = builders.build(case, builder)
    told = ask(built, built.dockerfile, tmp_path)
    assert told.wrong == [], str(told)
    assert told.share >= case.certain, str(told)
