"""One pass over a layer: which secrets, in which entry, on which line, and what the timeline needs."""

from __future__ import annotations

import gc
import gzip
import hashlib
import io
import tarfile
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.image.paths import Allowance
from imagelint.image.result import LayerResult
from imagelint.secrets.confirm import Detector
from imagelint.stream import limits
from tests.imagemaker import layer_tar, packed, sha256
from tests.material import rsa_key
from tests.memory import run
from tests.tarmaker import END, header, pax

ROOT = Path(__file__).parents[2]
KEY = "AK" + "IA" + "QWERTZUIOP234567"
OTHER = "AK" + "IA" + "YXCVBNMASD765432"


def layer(tar: bytes, compress: str = "", index: int = 0) -> Layer:
    data = packed(tar, compress)
    return Layer(index, sha256(data), sha256(tar), len(data), "", lambda: cast(BinaryIO, io.BytesIO(data)))


def found(result: LayerResult, value: str = KEY) -> list[tuple[bytes, str, int, int]]:
    """Only the key's: a format is not what is under test."""
    return [(f.path, f.surface, f.line, f.offset) for f in result.found if f.candidate.value == value]


@pytest.mark.parametrize("compress", ["", "gzip", "zstd"])
def test_where_a_secret_lies(detector: Detector, compress: str) -> None:
    tar = layer_tar(
        [
            {"path": "etc/", "type": "dir"},
            {"path": "etc/app.conf", "content": f"one\ntwo\nkey {KEY}\n"},
            {"path": "etc/binary", "content": b"\0\1\n\n" + KEY.encode()},
        ]
    )
    result = read_layer(layer(tar, compress), detector)
    assert found(result) == [(b"etc/app.conf", "file", 3, 12), (b"etc/binary", "file", 0, 4)]
    assert result.found[0].column == 5
    assert (result.entries, result.diff_id, result.incomplete, result.limited) == (3, sha256(tar), [], [])
    assert b"etc/app.conf" in result.files
    assert b"etc" in result.folders
    assert b"etc" not in result.files


def test_names_links_and_extended_attributes_are_surfaces(detector: Detector) -> None:
    tar = layer_tar(
        [
            {"path": f"srv/{KEY}/", "type": "dir"},
            {"path": "a", "type": "symlink", "link": KEY},
            {"path": "b", "xattrs": {"user.note": KEY}},
        ]
    )
    result = read_layer(layer(tar), detector)
    assert found(result) == [
        (b"srv/" + KEY.encode(), "name", 0, -1),
        (b"a", "link", 0, -1),
        (b"b", "xattr", 0, -1),
    ]


def test_names_of_owners_and_comments_in_headers_are_surfaces(detector: Detector) -> None:
    people = layer_tar([{"path": "a", "user": KEY}, {"path": "b", "user": KEY}, {"path": "c", "group": OTHER}])
    said = pax((b"comment", b"note " + KEY.encode())) + header(b"d") + END
    result = read_layer(layer(people[: 3 * 512] + said), detector)
    assert found(result) == [(b"a", "header", 0, -1), (b"d", "header", 0, -1)]
    assert found(result, OTHER) == [(b"c", "header", 0, -1)]


def test_bytes_of_no_entry_are_scanned_too(detector: Detector) -> None:
    tar = layer_tar([{"path": "a", "content": "x"}]) + b"\n" + KEY.encode() + b"\n"
    assert found(read_layer(layer(tar), detector)) == [(b"a", "gap", 0, len(tar) - 2 * 512 + 512 - 1 - len(KEY) - 1)]
    junk = b"no tar at all " * 100 + KEY.encode() + b" "
    result = read_layer(layer(junk), detector)
    assert found(result) == [(b"", "gap", 0, 1400)]
    assert result.incomplete[0][1] == "no tar header was found"


