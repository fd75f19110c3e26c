"""What is waste in an image: to the byte of the tars, and within 2% of what the pull would save."""

from __future__ import annotations

import io
import random
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from imagelint.image.layer import read_layer
from imagelint.image.leftovers import CACHE, Useless
from imagelint.image.model import Layer
from imagelint.image.paths import Allowance
from imagelint.image.waste import Piece, pieces
from imagelint.stream import limits
from imagelint.stream.steps import COARSE, FINE
from tests.imagemaker import layer_tar, packed, sha256

Entries = Sequence[Mapping[str, Any]]


def results_of(*tars: bytes, compress: str = "gzip", measure: int = FINE) -> list[Any]:
    """The results of layers, each as `imagelint size` reads it."""
    allowance = Allowance()
    found = []
    for index, tar in enumerate(tars):
        data = packed(tar, compress)
        layer = Layer(index, sha256(data), sha256(tar), len(data), "", partial(io.BytesIO, data))
        found.append(read_layer(layer, None, allowance=allowance, measure=measure))
        assert found[-1].incomplete == []
    return found


def waste(*layers: Entries, compress: str = "gzip", measure: int = FINE) -> list[tuple[str, int, int, bytes, int, int]]:
    """(kind, layer, by, path, files, size) of all pieces, by path."""
    found = pieces(results_of(*map(layer_tar, layers), compress=compress, measure=measure))
    return sorted((p.kind, p.layer, p.by, p.path, p.files, p.size) for p in found)


def shipped(*entries: Mapping[str, Any]) -> int:
    """What entries take of a tar: headers, data, padding, without the end of the archive."""
    out = io.BytesIO(layer_tar(entries))
    with tarfile.open(fileobj=out) as archive:
        members = archive.getmembers()
        last = members[-1]
        return last.offset_data + (last.size + 511 & -512)


BIG: dict[str, Any] = {"path": "srv/BigFile", "content": b"x" * 100_000}
SMALL: dict[str, Any] = {"path": "srv/small", "content": b"y" * 10}


@pytest.mark.parametrize("compress", ["", "gzip", "zstd"])
@pytest.mark.parametrize("measure", [COARSE, FINE])
def test_a_file_that_a_later_layer_removes(compress: str, measure: int) -> None:
    layers = [BIG, SMALL], [{"path": "srv/.wh.BigFile"}]
    assert waste(*layers, compress=compress, measure=measure) == [
        ("deleted", 0, 1, b"srv/BigFile", 1, 512 + 100_000 + 352)
    ]


def test_a_path_that_needs_a_longer_header_counts_with_it() -> None:
    long: dict[str, Any] = {"path": "srv/" + "long" * 60, "content": b"x"}
    found = waste([long], [{"path": "srv/.wh." + "long" * 60}])
    assert found == [("deleted", 0, 1, long["path"].encode(), 1, 4 * 512)]
    assert shipped(long) == 4 * 512


def test_a_folder_that_is_removed_is_one_piece() -> None:
    tree: list[Mapping[str, Any]] = [
        {"path": "opt/app", "type": "dir"},
        {"path": "opt/app/a", "content": b"1" * 600},
        {"path": "opt/app/lib", "type": "dir"},
        {"path": "opt/app/lib/b", "content": b"2"},
        {"path": "opt/app/lib/c", "type": "symlink", "link": "b"},
    ]
    found = waste(
        [{"path": "opt", "type": "dir"}, *tree, SMALL], [{"path": "opt", "type": "dir"}, {"path": "opt/.wh.app"}]
    )
    assert found == [("deleted", 0, 1, b"opt/app", 5, shipped(*tree))]


def test_a_folder_made_opaque_and_one_that_a_file_replaces() -> None:
    below: Entries = [{"path": "var/a/x", "content": b"1"}, {"path": "etc/b/y", "content": b"2" * 1000}]
    above: Entries = [
        {"path": "var/a", "type": "dir"},
        {"path": "var/a/.wh..wh..opq"},
        {"path": "etc/b", "content": b"file"},
    ]
    assert waste(below, above) == [
        ("hidden", 0, 1, b"var/a", 1, 1024),
        ("overwritten", 0, 1, b"etc/b", 1, 512 + 1024),
    ]


def test_the_layer_that_comes_first_made_it_waste() -> None:
    layers = [BIG], [{"path": "srv/.wh.BigFile"}], [{**BIG, "content": b"new"}], [{"path": ".wh.srv"}]
    assert waste(*layers) == [
        ("deleted", 0, 1, b"srv/BigFile", 1, shipped(BIG)),
        ("deleted", 2, 3, b"srv", 1, 1024),
    ]


def test_an_overwritten_file_and_one_written_twice_in_a_layer() -> None:
    other = {**BIG, "content": b"z" * 5}
    assert waste([BIG], [other, {**other, "content": b"w"}]) == [
        ("overwritten", 0, 1, b"srv/BigFile", 1, shipped(BIG)),
        ("overwritten", 1, 1, b"srv/BigFile", 1, 1024),
    ]


