"""Layers that several images of a target have in common are read once, and every image has them all the same."""

from __future__ import annotations

import io
import multiprocessing
import pickle
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from imagelint import targets
from imagelint.engine.compiled import load
from imagelint.findings import Report
from imagelint.image import reading
from imagelint.image.ahead import Tell
from imagelint.image.model import Image, Layer
from imagelint.image.paths import Allowance
from imagelint.image.reading import read_image
from imagelint.image.result import LayerResult
from imagelint.image.shared import Shared
from imagelint.scan_options import Options
from imagelint.scanning import scan
from imagelint.secrets.standing import Text, within
from imagelint.stream import limits
from tests.alone import alone
from tests.imagemaker import Recipe, archive, docker_archive, dumps, layer_tar, oci_layout, sha256
from tests.material import rsa_key
from tests.plain import plain

BASE = [{"path": "srv/id_rsa", "content": rsa_key(71)}, {"path": "etc/shadow", "content": "root::1:0:99999:7:::\n"}]
RECIPES = [
    Recipe(layers=[BASE, [{"path": "srv/.wh.id_rsa"}]], tags=["one:1"], platform="linux/amd64"),
    Recipe(layers=[[{"path": "bin/su", "mode": 0o4755}], BASE], tags=["two:1"], platform="linux/arm64"),
]


def report(path: Path | str) -> Report:
    return scan([str(path)], Options(rules=load(), profile="strict"))


def findings(of: Report) -> list[Any]:
    return sorted(({**plain(finding), "target": ""} for finding in of.findings), key=repr)


@pytest.mark.parametrize("layout", ["old", "25", "29", "oci"])
def test_images_of_one_target(tmp_path: Path, layout: str) -> None:
    def write(name: str, *recipes: Recipe) -> Path:
        if layout == "oci":
            return oci_layout(tmp_path / name, *recipes, nested=True)
        return docker_archive(tmp_path / name, *recipes, layout=layout)

    both = report(write("both", *RECIPES))
    apart = [report(write(f"apart-{number}", recipe)) for number, recipe in enumerate(RECIPES)]
    # The old layout, as it is made here, has the layer's bytes twice: what lies elsewhere is read.
    twice = layout == "old"
    assert (both.stats["images"], both.stats["layers"], both.stats["layers_read"]) == (2, 4, 3 + twice)
    assert sum(alone.stats["layers_read"] for alone in apart) == 4
    base = 0 if twice else len(layer_tar(BASE))
    assert both.stats["bytes"] == sum(alone.stats["bytes"] for alone in apart) - base
    assert findings(both) == sorted((found for alone in apart for found in findings(alone)), key=repr)
    keys = [found for found in both.findings if found.rule == "pem-private-key"]
    assert [(found.status, found.layer and found.layer.index) for found in keys] == [("deleted", 0), ("present", 1)]


def test_an_old_archive_that_claims_the_same_layer_elsewhere_is_read(tmp_path: Path) -> None:
    """A configuration may say that other bytes have the diff_id of a layer that was read: only the same bytes count."""
    liar = Recipe(layers=[BASE], tags=["liar:1"])
    images = [image for image in targets.expand(str(two_places(tmp_path, liar))) if isinstance(image, Image)]
    assert images[0].layers[0].diff_id == images[1].layers[0].diff_id
    assert images[0].layers[0].same != images[1].layers[0].same
    both = report(tmp_path / "image.tar")
    assert both.stats["layers_read"] == 2
    assert [skip.place.partition(" sha")[0] for skip in both.incomplete] == ["layer 0"]


def two_places(folder: Path, recipe: Recipe) -> Path:
    """An archive of the old layout with two images of one configuration, the second with other bytes."""
    name = sha256(recipe.document()).removeprefix("sha256:") + ".json"
    items = [{"Config": name, "RepoTags": [f"app:{n}"], "Layers": [f"{n}/layer.tar"]} for n in "12"]
    other = layer_tar([{"path": "other", "content": rsa_key(72)}])
    files: dict[str, bytes | str] = {name: recipe.document(), "1/layer.tar": recipe.tars()[0], "2/layer.tar": other}
    path = folder / "image.tar"
    path.write_bytes(archive({**files, "manifest.json": dumps(items)}))
    return path


