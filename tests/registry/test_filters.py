"""Patterns, ages, dates, and the order of tags."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from imagelint.errors import UsageError
from imagelint.registry.filters import Globs, made, moment, natural, wanted

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("patterns", "passing"),
    [
        ([], ["1.0", "1.0-dev", "latest", "team/1.0"]),
        (["1.*"], ["1.0", "1.0-dev"]),
        (["*1.*"], ["1.0", "1.0-dev", "team/1.0"]),
        (["!*-dev"], ["1.0", "latest", "team/1.0"]),
        (["1.*", "latest", "!*-dev"], ["1.0", "latest"]),
        (["[0-9].?"], ["1.0"]),
    ],
)
def test_patterns(patterns: list[str], passing: list[str]) -> None:
    globs = Globs("--tag-glob", patterns)
    assert [name for name in ("1.0", "1.0-dev", "latest", "team/1.0") if globs.passes(name)] == passing
    assert bool(globs) is bool(patterns)


@pytest.mark.parametrize("pattern", ["", "!"])
def test_an_empty_pattern_is_a_mistake(pattern: str) -> None:
    with pytest.raises(UsageError, match="--tag-glob"):
        wanted(tags=[pattern])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("36h", NOW - timedelta(hours=36)),
        ("30d", NOW - timedelta(days=30)),
        ("2w", NOW - timedelta(days=14)),
        ("1y", NOW - timedelta(days=365)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T06:00:00+02:00", datetime(2026, 1, 31, 4, tzinfo=UTC)),
        ("2026-01-31 06:00", datetime(2026, 1, 31, 6, tzinfo=UTC)),
    ],
)
def test_ages_and_dates(text: str, expected: datetime) -> None:
    assert moment(text, NOW) == expected


@pytest.mark.parametrize(
    "text", ["30", "d", "-3d", "yesterday", "2026-13-01", "20260131", "999999y", "2026-01-31T99:00"]
)
def test_what_is_neither_is_a_mistake(text: str) -> None:
    with pytest.raises(UsageError, match="give an age, as 36h"):
        moment(text, NOW)


def test_newest_is_a_number() -> None:
    with pytest.raises(UsageError, match="--newest -1"):
        wanted(newest=-1)
    assert not wanted().dated
    assert wanted(newest=1).dated
    assert wanted(since="1d").dated


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02T03:04:05+01:00", datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", None),
        ("1980-01-01T00:00:01Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("last week", None),
        (1700000000, None),
        (None, None),
        ("2026-01-02T" + "9" * 10_000, None),
    ],
)
def test_when_an_image_was_made(created: object, expected: datetime | None) -> None:
    assert made(created) == expected


def test_the_order_of_tags() -> None:
    tags = ["latest", "1", "1.2", "1.2-alpine", "1.9.0", "1.10.0", "2", "main", "v1.9", "v1.10"]
    mixed = random.Random(1).sample(tags, len(tags))
    assert sorted(mixed, key=natural) == tags
