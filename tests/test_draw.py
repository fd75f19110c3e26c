"""bench/draw.py counts the kept verdicts, and says what of them does not hold any more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(REPOSITORY / "bench")
    import draw

    return draw


def row(file: str, line: int, verdict: str = "right") -> dict[str, Any]:
    return {"file": file, "rule": "a-rule", "line": line, "verdict": verdict}


def test_the_share_counts_contested_findings_as_not_right(draw: Any) -> None:
    kept = [row("a", 1), row("a", 2, "contested"), row("a", 3, "wrong"), row("a", 4)]
    lines, amiss = draw.share([row("a", 1), row("a", 2), row("a", 4), row("a", 5)], {"a"}, kept)
    assert "| a-rule | 4 | 4 | 2 |" in lines
    assert lines[-2:] == ["judged 4: 2 right, 50.0 %", "of the 2 others, 1 are not said any more"]
    assert amiss == []


def test_a_lost_finding_and_an_unknown_file_are_named(draw: Any) -> None:
    # Two findings of a rule on one line are two: one that is left does not answer for both.
    kept = [row("a", 1), row("a", 1), row("gone", 7)]
    _, amiss = draw.share([row("a", 1)], {"a"}, kept)
    assert amiss == ["no such file: gone", "judged right, not found any more: a-rule, line 1 of a"]


@pytest.mark.parametrize(
    "kept", [{"verdict": "fine"}, {"verdict": "wrong"}, {"verdict": "right", "reason": "it is"}], ids=str
)
def test_a_verdict_that_is_none_is_refused(draw: Any, tmp_path: Path, kept: dict[str, str]) -> None:
    path = tmp_path / "judged.jsonl"
    path.write_text(json.dumps(row("a", 1) | kept) + "\n")
    with pytest.raises(SystemExit, match=r"judged\.jsonl:1: a verdict is"):
        draw.judged(path)


@pytest.mark.parametrize("draws", [1, 2])
def test_the_kept_draws_are_whole_and_95_of_100_are_right(draw: Any, draws: int) -> None:
    kept = draw.judged(REPOSITORY / f"bench/judged-{draws}.jsonl")
    assert len(kept) == 200
    assert sum(one["verdict"] == "right" for one in kept) >= 190
