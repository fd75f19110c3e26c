"""What was read of a layer, as bytes and back."""

from __future__ import annotations

import hashlib
import hmac
import os
import subprocess
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint import targets
from imagelint.errors import DamagedError
from imagelint.image import stored
from imagelint.image.databases import lasting
from imagelint.image.model import Image
from imagelint.image.paths import PathSet
from imagelint.image.result import FORGOTTEN, LayerResult
from imagelint.image.stored_values import mentioned
from imagelint.secrets.learned import Learned
from imagelint.stream import kept_bytes, limits
from tests.hostile_images import CASES, Case
from tests.image.test_waste import results_of
from tests.imagemaker import Recipe, layer_tar
from tests.keeping import detector, image_of, inside, leaks, opened, read
from tests.material import password, rsa_key
from tests.plain import plain

KEY = rsa_key(41)
PASSWORD = password(42)
DATABASE = "var/lib/dpkg/info/a.md5sums"
LAYERS: list[list[dict[str, Any]]] = [
    [
        {"path": "etc", "type": "dir"},
        {"path": "etc/shadow", "content": "root::1:0:99999:7:::\napp:!:1::::::\n"},
        {"path": "etc/passwd", "content": "root:x:0:0::/root:/bin/sh\n"},
        {"path": "usr/bin/su", "mode": 0o4755, "content": "su", "uid": 7, "gid": 9},
        {"path": "usr/bin/hard", "type": "hardlink", "link": "usr/bin/su"},
        {"path": "usr/bin/ping", "content": "p", "xattrs": {"security.capability": "\x01\x00\x00\x02" + "\x00" * 16}},
        {"path": "bin/sh", "type": "symlink", "link": "/usr/bin/dash"},
        {"path": "srv/id_rsa", "content": KEY},
        {"path": "srv/app.env", "content": f"DB_PASSWORD={PASSWORD}\n"},
        {"path": "srv/\udcff\udc80.env", "content": f"DB_PASSWORD={PASSWORD}\n"},
        {"path": "var/lib/dpkg/info/a.md5sums", "content": f"{'0' * 32}  usr/bin/su\n"},
        {"path": "var/lib/dpkg/diversions", "content": "/bin/a\n/bin/b\n:\n"},
    ],
    [{"path": "srv/.wh.id_rsa"}, {"path": "etc/.wh..wh..opq"}, {"path": "x/a.wh.b"}, {"path": ".wh..wh.aufs"}],
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[LayerResult]:
    return read(image_of(tmp_path_factory.mktemp("image") / "layout", Recipe(LAYERS)))


@pytest.fixture(scope="module")
def data(results: list[LayerResult]) -> bytes:
    dumped = stored.dump(results[0])
    assert dumped is not None
    return dumped


def told(result: LayerResult) -> dict[str, Any]:
    """All of a result that has to be the same, as plain data."""
    ledger = result.ledger
    assert ledger is not None
    found = [
        (one.path, one.surface, one.line, one.column, one.offset, one.ordinal, one.replaced, one.way, bool(one.digests))
        for one in result.found
    ]
    kept = [
        (
            [getattr(one.entry, name) for name in "path type size mode uid gid link sparse start offset".split()],
            one.entry.xattrs.get(b"security.capability"),
            (one.ordinal, one.content, one.replaced, bool(one.digests), plain(one.certificates)),
        )
        for one in result.kept
    ]
    numbers = (ledger.starts, ledger.heads, ledger.sizes, ledger.types, ledger.compression, ledger.size, ledger.memory)
    return {
        "layer": (result.index, result.digest, result.diff_id, result.bytes_in, result.bytes_out, result.entries),
        "found": found,
        "kept": kept,
        "sets": [one.total for one in (result.files, result.folders, result.whiteouts, result.opaque)],
        "names": result.names,
        "links": result.links,
        "listed": [(p, o.path, o.ordinal, o.lines, o.diverted, o.unread) for p, o in result.listed.items()],
        "holes": (result.incomplete, result.limited),
        "ledger": (ledger.paths(), *numbers, *ledger.steps.columns),
        "telling": result.telling,
    }


def test_the_same_again(results: list[LayerResult]) -> None:
    for number, result in enumerate(results):
        dumped = stored.dump(result)
        assert dumped is not None
        assert told(stored.load(dumped, number)) == told(result)
        assert stored.dump(result) == dumped
    assert len(results[0].found) == 3
    assert b"etc" in results[1].opaque
    assert b"srv/id_rsa" in results[1].whiteouts
    assert b"x/a.wh.b" in results[1].files


def test_candidates_forget_their_values(results: list[LayerResult], data: bytes) -> None:
    again = stored.load(data, 0)
    assert again.forgot
    assert not results[0].forgot
    for ours, theirs in zip(again.found, results[0].found, strict=True):
        assert (ours.candidate.value, ours.candidate.forgot, theirs.candidate.forgot) == ("", True, False)
        assert ours.digests == FORGOTTEN
        for name in ("rule", "name", "strong", "confidence", "encrypted", "prefix"):
            assert getattr(ours.candidate, name) == getattr(theirs.candidate, name)
    assert stored.dump(again) is None
    assert not leaks(data, results)
    assert PASSWORD.encode() not in inside(data)


def test_the_digest_of_a_file_with_a_password(tmp_path: Path) -> None:
    """Whoever knows how the file is made could try passwords; a package's database has it as well."""
    text, path = f"DB_PASSWORD={PASSWORD}\n", "srv/app.env"
    digests = [hashlib.new(name, text.encode(), usedforsecurity=False).digest() for name in ("md5", "sha1", "sha256")]
    secret, other = digests[0].hex(), hashlib.md5(b"x", usedforsecurity=False).hexdigest()
    entries: list[dict[str, Any]] = [
        {"path": path, "content": text, "mode": 0o4755},
        {"path": "usr/x", "content": "x"},
        {"path": DATABASE, "content": f"{secret}  {path}\n{other}  usr/x\n"},
    ]
    (result,) = read(image_of(tmp_path / "i", Recipe([entries])))
    dumped = stored.dump(result)
    assert dumped is not None
    before, after = (set(one.listed[DATABASE.encode()].lines) for one in (result, stored.load(dumped, 0)))
    assert before - after == {lasting(f"{secret}  {path}".encode())}
    assert lasting(f"{other}  usr/x".encode()) in after
    assert not any(form in inside(dumped) for digest in digests for form in (digest, digest.hex().encode()))
    assert {found.digests for found in result.found} == {b"".join(digests)}
    assert b"".join(digests) in {kept.digests for kept in result.kept}


def test_at_another_place_in_an_image(data: bytes) -> None:
    again = stored.load(data, 7)
    assert again.index == 7


def test_places_of_what_was_limited(tmp_path: Path) -> None:
    (result,) = read(image_of(tmp_path / "i", Recipe([[{"path": "a/.wh."}]])))
    dumped = stored.dump(result)
    assert dumped is not None
    (was,) = result.limited
    assert was[0].startswith("layer 0 sha256:")
    assert stored.load(dumped, 12).limited == [(was[0].replace("layer 0", "layer 12"), was[1])]


@pytest.mark.parametrize(
    "entry",
    [
        {"path": f"srv/{PASSWORD}"},
        {"path": f"srv/{PASSWORD}/x"},
        {"path": "x", "type": "symlink", "link": PASSWORD},
        {"path": "etc/shadow", "content": f"app:{PASSWORD}:1::::::\n", "type": "file"},
        {"path": "x", "type": "hardlink", "link": f"srv/{PASSWORD}"},
    ],
    ids=["name", "folder", "link", "content", "hard link"],
)
def test_a_layer_with_a_value_where_it_cannot_be_left_out(tmp_path: Path, entry: dict[str, Any]) -> None:
    secret = {"path": "srv/app.env", "content": f"DB_PASSWORD={PASSWORD}\n"}
    unasked = entry["path"] == "x" and entry["type"] == "symlink"  # no rule asks about it, so it is not kept
    (result,) = read(image_of(tmp_path / "i", Recipe([[secret, entry]])))
    dumped = stored.dump(result)
    assert (dumped is not None) == unasked
    assert dumped is None or PASSWORD.encode() not in inside(dumped)


def test_what_is_not_kept(tmp_path: Path, results: list[LayerResult], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not measured, not read to be kept, cut, with a hole, or with a path that the ledger has otherwise."""
    from dataclasses import replace

    from imagelint.image.layer import read_layer
    from imagelint.stream.steps import COARSE, FINE

    (layer, _) = image_of(tmp_path / "i", Recipe(LAYERS)).layers
    assert stored.dump(read_layer(layer, detector())) is None
    assert stored.dump(read_layer(layer, detector(), measure=COARSE)) is None
    assert stored.dump(read_layer(layer, detector(), measure=FINE, keep=True)) is None
    assert stored.dump(read_layer(layer, detector(), measure=COARSE, keep=True)) is not None
    assert stored.dump(replace(results[0], incomplete=[("layer 0", "cut")])) is None
    assert stored.dump(replace(results[0], files=PathSet([b"other"]))) is None
    monkeypatch.setattr(limits, "LEDGER", 100)
    assert stored.dump(read_layer(layer, detector(), measure=COARSE, keep=True)) is None


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
@pytest.mark.slow
@pytest.mark.long
def test_hostile_images(tmp_path: Path, case: Case) -> None:
    (tmp_path / "image").mkdir()
    for image in targets.expand(str(case.make(tmp_path / "image"))):
        for result in read(image) if isinstance(image, Image) else ():
            dumped = stored.dump(result)
            if dumped is not None:
                again = stored.load(dumped, result.index)
                assert told(again) == told(result)
                assert not leaks(dumped, [result])
            sealed = stored.dump(result, bytes)
            if sealed is not None:
                assert told(stored.load(sealed, result.index, bytes)) == told(result)


def test_sealed(results: list[LayerResult]) -> None:
    key = os.urandom(32)

    def stream(nonce: bytes) -> Iterator[int]:
        number = 0
        while True:
            yield from hmac.digest(key, nonce + b"%d" % number, "sha256")
            number += 1

    def seal(data: bytes) -> bytes:
        nonce = os.urandom(16)
        return nonce + bytes(a ^ b for a, b in zip(data, stream(nonce), strict=False))

    def unseal(data: bytes) -> bytes:
        return bytes(a ^ b for a, b in zip(data[16:], stream(data[:16]), strict=False))

    sealed = stored.dump(results[0], seal)
    assert sealed is not None
    again = stored.load(sealed, 0, unseal)
    assert told(again) == told(results[0])
    assert [plain(one.candidate) for one in again.found] == [plain(one.candidate) for one in results[0].found]
    assert [one.digests for one in again.found] == [one.digests for one in results[0].found]
    assert not again.forgot
    assert b"srv/app.env" not in sealed

    def fails(data: bytes) -> bytes:
        raise ValueError(len(data))

    for wrong in (None, seal, bytes, fails):
        with pytest.raises(DamagedError):
            stored.load(sealed, 0, wrong)


def test_in_another_process(data: bytes, tmp_path: Path) -> None:
    """hash() is another one there."""
    (tmp_path / "data").write_bytes(data)
    program = """
from pathlib import Path
import sys
from imagelint.image import stored
result = stored.load(Path(sys.argv[1]).read_bytes(), 0)
assert b"usr/bin/su" in result.files and b"etc" in result.folders and b"etc" not in result.files
print(hash(b"x"), *sorted(result.listed[b"var/lib/dpkg/info/a.md5sums"].lines))
"""
    said = [
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "data")],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.split()
        for seed in "12"
    ]
    assert said[0][0] != said[1][0]
    assert said[0][1:] == said[1][1:]


def refused(data: bytes) -> bool:
    """Whether bytes are refused as damaged; nothing else may be raised."""
    try:
        stored.load(data, 0)
    except DamagedError:
        return True
    return False


def test_cut_anywhere(data: bytes) -> None:
    assert all(refused(data[:size]) for size in range(len(data)))
    assert refused(data + b"x")


def test_every_bit(data: bytes) -> None:
    for at in range(len(data)):
        for bit in (1, 16, 128):
            damaged = bytearray(data)
            damaged[at] ^= bit
            assert refused(bytes(damaged)), at


def closed(head: dict[str, Any], columns: list[kept_bytes.Column]) -> bytes:
    """Bytes as somebody could make them who knows the format."""
    return kept_bytes.wrap(stored.MAGIC, stored.FORMAT, 0, kept_bytes.pack(head, columns))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4),
)


@settings(max_examples=400, deadline=None)
@given(changes=st.data())
def test_any_other_head(data: bytes, changes: st.DataObject) -> None:
    """What its checksum does not tell: bytes that somebody made."""
    head, columns = opened(data)
    draw = changes.draw
    name = draw(st.sampled_from(sorted(set(head) - {"columns"})))
    item: Any = head
    where: Any = name
    while isinstance(item[where], list) and item[where] and draw(st.booleans()):
        item, where = item[where], draw(st.integers(0, len(item[where]) - 1))
    if draw(st.booleans()) and isinstance(item, list):
        del item[where]
    else:
        item[where] = draw(VALUES)
    made = closed(head, columns)
    if not refused(made):
        again = stored.load(made, 0)
        assert all(found.line >= 0 and found.path is not None for found in again.found)


@settings(max_examples=200, deadline=None)
@given(number=st.integers(0, 8), change=st.binary(max_size=64), code=st.sampled_from("qQIdB"), count=st.integers(0, 6))
def test_any_other_column(data: bytes, number: int, change: bytes, code: str, count: int) -> None:
    head, columns = opened(data)
    size = array(code).itemsize
    column: Any = change if code == "B" else array(code, change[: len(change) // size * size])
    for changed in (columns[:count], [*columns[:number], column, *columns[number + 1 :]]):
        refused(closed(head, changed))


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    assert refused(data)
    assert refused(stored.MAGIC + data)


def test_bytes_that_say_that_they_are_large(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    head, columns = opened(data)
    monkeypatch.setattr(limits, "KEPT_RESULT", 100)
    assert refused(closed(head, columns))
    bomb = kept_bytes.pack({}, [bytes(1 << 20)])
    assert len(bomb) < 1000
    assert refused(kept_bytes.wrap(stored.MAGIC, stored.FORMAT, 0, bomb))


def test_another_version(data: bytes) -> None:
    with pytest.raises(DamagedError, match="they are in format 2, and this version reads 1"):
        stored.load(data[:4] + b"\2\0" + data[6:], 0)


def test_a_value_in_whatever_letters_is_seen_in_a_name() -> None:
    """A capital sigma has two small letters; which one depends on what follows."""
    value = "\u0393\u0391\u039c\u039c\u0391-7-\u03a3\u0399\u0393\u039c\u0391\u03a3"
    learned = Learned()
    learned.add(value)
    for name, there in ((f"srv/x{value}\u0391.txt", [0]), (f"srv/{value}", [0]), (f"srv/{value[:-1]}", [])):
        assert mentioned(results_of(layer_tar([{"path": name}])), learned) == there
