"""Headers of rpm, in its two databases; those that rpm itself made stand in tests/image/test_packages.py."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.errors import UnreadableError
from imagelint.stream import rpm
from imagelint.stream.spool import Spool
from tests.packaged import rpm_header

DIGEST = hashlib.sha256(b"x").hexdigest().encode()
FILES = [("/usr/bin/", "a", DIGEST), ("/usr/bin/", "b", b""), ("/etc/", "c", DIGEST[:32]), ("/", "d", DIGEST)]
LISTED = [DIGEST + b"  usr/bin/a", DIGEST[:32] + b"  etc/c", DIGEST + b"  d"]


def ndb(*headers: bytes, claim: int = 0) -> bytes:
    """SUSE's database: a page of slots, then the blobs, each behind a head of 16 bytes and ahead of a tail of 12."""
    slots, blobs = b"", b""
    for number, data in enumerate(headers, 1):
        place = (4096 + len(blobs)) // 16
        blob = struct.pack("<4sIII", b"BlbS", number, 1, claim or len(data)) + data
        blob += bytes(-(len(blob) + 12) % 16) + struct.pack("<II4s", 0, len(data), b"BlbE")
        blobs += blob
        slots += struct.pack("<4sIII", b"Slot", number, place, len(blob) // 16)
    head = struct.pack("<4sIIII12x", b"RpmP", 0, 1, 1, len(headers) + 1)
    empty = struct.pack("<4sIII", b"Slot", 0, 0, 0)
    page = head + slots
    return page + empty * ((4096 - len(page)) // 16) + blobs


def test_files_of_a_package() -> None:
    """Folders and ghosts have no digest; the leading / is left out."""
    assert rpm.listed(rpm_header(FILES)) == LISTED


def test_a_package_without_files() -> None:
    assert rpm.listed(struct.pack(">IIIIII", 1, 5, 1000, 6, 0, 1) + b"name\0") == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        rpm_header(FILES)[:-1],
        rpm_header(FILES, claim=5),
        rpm_header(FILES, index=9),
        rpm_header(FILES, claim=1 << 31),
        struct.pack(">II", 1 << 31, 0),
    ],
)
def test_headers_that_do_not_hold_together(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        rpm.listed(data)


def test_a_long_folder_is_not_written_out_for_each_file() -> None:
    files = [("/" + "x" * 5000 + "/", "a", DIGEST), ("/b/", "c", DIGEST)]
    assert rpm.listed(rpm_header(files)) == [DIGEST + b"a", DIGEST + b"  b/c"]


def test_ndb() -> None:
    other = rpm_header([("/opt/", "x", DIGEST)])
    assert [rpm.listed(data) for data in rpm.ndb_headers(Spool(ndb(rpm_header(FILES), other)))] == [
        LISTED,
        [DIGEST + b"  opt/x"],
    ]


@pytest.mark.parametrize(
    "data", [b"", b"x" * 5000, ndb(rpm_header(FILES))[:4096], ndb(rpm_header(FILES), claim=1 << 31)]
)
def test_ndb_that_is_damaged(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        list(rpm.ndb_headers(Spool(data)))


def test_ndb_slots_that_share_a_blob() -> None:
    """No more comes out than the file has."""
    data = bytearray(ndb(rpm_header([("/a/", "b" * 2000, DIGEST)])))
    slot = data[32:48]
    for at in range(32, 4096, 16):
        data[at : at + 16] = slot
    with pytest.raises(UnreadableError, match="leads nowhere"):
        list(rpm.ndb_headers(Spool(bytes(data))))


@given(st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=30))
def test_damage(changes: list[tuple[int, int]]) -> None:
    """Never another error, and never more files than bytes."""
    one, many = bytearray(rpm_header(FILES)), bytearray(ndb(rpm_header(FILES), rpm_header(FILES)))
    for at, value in changes:
        one[at % len(one)] = value
        many[at % len(many)] = value
    try:
        assert len(rpm.listed(bytes(one))) <= len(one)
        assert sum(len(rpm.listed(data)) for data in rpm.ndb_headers(Spool(bytes(many)))) <= len(many)
    except UnreadableError:
        pass


@given(st.binary(max_size=400))
def test_random_bytes(data: bytes) -> None:
    for read in (rpm.listed, lambda data: list(rpm.ndb_headers(Spool(b"RpmP" + data)))):
        try:
            assert len(read(data)) <= len(data)
        except UnreadableError:
            continue
