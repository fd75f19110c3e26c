"""Secrets in files inside of files: found at their way in, with line and column, whatever they are packed in."""

from __future__ import annotations

import gzip
import io
import random
import shutil
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.image.result import LayerResult
from imagelint.secrets.confirm import Detector
from imagelint.stream import limits
from tests import nested
from tests.imagemaker import layer_tar
from tests.material import password

ROOT = Path(__file__).parents[2]
KEY = "AK" + "IA" + "QWERTZUIOP234567"
PASSWORD = password(31)
TEXT = f"one\n  key {KEY}\nspring.datasource.password={PASSWORD}\n".encode()
PLACES = [(2, 7, KEY), (3, 28, PASSWORD)]


def read(detector: Detector, *files: tuple[str, bytes]) -> LayerResult:
    data = layer_tar([{"path": path, "content": content} for path, content in files])
    return read_layer(Layer(0, "", "", -1, "", lambda: cast(BinaryIO, io.BytesIO(data))), detector)


def inside(result: LayerResult) -> list[tuple[str, int, int, str]]:
    """Way in, line, column and value of what was found inside of files."""
    return [
        (f"{f.path.decode()}!{f.way.decode(errors='replace')}", f.line, f.column, f.candidate.value)
        for f in result.found
        if f.surface == "archive"
    ]


def at(way: str) -> list[tuple[str, int, int, str]]:
    return [(way, *place) for place in PLACES]


@pytest.mark.parametrize("method", nested.ZIP_METHODS)
@pytest.mark.parametrize("streamed", [False, True])
def test_zip(detector: Detector, method: int, streamed: bool) -> None:
    data = nested.zipped({"a.txt": b"x" * 5000, "app.properties": TEXT, "b": b""}, method, streamed=streamed)
    result = read(detector, ("srv/a.jar", data))
    assert inside(result) == at("srv/a.jar!app.properties")
    assert (result.incomplete, result.limited) == ([], [])
    cut = read(detector, ("srv/a.jar", data[:-60]))
    assert inside(cut) == at("srv/a.jar!app.properties")  # the directory is gone, the local headers lead there


def test_a_zip_whose_directory_leaves_a_member_out(detector: Detector) -> None:
    shown, hidden = nested.zipped({"shown": b"x"}), nested.zipped({"hidden.ini": TEXT})
    assert inside(read(detector, ("a.zip", hidden + shown))) == at("a.zip!hidden.ini")


def test_a_zip_behind_a_script(detector: Detector) -> None:
    for script in (b"#!/usr/bin/env python3\n", b"#!/bin/bash\n" + b"# launch\n" * 9000):
        assert inside(read(detector, ("srv/run", script + nested.zipped({"c.ini": TEXT})))) == at("srv/run!c.ini")


def test_zip64(detector: Detector) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("c.ini", "w", force_zip64=True) as member:
        member.write(TEXT)
    data = bytearray(out.getvalue())
    place = data.index(b"PK\1\2")
    offset = struct.unpack_from("<I", data, place + 42)[0]
    extra = struct.pack("<2H3Q", 1, 24, len(TEXT), len(TEXT), offset)
    data[place + 20 : place + 28] = b"\xff" * 8
    data[place + 30 : place + 32] = struct.pack("<H", len(extra))
    data[place + 42 : place + 46] = b"\xff" * 4
    data[place + 46 + 5 : place + 46 + 5] = extra
    end = data.index(b"PK\5\6")
    size = end - place
    record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, place)
    data[end + 8 : end + 20] = b"\xff" * 12
    data[end:end] = record + struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    assert zipfile.ZipFile(io.BytesIO(data)).read("c.ini") == TEXT
    assert inside(read(detector, ("a.zip", bytes(data)))) == at("a.zip!c.ini")


@pytest.mark.parametrize("form", ["gzip", "bzip2", "xz", "zstd"])
def test_compressed_files_and_tars(detector: Detector, form: str) -> None:
    suffix = {"gzip": "gz", "bzip2": "bz2", "xz": "xz", "zstd": "zst"}[form]
    files = (
        (f"var/app.env.{suffix}", nested.compressed(TEXT, form)),
        (f"srv/b.tar.{suffix}", nested.compressed(nested.tarred({"e/c.ini": TEXT, "e/d": b"x"}), form)),
        ("srv/two.ini", nested.compressed(b"none\n", form) + nested.compressed(TEXT, form)),
    )
    result = read(detector, *files)
    assert inside(result)[:4] == at(f"var/app.env.{suffix}!app.env") + at(f"srv/b.tar.{suffix}!b.tar!e/c.ini")
    assert [place[1:] for place in inside(result)[4:]] == [(line + 1, column, value) for line, column, value in PLACES]
    assert (result.incomplete, result.limited) == ([], [])


@pytest.mark.parametrize("name", ["x", "P", "#!", "BZh", "U", "\x1f", "!", "(", "\xff\xfe"])
def test_a_tar_is_known_whatever_its_first_name(detector: Detector, name: str) -> None:
    assert inside(read(detector, ("a.tar", nested.tarred({f"{name}.ini": TEXT})))) == at(f"a.tar!{name}.ini")