def images_of(layers: Sequence[str], times: int) -> list[Image]:
    def open_() -> BinaryIO:
        return io.BytesIO()

    made = [Layer(number, "", "", -1, "", open_, same=name) for number, name in enumerate(layers)]
    return [Image("app", "", "", {}, layers=list(made)) for _ in range(times)]


def result(index: int, paths: int = 0) -> LayerResult:
    made = LayerResult(index, digest=f"sha256:{index}", bytes_in=7, limited=[(f"layer {index} sha256:x", "a zip")])
    for number in range(paths):
        made.files.add(b"%d" % number)
    return made


def test_a_result_is_held_until_the_last_image_that_needs_it() -> None:
    images = images_of(["a", "b"], 3)
    shared = Shared(layer.same for image in images for layer in image.layers)
    first = [result(0), result(1)]
    shared.through(images[0], first, hold=True)
    for image in images[1:]:
        taken = shared.take(replace(image.layers[0], index=4), Allowance())
        assert taken is not None
        assert (taken.index, taken.shared, taken.limited) == (4, True, [("layer 4 sha256:x", "a zip")])
        assert taken.files is first[0].files
        shared.through(image, first, hold=True)
    assert shared.take(images[0].layers[0], Allowance()) is None
    assert first[0].limited == [("layer 0 sha256:x", "a zip")]


def test_what_an_image_says_of_a_layer_must_be_so() -> None:
    images = images_of(["a"], 3)
    shared = Shared(layer.same for image in images for layer in image.layers)
    shared.through(images[0], [result(0)], hold=True)
    layer = images[1].layers[0]
    for wrong in ({"digest": "sha256:9"}, {"diff_id": "sha256:9"}, {"size": 8}):
        assert shared.take(replace(layer, **wrong), Allowance()) is None
    assert shared.take(replace(layer, digest="sha256:0", size=7), Allowance()) is not None


def test_nothing_with_a_hole_and_no_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SHARED_BYTES", 800)
    images = images_of(["hole", "large", "small"], 2)
    shared = Shared(layer.same for image in images for layer in image.layers)
    hole = replace(result(0), incomplete=[("layer 0", "cut")])
    shared.through(images[0], [hole, result(1, 101), result(2, 99)], hold=True)
    assert [shared.take(layer, Allowance()) is not None for layer in images[1].layers] == [False, False, True]


def test_what_was_worked_out_of_a_result_stays_in_this_process() -> None:
    """Values that were looked for are in it."""
    made, value = result(0), "the-value-" * 3
    assert within([Text(value.__str__, made.derived.small)], [value]) == [[value]]
    assert value.encode() in pickle.dumps(made.derived.small)
    assert value.encode() not in pickle.dumps(made)
    assert pickle.dumps(made.derived) == pickle.dumps(result(0).derived)


def test_a_result_is_charged_to_every_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PATHS", 150)
    images = images_of(["a"], 2)
    shared = Shared(["a", "a"])
    shared.through(images[0], [result(0, 100)], hold=True)
    allowance = Allowance()
    assert shared.take(images[1].layers[0], allowance) is not None
    assert shared.take(images[1].layers[0], allowance) is None
    assert allowance.take("paths", 50)


def images_with_their_own(own: int) -> list[Image]:
    """Images with a common layer, and one of their own each."""
    made = [images_of(["base", f"own{number}"], 1)[0] for number in range(own)]
    for image in made:
        image.layers = [replace(layer, index=index) for index, layer in enumerate(image.layers)]
    shared = Shared(layer.same for image in made for layer in image.layers)
    for image in made:
        image.shared = shared
    shared.coming(made)
    return made


