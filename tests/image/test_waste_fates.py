"""The walk over all entries says of each what the timeline says of a path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.image import waste_fates
from imagelint.image.ledger import FOLDER
from imagelint.image.timeline import Timeline
from imagelint.image.waste_fates import Fates, is_mark, measured, repeated
from imagelint.stream import limits
from imagelint.stream.steps import COARSE
from tests.image.test_waste import results_of
from tests.imagemaker import layer_tar

PATHS = ["a", "b", "a/a", "a/b", "b/a", "a/a/a", "a/a/b"]
KINDS = ["file", "dir", "symlink", "gone", "opaque"]


def entry(path: str, kind: str) -> dict[str, Any]:
    folder, _, name = path.rpartition("/")
    if kind == "gone":
        return {"path": f"{folder}/.wh.{name}".lstrip("/")}
    return {"path": f"{path}/.wh..wh..opq"} if kind == "opaque" else {"path": path, "type": kind, "link": "x"}


LAYER = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(KINDS), max_size=5)


@settings(max_examples=150, deadline=None)
@given(st.lists(LAYER, min_size=1, max_size=5))
def test_every_entry_has_the_status_that_the_timeline_gives(layers: list[dict[str, str]]) -> None:
    tars = [layer_tar([entry(path, kind) for path, kind in layer.items()]) for layer in layers]
    results = results_of(*tars, measure=COARSE, compress="")
    timeline, fates = Timeline(results), Fates(results)
    for result, of in zip(results, fates.of, strict=True):
        ledger = measured(result)
        for number, path in enumerate(ledger.paths()):
            life, fate = timeline.status(path, result.index), of[number]
            if is_mark(path):
                assert fate is None
            elif ledger.types[number] == FOLDER and life.status == "overwritten" and fate is None:
                # a folder that is there again
                assert life.by > result.index
                assert path in results[life.by].folders
            elif ledger.types[number] != FOLDER or life.status == "present":
                found = (fate.kind, fate.by) if fate is not None else ("present", -1)
                assert found == (life.status, life.by), path


def test_numbers_that_are_there_more_than_once() -> None:
    assert repeated([3, -1, 3, 2, 2, 2, 7]) == {2, 3}
    assert repeated([]) == set()


def test_folders_are_followed_as_deep_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WASTE_DEPTH", 4)
    deep = [{"path": "/".join(["folder"] * depth + ["f"])} for depth in (1, 3, 9)]
    for gone, there in ((".wh.folder", 0), ("folder/folder/folder/folder/folder/.wh.folder", 3)):
        fates = Fates(results_of(layer_tar(deep), layer_tar([{"path": gone}])))
        assert fates.cut
        assert fates.of[0].count(None) == there
    assert not Fates(results_of(layer_tar(deep[:2]))).cut


def test_more_folders_than_are_kept_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WASTE_FOLDERS", 10)
    monkeypatch.setattr(waste_fates, "_HELD", 3)
    below = layer_tar([{"path": f"d{number}/x/f"} for number in range(20)])
    fates = Fates(results_of(below, layer_tar([{"path": ".wh.d3"}])))
    assert fates.cut
    assert [fate.kind if fate else "" for fate in fates.of[0]] == ["deleted" if n == 3 else "" for n in range(20)]