def test_tars_links_and_names(detector: Detector) -> None:
    tar = layer_tar(
        [
            {"path": f"n/{KEY}", "content": "x"},
            {"path": "l", "type": "symlink", "link": KEY},
            {"path": "c.ini", "content": TEXT},
        ]
    )
    result = read(detector, ("a.tar.gz", gzip.compress(tar + tar)))
    once = [(f"a.tar.gz!a.tar!n/{KEY}", 0, 0, KEY), ("a.tar.gz!a.tar!l", 0, 0, KEY)]
    assert sorted(inside(result)) == sorted(2 * (once + at("a.tar.gz!a.tar!c.ini")))


def test_alpine_packages(detector: Detector) -> None:
    result = read(detector, ("a.apk", nested.apk({"etc/c.ini": TEXT})))
    assert inside(result) == at("a.apk!a.apk!etc/c.ini")
    assert result.limited == []


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb is missing")
@pytest.mark.parametrize("form", ["gzip", "xz", "zstd", "none"])
def test_debian_packages(detector: Detector, tmp_path: Path, form: str) -> None:
    data = nested.deb(tmp_path, {"etc/c.ini": TEXT, "DEBIAN/postinst": b"#!/bin/sh\n" + TEXT}, form)
    ways = {way for way, *_ in inside(read(detector, ("a.deb", data)))}
    suffix = {"gzip": ".gz", "xz": ".xz", "zstd": ".zst", "none": ""}[form]
    middle = f"data.tar{suffix}!data.tar" if suffix else "data.tar"
    assert f"a.deb!{middle}!./etc/c.ini" in ways
    assert any(way.startswith("a.deb!control.tar") and way.endswith("./postinst") for way in ways)


def test_deep_inside(detector: Detector) -> None:
    jar = nested.zipped({"app.properties": TEXT})
    war = nested.zipped({"WEB-INF/lib/x.jar": jar}, zipfile.ZIP_STORED)
    data = nested.compressed(nested.tarred({"opt/app.war": war}), "xz")
    assert inside(read(detector, ("srv/t.txz", data))) == at(
        "srv/t.txz!t.tar!opt/app.war!WEB-INF/lib/x.jar!app.properties"
    )


def test_members_larger_than_windows(detector: Detector) -> None:
    head = b"%s\n" % (b"x" * 99) * (3 * limits.WINDOW // 100)
    files = {"small": b"1\n", "big.ini": head + TEXT, "also.ini": TEXT, "last.ini": b"y" * 9_000_000 + b"\n" + TEXT}
    result = read(detector, ("a.zip", nested.zipped(files)), ("b.ini", TEXT))
    lines = head.count(b"\n")
    assert inside(result) == (
        [("a.zip!big.ini", line + lines, column, value) for line, column, value in PLACES]
        + at("a.zip!also.ini")
        + [("a.zip!last.ini", line + 1, column, value) for line, column, value in PLACES]
    )


@pytest.mark.parametrize("shift", [0, 1, 20, 511, 16_383, 16_384, 32_768])
def test_a_secret_at_the_border_of_inner_windows_is_found_once(detector: Detector, shift: int) -> None:
    body = b"." * (limits.WINDOW + limits.CARRY - shift) + b"\n" + KEY.encode() + b"\n" + b"text\n" * 9000
    assert [value for *_, value in inside(read(detector, ("a.gz", gzip.compress(body))))] == [KEY]


def test_an_archive_that_crosses_windows_of_the_layer(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = random.Random(1).randbytes(limits.WINDOW)
    data = nested.zipped({"a": noise, "c.ini": TEXT, "b": noise}, zipfile.ZIP_STORED)
    for kept in (limits.KEPT_IN_MEMORY, limits.MIB):  # in memory, and in a temporary file
        monkeypatch.setattr(limits, "KEPT_IN_MEMORY", kept)
        for pad in (0, limits.WINDOW - 600, limits.WINDOW - 1536, limits.WINDOW - 1537):
            result = read(detector, ("pad", b"\0" * pad), ("a.zip", data), ("b.zip", nested.zipped({"c.ini": TEXT})))
            assert inside(result) == at("a.zip!c.ini") + at("b.zip!c.ini")


def test_many_small_ones(detector: Detector) -> None:
    files = [(f"d/{n}.ini.gz", gzip.compress(TEXT if n % 50 == 0 else b"%d\n" % n * n, mtime=0)) for n in range(2000)]
    result = read(detector, *files)
    assert inside(result) == [place for n in range(0, 2000, 50) for place in at(f"d/{n}.ini.gz!{n}.ini")]
    assert {found.ordinal for found in result.found} == set(range(1, 2001, 50))


def test_a_later_entry_replaces_an_archive(detector: Detector) -> None:
    jar = nested.zipped({"c.ini": TEXT})
    result = read(detector, ("a.jar", jar), ("pad", b"x"), ("a.jar", b"no more"), ("b.jar", jar))
    assert [(f.path, f.ordinal, f.replaced) for f in result.found if f.candidate.value == KEY] == [
        (b"a.jar", 1, 3),
        (b"b.jar", 4, 0),
    ]


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_nesting(detector: Detector, seed: int) -> None:
    rng = random.Random(seed)
    data, way = nested.nested(rng, TEXT, rng.randrange(1, 7))
    found = [
        place for place in inside(read(detector, ("srv/file.ini", data))) if place[1]
    ]  # a stored zip is seen raw too
    assert [place[1:] for place in found] == PLACES
    parts = found[0][0].split("!")[1:]
    assert [part for part, wanted in zip(parts, way.split("!"), strict=True) if wanted not in ("?", part)] == []
