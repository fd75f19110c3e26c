"""OCI layouts: what index.json leads to, and layouts that lie."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from imagelint.errors import UnreadableError
from imagelint.image.layer import read_layer
from imagelint.image.sources import recognise
from imagelint.image.sources.oci_layout import images
from imagelint.stream import limits
from tests.imagemaker import OCI, OCI_REF, Recipe, archive, dumps, oci_layout, sha256

ONE = Recipe([[{"path": "a", "content": "x" * 1000}], [{"path": "b"}]], {"User": "one"}, tags=("one:1",))
TWO = Recipe([[{"path": "b"}]], {"User": "two"}, tags=("two:2",), platform="linux/arm64/v8")


def blob(folder: Path, digest: str) -> Path:
    return folder / "blobs" / digest.replace(":", "/")


def put(folder: Path, data: bytes, media_type: str, **more: object) -> dict[str, Any]:
    digest = sha256(data)
    blob(folder, digest).parent.mkdir(parents=True, exist_ok=True)
    blob(folder, digest).write_bytes(data)
    return {"mediaType": media_type, "digest": digest, "size": len(data), **more}


def index(folder: Path, *descriptors: object) -> str:
    (folder / "index.json").write_bytes(dumps({"schemaVersion": 2, "manifests": descriptors}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return str(folder)


def first(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    descriptor = json.loads((folder / "index.json").read_bytes())["manifests"][0]
    return descriptor, json.loads(blob(folder, descriptor["digest"]).read_bytes())


def changed(folder: Path, **changes: object) -> str:
    descriptor, manifest = first(folder)
    return index(folder, put(folder, dumps({**manifest, **changes}), descriptor["mediaType"]))


@pytest.mark.parametrize("compress", ["", "gzip", "zstd"])
def test_a_layout(tmp_path: Path, compress: str) -> None:
    path = str(oci_layout(tmp_path, ONE, compress=compress))
    assert recognise(path) == "oci"
    (image,) = images(path)
    descriptor, manifest = first(tmp_path)
    assert (image.digest, image.platform, image.config, image.tags) == (
        descriptor["digest"],
        "linux/amd64",
        {"User": "one"},
        ["1"],
    )
    assert [layer.digest for layer in image.layers] == [layer["digest"] for layer in manifest["layers"]]
    assert [layer.size for layer in image.layers] == [layer["size"] for layer in manifest["layers"]]
    assert [layer.history for layer in image.layers] == [0, 1]
    results = [read_layer(layer, None) for layer in image.layers]
    assert [result.diff_id for result in results] == [sha256(tar) for tar in ONE.tars()]
    assert [result.incomplete for result in results] == [[], []]
    assert (image.incomplete, image.limited) == ([], [])


def test_the_same_in_a_tar(tmp_path: Path) -> None:
    folder = oci_layout(tmp_path / "layout", ONE)
    files: dict[str, bytes | str] = {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }
    path = tmp_path / "layout.tar"
    path.write_bytes(archive(files))
    assert recognise(str(path)) == "oci-archive"
    (image,) = images(str(path))
    assert image.config == {"User": "one"}
    assert [read_layer(layer, None).incomplete for layer in image.layers] == [[], []]


def test_platforms_in_a_nested_index_with_attestations_left_aside(tmp_path: Path) -> None:
    found = images(str(oci_layout(tmp_path, ONE, TWO, nested=True, attestation=True)))
    assert [(image.platform, image.config["User"], image.tags) for image in found] == [
        ("linux/amd64", "one", ["1"]),
        ("linux/arm64/v8", "two", ["1"]),
    ]
    assert (found[0].incomplete, found[0].limited) == ([], [])


def test_tags(tmp_path: Path) -> None:
    path = str(oci_layout(tmp_path, ONE, TWO))
    assert [image.config["User"] for image in images(path)] == ["one", "two"]
    assert [image.config["User"] for image in images(path, "2")] == ["two"]
    with pytest.raises(UnreadableError, match="has the tag none"):
        images(path, "none")
    descriptor, _ = first(tmp_path)
    index(tmp_path, *({**descriptor, "annotations": {OCI_REF: name}} for name in ("a", "b")))
    (image,) = images(path)
    assert image.tags == ["a", "b"]


def test_an_attestation_that_is_missing_is_told(tmp_path: Path) -> None:
    oci_layout(tmp_path, ONE)
    descriptor, _ = first(tmp_path)
    missing = {
        "mediaType": OCI + "manifest.v1+json",
        "digest": "sha256:" + "1" * 64,
        "size": 3,
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
    }
    (image,) = images(index(tmp_path, descriptor, missing))
    assert image.incomplete == [("sha256:" + "1" * 64, "blobs/sha256/" + "1" * 64 + " is not there")]


def test_a_missing_platform_is_told_and_the_other_is_read(tmp_path: Path) -> None:
    oci_layout(tmp_path, ONE)
    descriptor, _ = first(tmp_path)
    gone = {**descriptor, "digest": "sha256:" + "2" * 64}
    (image,) = images(index(tmp_path, gone, descriptor))
    assert image.config == {"User": "one"}
    assert image.incomplete[0][0] == "sha256:" + "2" * 64


@pytest.mark.parametrize(
    "digest",
    ["sha256:../../../etc/passwd", "sha256:" + "A" * 64, "md5:" + "0" * 32, "", 7, "sha256:" + "0" * 64 + "\n"],
)
def test_digests_are_checked_before_they_name_a_file(tmp_path: Path, digest: object) -> None:
    oci_layout(tmp_path, ONE)
    descriptor, manifest = first(tmp_path)
    with pytest.raises(UnreadableError):
        images(index(tmp_path, {**descriptor, "digest": digest}))
    if isinstance(digest, str):
        layers = [manifest["layers"][0], {**manifest["layers"][1], "digest": digest}]
        (image,) = images(
            index(tmp_path, put(tmp_path, dumps({**manifest, "layers": layers}), OCI + "manifest.v1+json"))
        )
        assert read_layer(image.layers[0], None).incomplete == []
        assert read_layer(image.layers[1], None).incomplete == [
            (f"layer 1 {sha256(ONE.tars()[1])}", "the manifest gives no digest that can be checked")
        ]


def test_links_are_not_followed_out_of_the_layout(tmp_path: Path) -> None:
    folder = oci_layout(tmp_path / "layout", ONE)
    _, manifest = first(folder)
    digest = manifest["layers"][0]["digest"]
    real = tmp_path / "real"
    blob(folder, digest).rename(real)
    blob(folder, digest).symlink_to(real)
    (image,) = images(str(folder))
    assert "is a link" in read_layer(image.layers[0], None).incomplete[0][1]
    assert read_layer(image.layers[1], None).incomplete == []
    blob(folder, digest).unlink()
    os.mkfifo(blob(folder, digest))
    assert "not a regular file" in read_layer(image.layers[0], None).incomplete[0][1]
    blobs = folder / "blobs"
    blobs.rename(tmp_path / "elsewhere")
    blobs.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnreadableError, match="is a link"):
        images(str(folder))


def test_a_missing_blob_leaves_the_other_layers(tmp_path: Path) -> None:
    oci_layout(tmp_path, ONE)
    _, manifest = first(tmp_path)
    blob(tmp_path, manifest["layers"][0]["digest"]).unlink()
    (image,) = images(str(tmp_path))
    results = [read_layer(layer, None) for layer in image.layers]
    assert "is not there" in results[0].incomplete[0][1]
    assert (results[1].incomplete, results[1].entries) == ([], 1)


def test_a_manifest_of_another_digest_is_refused(tmp_path: Path) -> None:
    oci_layout(tmp_path, ONE)
    descriptor, _ = first(tmp_path)
    blob(tmp_path, descriptor["digest"]).write_bytes(b"{}")
    with pytest.raises(UnreadableError, match="the manifest has the digest sha256:"):
        images(str(tmp_path))


def test_a_configuration_of_another_digest(tmp_path: Path) -> None:
    oci_layout(tmp_path, ONE)
    _, manifest = first(tmp_path)
    blob(tmp_path, manifest["config"]["digest"]).write_bytes(b"{}")
    (image,) = images(str(tmp_path))
    assert image.incomplete[0][0] == "the configuration"
    assert image.config == {}
    assert read_layer(image.layers[0], None).entries == 1


@pytest.mark.parametrize(
    ("media_type", "reason"),
    [
        (OCI + "layer.v1.tar+gzip+encrypted", "it is encrypted"),
        ("application/vnd.squashfs", "its media type is unknown"),
        ("", "its media type is unknown"),
        (OCI + "layer.nondistributable.v1.tar+gzip", "it is a foreign layer, whose bytes lie elsewhere"),
        (
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            "it is a foreign layer, whose bytes lie elsewhere",
        ),
    ],
)
def test_layers_that_cannot_be_read_say_why(tmp_path: Path, media_type: str, reason: str) -> None:
    oci_layout(tmp_path, ONE)
    _, manifest = first(tmp_path)
    odd = {"mediaType": media_type, "digest": "sha256:" + "3" * 64, "size": 5, "urls": ["file:///etc/passwd"]}
    (image,) = images(changed(tmp_path, layers=[odd, manifest["layers"][1]]))
    assert [read_layer(layer, None).incomplete for layer in image.layers] == [
        [("layer 0 sha256:" + "3" * 64, reason)],
        [],
    ]


@pytest.mark.parametrize("claimed", ["", "+gzip", "+zstd"])
@pytest.mark.parametrize("compress", ["", "gzip", "zstd"])
def test_what_a_media_type_says_of_compression_is_not_believed(tmp_path: Path, claimed: str, compress: str) -> None:
    oci_layout(tmp_path, ONE, compress=compress)
    _, manifest = first(tmp_path)
    layers = [{**layer, "mediaType": OCI + "layer.v1.tar" + claimed} for layer in manifest["layers"]]
    (image,) = images(changed(tmp_path, layers=layers))
    results = [read_layer(layer, None) for layer in image.layers]
    assert [(result.entries, result.incomplete) for result in results] == [(1, []), (1, [])]


def test_indexes_that_are_deep_wide_or_empty(tmp_path: Path) -> None:
    oci_layout(tmp_path, ONE)
    descriptor, _ = first(tmp_path)
    deep = descriptor
    for _ in range(1000):
        deep = put(tmp_path, dumps({"manifests": [deep]}), OCI + "index.v1+json")
    (image,) = images(index(tmp_path, descriptor, deep))
    assert "indexes more than 8 deep" in image.incomplete[0][1]
    with pytest.raises(UnreadableError, match="holds no image"):
        images(index(tmp_path))
    empty = put(tmp_path, dumps({"manifests": []}), OCI + "index.v1+json")
    with pytest.raises(UnreadableError, match="holds no image"):
        images(index(tmp_path, empty))
    wide = [
        {"mediaType": OCI + "manifest.v1+json", "digest": f"sha256:{n:064x}", "size": 1}
        for n in range(3 * limits.MANIFESTS)
    ]
    (image,) = images(index(tmp_path, descriptor, *wide))
    assert len(image.incomplete) == limits.MANIFESTS


def test_a_graph_that_is_wide_at_every_depth_ends(tmp_path: Path) -> None:
    oci_layout(tmp_path, ONE)
    descriptor, _ = first(tmp_path)
    node = descriptor
    for _ in range(limits.INDEX_DEPTH - 1):
        node = put(tmp_path, dumps({"manifests": [node] * 50}), OCI + "index.v1+json")
    (image,) = images(index(tmp_path, node))
    assert image.config == {"User": "one"}


def test_an_artifact_is_no_image(tmp_path: Path) -> None:
    oci_layout(tmp_path, ONE)
    descriptor, manifest = first(tmp_path)
    config = put(tmp_path, b"{}", "application/vnd.oci.empty.v1+json")
    artifact = put(tmp_path, dumps({**manifest, "config": config}), OCI + "manifest.v1+json")
    (image,) = images(index(tmp_path, descriptor, artifact))
    assert image.limited == [(artifact["digest"], "it is an artifact and no image")]


@pytest.mark.parametrize(
    "document",
    [
        b"[]",
        b"{",
        b"[" * 100_000,
        b'{"manifests":7}',
        b'{"manifests":[7]}',
        b'{"manifests":[{"annotations":7}]}',
        b"\xff",
    ],
)
def test_an_index_that_is_wrong_gives_one_clear_error(tmp_path: Path, document: bytes) -> None:
    index(tmp_path)
    (tmp_path / "index.json").write_bytes(document)
    with pytest.raises(UnreadableError) as caught:
        images(str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes", [{"layers": 7}, {"layers": [7]}, {"config": 7}, {"layers": [{"digest": [], "mediaType": 5}]}]
)
def test_a_manifest_of_wrong_types_is_named_and_other_images_are_read(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    oci_layout(tmp_path, ONE)
    good, manifest = first(tmp_path)
    bad = put(tmp_path, dumps({**manifest, **changes}), OCI + "manifest.v1+json")
    (image,) = images(index(tmp_path, bad, good))
    assert image.config == {"User": "one"}
    assert [place for place, _ in image.incomplete] == [bad["digest"]]


def test_a_blob_that_is_longer_or_shorter_than_stated(tmp_path: Path) -> None:
    oci_layout(tmp_path, ONE)
    _, manifest = first(tmp_path)
    for size in (10, 10**6):
        layers = [{**manifest["layers"][0], "size": size}, manifest["layers"][1]]
        (image,) = images(changed(tmp_path, layers=layers))
        assert str(size) in read_layer(image.layers[0], None).incomplete[0][1]
        assert read_layer(image.layers[1], None).incomplete == []
