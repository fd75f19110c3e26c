"""One member of a layer again, byte for byte: sparse files of every format that GNU tar writes, with their holes."""

from __future__ import annotations

import io
import subprocess
import tempfile
from pathlib import Path

import pytest

from imagelint.errors import UnreadableError
from imagelint.image.member import copy_member
from imagelint.image.model import Layer
from imagelint.stream import limits
from tests.imagemaker import layer_tar
from tests.tarmaker import END, header, padded, pax

FORMATS = {
    "old": ["--format=gnu"],
    "0.0": ["--format=posix", "--sparse-version=0.0"],
    "0.1": ["--format=posix", "--sparse-version=0.1"],
    "1.0": ["--format=posix", "--sparse-version=1.0"],
}


def copied(tar: bytes, ordinal: int = 1) -> bytes:
    with tempfile.TemporaryFile() as file:
        size = copy_member(Layer(0, "", "", len(tar), "", lambda: io.BytesIO(tar)), ordinal, file)
        file.seek(0)
        content = file.read()
    assert len(content) == size
    return content


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("pieces", [1, 3, 100, 3000])
def test_what_gnu_tar_writes(tmp_path: Path, form: str, pieces: int) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        for number in range(pieces):
            file.seek((2 * number + 1) * 4096)
            file.write(b"%d" % number * 100)
        file.truncate(pieces * 8192 + 5000)
    words = ["tar", "--create", "--sparse", *FORMATS[form], "--directory", str(tmp_path), "sparse"]
    done = subprocess.run(words, check=True, capture_output=True)
    if path.stat().st_blocks * 512 < path.stat().st_size:  # the file system of the test has holes
        assert len(done.stdout) < path.stat().st_size
    assert copied(done.stdout) == path.read_bytes()


def test_a_file_without_holes() -> None:
    body = bytes(range(256)) * 20_000
    assert copied(layer_tar([{"path": "a"}, {"path": "b", "content": body}]), 2) == body


@pytest.mark.parametrize(
    ("tar", "reason"),
    [
        (pax((b"GNU.sparse.size", b"%d" % (1 << 40)), (b"GNU.sparse.map", b"0,3")) + header(b"a", 3), "bytes, over"),
        (pax((b"GNU.sparse.size", b"9"), (b"GNU.sparse.map", b"0,3,5")) + header(b"a", 3), "damaged"),
        (pax((b"GNU.sparse.size", b"9"), (b"GNU.sparse.map", b"0,x")) + header(b"a", 3), "damaged"),
        (pax((b"GNU.sparse.size", b"9"), (b"GNU.sparse.map", b"8,3")) + header(b"a", 3), "damaged"),
        (pax((b"GNU.sparse.size", b"9"), (b"GNU.sparse.map", b"0,3,5,4")) + header(b"a", 3), "damaged"),
        (pax((b"GNU.sparse.realsize", b"9"), (b"GNU.sparse.major", b"1")) + header(b"a", 3), "damaged"),
        (header(b"a", 0, b"2", b"b"), "type symlink"),
    ],
)
def test_what_cannot_be_made_whole(tar: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        copied(tar + padded(b"abc") + END)


def test_a_map_without_end_is_given_up() -> None:
    head = pax((b"GNU.sparse.realsize", b"9"), (b"GNU.sparse.major", b"1"))
    body = b"99999999\n" + b"0\n" * limits.TAR_EXTENSION
    with pytest.raises(UnreadableError, match="damaged"):
        copied(head + header(b"a", len(body)) + padded(body) + END)
