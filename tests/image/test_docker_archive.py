"""Archives of `docker save` in every layout, and archives that lie."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from imagelint.errors import UnreadableError
from imagelint.image.layer import read_layer
from imagelint.image.model import Image
from imagelint.image.sources import recognise
from imagelint.image.sources.docker_archive import images
from imagelint.stream import limits
from tests.imagemaker import Recipe, archive, docker_archive, dumps, packed, sha256

RECIPE = Recipe(
    layers=[
        [{"path": "etc/motd", "content": "one"}],
        [{"path": "etc/motd", "content": "two"}],
        [{"path": "etc/.wh.motd"}],
    ],
    config={"User": "app", "Env": ["A=b"]},
    history=[
        "COPY motd /etc",
        {"created_by": "ENV A=b", "empty_layer": True},
        "RUN two",
        {"created_by": "RUN rm", "comment": "c"},
    ],
    tags=("example:1", "example:latest"),
)


def contents(image: Image) -> list[bytes]:
    tars = []
    for layer in image.layers:
        result = read_layer(layer, None)
        assert (result.incomplete, result.limited, result.diff_id) == ([], [], layer.diff_id)
        tars.append(result.diff_id.encode())
    return tars


@pytest.mark.parametrize("layout", ["old", "25", "29"])
@pytest.mark.parametrize("compress", ["", "gzip", "zstd"])
def test_every_layout(tmp_path: Path, layout: str, compress: str) -> None:
    path = str(docker_archive(tmp_path / "image.tar", RECIPE, layout=layout, compress=compress))
    assert recognise(path) == "docker-archive"
    (image,) = images(path)
    assert (image.name, image.tags, image.platform) == ("example:1", ["example:1", "example:latest"], "linux/amd64")
    assert image.config == {"User": "app", "Env": ["A=b"]}
    assert [entry.created_by for entry in image.history] == ["COPY motd /etc", "ENV A=b", "RUN two", "RUN rm"]
    assert [layer.history for layer in image.layers] == [0, 2, 3]
    assert [layer.diff_id for layer in image.layers] == [sha256(tar) for tar in RECIPE.tars()]
    assert all(bool(layer.digest) == (layout != "old") for layer in image.layers)
    assert all(layer.size > 0 for layer in image.layers)
    assert len(contents(image)) == 3
    assert (image.incomplete, image.limited) == ([], [])
    manifest = image.digest != sha256(RECIPE.document())
    assert manifest == (layout != "old")
    if layout == "29":
        assert {layer.media_type for layer in image.layers} == {"application/vnd.oci.image.layer.v1.tar+gzip"}


def test_equal_layers_of_the_old_layout_are_links(tmp_path: Path) -> None:
    same = [{"path": "a", "content": "x"}]
    (image,) = images(str(docker_archive(tmp_path / "i.tar", Recipe([same, [{"path": "b"}], same]))))
    assert contents(image)[0] == contents(image)[2]
    assert image.layers[2].size == image.layers[0].size > 0


def test_several_images_in_one_archive(tmp_path: Path) -> None:
    other = Recipe([[{"path": "b"}]], {"User": "other"}, tags=("second:2",))
    nameless = Recipe([[{"path": "c"}]], tags=())
    for layout in ("old", "25"):
        found = images(str(docker_archive(tmp_path / f"{layout}.tar", RECIPE, other, nameless, layout=layout)))
        assert [image.name for image in found] == ["example:1", "second:2", sha256(nameless.document())]
        assert [image.config.get("User") for image in found] == ["app", "other", None]


def test_streams_of_one_layer_are_independent(tmp_path: Path) -> None:
    (image,) = images(str(docker_archive(tmp_path / "i.tar", RECIPE, compress="gzip")))
    one, two = image.layers[0].open(), image.layers[0].open()
    assert one.read(100) == two.read(100)
    assert one.read() == two.read()


def test_a_compressed_archive_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(docker_archive(tmp_path / "i.tar", RECIPE, compress="gzip"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.setenv("TMPDIR", str(work))
    monkeypatch.setattr("tempfile.tempdir", None)
    found = images(path)
    assert contents(found[0])
    assert list(work.iterdir()) == []


def test_a_bomb_of_an_archive_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagelint.image.sources.store.limits.ARCHIVE_BYTES", 4 * limits.MIB)
    big = Recipe([[{"path": "zeros", "content": bytes(16 * limits.MIB)}]])
    path = tmp_path / "bomb.tar"
    path.write_bytes(packed(b"".join([archive({"a": b""})[:1024], bytes(32 * limits.MIB)]), "gzip"))
    with pytest.raises(UnreadableError):
        images(str(path))
    with pytest.raises(UnreadableError):
        images(str(docker_archive(path, big, compress="gzip")))


def write(path: Path, files: dict[str, bytes | str]) -> str:
    path.write_bytes(archive(files))
    return str(path)


def test_a_layer_outside_or_missing_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    tars = RECIPE.tars()
    secret = tmp_path / "x"
    secret.write_text("not in the archive")
    layers = ["a/layer.tar", "../../x", "/etc/passwd", "loop", "gone/layer.tar", "\ud800", "out"]
    config = json.loads(RECIPE.document())
    manifest = dumps([{"Config": "c.json", "RepoTags": None, "Layers": layers}])
    path = write(
        tmp_path / "i.tar",
        {
            "a/layer.tar": tars[0],
            "loop": "loop",
            "out": "../../../etc/passwd",
            "c.json": dumps(config),
            "manifest.json": manifest,
        },
    )
    (image,) = images(path)
    results = [read_layer(layer, None) for layer in image.layers]
    assert results[0].entries == 1
    assert [result.incomplete for result in results[1:]] == [
        [(f"layer {n}", "it is not in the archive")] for n in range(1, len(layers))
    ]
    assert "3 diff_ids and 7 layers" in image.limited[0][1]
    assert {layer.history for layer in image.layers} == {-1}


def test_an_archive_that_is_cut_inside_a_layer(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "manifest.json": dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["0/layer.tar", "1/layer.tar"]}]),
        "c.json": RECIPE.document(),
        "0/layer.tar": RECIPE.tars()[0],
        "1/layer.tar": bytes(100_000),
    }
    path = tmp_path / "i.tar"
    path.write_bytes(archive(files)[:-40_000])
    (image,) = images(str(path))
    assert image.incomplete[0][0] == "the archive"
    assert read_layer(image.layers[0], None).entries == 1
    assert read_layer(image.layers[1], None).incomplete == [("layer 1", "the archive ends inside of it")]


def test_a_configuration_of_another_digest_is_named_and_the_layers_are_read(tmp_path: Path) -> None:
    tar = RECIPE.tars()[0]
    name = "0" * 64 + ".json"
    manifest = dumps([{"Config": name, "RepoTags": ["a:1"], "Layers": ["l/layer.tar"]}])
    path = write(tmp_path / "i.tar", {name: RECIPE.document(), "l/layer.tar": tar, "manifest.json": manifest})
    (image,) = images(path)
    assert image.incomplete[0][0] == "the configuration"
    assert "instead of sha256:0000" in image.incomplete[0][1]
    assert read_layer(image.layers[0], None).entries == 1


@pytest.mark.parametrize(
    ("manifest", "text"),
    [
        (b"{}", "is not a list of images"),
        (b"[]", "lists no image"),
        (b"nonsense", "is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'[{"Config":"c.json","Layers":"x"}]', "Layers is not a list"),
        (b'[{"Config":"c.json","Layers":[1]}]', "Layers is not a list of texts"),
        (b'[{"Config":[],"Layers":[]}]', "Config is not a text"),
        (b"[7]", "is not a JSON object"),
        (b'"' + b"x" * limits.DOCUMENT + b'"', f"more than {limits.DOCUMENT} bytes"),
        (b"[" + b"9" * 5000 + b"]", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
    ],
)
def test_a_manifest_that_is_wrong_gives_one_clear_error(tmp_path: Path, manifest: bytes, text: str) -> None:
    with pytest.raises(UnreadableError, match=text) as caught:
        images(write(tmp_path / "i.tar", {"manifest.json": manifest, "c.json": b"{}"}))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "config", [b"[]", b"{", b'{"config":[1]}', b'{"rootfs":{"diff_ids":7}}', b"[" * 100_000, b'{"os":[]}']
)
def test_a_configuration_that_is_wrong_leaves_the_layers(tmp_path: Path, config: bytes) -> None:
    manifest = dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l"]}])
    (image,) = images(write(tmp_path / "i.tar", {"manifest.json": manifest, "c.json": config, "l": RECIPE.tars()[0]}))
    assert [place for place, _ in image.incomplete] == ["the configuration"]
    assert read_layer(image.layers[0], None).entries == 1


@pytest.mark.parametrize(
    "history", [None, [], "x", [None, 7], [{"created_by": 5}], [{"empty_layer": True}] * 3, [{"created_by": "a"}] * 9]
)
def test_a_history_that_does_not_fit(tmp_path: Path, history: object) -> None:
    document = {**json.loads(RECIPE.document()), "history": history}
    manifest = dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l"] * 3}])
    (image,) = images(
        write(tmp_path / "i.tar", {"manifest.json": manifest, "c.json": dumps(document), "l": RECIPE.tars()[0]})
    )
    assert {layer.history for layer in image.layers} == {-1}
    assert "the history tells of" in image.limited[0][1]


def test_keys_that_stand_twice_are_told(tmp_path: Path) -> None:
    manifest = b'[{"Config":"no","Config":"c.json","RepoTags":["a:1"],"Layers":["l"]}]'
    (image,) = images(
        write(tmp_path / "i.tar", {"manifest.json": manifest, "c.json": RECIPE.document(), "l": RECIPE.tars()[0]})
    )
    assert ("manifest.json", "a key stands twice in it: the last one counts") in image.limited


def test_too_many_layers(tmp_path: Path) -> None:
    manifest = dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l"] * 20_000}])
    (image,) = images(
        write(tmp_path / "i.tar", {"manifest.json": manifest, "c.json": RECIPE.document(), "l": RECIPE.tars()[0]})
    )
    assert len(image.layers) == limits.LAYERS
    assert "20000 layers" in image.incomplete[0][1]


def test_what_is_no_image_archive(tmp_path: Path) -> None:
    tar = write(tmp_path / "t.tar", {"README": b"x"})
    assert recognise(tar) == ""
    with pytest.raises(UnreadableError, match="not an image archive"):
        images(tar)
    text = tmp_path / "Dockerfile"
    text.write_text("FROM scratch\n")
    assert recognise(str(text)) == ""
    with pytest.raises(UnreadableError, match="not a tar archive"):
        images(str(text))
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    assert recognise(str(empty)) == ""
    os.mkfifo(tmp_path / "pipe")
    assert recognise(str(tmp_path / "pipe")) == ""
    assert recognise(str(tmp_path / "missing")) == ""
    with pytest.raises(UnreadableError, match="cannot be read"):
        images(str(tmp_path / "missing"))
