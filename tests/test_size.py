"""`imagelint size`: what it tells of images, of which kind its mistakes are, and what it exits with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from imagelint import cli
from imagelint.engine.shapes import expand
from imagelint.report import schema
from imagelint.report.size_words import percent
from imagelint.sizing import share_of, size_of
from tests.image.test_waste import BIG, SMALL, noise, shipped
from tests.imagemaker import Recipe, docker_archive, layer_tar, oci_layout, packed

SCHEMA = Draft202012Validator(json.loads(schema.text("size")))
CONTENT = noise(100_000)
RECIPE = Recipe(
    layers=[
        [{"path": "etc", "type": "dir"}, {"path": "etc/motd", "content": "hello"}],
        [{**BIG, "content": CONTENT}, SMALL],
        [{"path": "srv/.wh.BigFile"}],
        [],
    ],
    history=[
        "base",
        "COPY BigFile small /srv/ # buildkit",
        "RUN /bin/sh -c rm /srv/BigFile # buildkit",
        "WORKDIR /srv",
    ],
)
FILE = "FROM base\nCOPY BigFile small /srv/\nRUN rm /srv/BigFile\nWORKDIR /srv\n"

Size = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def size(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Size:
    """The command in a folder of its own; gives the exit status and a valid report."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        status = cli.run(["size", "--no-progress", "--format", "json", *words])
        report = json.loads(capsys.readouterr().out)
        assert [error.message for error in SCHEMA.iter_errors(report)] == []
        return status, report

    return run


def test_a_big_file_that_the_next_layer_removes(size: Size, tmp_path: Path) -> None:
    oci_layout(tmp_path / "app", RECIPE)
    (tmp_path / "Dockerfile").write_text(FILE)
    status, report = size("app", "--dockerfile", "Dockerfile")
    (image,) = report["images"]
    stored = [len(packed(tar, "gzip")) for tar in RECIPE.tars()]
    without = layer_tar([SMALL])
    (piece,) = image["pieces"]
    assert status == 0
    assert {key: piece[key] for key in ("kind", "layer", "by", "path", "files", "unpacked")} == {
        "kind": "deleted",
        "layer": 1,
        "by": 2,
        "path": "srv/BigFile",
        "files": 1,
        "unpacked": shipped({**BIG, "content": CONTENT}),
    }
    saved = stored[1] - len(packed(without, "gzip"))
    assert abs(piece["size"] - saved) <= saved * 0.02
    lines = [(layer["index"], layer.get("origin"), layer.get("source", {}).get("line")) for layer in image["layers"]]
    assert lines == [(0, "base", None), (1, "own", 2), (2, "own", 3), (3, "own", 4)]
    assert [layer["size"] for layer in image["layers"]] == stored
    assert [layer["unpacked"] for layer in image["layers"]] == list(map(len, RECIPE.tars()))
    assert [layer["compression"] for layer in image["layers"]] == ["gzip"] * 4
    assert (image["size"], image["unpacked"]) == (sum(stored), sum(map(len, RECIPE.tars())))
    assert (
        image["waste"]
        == {"files": 1, "size": piece["size"], "unpacked": piece["unpacked"]}
        == image["kinds"]["deleted"]
    )
    assert image["origins"]["base"]["waste"]["size"] == 0
    assert image["origins"]["own"]["waste"] == image["waste"]
    assert image["efficiency"] == pytest.approx(1 - piece["size"] / sum(stored), abs=1e-6)
    # BigFile 0 of 100,000; motd 5, small 10
    assert image["dive"] == {"efficiency": round(15 / 100_015, 6), "wasted": 100_000}


