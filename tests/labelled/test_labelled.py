"""Over 90% of the labelled secrets are found, under 5% of the labelled look-alikes are flagged."""

from __future__ import annotations

import pytest

from tests.labelled import lookalikes, secrets, tokens
from tests.labelled.score import Score, overlap, placed, score


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Score:
    return score(tmp_path_factory.mktemp("labelled"), 1)


def test_the_set_is_as_large_and_as_varied_as_it_claims() -> None:
    clean, planted = lookalikes(1), secrets(1)
    assert len({one.text for one in clean}) >= 2000
    assert len({one.sort for one in clean}) >= 80
    assert all(one.why and not one.value for one in clean)
    assert len({one.value for one in planted}) >= 1000
    assert len(tokens()) >= 80
    assert [one for one in planted if len(one.value) < 5 or one.value not in one.text] == []


def test_a_seed_gives_the_same_set_for_ever() -> None:
    assert (lookalikes(2), secrets(2)) == (lookalikes(2), secrets(2))
    assert secrets(2) != secrets(3)


def test_secrets_are_found(scored: Score) -> None:
    assert scored.report["incomplete"] == []
    assert scored.recall > 0.90, [one.snippet.sort for one in scored.planted if not one.found]


def test_lookalikes_are_left_alone(scored: Score) -> None:
    assert scored.alarms < 0.05, [(one.snippet.sort, one.reports) for one in scored.clean if one.flagged]


@pytest.mark.parametrize(
    ("found", "planted", "same"),
    [
        ("line one\nline two", "line one\\nline two", True),
        ("amber", "YW1iZXI=", True),
        ("amber-and-more", "amber", True),
        ("amber", "walnut", False),
        ("a", "amber", False),
    ],
)
def test_what_counts_as_the_same_secret(found: str, planted: str, same: bool) -> None:
    assert overlap(found, planted) is same


def test_two_files_never_share_a_path() -> None:
    snippets = secrets(1)
    paths = dict(placed(snippets))
    assert list(paths.values()) == snippets