def test_a_change_of_mode_ships_the_content_again() -> None:
    layers = [BIG, SMALL], [{**BIG, "mode": 0o600}], [{**BIG, "mode": 0o600, "uid": 7}]
    assert waste(*layers) == [
        ("metadata", 1, 0, b"srv/BigFile", 1, shipped(BIG)),
        ("metadata", 2, 1, b"srv/BigFile", 1, shipped(BIG)),
    ]
    # Where contents are not compared, the copies below are those that nobody sees.
    assert waste(*layers, measure=COARSE) == [
        ("overwritten", 0, 1, b"srv/BigFile", 1, shipped(BIG)),
        ("overwritten", 1, 2, b"srv/BigFile", 1, shipped(BIG)),
    ]
    assert waste(*layers, [{"path": "srv/.wh.BigFile"}])[0] == ("deleted", 0, 3, b"srv/BigFile", 1, shipped(BIG))


def test_the_same_content_at_two_paths_counts_without_its_header() -> None:
    copy = {**BIG, "path": "opt/copy"}
    assert waste([BIG, copy], [{**BIG, "path": "opt/later"}]) == [
        ("duplicate", 0, 0, b"opt/copy", 1, 100_352),
        ("duplicate", 1, 0, b"opt/later", 1, 100_352),
    ]
    found = pieces(results_of(layer_tar([BIG, copy])))
    assert [p.first for p in found] == [b"srv/BigFile"]
    # A copy of what is gone is the only one, and empty files are alike without being copies.
    assert [w[0] for w in waste([BIG], [{"path": ".wh.srv"}, copy])] == ["deleted"]
    assert waste([{"path": "a"}, {"path": "b"}, {"path": "c", "type": "dir"}]) == []
    assert waste([BIG, copy], measure=COARSE) == []


def test_bytes_stay_while_a_hard_link_to_them_does() -> None:
    link = {"path": "srv/name", "type": "hardlink", "link": "srv/BigFile"}
    assert waste([BIG, link], [{"path": "srv/.wh.BigFile"}]) == []
    assert waste([BIG, link], [{"path": "srv/.wh.BigFile"}, {"path": "srv/.wh.name"}]) == [
        ("deleted", 0, 1, b"srv/BigFile", 1, shipped(BIG)),
        ("deleted", 0, 1, b"srv/name", 1, 512),
    ]
    assert waste([BIG], [link], [{"path": "srv/.wh.BigFile"}]) == []


def test_a_folder_that_a_layer_has_again_is_no_waste() -> None:
    folder = {"path": "srv", "type": "dir"}
    assert waste([folder, SMALL], [{**folder, "mode": 0o700}]) == []
    assert waste([folder], [{"path": "srv", "content": b""}]) == [("overwritten", 0, 1, b"srv", 1, 512)]


def test_leftovers_come_ahead_of_copies_and_behind_what_is_gone() -> None:
    files = [{**BIG, "path": "cache/a"}, {**BIG, "path": "cache/gone"}, {**BIG, "path": "home/a"}]
    results = results_of(layer_tar(files), layer_tar([{"path": "cache/.wh.gone"}]))
    found = pieces(
        results, lambda _, paths: {n: "package-cache" for n, path in enumerate(paths) if path.startswith(b"cache/")}
    )
    assert sorted((p.kind, p.path, p.by) for p in found) == [
        ("deleted", b"cache/gone", 1),
        ("package-cache", b"cache/a", 0),
    ]


def test_many_files_are_told_by_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WASTE_PATHS", 20)
    names = [f"app/modules/m{n % 10}/deep/f{n}" for n in range(300)]
    files: list[dict[str, Any]] = [{"path": name, "content": name * 20, "mode": 0o600} for name in names]
    files.append({**BIG, "mode": 0o600})
    results = results_of(layer_tar([{**file, "mode": 0o644} for file in files]), layer_tar(files))
    found = pieces(results)
    assert {(p.kind, p.layer, p.by) for p in found} == {("metadata", 1, 0)}
    assert (sum(p.files for p in found), sum(p.size for p in found)) == (301, shipped(*files))
    folders = {b"app/modules/m%d/deep" % n for n in range(10)}
    assert {p.path for p in found} == {*folders, b"srv/BigFile"}
    assert all(p.largest.startswith(p.path + b"/") for p in found if p.path in folders)


def test_more_entries_than_are_kept_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LEDGER", 200)
    first, second = results_of(layer_tar([BIG, SMALL]), layer_tar([{"path": f"f{n}"} for n in range(20)]))
    assert [p.path for p in pieces([first, second])] == []
    assert first.limited == []
    assert "more paths than are kept" in second.limited[0][1]