@pytest.mark.parametrize("shift", [0, 1, 7, 20, 511, 16_383, 16_384, 16_385, 32_767, 32_768, 40_000])
def test_a_secret_at_the_border_of_windows_is_found_once(detector: Detector, shift: int) -> None:
    line = b"a line of text\n"
    body = line * ((limits.WINDOW - 2048) // len(line))
    body += b"." * (limits.WINDOW - 512 - shift - len(body) - 1) + b"\n"
    head = len(body)
    body += KEY.encode() + b"\n" + line * 5000
    result = read_layer(layer(layer_tar([{"path": "big", "content": body}])), detector)
    assert found(result) == [(b"big", "file", body[:head].count(b"\n") + 1, head)]


def test_a_secret_behind_and_inside_long_holes(detector: Detector) -> None:
    hole = bytes(3 * limits.WINDOW)
    body = hole + b" " + KEY.encode() + b" " + hole + b" " + OTHER.encode() + b" "
    result = read_layer(layer(layer_tar([{"path": "hole", "content": body}])), detector)
    assert found(result) == [(b"hole", "file", 0, len(hole) + 1)]
    assert found(result, OTHER) == [(b"hole", "file", 0, len(body) - 1 - len(OTHER))]


def test_a_text_that_the_layer_cuts_still_has_lines(detector: Detector) -> None:
    result = read_layer(layer(header(b"cut", 1 << 20) + b"one\n" + KEY.encode()), detector)
    assert found(result) == [(b"cut", "file", 2, 4)]


def test_lines_are_right_far_into_a_large_file(detector: Detector) -> None:
    body = b"".join(b"%d\n" % n for n in range(1_200_000)) + KEY.encode() + b"\nx\n" + OTHER.encode() + b"\n"
    assert len(body) > 3 * limits.WINDOW
    result = read_layer(
        layer(layer_tar([{"path": "first"}, {"path": "big", "content": body}, {"path": "c", "content": KEY}])), detector
    )
    assert [(path, line) for path, _, line, _ in found(result)] == [(b"big", 1_200_001), (b"c", 1)]
    assert [(path, line) for path, _, line, _ in found(result, OTHER)] == [(b"big", 1_200_003)]


def test_the_same_secrets_whatever_the_entries_around(detector: Detector) -> None:
    entries = [
        {"path": f"d/{n}", "content": f"{'x' * (n % 900)}\n{KEY} \n" if n % 97 == 0 else "y" * (n % 3000)}
        for n in range(9000)
    ]
    result = read_layer(layer(layer_tar(entries)), detector)
    assert [path for path, *_ in found(result)] == [b"d/%d" % n for n in range(0, 9000, 97)]
    assert {line for _, _, line, _ in found(result)} == {2}
    assert [f.ordinal for f in result.found if f.candidate.value == KEY] == list(range(1, 9001, 97))


def test_a_private_key_that_crosses_windows(detector: Detector) -> None:
    pem = rsa_key(5, 4096)
    for cut in (40, 1000, 3000):
        body = b"z\n" * ((limits.WINDOW - 512 - cut) // 2) + pem.encode() + b"end\n"
        result = read_layer(layer(layer_tar([{"path": "k", "content": body}])), detector)
        blocks = [f for f in result.found if f.candidate.rule == "pem-private-key"]
        assert [f.candidate.value.strip() for f in blocks] == [pem.strip()]
        assert blocks[0].offset == body.index(b"-----BEGIN")


def test_values_stay_out_of_reprs(detector: Detector) -> None:
    result = read_layer(layer(layer_tar([{"path": "a", "content": KEY}])), detector)
    assert found(result)
    assert KEY not in repr(result)


def test_whiteouts_opaque_marks_and_aufs_metadata() -> None:
    tar = layer_tar(
        [
            {"path": "etc/.wh.gone"},
            {"path": ".wh.top"},
            {"path": "data/new"},
            {"path": "data/.wh..wh..opq"},
            {"path": "odd/.wh."},
            {"path": ".wh..wh.plnk", "type": "dir"},
            {"path": ".wh..wh.aufs"},
            {"path": "a/.wh.dir/", "type": "dir"},
            {"path": "b/.wh..."},
        ]
    )
    result = read_layer(layer(tar), None)
    assert all(path in result.whiteouts for path in (b"etc/gone", b"top", b"a/dir"))
    assert len(result.whiteouts) == 3
    assert b"data" in result.opaque
    assert len(result.opaque) == 1
    assert b"data/new" in result.files
    assert len(result.files) == 1
    assert result.limited == [(f"layer 0 {sha256(tar)}", "a whiteout that names no file was left aside")]


def test_a_later_entry_of_the_same_path_replaces_the_first(detector: Detector) -> None:
    entries = [
        {"path": "a", "content": KEY},
        {"path": "d/x", "content": KEY},
        {"path": "b", "content": "1"},
        {"path": "./a", "content": OTHER},
        {"path": "d", "type": "symlink", "link": "b"},
        {"path": "z", "content": KEY},
    ]
    result = read_layer(layer(layer_tar(entries)), detector)
    keys = [(f.path, f.ordinal, f.replaced) for f in result.found if f.candidate.value in (KEY, OTHER)]
    assert keys == [(b"a", 1, 4), (b"d/x", 2, 5), (b"a", 4, 0), (b"z", 6, 0)]


def test_hard_links_are_known_by_the_name_that_has_the_bytes() -> None:
    tar = layer_tar(
        [
            {"path": "a", "content": "x"},
            {"path": "b", "type": "hardlink", "link": "./a"},
            {"path": "c", "type": "hardlink", "link": "b"},
            {"path": "s", "type": "hardlink", "link": "s"},
            {"path": "m", "type": "hardlink", "link": "missing"},
        ]
    )
    assert read_layer(layer(tar), None).links == {b"a": [(b"b", 2), (b"c", 3)], b"missing": [(b"m", 5)]}


def test_entries_that_rules_want_and_files_that_are_kept_whole() -> None:
    class Setuid:
        def wants(self, path: bytes, mode: int, type: str, xattrs: Collection[bytes]) -> bool:
            return type == "file" and bool(mode & 0o4000)

    shadow = "root::19000:0:99999:7:::\n" * 2
    big = "u:x:1:1::/:/bin/sh\n" * 60_000
    tar = layer_tar(
        [
            {"path": "bin/su", "mode": 0o4755, "content": "elf"},
            {"path": "etc/shadow", "content": shadow},
            {"path": "bin/ls"},
            {"path": "pad", "content": b"\0" * (limits.WINDOW - 300_000)},
            {"path": "etc/passwd", "content": "p" * 600_000},
            {"path": "etc/group", "content": big},
        ]
    )
    paths = frozenset((b"etc/shadow", b"etc/passwd", b"etc/group"))
    result = read_layer(layer(tar), None, Setuid(), contents=paths)
    assert [(kept.entry.path, kept.ordinal) for kept in result.kept] == [
        (b"bin/su", 1),
        (b"etc/shadow", 2),
        (b"etc/passwd", 5),
        (b"etc/group", 6),
    ]
    contents = [kept.content for kept in result.kept]
    assert contents == [None, shadow.encode(), b"p" * 600_000, None]
    assert result.limited[0][1] == "a file that is read by its grammar is too large"


def test_what_is_wrong_is_listed_and_the_findings_stay(detector: Detector) -> None:
    tar = layer_tar([{"path": "a", "content": KEY}, {"path": "b", "content": hashlib.shake_128(b"b").digest(400_000)}])
    data = gzip.compress(tar, mtime=0)

    def broken(data: bytes, digest: str, diff_id: str, size: int = -1) -> LayerResult:
        return read_layer(Layer(3, digest, diff_id, size, "", lambda: cast(BinaryIO, io.BytesIO(data))), detector)

    for result, reason in (
        (broken(data, "sha256:" + "1" * 64, ""), "instead of sha256:1111"),
        (broken(data, sha256(data), "sha256:" + "2" * 64), "diff_id"),
        (broken(data[:-5000], "", ""), "ends early"),
        (broken(data, "", "", 10**6), "instead of 1000000"),
    ):
        assert [path for path, *_ in found(result)] == [b"a"]
        assert reason in result.incomplete[0][1]
        assert result.incomplete[0][0].startswith("layer 3")
    cut = broken(tar[: len(tar) // 2], "", "")
    assert "ahead of the end of its last member" in cut.incomplete[0][1]


def test_a_layer_that_cannot_be_opened() -> None:
    def missing() -> BinaryIO:
        raise FileNotFoundError(2, "No such file or directory", "/hidden/path")

    result = read_layer(Layer(0, "", "", -1, "", missing), None)
    assert result.incomplete == [("layer 0", "it cannot be opened: No such file or directory")]


def test_garbage_behind_the_compressed_stream_is_told() -> None:
    data = gzip.compress(layer_tar([{"path": "a"}]), mtime=0) + b"tail"
    result = read_layer(Layer(0, sha256(data), "", len(data), "", lambda: cast(BinaryIO, io.BytesIO(data))), None)
    assert result.limited == [(f"layer 0 {sha256(data)}", "4 bytes behind the end of the compressed stream")]
    assert result.incomplete == []


def test_more_than_an_allowance_is_listed_and_not_kept(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CANDIDATES", 3)
    monkeypatch.setattr(limits, "PATHS", 5)
    tar = layer_tar([{"path": f"f{n}", "content": KEY} for n in range(10)])
    result = read_layer(layer(tar), detector, allowance=Allowance())
    assert len(result.found) == 3
    assert len(result.files) == 0
    reasons = [reason for _, reason in result.limited]
    assert "more secrets than are kept; the rest of them is not reported" in reasons
    assert "more paths than are kept; what they replace or delete is not known" in reasons


def test_a_flood_of_hits_ends(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FILE_HITS", 50)
    body = "".join(f"{KEY[:-1]}{'ABCDEFGH'[n % 8]}\n" for n in range(1000))
    result = read_layer(layer(layer_tar([{"path": "flood", "content": body}, {"path": "b", "content": KEY}])), detector)
    assert 0 < len(result.found) <= 51
    assert found(result)[-1][0] == b"b"
    assert "too many places that look like secrets" in result.limited[0][1]


def test_two_threads_find_what_one_finds(detector: Detector) -> None:
    layers = [
        layer(layer_tar([{"path": f"{n}/{m}", "content": f"{'q' * m}\n{KEY}\n"} for m in range(2000)]), "gzip", n)
        for n in range(4)
    ]
    with ThreadPoolExecutor(2) as pool:
        parallel = list(pool.map(lambda each: read_layer(each, detector), layers))
    for one, two in zip((read_layer(each, detector) for each in layers), parallel, strict=True):
        assert found(one) == found(two)
        assert len(found(one)) == 2000


def test_hostile_names_end_nothing(detector: Detector) -> None:
    names = [
        "\udcff\udcfe",
        "new\nline",
        "\x1b[31mred",
        "\u202egnp.exe",
        "c" * 4096,
        "d/" * 5000 + "f",
        ".wh.\udcff",
        "a/./b",
        "x//y",
    ]
    tar = layer_tar([{"path": name, "content": KEY} for name in names], tarfile.GNU_FORMAT)
    assert len(found(read_layer(layer(tar), detector))) == len(names)


@pytest.mark.parametrize("compress", ["gzip", ""])
def test_a_gibibyte_layer_stays_in_memory_bounds(tmp_path: Path, compress: str) -> None:
    program = """
        import gzip, io, sys, tarfile
        from imagelint.engine.rule import read_rules
        from imagelint.image.layer import read_layer
        from imagelint.image.model import Layer
        from imagelint.secrets.confirm import Detector
        class Zeros(io.RawIOBase):
            def readable(self): return True
            def readinto(self, buffer):
                buffer[:] = bytes(len(buffer))
                return len(buffer)
        path = sys.argv[1]
        opened = gzip.open(path, "wb", 1) if sys.argv[2] else open(path, "wb")
        with opened as out, tarfile.open(fileobj=out, mode="w|") as tar:
            member = tarfile.TarInfo("zeros")
            member.size = 1 << 30
            tar.addfile(member, io.BufferedReader(Zeros(), 1 << 20))
            tar.addfile(tarfile.TarInfo("after"))
        detector = Detector(read_rules(sys.argv[3], thorough=False))
        result = read_layer(Layer(0, "", "", -1, "", lambda: open(path, "rb", buffering=0)), detector)
        assert result.incomplete == [], result.incomplete
        print(result.bytes_out, result.entries, peak())
    """
    size, entries, mebibytes = run(program, str(tmp_path / "layer"), compress, str(ROOT / "rules" / "secrets"))
    assert size > 1 << 30
    assert entries == 2
    assert mebibytes < 128


@pytest.mark.parametrize("compress", ["", "gzip", "zstd"])
def test_a_layer_that_was_read_keeps_no_memory(detector: Detector, compress: str) -> None:
    """Not even until the garbage collector comes by: a window has 2 MiB, and a zstd decoder may have 64."""

    def alive() -> int:
        return sum(str(type(thing).__module__).startswith("imagelint.") for thing in gc.get_objects())

    one = layer(layer_tar([{"path": "a", "content": "x"}]), compress)
    read_layer(one, detector)
    gc.collect()
    gc.disable()
    try:
        before = alive()
        read_layer(one, detector)
        assert alive() == before
    finally:
        gc.enable()
