"""Files inside of files that nobody would pack by accident: bounded, told, and never the end of a scan."""

from __future__ import annotations

import gzip
import hashlib
import random
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from imagelint.image.result import LayerResult
from imagelint.secrets.confirm import Detector
from imagelint.stream import limits
from tests import nested
from tests.image.test_inside import KEY, ROOT, TEXT, at, inside, read
from tests.memory import run
from tests.tarmaker import header


def notes(result: LayerResult) -> list[tuple[str, str]]:
    """Way and reason of what was not read."""
    assert result.incomplete == []
    return [(place.removeprefix("layer 0: "), reason) for place, reason in result.limited]


def patched(data: bytes, name: bytes, central: int, local: int, value: bytes) -> bytes:
    """A zip with a field of one member changed in both of its headers."""
    out = bytearray(data)
    for magic, place, size in ((b"PK\3\4", local, 30), (b"PK\1\2", central, 46)):
        found = out.find(magic)
        while out[found + size : found + size + len(name)] != name:
            found = out.find(magic, found + 4)
        out[found + place : found + place + len(value)] = value
    return bytes(out)


def test_what_cannot_be_read_is_told_with_its_way(detector: Detector) -> None:
    data = nested.zipped({"a.ini": b"x" * 99, "b.ini": b"y" * 99, "c.ini": TEXT, "d.ini": b"z" * 5000})
    data = patched(data, b"a.ini", 8, 6, b"\1")  # encrypted
    data = patched(data, b"b.ini", 10, 8, b"\x09")  # Deflate64
    broken = data.index(b"d.ini") + 5
    data = data[:broken] + b"\xff\xff\xff" + data[broken + 3 :]
    result = read(detector, ("srv/t.tar", nested.tarred({"x.zip": data})))
    assert inside(result)[-2:] == at("srv/t.tar!x.zip!c.ini")
    assert notes(result) == [
        ("srv/t.tar!x.zip!a.ini", "it is encrypted"),
        ("srv/t.tar!x.zip!b.ini", "its compression (Deflate64) is not known here"),
        ("srv/t.tar!x.zip!d.ini", "the deflate stream is damaged"),
    ]


@pytest.mark.parametrize("form", ["gzip", "bzip2", "xz", "zstd"])
def test_a_cut_stream_gives_what_it_has(detector: Detector, form: str) -> None:
    noise = random.Random(5).randbytes(3_000_000)
    data = nested.compressed(TEXT + b"text\n" * 2000 + noise, form)
    result = read(detector, ("srv/a.ini", data[: len(data) * 2 // 3]), ("b.tar", nested.tarred({"c.ini": data[:-9]})))
    assert [place[1:] for place in inside(result)] == 2 * [place[1:] for place in at("")]
    assert [way for way, _ in notes(result)] == ["srv/a.ini", "b.tar!c.ini"]


def test_more_archives_inside_of_each_other_than_are_opened(detector: Detector) -> None:
    data, way = TEXT, "c.ini"
    for level in range(limits.UNPACK_DEPTH + 3):
        data, way = nested.zipped({way.split("!")[0]: data}, zipfile.ZIP_DEFLATED), f"{level}.zip!{way}"
    result = read(detector, ("srv/deep.zip", data))
    assert inside(result) == []
    ((place, reason),) = notes(result)
    assert place.count("!") == limits.UNPACK_DEPTH
    assert reason == "more than 8 archives inside of each other"


def test_a_zip_that_holds_itself_ends(detector: Detector) -> None:
    # Every level holds sixteen copies of the level below, as 42.zip does.
    data = nested.zipped({"0": bytes(1 << 20)})
    for _ in range(6):
        data = nested.zipped({f"{n:x}.zip": data for n in range(16)})
    begin = time.process_time()
    result = read(detector, ("42.zip", data), ("b.zip", nested.zipped({"c.ini": TEXT})))
    assert inside(result) == at("b.zip!c.ini")
    assert any("more uncompressed bytes than are read of one file" in reason for _, reason in notes(result))
    assert time.process_time() - begin < 30


def test_members_that_lie_inside_of_each_other(detector: Detector) -> None:
    kernel = zlib.compress(bytes(1 << 20), 9)[2:-4]
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(kernel), 1 << 20, 1, 0) + b"k" + kernel
    directory = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(kernel), 1 << 20, 1, 0, 0, 0, 0, 0, 0) + b"k"
        for _ in range(5000)
    )
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 5000, 5000, len(directory), len(local), 0)
    result = read(detector, ("bomb.zip", local + directory + end))
    assert ("bomb.zip!k", "it lies inside of another member") in notes(result)
    assert len(notes(result)) == 1