def test_names_that_could_be_taken_for_several() -> None:
    from tests.tarmaker import END, header, pax

    tar = pax((b"path", b"a\0b")) + header(b"x") + header(b"c") + END
    (result,) = results_of(tar)
    assert result.ledger.paths() == [b"a\nb", b"c"]


RANDOM = random.Random(8)
WORDS = [RANDOM.randbytes(3).hex().encode() for _ in range(400)]


def noise(size: int) -> bytes:
    return RANDOM.randbytes(size)


def prose(size: int) -> bytes:
    """Like text: what a compressor makes a third of."""
    return b" ".join(RANDOM.choices(WORDS, k=size // 7 + 1))[:size]


@pytest.mark.parametrize("compress", ["gzip", "gzip-1", "gzip-9", "zstd"])
@pytest.mark.parametrize("size", [60_000, 400_000, 1_500_000])
def test_the_compressed_share_is_what_the_pull_would_save(compress: str, size: int) -> None:
    RANDOM.seed(size)
    kinds: dict[str, Callable[[int], bytes]] = {"noise": noise, "prose": prose, "zeros": bytes}
    entries: list[dict[str, Any]] = [
        {"path": f"{'gone' if number % 4 in (1, 2) else 'kept'}/{number}-{kind}", "content": kinds[kind](size)}
        for number, kind in enumerate(["prose", "noise", "prose", "zeros", "noise", "prose", "zeros", "noise"])
    ]
    entries.insert(5, {"path": "gone/a", "content": noise(size // 2)})
    tar, above = layer_tar(entries), layer_tar([{"path": ".wh.gone"}])
    (piece,) = pieces(results_of(tar, above, compress=compress))
    left = layer_tar([entry for entry in entries if not entry["path"].startswith("gone")])
    saved = len(packed(tar, compress)) - len(packed(left, compress))
    assert piece.size == shipped(*[entry for entry in entries if entry["path"].startswith("gone")])
    assert abs(piece.compressed - saved) <= saved * 0.02, (piece.compressed, saved)


@pytest.mark.parametrize("compress", ["gzip", "zstd"])
def test_many_small_files_of_mixed_content(compress: str) -> None:
    RANDOM.seed(9)
    entries: list[dict[str, Any]] = []
    for number in range(1500):
        kind = RANDOM.choice([noise, prose])
        folder = "gone" if number % 50 < 20 else "kept"
        entries.append({"path": f"{folder}/{number}", "content": kind(RANDOM.randrange(200, 8000))})
    tar, above = layer_tar(entries), layer_tar([{"path": ".wh.gone"}])
    (piece,) = pieces(results_of(tar, above, compress=compress))
    left = layer_tar([entry for entry in entries if not entry["path"].startswith("gone")])
    saved = len(packed(tar, compress)) - len(packed(left, compress))
    assert abs(piece.compressed - saved) <= saved * 0.02, (piece.compressed, saved)


def test_a_layer_stored_as_it_is_saves_what_the_file_takes() -> None:
    (piece,) = pieces(results_of(layer_tar([BIG, SMALL]), layer_tar([{"path": "srv/.wh.BigFile"}]), compress=""))
    assert isinstance(piece, Piece)
    assert piece.compressed == piece.size == shipped(BIG)


def test_folders_and_marks_are_no_leftovers() -> None:
    """Nothing is won by leaving them out."""
    file = {"path": "var/cache/apt/a.deb", "content": b"a"}
    results = results_of(
        layer_tar([{"path": "var/cache/apt", "type": "dir"}, file, {"path": "var/cache/apt/.wh.x"}]), measure=COARSE
    )
    (piece,) = pieces(results, Useless(results, compiled=False).among)
    assert (piece.kind, piece.files, piece.size) == (CACHE, 1, 1024)


def test_a_layer_of_several_images_is_told_for_each() -> None:
    """What was told for one is told again for the next where it holds there: not where a layer above takes some of it
    away or links to it, nor at another place among the layers."""
    base = layer_tar(
        [{"path": "var/cache/apt/a.deb", "content": b"a"}, {"path": "var/cache/apt/b.deb", "content": b"b"}]
    )
    small, gone = layer_tar([SMALL]), layer_tar([{"path": "var/cache/apt/.wh.b.deb"}])
    link = layer_tar([{"path": "usr/share/b.deb", "type": "hardlink", "target": "var/cache/apt/b.deb"}])
    images = [[base, small], [base, gone], [base, small], [base, link], [small, base], [base]]

    def told(results: list[Any]) -> list[Piece]:
        return pieces(results, Useless(results, compiled=False).among)

    (shared,) = results_of(base, measure=COARSE)
    for tars in images:
        results = results_of(*tars, measure=COARSE)
        alone = told(results)
        place = tars.index(base)
        results[place] = replace(results[place], ledger=shared.ledger)
        assert told(results) == alone
        assert any(piece.kind == CACHE for piece in alone)
