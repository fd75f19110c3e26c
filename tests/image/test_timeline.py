"""What becomes of bytes over the layers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.image.paths import PathSet, ancestors
from imagelint.image.timeline import Timeline
from imagelint.stream import limits
from tests.imagemaker import layer_tar


def timeline(*layers: Sequence[dict[str, Any]]) -> Timeline:
    results = []
    for index, entries in enumerate(layers):
        data = layer_tar(entries)
        results.append(read_layer(Layer(index, "", "", -1, "", partial(io.BytesIO, data)), None))
    return Timeline(results)


A = {"path": "d/a", "content": "x"}
SOMETHING = {"path": "other"}


@pytest.mark.parametrize(
    ("later", "status", "by"),
    [
        ([[SOMETHING]], "present", -1),
        ([[SOMETHING], [{"path": "d/.wh.a"}]], "deleted", 2),
        ([[{"path": ".wh.d"}]], "deleted", 1),
        ([[{"path": "d/.wh.a"}, A]], "deleted", 1),
        ([[{"path": "d/.wh.a"}], [A]], "deleted", 1),
        ([[A]], "overwritten", 1),
        ([[{"path": "d/a/", "type": "dir"}]], "overwritten", 1),
        ([[{"path": "d", "type": "symlink", "link": "e"}, {"path": "d/a"}]], "overwritten", 1),
        ([[{"path": "d/", "type": "dir", "mode": 0o700}]], "present", -1),
        ([[{"path": "d/.wh..wh..opq"}]], "hidden", 1),
        ([[{"path": "d/b"}, {"path": "d/.wh..wh..opq"}]], "hidden", 1),
        ([[{"path": ".wh..wh..opq"}]], "hidden", 1),
        ([[{"path": "d/.wh.never"}, {"path": ".wh.dd"}, {"path": ".wh..wh.plnk", "type": "dir"}]], "present", -1),
        ([[{"path": ".", "type": "file"}]], "present", -1),
    ],
)
def test_the_status_of_a_file_in_the_lowest_layer(later: list[list[dict[str, Any]]], status: str, by: int) -> None:
    life = timeline([A], *later).status(b"d/a", 0)
    assert (life.status, life.by) == (status, by)


def test_marks_do_not_act_on_their_own_layer() -> None:
    line = timeline([A], [{"path": "d/.wh..wh..opq"}, {"path": "d/.wh.b"}, {"path": "d/b"}, A])
    assert line.status(b"d/b", 1).status == "present"
    assert line.status(b"d/a", 1).status == "present"
    assert line.status(b"d/a", 0).status == "hidden"


def test_bytes_live_on_under_a_hard_link() -> None:
    link = {"path": "b", "type": "hardlink", "link": "d/a"}
    same = timeline([A, link], [{"path": "d/.wh.a"}])
    assert (same.status(b"d/a", 0, 1).status, same.status(b"d/a", 0, 1).name) == ("present", b"b")
    assert timeline([A, link], [{"path": "d/.wh.a"}, {"path": ".wh.b"}]).status(b"d/a", 0, 1).status == "deleted"
    assert timeline([A], [link], [{"path": "d/.wh.a"}]).status(b"d/a", 0, 1).status == "present"
    assert timeline([A], [{"path": "d/.wh.a"}], [link]).status(b"d/a", 0, 1).status == "deleted"
    replaced = timeline([A, link, A])
    assert replaced.status(b"d/a", 0, 1, 3).status == "present"
    assert timeline([A, A]).status(b"d/a", 0, 1, 2).status == "overwritten"


def test_links_in_circles_end() -> None:
    circle = [{"path": "a", "type": "hardlink", "link": "b"}, {"path": "b", "type": "hardlink", "link": "a"}]
    line = timeline(circle, circle, [{"path": ".wh.a"}, {"path": ".wh.b"}])
    assert line.status(b"a", 0).status in ("deleted", "overwritten")
    assert line.status(b"b", 1).status == "deleted"


def test_the_trail_of_a_path() -> None:
    line = timeline([A], [A], [{"path": ".wh.d"}], [A], [A], [{"path": "d/.wh..wh..opq"}])
    steps = [(event.kind, event.layer, event.path) for event in line.steps(b"d/a", {1})]
    assert steps == [
        ("introduced", 0, b"d/a"),
        ("changed", 1, b"d/a"),
        ("deleted", 2, b"d"),
        ("introduced", 3, b"d/a"),
        ("changed", 4, b"d/a"),
        ("hidden", 5, b"d"),
    ]
    overwritten = timeline([A], [A], [SOMETHING], [{"path": "d", "content": ""}])
    assert [(event.kind, event.layer) for event in overwritten.steps(b"d/a", {0})] == [
        ("introduced", 0),
        ("overwritten", 1),
        ("overwritten", 3),
    ]
    assert [event.kind for event in timeline([A, A]).steps(b"d/a", {0}, {0})] == ["introduced", "overwritten"]


def test_a_path_set_of_many_runs() -> None:
    paths = PathSet()
    for n in range(200_000):
        paths.add(b"p/%d" % n)
    assert all(b"p/%d" % n in paths for n in range(0, 200_000, 997))
    assert b"p/200000" not in paths
    assert len(paths) == 200_000


def test_ancestors_of_deep_paths_are_bounded() -> None:
    assert ancestors(b"a/b/c") == [b"", b"a", b"a/b"]
    assert ancestors(b"a") == [b""]
    assert ancestors(b"") == []
    assert len(ancestors(b"d/" * 10_000 + b"f")) == limits.PATH_DEPTH
