"""Images that were made to hurt their reader, each with what a scan has to say of it."""

from __future__ import annotations

import gzip
import json
import os
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard
from isal import isal_zlib

from tests.attested import PROVENANCE, attested
from tests.imagemaker import OCI, Recipe, archive, blob, docker_archive, dumps, layer_tar, packed, sha256, write
from tests.material import rsa_key
from tests.tarmaker import END, header, padded, pax

KEY = rsa_key(23)
GOOD = {"path": "srv/good.pem", "content": KEY}
FOUND = ("srv/good.pem",)
BEHIND = header(b"srv/behind.pem", len(KEY)) + padded(KEY.encode())
"""A file behind the damage, in the layer that is damaged."""


@dataclass
class Case:
    """A hostile image; `said` is a part of the reason that the report gives, empty where nothing is amiss."""

    name: str
    make: Callable[[Path], Path]
    said: str = ""
    incomplete: bool = True
    found: Sequence[str] = FOUND


def layout(folder: Path, layers: Sequence[dict[str, Any] | bytes], **change: Any) -> Path:
    """An OCI layout of blobs, or {"data": blob, and what the descriptor says}; a good layer is put on top."""
    files: dict[str, bytes | str] = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    described, diff_ids = [], []
    for layer in (*layers, packed(layer_tar([GOOD]), "gzip")):
        data, more = (layer, {}) if isinstance(layer, bytes) else (layer["data"], layer)
        kind = OCI + "layer.v1.tar+gzip"
        described.append({**blob(files, data, kind), **{key: more[key] for key in more if key != "data"}})
        diff_ids.append(sha256(plain(data)))
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"diff_ids": change.pop("diff_ids", diff_ids)},
        "history": [{"created_by": f"RUN {number}"} for number in range(len(described))],
        **change,
    }
    config = blob(files, dumps(document), OCI + "config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": config, "layers": described}
    files["index.json"] = dumps({"manifests": [blob(files, dumps(manifest), OCI + "manifest.v1+json")]})
    return write(folder, files)


def plain(data: bytes) -> bytes:
    """What is stored, without its compression; a bomb is left as it is."""
    try:
        return zlib.decompressobj(31).decompress(data) if len(data) < 500_000 else data
    except zlib.error:
        return data


def of_layer(name: str, data: Callable[[], bytes], said: str = "", incomplete: bool = True, *behind: str) -> Case:
    """An image with one hostile blob beside the good one."""
    return Case(name, lambda folder: layout(folder, [data()]), said, incomplete, (*FOUND, *behind))


def of_tar(name: str, tar: bytes, said: str = "", incomplete: bool = False, behind: bool = True) -> Case:
    """An image with one hostile tar beside the good one, and a file behind the damage."""
    data = tar + BEHIND + END
    return of_layer(name, lambda: data, said, incomplete, *(["srv/behind.pem"] if behind else []))


def of_entries(name: str, *entries: dict[str, Any], said: str = "", found: Sequence[str] = ()) -> Case:
    """An image with a layer of hostile entries."""
    tar = layer_tar(entries)
    return of_layer(name, lambda: tar, said, False, *found)


