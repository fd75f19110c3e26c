"""Base or own: what counts as evidence, what does not, and what is done with it."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from imagelint.cli import run
from imagelint.image.model import History, Image, Layer
from imagelint.image.origin import Known, origins
from imagelint.image.provenance import Traced
from imagelint.image.shared import Shared
from tests.imagemaker import Recipe, docker_archive, oci_layout
from tests.material import password, rsa_key

Layers = list[list[dict[str, Any]]]
BASE_KEY, OWN_KEY, BOTH_KEY = rsa_key(81), rsa_key(82), rsa_key(83)
BELOW: list[dict[str, Any]] = [{"path": "etc/base.key", "content": BASE_KEY}, {"path": "usr/bin/odd", "mode": 0o4755}]
SHARED: dict[str, Any] = {"path": "etc/both.key", "content": BOTH_KEY}
LOW: Layers = [[*BELOW, SHARED], [{"path": "etc/release", "content": "1"}]]
LOW_HISTORY: list[str | dict[str, Any]] = [
    "ADD rootfs.tar /",
    {"created_by": 'CMD ["sh"]', "empty_layer": True},
    "RUN step",
]
OWN: Layers = [
    [{"path": "srv/own.key", "content": OWN_KEY}],
    [{"path": "srv/both.key", "content": BOTH_KEY}],
]
OWN_ENV: dict[str, Any] = {"created_by": f"ENV DB_PASSWORD={password(84)}", "empty_layer": True}
APP = Recipe(
    [*LOW, *OWN],
    config={"User": "app", "Env": [f"DB_PASSWORD={password(84)}"]},
    history=[*LOW_HISTORY, OWN_ENV, "COPY own.key /srv/ # buildkit", "COPY both.key /srv/ # buildkit"],
    tags=["app:1"],
)
BASE = Recipe(LOW, history=LOW_HISTORY, tags=["debian:12"])


def scan(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = run(["scan", "--no-config", "--no-progress", "--jobs", "1", *words])
    return status, out.getvalue()


def report(*words: str, status: int = 1) -> dict[str, Any]:
    code, out = scan(*words, "--format", "json")
    assert code == status, out
    found: dict[str, Any] = json.loads(out)
    return found


def sides(found: dict[str, Any]) -> dict[str, str]:
    return {one["path"]: one.get("layer", {}).get("origin", "") for one in found["findings"]}


@pytest.fixture
def app(tmp_path: Path) -> str:
    return str(docker_archive(tmp_path / "app.tar", APP, layout="25"))


@pytest.fixture
def base(tmp_path: Path) -> str:
    return str(docker_archive(tmp_path / "base.tar", BASE, layout="old"))


def test_every_platform_has_its_base(tmp_path: Path) -> None:
    arm = [[{"path": "etc/arm"}], [{"path": "srv/arm.key", "content": OWN_KEY}]]
    app = oci_layout(
        tmp_path / "app", APP, Recipe(arm, {"User": "app"}, platform="linux/arm64/v8", tags=["app:1"]), nested=True
    )
    below = Recipe(arm[:1], platform="linux/arm64", tags=["debian:12"])
    found = report(f"oci:{app}", "--base", f"oci:{oci_layout(tmp_path / 'low', BASE, below, nested=True)}")
    assert [(image["platform"], image["base_layers"]) for image in found["images"]] == [
        ("linux/amd64", 2),
        ("linux/arm64/v8", 1),
    ]
    assert sides(found)["srv/arm.key"] == "own"
    only = report(f"oci:{app}", "--base", f"oci:{oci_layout(tmp_path / 'amd', BASE)}", status=3)
    assert [image.get("base_layers") for image in only["images"]] == [2, None]
    assert only["incomplete"][0]["reason"].startswith("there is no image for linux/arm64/v8")


def test_nothing_is_guessed(app: str) -> None:
    found = report(app)
    assert set(sides(found).values()) == {""}
    assert "base_layers" not in found["images"][0]


@pytest.mark.parametrize("kind", ["archive", "oci"])
def test_the_base_image_that_the_user_names(app: str, base: str, tmp_path: Path, kind: str) -> None:
    name = "debian:12"
    if kind == "oci":  # whose tag is a version alone: it is called as the user calls it
        name = base = f"oci:{oci_layout(tmp_path / 'layout', BASE)}"
    found = report(app, "--base", base)
    theirs, ours = ["etc/base.key", "usr/bin/odd", "etc/both.key"], ["srv/own.key", "ENV DB_PASSWORD"]
    assert sides(found) == dict.fromkeys(theirs, "base") | dict.fromkeys(ours, "own")
    (image,) = found["images"]
    assert (image["base"], image["base_layers"]) == (name, 2)
    by_path = {one["path"]: one for one in found["findings"]}
    brings = f"The base image {name} brings it: take a newer tag or another base, or "
    assert by_path["etc/base.key"]["remedy"] == brings + "ask whoever builds it"
    assert by_path["usr/bin/odd"]["remedy"] == brings + "change it in a RUN of your own"
    assert by_path["etc/both.key"]["message"].endswith("; it lies in the base image's layers and in this image's own")
    assert by_path["etc/both.key"]["remedy"].endswith(f". The base image {name} has it too: change both")
    assert "base image" not in by_path["srv/own.key"]["remedy"]
    assert (found["incomplete"], found["limited"]) == ([], [])


def test_own_alone_leaves_out_and_counts(app: str, base: str) -> None:
    found = report(app, "--base", base, "--own")
    assert set(sides(found)) == {"etc/both.key", "srv/own.key", "ENV DB_PASSWORD"}
    assert found["stats"]["base"] == 2
    assert found["limited"] == []
    text = scan(app, "--base", base, "--own")[1]
    assert "2 findings in the base image's layers are left out (--own)" in text
    assert "base" not in report(app)["stats"]
    few = report(
        app, "--base", base, "--own", "--select", "setuid-file,pem-private-key", "--status", "deleted", status=0
    )
    assert (few["findings"], few["stats"]["base"]) == ([], 0)


def test_own_without_a_known_base_says_so_and_leaves_nothing_out(app: str) -> None:
    found = report(app, "--own")
    assert len(found["findings"]) == 5
    assert found["stats"]["base"] == 0
    (limited,) = found["limited"]
    assert (limited["place"], "--base IMAGE tells" in limited["reason"]) == ("--own", True)
    assert report(app, "--own", "--strict-coverage", status=3)["findings"] == found["findings"]


def test_no_base_at_all(app: str) -> None:
    found = report(app, "--base", "scratch", "--own")
    assert set(sides(found).values()) == {"own"}
    assert found["images"][0]["base_layers"] == 0
    assert found["limited"] == []


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ([LOW[0], [{"path": "etc/release", "content": "2"}]], "layer 1 is sha256:"),
        ([*LOW, *OWN, *OWN], "it has 6 layers, and this one 4"),
    ],
)
def test_another_image_than_the_base(app: str, tmp_path: Path, layers: list[Any], reason: str) -> None:
    other = docker_archive(tmp_path / "other.tar", Recipe(layers, tags=["debian:13"]))
    found = report(app, "--base", str(other))
    assert set(sides(found).values()) == {""}
    (limited,) = found["limited"]
    assert limited["place"] == "--base debian:13"
    assert limited["reason"].startswith("the image was not built on it: ")
    assert reason in limited["reason"]
    assert "base" not in found["images"][0]


def test_a_base_that_cannot_be_read(app: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    arm = docker_archive(tmp_path / "arm.tar", Recipe(LOW, platform="linux/arm64"))
    both = docker_archive(tmp_path / "both.tar", BASE, APP)
    broken = docker_archive(tmp_path / "broken.tar", BASE)
    broken.write_bytes(broken.read_bytes().replace(b'"diff_ids"', b'"diff_idz"'))
    for name, reason in (
        (f"{tmp_path}/none.tar", "there is no such file"),
        (f"oci:{tmp_path}/none", "cannot be read: No such file"),
        (str(arm), "there is no image for linux/amd64; there are linux/arm64"),
        (str(tmp_path / "Dockerfile"), "it is a Dockerfile, not an image"),
        (str(both), "it names several images: name one of them"),
        ("docker:", "it names several images: name one of them"),
        (str(broken), "the configuration"),
    ):
        found = report(app, "--base", name, status=3)
        assert len(found["findings"]) == 5, name
        (hole,) = found["incomplete"]
        assert hole["place"] == f"--base {name}"
        assert reason in hole["reason"], (name, hole)


def test_a_name_alone_says_nothing_of_layers(tmp_path: Path) -> None:
    named = Recipe(APP.layers, APP.config, APP.history, annotations={"org.opencontainers.image.base.name": "debian:12"})
    layout = str(oci_layout(tmp_path / "layout", named))
    found = report(layout, "--own")
    (image,) = found["images"]
    assert (image["base"], "base_layers" in image) == ("debian:12", False)
    assert found["limited"][0]["reason"].endswith("; --base debian:12 tells")


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "x" * 513])
def test_what_is_no_name(name: str) -> None:
    image = Image("app", "", "", {}, annotations={"org.opencontainers.image.base.name": name})
    assert origins(image, ()).name == ""


def test_a_name_and_the_image_of_that_name_beside_it() -> None:
    image = Image("app:1", "", "", {}, layers=[_layer(n) for n in "abc"])
    image.shared = Shared([])
    image.shared.known = [
        Known(("debian:12",), ("a", "b")),
        Known(("debian:13",), ("a",)),
        Known(("app:1",), tuple("abc")),
    ]
    assert origins(image, "abc").layers == -1
    taken = ["pkg:docker/docker/dockerfile@1", "pkg:docker/debian@12?platform=linux%2Famd64"]
    found = origins(image, "abc", None, taken)
    assert (found.name, found.layers) == ("debian:12", 2)
    image.annotations = {"org.opencontainers.image.base.name": "docker.io/library/debian:13"}
    found = origins(image, "abc")
    assert (found.name, found.layers) == ("docker.io/library/debian:13", 1)
    image.annotations = {"org.opencontainers.image.base.name": "app:1"}
    assert origins(image, "abc").layers == -1, "an image is not its own base"
    assert origins(image, "xbc", None, taken).layers == -1
    image.history = [History("", comment, False) for comment in ("", "", KIT)]
    for number, layer in enumerate(image.layers):
        layer.history = number
    image.annotations = {"org.opencontainers.image.base.name": "debian:13"}
    assert origins(image, "abc").layers == -1, "the tag moved on: two layers were there before the build"


DOCKERFILE = f"""\
# the one that the image was made from
FROM debian:12
ENV DB_PASSWORD={password(84)}
COPY own.key /srv/
COPY both.key /srv/
"""


def test_the_dockerfile_tells_what_stands_below_its_first_instruction(app: str, tmp_path: Path) -> None:
    file = tmp_path / "made" / "Dockerfile"
    file.parent.mkdir()
    file.write_text(DOCKERFILE)
    found = report(app, "--dockerfile", str(file), "--own")
    assert set(sides(found)) == {"etc/both.key", "srv/own.key", "ENV DB_PASSWORD"}
    assert (found["stats"]["base"], found["limited"]) == (2, [])
    (image,) = found["images"]
    assert (image["base"], image["base_layers"]) == ("debian:12", 2)
    both = next(one for one in found["findings"] if one["path"] == "etc/both.key")
    assert both["remedy"].endswith(f". The base image debian:12 ({file}:2) has it too: change both")
    file.write_text(DOCKERFILE.replace("own.key", "other.key"))
    found = report(app, "--dockerfile", str(file), "--own")
    assert set(sides(found).values()) == {""}
    assert {one["place"] for one in found["limited"]} == {str(file), "--own"}
    file.write_text("FROM debian:12\n")
    assert set(sides(report(app, "--dockerfile", str(file))).values()) == {""}, "no instruction fits every history"


@pytest.mark.parametrize(
    ("start", "histories", "told"),
    [(2, ["a", "b", "c"], "bbo"), (0, ["a", "b", "c"], "ooo"), (2, ["#(nop)  ONBUILD COPY . /", "b", "c"], "b.o")],
)
def test_a_build_that_began_with_an_entry(start: int, histories: list[str], told: str) -> None:
    """What an ONBUILD put off may be ahead of the first instruction."""
    image = Image("app", "", "", {}, [History(text, "", False) for text in histories])
    image.layers = [_layer(str(number), number) for number in range(3)]
    found = origins(image, "012", traced=Traced("Dockerfile", start=start, base="scratch", line=1))
    letters = {"base": "b", "own": "o", "": "."}
    assert "".join(letters[found.of_layer(number)] for number in range(3)) == told
    assert "".join(letters[found.of_entry(number)] for number in range(3)) == told
    assert (found.name, found.where) == ("", "Dockerfile:1")


KIT, STEP, NAMED = "buildkit.dockerfile.v0", "FROM 0123456789ab", "FROM example.org/base:1"


@pytest.mark.parametrize(
    ("comments", "layers", "entries"),
    [
        (["", "", KIT, KIT], "bb..", "bb.."),
        (["", KIT, "", ""], "b...", "b..."),
        ([KIT, KIT, "", ""], "....", "...."),
        ([KIT, "", "", KIT], "bbb.", "bbb."),
        (["", STEP, NAMED, STEP], "bboo", "bboo"),
        (["", NAMED, STEP, NAMED], "bbbo", "bbbo"),
        (["", NAMED, "", ""], "b...", "b..."),
        (["", NAMED, KIT, KIT], "bb..", "bb.."),
        ([KIT, KIT, NAMED, STEP], "bboo", "bboo"),
        ([STEP, "-", "-", NAMED], "bo", "b..o"),
    ],
)
def test_the_builders_comments(comments: list[str], layers: str, entries: str) -> None:
    """A dash is an entry without a layer."""
    image = Image("app", "", "", {})
    for number, comment in enumerate(comments):
        image.history.append(History(f"step {number}", comment.strip("-"), comment == "-"))
        if comment != "-":
            image.layers.append(_layer(str(number), number))
    found = origins(image, [layer.diff_id for layer in image.layers])
    told = {"base": "b", "own": "o", "": "."}
    assert "".join(told[found.of_layer(number)] for number in range(len(image.layers))) == layers
    assert "".join(told[found.of_entry(number)] for number in range(len(comments))) == entries
    assert found.of_entry(-1) == ""


def _layer(diff_id: str, history: int = -1) -> Layer:
    return Layer(len(diff_id), "", diff_id, -1, "", lambda: None, history)  # type: ignore[arg-type,return-value]  # never opened
