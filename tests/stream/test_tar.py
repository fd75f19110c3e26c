"""The tar reader against Python's own writer, and against headers that lie."""

from __future__ import annotations

import io
import tarfile

import pytest

from imagelint.stream import limits
from imagelint.stream.tar import BLOCK, Entry, TarReader, clean, number
from tests.imagemaker import layer_tar
from tests.tarmaker import END, header, padded, pax


def read(data: bytes, piece: int = 1 << 20) -> tuple[list[Entry], TarReader]:
    reader, found = TarReader(), []
    for at in range(0, len(data), piece):
        found += reader.feed(memoryview(data)[at : at + piece], at)
    return found, reader


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("piece", [1, 511, 512, 700, 1 << 20])
def test_reads_what_python_writes(form: int, piece: int) -> None:
    long = "d/" * 60 + "name"
    data = layer_tar(
        [
            {"path": "usr/bin/tool", "mode": 0o4755, "uid": 7, "gid": 9, "content": b"x" * 1000},
            {"path": "etc/", "type": "dir", "mode": 0o700},
            {"path": long, "content": "y"},
            {"path": "l", "type": "symlink", "link": "usr/bin/tool"},
            {"path": "h", "type": "hardlink", "link": "usr/bin/tool"},
            {"path": "dev/null", "type": "char"},
            {"path": "pipe", "type": "fifo"},
        ],
        form,
    )
    entries, reader = read(data, piece)
    assert [(entry.path, entry.type) for entry in entries] == [
        (b"usr/bin/tool", "file"),
        (b"etc", "dir"),
        (long.encode(), "file"),
        (b"l", "symlink"),
        (b"h", "hardlink"),
        (b"dev/null", "char"),
        (b"pipe", "fifo"),
    ]
    tool = entries[0]
    assert (tool.mode, tool.uid, tool.gid, tool.size) == (0o4755, 7, 9, 1000)
    assert data[tool.offset : tool.end] == b"x" * 1000
    assert data[entries[2].offset : entries[2].end] == b"y"
    assert entries[3].link == b"usr/bin/tool"
    assert reader.ended
    assert reader.finish(len(data)) == ""


def test_extended_attributes_of_both_writers() -> None:
    data = pax((b"SCHILY.xattr.user.a", b"one=1\n2"), (b"LIBARCHIVE.xattr.user%2Eb", b"dHdv")) + header() + END
    assert read(data)[0][0].xattrs == {b"user.a": b"one=1\n2", b"user.b": b"two"}


def test_pax_values_beat_the_header_and_a_longname_beats_pax() -> None:
    body = b"abc" + bytes(509)
    data = (
        pax((b"path", b"p" * 300), (b"size", b"3"), (b"uid", b"70000"))
        + header(b"short", 0)
        + body
        + header(b"next")
        + END
    )
    entries, reader = read(data)
    assert [(entry.path, entry.size, entry.uid) for entry in entries] == [(b"p" * 300, 3, 70000), (b"next", 0, 0)]
    long = header(b"././@LongLink", 4, b"L") + padded(b"gnu\0")
    assert read(pax((b"path", b"pax")) + long + header() + END)[0][0].path == b"gnu"
    assert read(long + pax((b"path", b"pax")) + header() + END)[0][0].path == b"gnu"
    assert reader.finish(len(data)) == ""


def test_the_prefix_field() -> None:
    assert read(header(b"n" * 100, prefix=b"a/b") + END)[0][0].path == b"a/b/" + b"n" * 100


def test_a_global_header_changes_nothing_and_is_told() -> None:
    entries, reader = read(pax((b"path", b"evil"), kind=b"g") + header(b"good") + END)
    assert [entry.path for entry in entries] == [b"good"]
    assert "global" in reader.notes[0]


def test_sizes_in_base_256() -> None:
    assert number(b"\x80" + bytes(7) + (1 << 20).to_bytes(4, "big")) == 1 << 20
    assert number(b"\xff" * 12) == -1
    assert number(b"0000o17\0\0\0\0\0") == -1
    assert number(b"1_0\0") == -1