def test_layers_of_later_images_are_read_ahead_and_each_once() -> None:
    images = images_with_their_own(5)
    begun: list[str] = []
    at_once: set[str] = set()
    meeting = threading.Barrier(2)

    def read(layer: Layer, allowance: Allowance) -> LayerResult:
        begun.append(layer.same)
        if layer.same in ("own1", "own2"):  # of two images: neither is through without the other
            meeting.wait(30)
            at_once.add(layer.same)
        return LayerResult(layer.index, digest=layer.same)

    for number, image in enumerate(images):
        results = read_image(image, read, Allowance(), 2)
        assert [one.digest for one in results] == ["base", f"own{number}"]
        assert [one.shared for one in results] == [number > 0, False]
    assert sorted(begun) == ["base", *(f"own{number}" for number in range(5))]
    assert at_once == {"own1", "own2"}


def test_nothing_is_begun_far_ahead_of_a_layer_that_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AHEAD", 4)
    begun: set[str] = set()
    full = threading.Event()

    def read(layer: Layer, allowance: Allowance) -> LayerResult:
        begun.add(layer.same)
        if layer.same == "base":
            full.wait(0.5)
            assert begun <= {"base", "own0", "own1", "own2"}
        return LayerResult(layer.index, digest=layer.same)

    for image in images_with_their_own(20):
        assert read_image(image, read, Allowance(), 3)[0].digest == "base"
    assert len(begun) == 21


@alone
def test_workers_go_on_while_an_image_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WORTH_IT", 0)
    monkeypatch.setattr(limits, "AHEAD", 6)
    images = images_with_their_own(20)
    begun = multiprocessing.get_context("fork").Value("i", 0)

    def read(layer: Layer, allowance: Allowance) -> LayerResult:
        with begun.get_lock():
            begun.value += 1
        return LayerResult(layer.index, digest=layer.same)

    shared = images[0].shared
    assert shared is not None
    read_image(images[0], read, Allowance(), 2)
    for _ in range(100):
        shared.gather()
        time.sleep(0.01)
    # Those that are held, those that are on their way, and those of the first image.
    assert 6 <= begun.value <= 6 + 2 * 2 + 2
    for image in images[1:]:
        assert len(read_image(image, read, Allowance(), 2)) == 2
    assert begun.value == 21


def test_what_was_read_ahead_and_is_not_asked_for_is_let_go_of() -> None:
    images = images_with_their_own(3)
    shared = images[0].shared
    assert shared is not None
    read_image(images[0], lambda layer, _: LayerResult(layer.index), Allowance(), 2)
    shared.coming(())
    assert shared.take(images[1].layers[1], Allowance()) is None


def test_one_that_costs_an_image_too_much_is_read_for_it_alone() -> None:
    images = images_with_their_own(2)
    shared = images[0].shared
    assert shared is not None

    def reader(layers: Sequence[Layer], tell: Tell | None) -> Iterator[tuple[Layer, LayerResult]]:
        for layer in layers:
            yield layer, result(layer.index, paths=8)

    shared.read_ahead(images[0], images[0].layers, reader, None)
    small = Allowance()
    assert small.take("paths", limits.PATHS - 7)
    assert shared.take(images[0].layers[0], small) is None
    assert shared.take(images[0].layers[1], Allowance()) is not None


def test_what_could_not_be_had_is_asked_for_once_where_that_is_wanted() -> None:
    """A registry that does not give a layer is not asked for it by each image; what another image says wrongly of a
    layer's bytes is not held against this one."""
    gone = LayerResult(0, incomplete=[("layer 0 sha256:a", "gone")])
    wrong = LayerResult(0, digest="sha256:a", bytes_in=7, incomplete=[("layer 0 sha256:a", "diff_id")])
    for lasting, held in ((False, None), (True, gone), (True, wrong)):
        images = images_of(["a"], 2)
        for image in images:
            image.layers = [replace(image.layers[0], digest="sha256:a")]
        shared = Shared("aa")
        shared.lasting = lasting
        shared.through(images[0], [held or gone], hold=True)
        taken = shared.take(replace(images[1].layers[0], index=3), Allowance())
        if held is gone:
            assert taken is not None
            assert taken.incomplete == [("layer 3 sha256:a", "gone")]
        else:
            assert taken is None