def repeated(head: bytes, chunk: bytes, count: int) -> bytes:
    """A gzip bomb: the chunk over and over behind a head. Its deflate blocks repeat, as no compressor is that fast."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    crc = isal_zlib.crc32(head)
    for _ in range(count):
        crc = isal_zlib.crc32(chunk, crc)
    end = packer.flush(zlib.Z_FINISH) + struct.pack("<II", crc, len(head) + len(chunk) * count & 0xFFFFFFFF)
    return b"\x1f\x8b\x08" + bytes(6) + b"\xff" + start + again * count + end


def zeros(size: int) -> bytes:
    """A tar with one file of zeros."""
    return repeated(header(b"zeros", b"\x80" + size.to_bytes(11, "big")), bytes(16 << 20), size >> 24)


def members(size: int) -> bytes:
    """The same, in gzip members of 16 MiB."""
    one = gzip.compress(bytes(16 << 20), 9, mtime=0)
    return gzip.compress(header(b"zeros", b"\x80" + size.to_bytes(11, "big")), mtime=0) + one * (size >> 24)


def cut(data: bytes, part: float = 0.6) -> bytes:
    return data[: int(len(data) * part)]


NOISE = os.urandom(400_000).hex()
BIG = layer_tar([{"path": "srv/behind.pem", "content": KEY}, {"path": "noise", "content": NOISE}])
ZSTD_WINDOW = b"\x28\xb5\x2f\xfd" + bytes([0x00, (31 - 10) << 3]) + b"\x01\x00\x00"
"""A frame whose window descriptor asks for 2 GiB (RFC 8878, section 3.1.1.1.2), and an empty last block."""
SKIPPABLE = b"\x50\x2a\x4d\x18" + struct.pack("<I", 4) + b"skip"


def zstd_claim() -> bytes:
    """A small frame that claims a content of 2**60 bytes."""
    frame = zstandard.ZstdCompressor(write_content_size=False).compress(b"x" * 512)
    return frame[:4] + bytes([0xC0 | (frame[4] & 0x3F)]) + frame[5:6] + (1 << 60).to_bytes(8, "little") + frame[6:]


def changed(data: bytes = b"", **change: Any) -> Callable[[Path], Path]:
    """A layout whose first layer is stored in another way, or its descriptor says something else."""
    return lambda folder: layout(folder, [{"data": data or packed(BIG, "gzip"), **change}])


def elsewhere(kind: str) -> Callable[[Path], Path]:
    """A layer that is described and not there."""
    there: dict[str, Any] = {
        "digest": sha256(b"elsewhere"),
        "size": 9,
        "mediaType": kind,
        "urls": ["https://example.org/layer"],
    }
    return changed(**there)


def configured(**change: Any) -> Callable[[Path], Path]:
    return lambda folder: layout(folder, [packed(BIG, "gzip")], **change)


def stored(name: str, data: bytes | str) -> Callable[[Path], Path]:
    """A docker archive with one of its documents replaced."""

    def make(folder: Path) -> Path:
        files: dict[str, bytes | str] = {"a/layer.tar": layer_tar([GOOD]), "c.json": b"{}"}
        files["manifest.json"] = dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["a/layer.tar"]}])
        files[name] = data
        path = folder / "image.tar"
        path.write_bytes(archive(files))
        return path

    return make


def wrong_config(folder: Path) -> Path:
    top = layout(folder, [packed(BIG, "gzip")])
    for path in (top / "blobs/sha256").iterdir():
        if b"rootfs" in path.read_bytes()[:2000]:
            path.write_bytes(path.read_bytes() + b" ")
    return top


def nested(folder: Path, depth: int) -> Path:
    """A good image beside indexes in indexes."""
    layout(folder, [])
    files: dict[str, bytes | str] = {}
    below = json.loads((folder / "index.json").read_bytes())["manifests"]
    deep = below
    for _ in range(depth):
        index = dumps({"mediaType": OCI + "index.v1+json", "manifests": deep})
        deep = [blob(files, index, OCI + "index.v1+json")]
    files["index.json"] = dumps({"manifests": [*below, *deep]})
    return write(folder, files)


def beside(*descriptors: dict[str, Any]) -> Callable[[Path], Path]:
    """A good image, and descriptors of what is not there."""

    def make(folder: Path) -> Path:
        layout(folder, [])
        index = json.loads((folder / "index.json").read_bytes())
        (folder / "index.json").write_bytes(dumps({"manifests": [*index["manifests"], *descriptors]}))
        return folder

    return make


def huge_manifest(folder: Path) -> Path:
    digest = "ab" * 32
    top = beside({"digest": f"sha256:{digest}", "size": 1 << 30, "mediaType": OCI + "manifest.v1+json"})(folder)
    with (top / "blobs/sha256" / digest).open("wb") as file:
        file.truncate(1 << 30)
    return top


def many_manifests(folder: Path) -> Path:
    """Each of them is allowed, and takes twenty times its size in memory."""
    files: dict[str, bytes | str] = {}
    layout(folder, [])
    below = json.loads((folder / "index.json").read_bytes())["manifests"]
    for number in range(30):
        data = b'{"a%d":[' % number + b"[]," * 1_300_000 + b"0]}"
        below.append(blob(files, data, OCI + "manifest.v1+json"))
    return write(folder, {**files, "index.json": dumps({"manifests": below})})


def twice(folder: Path) -> Path:
    recipe = Recipe([[GOOD], [GOOD]], tags=["a:1"])
    return docker_archive(folder / "image.tar", recipe, Recipe([[GOOD]], tags=["b:1"]), layout="old")


def many_entries(count: int) -> bytes:
    """Empty files, 10,000 names again and again."""
    return repeated(b"", b"".join(header(b"d%d/f" % number) for number in range(10_000)), count // 10_000)


def only_attestation(folder: Path) -> Path:
    """An index in which nothing is an image."""
    attested(layout(folder, []), (PROVENANCE, b"{}"))
    index = json.loads((folder / "index.json").read_bytes())
    below = json.loads((folder / ("blobs/" + index["manifests"][0]["digest"].replace(":", "/"))).read_bytes())
    (folder / "index.json").write_bytes(dumps({"manifests": below["manifests"][1:]}))
    return folder


def wrong_blob(folder: Path) -> Path:
    """The bytes of a layer are not those of its digest."""
    top = layout(folder, [packed(BIG, "gzip")])
    path = top / ("blobs/" + sha256(packed(BIG, "gzip")).replace(":", "/"))
    path.write_bytes(packed(BIG, "gzip")[:-1] + b"?")
    return top


def raw(path: bytes, **more: Any) -> bytes:
    """A file with a key, under a name that no writer would write."""
    return header(path, len(KEY), **more) + padded(KEY.encode())


def upper(*layers: Sequence[dict[str, Any]]) -> Callable[[Path], Path]:
    """An image of several layers."""
    return lambda folder: layout(folder, [layer_tar(entries) for entries in layers])


def many_layers(folder: Path) -> Path:
    files = {"a/layer.tar": layer_tar([GOOD]), "c.json": b"{}"}
    manifest = dumps([{"Config": "c.json", "RepoTags": None, "Layers": ["a/layer.tar"] * 100_000}])
    path = folder / "image.tar"
    path.write_bytes(archive({**files, "manifest.json": manifest}))
    return path


SPARSE_OLD = bytearray(header(b"sparse", 512, b"S"))
SPARSE_OLD[386:410] = b"%011o\0%011o\0" % (0, 512)
SPARSE_OLD[483:495] = b"\x80" + (1 << 40).to_bytes(11, "big")
SPARSE_OLD[148:156] = b" " * 8
SPARSE_OLD[148:156] = b"%06o\0 " % sum(SPARSE_OLD)
MAP = padded(b"1\n0\n512\n")
REAL = b"%d" % (1 << 40)
DOCKER = "application/vnd.docker.image.rootfs."
LINK = {"path": "a", "type": "symlink", "link": "/"}
ATTRIBUTES = b"".join(pax((b"SCHILY.xattr.user.%d" % number, bytes(60_000))) for number in range(10))
TWICE = b'[{"Config": "x", "Config": "c.json", "Layers": ["a/layer.tar"]}]'
CASES = [
    of_layer("01-gzip-bomb", lambda: zeros(10 << 30), "diff_id"),
    of_layer("02-multi-member-bomb", lambda: members(10 << 30), "diff_id"),
    of_layer("03-zstd-claims-an-exbibyte", zstd_claim, "zstd"),
    of_layer("04-zstd-window-of-2-gib", lambda: ZSTD_WINDOW, "zstd"),
    of_layer("05-skippable-frames-only", lambda: SKIPPABLE * 3, "layer 0"),
    of_layer(
        "06-garbage-behind", lambda: packed(BIG, "gzip") + b"garbage" * 99, "behind the end", False, "srv/behind.pem"
    ),
    of_layer("07-cut-in-deflate", lambda: cut(packed(BIG, "gzip")), "ends", True, "srv/behind.pem"),
    Case("08-longer-than-stated", changed(size=len(packed(BIG, "gzip")) - 10), "instead of"),
    Case("09-shorter-than-stated", changed(size=1 << 40), "instead of", found=(*FOUND, "srv/behind.pem")),
    Case("10-other-bytes", wrong_blob, "digest", found=(*FOUND, "srv/behind.pem")),
    Case("11-other-diff-id", configured(diff_ids=[sha256(b"1"), sha256(b"2")]), "diff_id"),
    Case("12-other-config", wrong_config, "the configuration has the digest"),
    Case("13-claims-zstd", changed(mediaType=OCI + "layer.v1.tar+zstd"), found=(*FOUND, "srv/behind.pem")),
    Case("13-claims-nothing", changed(mediaType=OCI + "layer.v1.tar"), found=(*FOUND, "srv/behind.pem")),
    Case("13-claims-gzip-is-zstd", changed(packed(BIG, "zstd")), "diff_id", found=(*FOUND, "srv/behind.pem")),
    Case("13-claims-gzip-is-plain", changed(BIG), found=(*FOUND, "srv/behind.pem")),
    Case("13-claims-docker", changed(mediaType=DOCKER + "diff.tar.gzip"), found=(*FOUND, "srv/behind.pem")),
    Case("14-encrypted", changed(mediaType=OCI + "layer.v1.tar+gzip+encrypted"), "it is encrypted"),
    Case("14-encrypted-docker", changed(mediaType=DOCKER + "diff.tar.gzip+encrypted"), "it is encrypted"),
    Case("14-squashfs", changed(mediaType="application/vnd.example.squashfs"), "media type is unknown"),
    Case("14-unknown", changed(mediaType="text/plain"), "media type is unknown"),
    Case("14-foreign", elsewhere(DOCKER + "foreign.diff.tar.gzip"), "it is a foreign layer"),
    Case("14-nondistributable", elsewhere(OCI + "layer.nondistributable.v1.tar+gzip"), "it is a foreign layer"),
    Case("14-foreign-and-there", changed(mediaType=DOCKER + "foreign.diff.tar"), found=(*FOUND, "srv/behind.pem")),
    Case("14-no-layers", lambda folder: docker_archive(folder / "i.tar", Recipe()), found=()),
    of_tar(
        "15-size-of-an-exbibyte", header(b"a", b"\x80" + (1 << 60).to_bytes(11, "big")), "ahead of the end", True, False
    ),
    of_tar("16-negative-size", header(b"a", b"\xff" * 12), "a tar header belongs", True),
    of_tar("17-size-past-the-end", header(b"a", 1 << 30), "ahead of the end", True, False),
    of_tar("18-garbage-in-octal", header(b"a", b"zz9z9z9z9z9\0"), "a tar header belongs", True),
    of_tar("18-wrong-checksum", header(b"a")[:148] + b"000000\0 " + header(b"a")[156:], "a tar header belongs", True),
    of_tar("19-pax-size", pax((b"size", b"512")) + header(b"a", 0) + bytes(512)),
    of_tar("20-pax-length-0", header(b"p", 512, b"x") + padded(b"0 a=b\n") + header(b"a"), "pax header"),
    of_tar("20-pax-length-nan", header(b"p", 512, b"x") + padded(b"zz a=b\n") + header(b"a"), "pax header"),
    of_tar("21-pax-of-2-gib", header(b"p", 2 << 30, b"x"), "passed over", True, False),
    of_tar("22-longname-of-1-gib", header(b"p", 1 << 30, b"L"), "passed over", True, False),
    of_layer("23-chained-headers", lambda: repeated(b"", pax((b"path", b"x")) * 10_000, 100), "passed over"),
    of_tar("23-chained-attributes", ATTRIBUTES * 20, "passed over"),
    of_tar("24-sparse-old", bytes(SPARSE_OLD) + bytes(512)),
    of_tar("24-sparse-0.0", pax((b"GNU.sparse.size", REAL), (b"GNU.sparse.numblocks", b"0")) + header(b"a")),
    of_tar("24-sparse-0.1", pax((b"GNU.sparse.size", REAL), (b"GNU.sparse.map", b"0,512")) + header(b"a")),
    of_tar(
        "24-sparse-1.0",
        pax((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.realsize", REAL))
        + header(b"a", 1024)
        + MAP
        + bytes(512),
    ),
    of_tar("25-global-path", pax((b"path", b"etc/passwd"), kind=b"g"), "global"),
    of_layer("26-no-end-blocks", lambda: BEHIND, "", True, "srv/behind.pem"),
    of_tar("27-numeric-name", header(b"1" * 100, prefix=b"2" * 155)),
    of_entries("28-up", {"path": "../../etc/passwd", "content": KEY}, found=["etc/passwd"]),
    of_entries("29-absolute", {"path": "/abs/path", "content": KEY}, found=["abs/path"]),
    of_entries(
        "30-through-a-link",
        {"path": "a", "type": "symlink", "link": "/"},
        {"path": "a/etc/shadow", "content": KEY},
        found=["a/etc/shadow"],
    ),
    Case("30-through-a-link-below", upper([LINK], [{"path": "a/key.pem", "content": KEY}]), found=["a/key.pem"]),
    of_entries("31-cycle", *({"path": a, "type": "symlink", "link": b} for a, b in ("ab", "ba"))),
    of_entries("32-hard-links", *({"path": n, "type": "hardlink", "link": t} for n, t in ("ab", "bc", "cc", "da"))),
    Case(
        "32-hard-link-into-a-lower-layer",
        upper([{"path": "a", "content": KEY}], [{"path": "b", "type": "hardlink", "link": "a"}, {"path": ".wh.a"}]),
        found=["a"],
    ),
    Case(
        "33-folder-becomes-a-link",
        upper([{"path": "a/key.pem", "content": KEY}], [LINK, {"path": "a/other.pem", "content": KEY}]),
        found=["a/key.pem", "a/other.pem"],
    ),
    of_entries("34-twice", *({"path": "a", "content": f"{KEY}{n}"} for n in range(2)), found=["a"]),
    of_entries("35-deep", {"path": "d/" * 10_000 + "f", "content": KEY}),
    of_entries("35-long", {"path": "\udcff\n\x1b[1m\u202e" + "c" * 4096, "content": KEY}),
    of_tar(
        "35-nul-and-signs", raw(b"a\0b") + raw(b"a\xff\n\x1b[2J\xe2\x80\xaeb") + pax((b"path", b"n\0l")) + raw(b"c")
    ),
    of_tar("36-slash-behind-a-file", raw(b"f/", kind=b"0")),
    of_entries("36-dots", *({"path": p, "content": KEY} for p in ("./", "x//y", "a/./b", "f/")), found=["x/y", "a/b"]),
    of_entries(
        "37-whiteouts",
        *({"path": p} for p in (".wh.", ".wh..wh.plnk", ".wh..wh.aufs", "d/.wh.foo/", ".wh.never", "d/.wh..wh..opq")),
        said="whiteout",
    ),
    of_layer("38-many-entries", lambda: many_entries(5_000_000), "diff_id"),
    Case("39-many-layers", many_layers, "only the first 512 were read"),
    Case("40-history-short", configured(history=[]), "the history tells of 0 layers", False),
    Case("40-history-null", configured(history=None), "the history tells of 0 layers", False),
    Case("40-history-empty", configured(history=[{"empty_layer": True}] * 9), "the history tells of 0 layers", False),
    Case("41-created-by-of-50-mb", configured(history=[{"created_by": "x" * 50_000_000}]), "more than 4194304 bytes"),
    Case("41-env-of-3-mb", configured(config={"Env": ["A=" + "Ab1/" * 750_000]}), "only the first", False),
    Case("42-deep-config", stored("c.json", b"[" * 100_000), "the configuration"),
    Case("42-deep-manifest", stored("manifest.json", b"[" * 100_000), "manifest.json is", found=()),
    Case("42-deep-index", stored("index.json", b"[" * 100_000), "index.json is", False),
    Case("43-keys-twice-in-the-manifest", stored("manifest.json", TWICE), "a key stands twice", False),
    Case("43-keys-twice", stored("c.json", b'{"os": "a", "os": "b"}'), "a key stands twice", False),
    Case("45-deep-indexes", lambda folder: nested(folder, 1000), "deep"),
    Case("46-no-manifests", lambda folder: beside()(folder)),
    Case(
        "47-attestation-missing",
        beside({"digest": sha256(b"x"), "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}),
        "is not there",
    ),
    Case(
        "47-statement-missing",
        lambda folder: attested(layout(folder, []), (PROVENANCE, b"{}"), missing=True),
        "is not there",
    ),
    Case("48-many-large-manifests", many_manifests, "bytes together"),
    Case("48-manifest-of-1-gib", huge_manifest, "more than 4194304 bytes"),
    Case(
        "49-layers-outside",
        stored("manifest.json", dumps([{"Config": "c.json", "Layers": ["../../x", "/etc/passwd", "a/layer.tar"]}])),
        "not in the archive",
    ),
    Case("49-linked-layer", stored("a/layer.tar", "../../../etc/passwd"), "not in the archive", found=()),
    Case("50-twice", twice),
    of_entries(
        "60-special",
        {"path": "tty", "type": "char"},
        {"path": "disk", "type": "block"},
        {"path": "pipe", "type": "fifo"},
        {"path": "su", "type": "symlink", "link": "x", "mode": 0o4777},
        {"path": "cap", "xattrs": {"security.capability": "\x01\x02"}},
        {"path": "key.pem", "content": KEY, "mode": 0o7777, "uid": 2**40},
        found=["key.pem"],
    ),
    of_tar("60-socket", header(b"s", 0, b"s") + header(b"v", 512, b"V") + bytes(512)),
]