def test_gzip_inside_gzip_that_gives_nothing(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNPACK_FLOOR", 8 << 20)
    empty = gzip.compress(b"", mtime=0)
    blocks = header(b"a", 0) + bytes(64 << 20)
    for data in (
        gzip.compress(empty * 2_000_000),
        gzip.compress(gzip.compress(bytes(256 << 20))),
        gzip.compress(blocks),
    ):
        begin = time.process_time()
        result = read(detector, ("a.gz", data))
        assert "more uncompressed bytes than are read of one file" in notes(result)[0][1]
        assert time.process_time() - begin < 20


def test_more_members_than_are_read(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNPACK_MEMBERS", 100)
    data = nested.tarred({f"{n}": b"x" for n in range(150)} | {"c.ini": TEXT})
    result = read(detector, ("a.tgz", gzip.compress(data)), ("b.tgz", gzip.compress(nested.tarred({"c.ini": TEXT}))))
    assert inside(result) == at("b.tgz!b.tar!c.ini")
    assert notes(result) == [("a.tgz", "more than 100 members; the rest of them was not read")]


def test_an_image_gives_a_limit_to_all_its_files(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 1 << 20)
    result = read(
        detector, *((f"{n}.gz", gzip.compress(bytes(400_000) + TEXT)) for n in range(9)), ("z.gz", b"\x1f\x8b\x08")
    )
    assert 2 <= len({way for way, *_ in inside(result)}) <= 3
    assert {reason for _, reason in notes(result)} == {
        "no more is read from inside of files: the limit for an image is reached"
    }


def test_notes_have_an_end(detector: Detector) -> None:
    data = patched(nested.zipped({"a": b"x" * 99}), b"a", 8, 6, b"\1")
    found = notes(read(detector, *((f"{n}.zip", data) for n in range(300))))
    assert len(found) == limits.LIMITED + 1
    assert found[-1][1] == "more than 100 places inside of files were not read; the others are not listed"


def test_a_decoder_that_asks_for_too_much_memory(detector: Detector) -> None:
    import lzma

    chain = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
    big = lzma.compress(TEXT, filters=chain)
    inner = lzma.compress(nested.tarred({"big.xz": lzma.compress(TEXT, preset=9), "c.ini": TEXT}), preset=9)
    result = read(detector, ("a.xz", big), ("b.xz", inner))
    assert inside(result) == at("b.xz!b!c.ini")
    assert [(way, reason.partition(" near")[0]) for way, reason in notes(result)] == [
        ("a.xz", "the xz stream asks for too much memory"),
        ("b.xz!b!big.xz", "the xz stream asks for too much memory"),
    ]
    small = nested.compressed(nested.tarred({"big.xz": lzma.compress(TEXT, preset=9)}), "xz")  # one of them is modest
    assert inside(read(detector, ("a.xz", small)))[0] == ("a.xz!a!big.xz!big", 2, 7, KEY)


def pack(*objects: bytes) -> bytes:
    body = b"PACK" + struct.pack(">2I", 2, len(objects)) + b"".join(objects)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def packed(kind: int, data: bytes, base: bytes = b"", size: int = -1) -> bytes:
    """One object of a pack."""
    size = len(data) if size < 0 else size
    head = bytearray([kind << 4 | size & 15])
    size >>= 4
    while size:
        head[-1] |= 0x80
        head.append(size & 0x7F)
        size >>= 7
    return bytes(head) + base + zlib.compress(data)


def test_packs_that_lie(detector: Detector) -> None:
    copy = b"\x90\x7f\x90\x7f" + b"\x80" * 3  # sizes, then copies
    itself = pack(packed(6, copy, b"\x00"))
    nowhere = pack(packed(7, copy, b"\1" * 20))
    before = pack(packed(6, copy, b"\xff\xff\xff\x7f"))
    many = pack(packed(3, TEXT))[:8] + b"\xff\xff\xff\xff" + pack(packed(3, TEXT))[12:]
    sizes = pack(packed(3, TEXT, size=1 << 40), packed(3, TEXT, size=3))
    grows = pack(packed(3, bytes(1000)), packed(6, b"\xe8\7\xff\xff\x7f" + b"\xf0\0\0\1" * 60_000, b"\x1a"))
    files = [(f"{n}.pack", data) for n, data in enumerate((itself, nowhere, before, many, sizes, grows))]
    begin = time.process_time()
    result = read(detector, *files)
    assert KEY in {value for *_, value in inside(result)}
    assert {way.split("!")[0] for way, _ in notes(result)} >= {"0.pack", "1.pack", "2.pack", "3.pack"}
    assert time.process_time() - begin < 20


def seeds(folder: Path) -> list[bytes]:
    """One file of every format."""
    files = {"c.ini": TEXT, "d/e": b"text\n" * 300}
    forms = [nested.compressed(nested.tarred(files), form) for form in ("gzip", "bzip2", "xz", "zstd")]
    forms += [nested.zipped(files, method, streamed=n % 2 == 0) for n, method in enumerate(nested.ZIP_METHODS)]
    forms += [nested.tarred(files), nested.apk(files), TEXT.decode().encode("utf-16"), pack(packed(3, TEXT))]
    head = b"debian-binary   0           0     0     100644  4         `\n2.0\n"
    return [*forms, b"!<arch>\n" + head + b"a/              0           0     0     100644  99999     `\n" + TEXT]


@pytest.mark.parametrize("seed", range(12))
def test_garbage_ends_nothing(detector: Detector, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    files: list[tuple[str, bytes]] = []
    for data in seeds(tmp_path):
        for _ in range(12):
            out = bytearray(data[: rng.randrange(4, len(data) + 1)] if rng.random() < 0.4 else data)
            for _ in range(rng.randrange(6)):
                place = rng.randrange(min(len(out), rng.choice((40, 600, 10**9))))
                out[place : place + rng.randrange(3)] = (
                    rng.randbytes(rng.randrange(4)) if rng.random() < 0.5 else b"\xff\xff"
                )
            files.append((f"{len(files)}.bin", bytes(out)))
    files.append(("last.gz", gzip.compress(TEXT)))
    rng.shuffle(files)
    result = read(detector, *files)
    assert result.incomplete == []
    assert ("last.gz!last", 2, 7, KEY) in inside(result)


def test_hostile_names_in_archives(detector: Detector) -> None:
    names = ["../../etc/x.ini", "/abs.ini", "new\nline.ini", "\x1b[31m.ini", "a!b.ini", "\u202e.ini", "n" * 60_000]
    result = read(detector, ("a.zip", nested.zipped(dict.fromkeys(names, TEXT))))
    assert len(inside(result)) == 2 * len(names) - 1  # the last name says nothing of what is in it


@pytest.mark.slow
def test_memory_is_bounded(tmp_path: Path) -> None:
    program = """
        import bz2, gzip, io, lzma, random, sys, tarfile, zipfile, zstandard
        from concurrent.futures import ThreadPoolExecutor
        from imagelint.engine.rule import read_rules
        from imagelint.image.layer import read_layer
        from imagelint.image.model import Layer
        from imagelint.secrets.confirm import Detector
        folder = sys.argv[1]
        def write(name, opened):
            with opened as out:
                rng = random.Random(1)
                for _ in range(150):
                    out.write(rng.randbytes(1 << 19) + bytes(1 << 19))
        write("a", gzip.open(folder + "/a.gz", "wb", 1))
        write("b", zstandard.open(folder + "/b.zst", "wb", zstandard.ZstdCompressor(level=1)))
        write("c", zipfile.ZipFile(folder + "/c.zip", "w").open("c", "w"))
        write("d", lzma.open(folder + "/d.xz", "wb", preset=0))
        with zipfile.ZipFile(folder + "/e.zip", "w") as archive:
            for name in ("a.gz", "b.zst", "c.zip"):
                archive.write(folder + "/" + name, name)
        with tarfile.open(folder + "/layer", "w") as tar:
            for name in ("a.gz", "b.zst", "c.zip", "d.xz", "e.zip"):
                tar.add(folder + "/" + name, name)
        size = peak()
        detector = Detector(read_rules(sys.argv[2], thorough=False))
        def go(n):
            return read_layer(Layer(n, "", "", -1, "", lambda: open(folder + "/layer", "rb", buffering=0)), detector)
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(go, range(2)))
        assert [r.incomplete + r.limited for r in results] == [[], []], results[0].limited
        print(size, peak())
    """
    made, peak = run(program, str(tmp_path), str(ROOT / "rules" / "secrets"))
    assert peak < max(224, made + 120)