def test_what_people_read(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    oci_layout(tmp_path / "app", RECIPE)
    (tmp_path / "Dockerfile").write_text(FILE)
    words = ["size", "--no-progress", "app", "--dockerfile", "Dockerfile"]
    assert cli.run(words) == 0
    text = capsys.readouterr().out
    assert "(1 file, 100.9 kB unpacked)" in " ".join(text.split())
    assert "deleted  /srv/BigFile" in text
    assert "in layer 1 (Dockerfile:2), removed by layer 2 (Dockerfile:3)" in text.replace("\n             ", " ")
    assert "  base  base\n" in text
    assert all(len(line) <= 100 for line in text.splitlines())
    monkeypatch.setenv("COLUMNS", "60")
    assert cli.run(words) == 0
    narrow = capsys.readouterr().out
    assert any(line.startswith("      1 ") and "own   Dockerfile:2" in line for line in narrow.splitlines())
    assert all(len(line) <= 60 for line in narrow.splitlines())
    assert cli.run([*words, "--tree"]) == 0
    tree = capsys.readouterr().out
    assert "╰─ srv  deleted\n" in tree
    assert "   ╰─ BigFile  deleted\n" in tree
    assert cli.run([*words, "--tree", "--depth", "1"]) == 0
    assert "BigFile  deleted" not in capsys.readouterr().out.partition("/\n")[2]


@pytest.mark.parametrize(
    ("words", "status", "passed"),
    [
        (["--max-waste", "99.9%"], 0, [False]),
        (["--max-waste", "5%"], 1, [True]),
        (["--max-waste", "1MB", "--max-size", "90kB"], 1, [False, True]),
        (["--max-size", "1MiB"], 0, [False]),
        (["--max-waste", "0"], 1, [True]),
        (["--max-size", "0.1 MB"], 1, [True]),
    ],
)
def test_thresholds(size: Size, tmp_path: Path, words: list[str], status: int, passed: list[bool]) -> None:
    oci_layout(tmp_path / "app", RECIPE)
    found, report = size("app", *words)
    assert found == status
    assert [one["passed"] for one in report["thresholds"]] == passed


def test_thresholds_of_the_image_s_own_layers(size: Size, tmp_path: Path) -> None:
    base = Recipe(layers=RECIPE.layers[:3], history=["a", "b", "c"])
    oci_layout(tmp_path / "base", base)
    oci_layout(
        tmp_path / "app",
        Recipe(layers=[*base.layers, [{"path": "srv/app"}]], history=["a", "b", "c", "COPY app /srv/"]),
    )
    words = ("app", "--base", "base", "--max-waste", "5%")
    status, report = size(*words)
    assert (status, [layer["origin"] for layer in report["images"][0]["layers"]]) == (1, ["base"] * 3 + ["own"])
    status, report = size(*words, "--own", "--max-size", "1kB")
    assert (status, [(one["found"], one["passed"]) for one in report["thresholds"]]) == (
        0,
        [
            (0.0, False),
            (report["images"][0]["origins"]["own"]["size"], False),
        ],
    )


def test_what_is_stored_without_compression_is_told(
    size: Size, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    docker_archive(tmp_path / "image.tar", RECIPE, layout="25")
    _, report = size("image.tar")
    (image,) = report["images"]
    assert {layer["compression"] for layer in image["layers"]} == {"none"}
    assert image["waste"]["size"] == image["waste"]["unpacked"]
    assert image["size"] == image["unpacked"]
    assert cli.run(["size", "--no-progress", "image.tar"]) == 0
    assert "what is stored here is not compressed" in capsys.readouterr().out


def test_every_platform_is_told_and_layers_of_both_are_read_once(size: Size, tmp_path: Path) -> None:
    other = Recipe(layers=[*RECIPE.layers[:3], [{"path": "arm"}]], platform="linux/arm64", history=RECIPE.history)
    oci_layout(tmp_path / "app", RECIPE, other, compress="zstd")
    _, report = size("app")
    assert [image["platform"] for image in report["images"]] == ["linux/amd64", "linux/arm64"]
    first, second = (image["waste"] for image in report["images"])
    assert first == second != {"files": 0, "size": 0, "unpacked": 0}
    _, report = size("app", "--platform", "linux/arm64")
    assert [image["platform"] for image in report["images"]] == ["linux/arm64"]


def test_a_layer_that_is_not_there_is_a_hole_and_the_rest_is_told(
    size: Size, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    oci_layout(tmp_path / "app", RECIPE)
    _, report = size("app")
    digest = report["images"][0]["layers"][0]["digest"].partition(":")[2]
    (tmp_path / "app/blobs/sha256" / digest).unlink()
    status, report = size("app", "--max-waste", "5%")
    (image,) = report["images"]
    assert status == 3
    assert report["incomplete"][0]["place"].startswith("layer 0")
    assert "unpacked" not in image["layers"][0]
    assert image["pieces"][0]["path"] == "srv/BigFile"
    assert cli.run(["size", "--no-progress", "app"]) == 3
    assert "not read, so this report is not complete" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--max-waste", "101%"], "'101%' is no share"),
        (["--max-waste", "5 percent"], "'5 percent' is no size"),
        (["--max-size", "5%"], "'5%' is no size; 300MB, 1.5GiB and 4096 are"),
        (["--max-size", "-1MB"], "expected one argument"),
        (["--max-size", "\u0661MB"], "is no size"),
        (["--depth", "2"], "--depth is for the tree"),
        (["--tree", "--depth", "0"], "is not a number from 1 to 64"),
        (["--format", "sarif"], "invalid choice"),
        (["--ignore", "bytecodes"], "invalid choice"),
        (["-o", "no/such/folder.json"], "there is no folder"),
        (["--dockerfile", "nowhere"], "nowhere"),
        (["--jobs", "0"], "is not a number"),
    ],
)
def test_wrong_words_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    oci_layout(tmp_path / "app", RECIPE)
    with pytest.raises(SystemExit) as ended:
        cli.main(["size", "--no-progress", "app", *words])
    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert line in said.err


def test_kinds_that_are_ignored_are_no_waste(size: Size, tmp_path: Path) -> None:
    cache: dict[str, Any] = {"path": "var/cache/apt/archives/a.deb", "content": noise(3000)}
    source: list[dict[str, Any]] = [
        {"path": "srv/a.py"},
        {"path": "srv/__pycache__/a.cpython-311.pyc", "content": noise(3000)},
    ]
    oci_layout(tmp_path / "app", Recipe(layers=[[cache, *source, BIG], [{"path": "srv/.wh.BigFile"}]]))
    for words, kinds in (
        ([], {"package-cache", "bytecode", "deleted"}),
        (["--ignore", "bytecode"], {"package-cache", "deleted"}),
        (["--ignore", "bytecode", "--ignore", "deleted"], {"package-cache"}),
    ):
        _, report = size("app", *words)
        (image,) = report["images"]
        assert set(image["kinds"]) == kinds == {piece["kind"] for piece in image["pieces"]}
        assert image["waste"]["size"] == sum(of["size"] for of in image["kinds"].values())


def test_a_slim_base_was_to_have_no_documentation_and_a_base_may_have_compilers(size: Size, tmp_path: Path) -> None:
    files: list[dict[str, Any]] = [
        {"path": "usr/share/man/man1/ls.1", "content": noise(900)},
        {"path": "usr/bin/gcc", "content": noise(900)},
    ]
    layers = [files, [{"path": file["path"] + "-12", "content": noise(900)} for file in files]]
    oci_layout(tmp_path / "app", Recipe(layers=layers))
    for name, kinds in (
        ("full", [("build-tools", 1)]),
        ("slim", [("build-tools", 1), ("documentation", 0), ("documentation", 1)]),
    ):
        oci_layout(tmp_path / name, Recipe(layers=layers[:1], tags=(f"debian:12-{name}",)))
        _, report = size("app", "--base", name)
        assert sorted((p["kind"], p["layer"]) for p in report["images"][0]["pieces"]) == kinds


def test_what_is_no_image_is_a_hole(size: Size, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(FILE)
    for target, reason in (("Dockerfile", "only an image has a size"), ("nowhere/at/all", "there is no such file")):
        status, report = size(target)
        assert (status, report["images"]) == (3, [])
        assert reason in report["incomplete"][0]["reason"]


def test_a_base_that_is_none_is_a_hole(size: Size, tmp_path: Path) -> None:
    oci_layout(tmp_path / "app", RECIPE)
    status, report = size("app", "--base", "nowhere/at/all")
    assert status == 3
    assert [skip["place"] for skip in report["incomplete"]] == ["--base nowhere/at/all"]
    assert len(report["images"]) == 1


def test_a_file_takes_it(size: Size, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    oci_layout(tmp_path / "app", RECIPE)
    _, report = size("app")
    assert cli.run(["size", "--no-progress", "app", "-f", "json", "-o", "size.json"]) == 0
    assert capsys.readouterr().out == ""
    assert json.loads((tmp_path / "size.json").read_text()) == report


TOKEN = expand("ghp_{base62:30}{crc32}", "size")
HOSTILE = "evil\x1b[2J\u202e::error::##[x]\udcff"


def test_secrets_are_masked_and_nothing_writes_to_the_screen(
    size: Size, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = [[{"path": f"srv/{TOKEN}/{HOSTILE}", "content": "x" * 600}], [{"path": ".wh.srv"}]]
    layers.append([{"path": f"opt/{TOKEN}", "content": "y" * 600}, {"path": f"opt/{HOSTILE}", "content": "y" * 600}])
    layers.append([{"path": f"opt/.wh.{HOSTILE}"}])
    oci_layout(tmp_path / "app", Recipe(layers=layers, history=[f"RUN curl {TOKEN} {HOSTILE}\n::stop"] * 4))
    _, report = size("app")
    assert TOKEN not in json.dumps(report)
    assert {piece["kind"] for piece in report["images"][0]["pieces"]} == {"deleted"}
    for words in ([], ["--tree"]):
        assert cli.run(["size", "--no-progress", "app", *words]) == 0
        text = capsys.readouterr().out
        assert TOKEN not in text
        assert "evil\\x1b[2J\\u202e" in text
        assert not {"\x1b", "\u202e"} & set(text)
        assert "##[" not in text
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def test_images_without_layers_and_without_anything(size: Size, tmp_path: Path) -> None:
    oci_layout(tmp_path / "none", Recipe(layers=[], history=[]))
    oci_layout(tmp_path / "empty", Recipe(layers=[[]]))
    for name, count in (("none", 0), ("empty", 1)):
        status, report = size(name, "--max-waste", "0%")
        (image,) = report["images"]
        assert (status, len(image["layers"]), image["efficiency"]) == (0, count, 1.0)
        assert image["dive"] == {"efficiency": 1.0, "wasted": 0}


def test_numbers_that_people_write_and_read() -> None:
    assert [size_of(text) for text in ("4096", "300MB", "1.5 GiB", "2kb", "7 B")] == [4096, 300e6, 1.5 * 2**30, 2000, 7]
    assert [share_of(text) for text in ("5%", "0.5 %", "100%")] == [0.05, 0.005, 1]
    assert (percent(1, 8), percent(1, 0)) == ("12.5%", "0.0%")


def test_a_cut_image_loses_no_table(size: Size, tmp_path: Path) -> None:
    archive = docker_archive(tmp_path / "image.tar", RECIPE, layout="29")
    shutil.copy(archive, tmp_path / "cut.tar")
    with open(tmp_path / "cut.tar", "r+b") as file:
        file.truncate(archive.stat().st_size // 2)
    status, report = size("cut.tar")
    assert status == 3
    assert report["incomplete"]
