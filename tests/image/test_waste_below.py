"""Waste of layers that an image has in common with the one before it: the same as if each image were alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.image.result import LayerResult
from imagelint.image.subjects_waste import Told, as_told
from imagelint.image.waste_below import Below
from imagelint.stream.steps import COARSE
from tests.image.test_waste import results_of
from tests.imagemaker import layer_tar

PATHS = ["tmp/a", "tmp/b", "tmp/b/c", "tmp", "var/cache/apt/x", "var/cache/apt", "srv/a", "srv/a/b", "srv/c"]
KINDS = ["file", "file", "dir", "symlink", "gone", "opaque", "hardlink"]
ENTRIES = st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(KINDS), st.sampled_from(PATHS)), max_size=4)


def layer(entries: Sequence[tuple[str, str, str]], index: int) -> LayerResult:
    made: list[dict[str, Any]] = []
    for path, kind, link in entries:
        folder, _, name = path.rpartition("/")
        if kind == "gone":
            made.append({"path": f"{folder}/.wh.{name}".lstrip("/")})
        elif kind == "opaque":
            made.append({"path": f"{path}/.wh..wh..opq"})
        else:
            made.append({"path": path, "type": kind, "link": link, "content": b"x" * 600 if kind == "file" else b""})
    result: LayerResult = results_of(layer_tar(made), measure=COARSE, compress="")[0]
    result.index = index
    return result


def same(found: list[Told]) -> list[Told]:
    return sorted(found, key=lambda one: (one[0].kind, one[0].layer, one[0].by, one[0].path, one[0].size))


@settings(max_examples=200, deadline=None)
@given(lowest=st.lists(ENTRIES, max_size=3), others=st.lists(st.lists(ENTRIES, max_size=2), min_size=2, max_size=4))
def test_the_same_as_of_each_image_alone(
    lowest: list[list[tuple[str, str, str]]], others: list[list[list[tuple[str, str, str]]]]
) -> None:
    below: Below[Told] = Below()
    common = [layer(entries, index) for index, entries in enumerate(lowest)]
    for other in others:
        layers = common + [layer(entries, index) for index, entries in enumerate(other, len(common))]
        assert same(below.told(layers, len(common), as_told)) == same(as_told(layers))


def count(again: int, *images: Sequence[LayerResult]) -> list[int]:
    """How many layers were looked at anew for each image."""
    below: Below[Told] = Below()
    looked: list[int] = []

    def tell(layers: Sequence[LayerResult]) -> list[Told]:
        looked[-1] += len(layers)
        return as_told(layers)

    for number, image in enumerate(images, 1):
        looked.append(0)
        assert same(below.told(image, again if number < len(images) else 0, tell)) == same(as_told(image))
    return looked


def test_what_images_have_in_common_is_looked_at_once() -> None:
    lowest = [layer([("tmp/a", "file", "")], 0), layer([("tmp/b", "file", ""), ("tmp/.wh.a", "file", "")], 1)]
    apart = [layer([(f"srv/{number}", "file", "")], 2) for number in range(4)]
    assert count(2, *([*lowest, one] for one in apart)) == [3, 1, 1, 1]
    assert count(3, *([*lowest, one] for one in apart)) == [3, 1, 1, 1]
    assert count(0, *([*lowest, one] for one in apart)) == [3, 3, 3, 3]
    deletes = layer([("tmp/b", "gone", "")], 2)
    assert count(2, [*lowest, apart[0]], [*lowest, deletes], [*lowest, apart[2]]) == [3, 3, 1]


def test_other_layers_or_other_places_are_looked_at_anew() -> None:
    one, two, top = (layer([(f"tmp/{number}", "file", "")], number) for number in range(3))
    other = layer([("tmp/9", "file", "")], 1)
    assert count(2, [one, two, top], [one, other, top], [one, two, top]) == [3, 3, 3]
    assert count(2, [one, two, top], [one, two]) == [3, 2]
    moved = layer([("tmp/0", "file", "")], 0)
    moved.derived = two.derived
    assert count(1, [one, top], [moved, top]) == [2, 2]


def test_links_over_the_border_between_them() -> None:
    """A package manager's cache is of use where a link outside leads to it."""
    lowest, plain = layer([("var/cache/apt/x", "file", "")], 0), layer([("srv/c", "file", "")], 1)
    links = layer([("srv/a", "hardlink", "var/cache/apt/x")], 1)
    assert [len(as_told([lowest, top])) for top in (plain, links)] == [1, 0]
    assert count(1, [lowest, plain], [lowest, links], [lowest, plain]) == [2, 2, 1]
    dangling, file = layer([("srv/a", "hardlink", "var/cache/apt/x")], 0), layer([("var/cache/apt/x", "file", "")], 1)
    assert as_told([dangling, file]) == []
    assert count(1, [dangling, plain], [dangling, file], [dangling, file]) == [2, 2, 2]
