"""Two builds of one image, made to the byte: which layers changed, what is transmitted, and why."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from imagelint.compared import MOVED, NEW, RECOMPRESSED, SAME, TWICE, Comparison
from imagelint.image.broken import First, Step, first_changed
from imagelint.report.compared_json import as_object
from tests.image.comparing import compared, image_at, lines
from tests.imagemaker import Recipe, docker_archive, oci_layout
from tests.material import password

LOW = [{"path": "bin/sh", "content": os.urandom(4000)}]
FIRST = [{"path": "srv/a", "content": os.urandom(3000)}, {"path": "srv/same", "content": os.urandom(5000)}]
SECOND = [{"path": "srv/b", "content": os.urandom(2000)}]
HISTORY = ("FROM example", "COPY a /srv # buildkit", "RUN /bin/sh -c make # buildkit")


def kit(*texts: str, empty: Sequence[int] = ()) -> list[dict[str, Any]]:
    """A history as BuildKit writes it."""
    comment = {"comment": "buildkit.dockerfile.v0"}
    return [{"created_by": text, **comment, "empty_layer": place in empty} for place, text in enumerate(texts)]


def pair(tmp_path: Path, new: Recipe, old: Recipe, **how: Any) -> Comparison:
    return compared(
        image_at(oci_layout(tmp_path / "new", new, **how)), image_at(oci_layout(tmp_path / "old", old)), base=None
    )


def states(found: Comparison) -> list[str]:
    return [change.state for change in found.layers]


def sizes(found: Comparison) -> list[int]:
    return [change.layer.size for change in found.layers]


def test_a_changed_layer_and_what_is_above_it(tmp_path: Path) -> None:
    """The sizes are those of the blobs, and the files that did not change are sent again."""
    other = [FIRST[1], {"path": "srv/a", "content": os.urandom(3000)}]
    new, old = (Recipe([LOW, middle, SECOND], history=kit(*HISTORY)) for middle in (other, FIRST))
    found = pair(tmp_path, new, old)
    assert states(found) == [SAME, NEW, MOVED]
    low, changed, above = sizes(found)
    assert (found.pull, found.saved, found.size(MOVED)) == (changed, low + above, above)
    assert [layer.index for layer in found.gone] == [1]
    assert found.broken is not None
    assert (found.broken.kind, found.broken.layer) == ("content", 1)
    assert found.broken.entry is not None
    assert found.broken.entry.created_by == "COPY a /srv # buildkit"
    assert found.resent is not None
    assert (found.resent.files, found.resent.size, found.resent.complete) == (1, 5000, True)
    assert 4900 < found.resent.compressed < 5300
    assert [path for _, path in found.resent.largest] == ["srv/same"]


def test_nothing_changed(tmp_path: Path) -> None:
    new = Recipe([LOW, FIRST], config={"Env": ["A=b"]})
    found = pair(tmp_path, new, Recipe([LOW, FIRST]))
    assert (states(found), found.pull, found.broken, found.gone) == ([SAME, SAME], 0, None, [])
    assert found.configured == ["Env"]
    assert "no layer has another content" in "\n".join(lines(found))


def test_the_same_layers_in_other_bytes_are_sent_again(tmp_path: Path) -> None:
    recipe = Recipe([LOW, FIRST])
    found = pair(tmp_path, recipe, recipe, compress="zstd")
    assert states(found) == [RECOMPRESSED, RECOMPRESSED]
    assert found.pull == found.size(RECOMPRESSED) == sum(sizes(found))
    assert found.broken is None
    assert found.resent is not None
    assert (found.resent.files, found.resent.size) == (3, 12000)
    text = "\n".join(lines(found))
    assert "some are compressed anew" in text
    assert "stored in other bytes" in text


def test_what_no_registry_stores_is_told_by_its_content(tmp_path: Path) -> None:
    """An archive has its layers as they are, and says nothing of how they would be sent."""
    new = image_at(docker_archive(tmp_path / "new.tar", Recipe([LOW, FIRST]), layout="25"))
    old = image_at(oci_layout(tmp_path / "old", Recipe([LOW, SECOND])))
    found = compared(new, old)
    assert (states(found), found.uncompressed) == ([SAME, NEW], 2)


def test_a_layer_that_is_there_twice_is_sent_once(tmp_path: Path) -> None:
    found = pair(tmp_path, Recipe([LOW, SECOND, SECOND]), Recipe([LOW]))
    assert states(found) == [SAME, NEW, TWICE]
    assert found.pull == sizes(found)[1]


def test_another_base(tmp_path: Path) -> None:
    high = [{"path": "bin/sh", "content": "2"}]
    new, old = Recipe([high, FIRST]), Recipe([LOW, FIRST])
    bases = [image_at(oci_layout(tmp_path / name, Recipe([layer]))) for name, layer in (("h", high), ("l", LOW))]
    found = compared(
        image_at(oci_layout(tmp_path / "new", new)), image_at(oci_layout(tmp_path / "old", old)), base=bases[0]
    )
    assert found.broken is not None
    assert found.broken.kind == "base"
    assert found.size(NEW, RECOMPRESSED, origin="base") == sizes(found)[0] == found.pull
    assert "the base image changed" in "\n".join(lines(found))
    assert found.base_changed is None  # of the old one it is not known


def test_every_text_of_an_image_is_harmless_and_masked(tmp_path: Path) -> None:
    secret = password(7)
    text = f"RUN |1 TOKEN={secret} /bin/sh -c echo '\x1b[31m' # buildkit"
    hostile = [{"path": "srv/\x1b[2J", "content": "x" * 400}]
    new = Recipe([LOW, [*hostile, {"path": "a", "content": "new"}]], history=kit("FROM x", text))
    old = Recipe([LOW, hostile], history=kit("FROM x", text.replace(secret, password(8))))
    found = pair(tmp_path, new, old)
    said = "\n".join(lines(found)) + json.dumps(as_object(found))
    assert secret not in said
    assert "\x1b" not in said
    assert "another value of TOKEN" in said
    assert "\\x1b[2J" in said


def test_as_an_object(tmp_path: Path) -> None:
    found = pair(tmp_path, Recipe([LOW, SECOND]), Recipe([LOW, FIRST]))
    told = json.loads(json.dumps(as_object(found)))
    assert [layer["state"] for layer in told["layers"]] == ["same", "new"]
    assert told["pull"]["bytes"] == found.pull > 0
    assert told["layers"][0]["was"] == 0
    assert len(told["gone"]) == 1
    assert told["broken"]["instruction"]["created_by"] == "RUN step 1"


def steps(*texts: str, buildkit: bool = True) -> list[Step]:
    """A text that begins with ! makes no layer."""
    return [Step(number, text.lstrip("!"), text.startswith("!"), buildkit) for number, text in enumerate(texts)]


RUN = "RUN |1 A=1 /bin/sh -c make # buildkit"
NOP = "/bin/sh -c #(nop)  "


@pytest.mark.parametrize(
    ("new", "old", "buildkit", "first"),
    [
        (["COPY . /app"], ["COPY . /app"], True, First("content", 0, 0)),
        (["!ENV A=2", "COPY . /app"], ["!ENV A=1", "COPY . /app"], True, First("content", 1, 1)),
        (["!ENV A=2", "RUN make"], ["!ENV A=1", "RUN make"], True, First("instruction", 0, 0)),
        (["!ARG A=2", "COPY . /app"], ["!ARG A=1", "COPY . /app"], True, First("content", 1, 1)),
        (["!ARG A=2", RUN.replace("1 /", "2 /")], ["!ARG A=1", RUN], True, First("argument", 0, 0, ["A"])),
        ([RUN.replace("=1", "=2")], [RUN], True, First("argument", 0, 0, ["A"])),
        ([RUN.replace("make", "make all")], [RUN], True, First("instruction", 0, 0)),
        (["!LABEL a=2", "RUN make"], ["!LABEL a=1", "RUN make"], True, First("content", 1, 1)),
        (
            [f"!{NOP}LABEL a=2", "/bin/sh -c make"],
            [f"!{NOP}LABEL a=1", "/bin/sh -c make"],
            False,
            First("instruction", 0, 0),
        ),
        (
            [f"{NOP}COPY dir:{'a' * 64} in /app "],
            [f"{NOP}COPY dir:{'b' * 64} in /app "],
            False,
            First("content", 0, 0),
        ),
        (["RUN a", "RUN b"], ["RUN b"], True, First("added", 0)),
        (["RUN b"], ["RUN a", "RUN b"], True, First("removed", 0, 0)),
        ([], ["RUN a"], True, First("removed", -1, 0)),
        (["!CMD a", "RUN a", "RUN c"], ["!CMD b", "RUN a", "RUN b"], True, First("instruction", 2, 2)),
    ],
)
def test_the_first_other_step(new: list[str], old: list[str], buildkit: bool, first: First) -> None:
    assert first_changed(steps(*new, buildkit=buildkit), steps(*old, buildkit=buildkit)) == first


def test_a_long_history_is_compared_one_by_one() -> None:
    many = [f"!ENV A={number}" for number in range(50_000)]
    found = first_changed(steps(*many, "RUN a"), steps(*many[:-1], "!ENV B=1", "RUN a"))
    assert found == First("instruction", 49_999, 49_999)