def test_a_size_past_the_end_is_told() -> None:
    data = header(b"huge", b"\x80" + bytes(3) + (1 << 60).to_bytes(8, "big")) + b"data"
    entries, reader = read(data)
    assert entries[0].size == 1 << 60
    assert "ahead of the end of its last member" in reader.finish(len(data))


def test_a_negative_size_is_no_header_and_the_next_one_is_found() -> None:
    data = header(b"bad", b"\xff" * 12) + header(b"good") + END
    entries, reader = read(data)
    assert [entry.path for entry in entries] == [b"good"]
    assert reader.finish(len(data)) == "512 bytes stand where a tar header belongs"


def test_checksums_unsigned_signed_and_wrong() -> None:
    name = b"\xe9t\xe9"
    assert read(header(name) + END)[0][0].path == name
    assert read(header(name, signed=True) + END)[0][0].path == name
    broken = bytearray(header(b"x"))
    broken[0] ^= 1
    assert read(bytes(broken) + header(b"y") + END)[0][0].path == b"y"


def test_old_gnu_sparse_headers_with_more_blocks() -> None:
    block = bytearray(header(b"sparse", 5, b"S"))
    block[257:265] = b"ustar  \0"
    block[482], block[483:495] = 1, b"%011o\0" % (1 << 30)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    more = bytearray(BLOCK)
    more[504] = 1
    data = bytes(block) + bytes(more) + bytes(BLOCK) + padded(b"bytes") + header(b"next") + END
    for piece in (100, 1 << 20):
        entries, reader = read(data, piece)
        assert [(entry.path, entry.sparse) for entry in entries] == [(b"sparse", 1 << 30), (b"next", -1)]
        assert data[entries[0].offset : entries[0].end] == b"bytes"
        assert reader.finish(len(data)) == ""


@pytest.mark.parametrize("size_key", [b"GNU.sparse.size", b"GNU.sparse.realsize"])
def test_pax_sparse_files_keep_their_name_and_their_stored_size(size_key: bytes) -> None:
    data = pax((b"GNU.sparse.name", b"real"), (size_key, b"1099511627776")) + header(b"GNUSparseFile.0/real", 3)
    entry = read(data + padded(b"abc") + END)[0][0]
    assert (entry.path, entry.size, entry.sparse) == (b"real", 3, 1 << 40)


@pytest.mark.parametrize("kind", [b"x", b"L", b"K", b"g"])
def test_an_extension_that_claims_too_much_is_passed_over(kind: bytes) -> None:
    body = bytes(limits.TAR_EXTENSION + BLOCK)
    entries, reader = read(header(b"big", len(body), kind) + body + header(b"f") + END)
    assert [entry.path for entry in entries] == [b"f"]
    assert "passed over" in reader.notes[0]


def test_extensions_of_one_member_are_bounded_together() -> None:
    """Each of them is small, and all of them would be kept."""
    many = b"".join(pax((b"SCHILY.xattr.user.%d" % n, bytes(60_000))) for n in range(40))
    entries, reader = read(many + header(b"f") + header(b"g") + END)
    assert 0 < sum(map(len, entries[0].xattrs.values())) <= limits.TAR_EXTENSION
    assert "passed over" in reader.notes[0]
    assert not entries[1].xattrs


def test_names_in_headers() -> None:
    first = layer_tar([{"path": "a", "user": "alice", "group": "staff"}])[:BLOCK]
    said = pax((b"comment", b"hello"), (b"mtime", b"1"), (b"gname", b"g" * 40))
    entries = read(first + said + header(b"b") + header(b"c") + END)[0]
    assert [entry.names for entry in entries] == [b"alice\nstaff", b"\ncomment=hello\ngname=" + b"g" * 40, b""]


@pytest.mark.parametrize(
    "body", [b"0 path=x\n", b"a path=x\n", b"99 path=x\n", b"9 path=x!", b"\xff" * 30, b"5 p\n", b"12 size=-99\n"]
)
def test_pax_records_that_cannot_be_read(body: bytes) -> None:
    entries, reader = read(header(b"p", len(body), b"x") + padded(body) + header(b"f") + END)
    assert [entry.path for entry in entries] == [b"f"]
    assert reader.notes == ["a pax header holds a record that cannot be read"]


def test_a_thousand_extended_headers_before_one_file() -> None:
    entries, _ = read(pax((b"path", b"a")) * 1000 + pax((b"path", b"last")) + header() + END)
    assert [entry.path for entry in entries] == [b"last"]


def test_links_and_folders_have_no_data_whatever_they_claim() -> None:
    for kind in (b"1", b"2", b"5"):
        assert [entry.size for entry in read(header(b"l", 4096, kind) + header(b"f") + END)[0]] == [0, 0]


def test_no_end_blocks_is_fine_and_a_cut_header_is_not() -> None:
    data = header(b"a", 3) + padded(b"abc")
    assert read(data)[1].finish(len(data)) == ""
    assert read(data + header(b"b")[:300])[1].finish(len(data) + 300) == "the archive ends inside a header"
    alone = pax((b"path", b"x"))
    assert read(alone)[1].finish(len(alone)) == "the archive ends inside a header"


def test_one_block_of_zeros_is_no_end() -> None:
    entries, reader = read(header(b"a") + bytes(BLOCK) + header(b"b") + END + header(b"c"))
    assert [entry.path for entry in entries] == [b"a", b"b"]
    assert reader.ended


def test_what_is_no_tar() -> None:
    data = b"hsqs" + bytes(range(256)) * 40
    entries, reader = read(data)
    assert entries == []
    assert reader.finish(len(data)) == "no tar header was found"
    assert TarReader().finish(0) == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b"a/b", b"a/b"),
        (b"./a", b"a"),
        (b"/a/b", b"a/b"),
        (b"a//b", b"a/b"),
        (b"a/./b", b"a/b"),
        (b"a/../../etc/x", b"etc/x"),
        (b"../../etc/passwd", b"etc/passwd"),
        (b"./", b""),
        (b"/", b""),
        (b".", b""),
        (b"a/", b"a"),
        (b".hidden", b".hidden"),
        (b"a/.git/x", b"a/.git/x"),
        (b"a/..", b""),
        (b"..", b""),
        (b"a/...", b"a/..."),
        (b"\xff\n\x1b[31m", b"\xff\n\x1b[31m"),
    ],
)
def test_clean_paths(written: bytes, meant: bytes) -> None:
    assert clean(written) == meant


def test_deep_paths() -> None:
    deep = b"d/" * 10_000 + b"f"
    assert read(pax((b"path", deep)) + header() + END)[0][0].path == deep


def test_random_damage_never_raises() -> None:
    import random

    source = random.Random(7)
    whole = layer_tar(
        [{"path": f"d/{n}", "content": "z" * n, "xattrs": {"user.n": str(n)}} for n in range(40)], tarfile.PAX_FORMAT
    )
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(source.randrange(1, 60)):
            data[source.randrange(len(data))] = source.randrange(256)
        cut = source.randrange(len(data))
        entries, reader = read(bytes(data[:cut]), source.choice((77, 512, 1 << 16)))
        reader.finish(cut)
        assert all(entry.size >= 0 and entry.start <= entry.offset for entry in entries)


def test_gnu_tar_sparse_of_the_standard_library_reader_agrees() -> None:
    """Offsets agree with tarfile on an archive of every kind of extension."""
    data = layer_tar(
        [{"path": "p/" * 120 + "f", "content": "1" * 600, "xattrs": {"user.k": "v"}}, {"path": "g", "content": "2"}]
    )
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        expected = [(member.name.encode(), member.offset_data, member.size) for member in archive]
    assert [(entry.path, entry.offset, entry.size) for entry in read(data)[0]] == expected
