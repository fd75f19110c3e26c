"""One pass over blobs: every compression, both digests, and streams that are damaged, cut or bombs."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import random
from collections.abc import Callable
from functools import cache
from typing import Any, BinaryIO, cast

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.errors import DigestError, UnreadableError
from imagelint.stream import limits
from imagelint.stream.blob import Blob
from imagelint.stream.spool import Spool
from imagelint.stream.unpack import members
from tests.imagemaker import sha256
from tests.memory import run

TEXT = b"".join(b"line %d\n" % n for n in range(150_000))


def drain(blob: Blob, size: int = 4096) -> bytes:
    buffer, out = memoryview(bytearray(size)), bytearray()
    while count := blob.readinto(buffer):
        out += buffer[:count]
    return bytes(out)


PACKED = {
    "": TEXT,
    "gzip": gzip.compress(TEXT, mtime=0),
    "zstd": zstandard.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "bzip2": bz2.compress(TEXT),
}


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_every_compression_by_content(name: str, size: int) -> None:
    data = PACKED[name]
    blob = Blob(io.BytesIO(data), sha256(data), len(data), sha256(TEXT))
    assert drain(blob, size) == TEXT
    blob.finish()
    assert (blob.compression, blob.digest, blob.diff_id) == (name, sha256(data), sha256(TEXT))
    assert (blob.bytes_in, blob.bytes_out) == (len(data), len(TEXT))


@pytest.mark.parametrize("name", ["gzip", "zstd", "xz", "bzip2"])
def test_members_one_after_the_other(name: str) -> None:
    blob = Blob(io.BytesIO(PACKED[name] * 3))
    assert drain(blob) == TEXT * 3
    blob.finish()
    assert blob.trailing == 0


LENGTHS = [0, 1, 40, 3_000, 70_000, 1_500_000]


@cache
def noise_of(seed: int) -> bytes:
    return random.Random(seed).randbytes(max(LENGTHS))


@cache
def packed(name: str, seed: int, size: int) -> bytes:
    """Noise of that size, which takes half a second to compress."""
    packs: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "xz": lzma.compress, "bzip2": bz2.compress}
    return packs[name](noise_of(seed)[:size])


@pytest.mark.parametrize("name", ["gzip", "xz", "bzip2"])
@given(
    st.lists(st.sampled_from(LENGTHS), min_size=1, max_size=8),
    st.integers(0, 3),
    st.data(),
)
@settings(max_examples=25, deadline=None)
def test_members_of_all_lengths_and_what_stands_behind_them(name: str, sizes: list[int], seed: int, data: Any) -> None:
    """Pieces for the decoder end in members, between them, and in the magic of the next one."""
    noise = noise_of(seed)
    whole = b"".join(packed(name, seed, size) for size in sizes)
    text = b"".join(noise[:size] for size in sizes)
    behind = data.draw(st.sampled_from([b"", bytes(600), b"x", b"\x1f\x8b", noise[:5000].replace(b"\x1f", b"")]))
    expected = 0 if not behind.strip(b"\0") else len(behind)
    for step in (limits.PIECE, limits.READ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(limits, "READ", step)
            blob = Blob(io.BytesIO(whole + behind))
            assert drain(blob, 1 << 16) == text
            blob.finish()
            assert blob.trailing == expected
    if name == "gzip":
        told: list[str] = []
        inside = members("gzip", Spool(whole + behind), b"a.gz", lambda _, reason: told.append(reason), 1 << 20)
        assert [drain(cast(Blob, member.reader), 1 << 16) for member in inside] == [text]
        assert told == ([f"{expected} bytes behind the end of the compressed stream"] if expected else [])


def test_a_stream_that_gives_little_at_a_time() -> None:
    class Slow(io.RawIOBase):
        def __init__(self) -> None:
            self.data = io.BytesIO(PACKED["gzip"])

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            return self.data.readinto(memoryview(buffer)[:7])

    assert drain(Blob(cast(BinaryIO, Slow()))) == TEXT

    class OnlyRead:
        def __init__(self) -> None:
            self.read = io.BytesIO(PACKED["gzip"]).read

    assert drain(Blob(OnlyRead())) == TEXT  # type: ignore[arg-type]  # a response body of a client need not be more


def test_garbage_behind_the_last_member_is_counted_and_hashed() -> None:
    data = PACKED["gzip"] + b"garbage"
    blob = Blob(io.BytesIO(data), sha256(data), len(data), sha256(TEXT))
    assert drain(blob) == TEXT
    blob.finish()
    assert blob.trailing == 7
    padding = Blob(io.BytesIO(PACKED["gzip"] + bytes(2000)))
    assert drain(padding) == TEXT
    assert padding.trailing == 0


@pytest.mark.parametrize("name", ["gzip", "xz", "bzip2"])
def test_a_cut_stream_gives_what_it_has_and_says_so(name: str) -> None:
    data = PACKED[name][: len(PACKED[name]) // 2]
    blob = Blob(io.BytesIO(data), sha256(data))
    out = drain(blob)
    assert TEXT.startswith(out)
    with pytest.raises(UnreadableError, match="ends early"):
        blob.finish()


def test_a_damaged_stream_is_read_up_to_the_damage_and_its_digest_is_still_checked() -> None:
    text = 4 * TEXT
    data = bytearray(gzip.compress(text, mtime=0))
    data[len(data) // 2 :] = hashlib.shake_128(b"damage").digest(len(data) - len(data) // 2)
    blob = Blob(io.BytesIO(bytes(data)), sha256(bytes(data)), len(data))
    ahead = len(text) // 2 - 3 * limits.STEP
    assert ahead > len(TEXT)
    assert drain(blob, 1 << 21)[:ahead] == text[:ahead]
    with pytest.raises(UnreadableError, match="damaged") as caught:
        blob.finish()
    assert not isinstance(caught.value, DigestError)
    wrong = Blob(io.BytesIO(bytes(data)), sha256(PACKED["gzip"]), len(data))
    drain(wrong)
    with pytest.raises(DigestError, match=r"damaged.*; the bytes are not what the image says: digest"):
        wrong.finish()


def test_a_wrong_checksum_in_the_stream() -> None:
    data = bytearray(PACKED["gzip"])
    data[-8] ^= 1
    blob = Blob(io.BytesIO(bytes(data)))
    drain(blob)
    with pytest.raises(UnreadableError, match="damaged"):
        blob.finish()


@pytest.mark.parametrize(
    ("digest", "size", "diff_id", "text"),
    [
        ("sha256:" + "0" * 64, -1, "", "digest sha256:"),
        ("", -1, "sha256:" + "0" * 64, "diff_id sha256:"),
        ("", 10, "", "more than 10 bytes"),
        ("", 10**9, "", f"{len(PACKED['gzip'])} bytes instead of 1000000000"),
    ],
)
def test_other_bytes_than_stated(digest: str, size: int, diff_id: str, text: str) -> None:
    blob = Blob(io.BytesIO(PACKED["gzip"]), digest, size, diff_id)
    drain(blob)
    with pytest.raises(DigestError, match=text):
        blob.finish()


def test_no_more_is_read_than_the_stated_size_and_one() -> None:
    stream = io.BytesIO(bytes(10_000_000))
    blob = Blob(stream, size=1000)
    drain(blob)
    assert stream.tell() == 1001


def test_sha512_digests() -> None:
    digest = "sha512:" + hashlib.sha512(TEXT).hexdigest()
    blob = Blob(io.BytesIO(TEXT), digest, len(TEXT), sha256(TEXT))
    drain(blob)
    blob.finish()
    assert (blob.digest, blob.diff_id) == (digest, sha256(TEXT))


def test_a_zstd_window_that_is_too_large_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=30, write_content_size=False)
    frame = zstandard.ZstdCompressor(compression_params=parameters)
    writer = frame.compressobj()
    blob = Blob(io.BytesIO(writer.compress(TEXT) + writer.flush()))
    assert drain(blob) == b""
    with pytest.raises(UnreadableError, match="window"):
        blob.finish()


def test_zstd_of_nothing_but_skippable_frames() -> None:
    blob = Blob(io.BytesIO(b"\x50\x2a\x4d\x18\x04\x00\x00\x00skip" * 3))
    assert drain(blob) == b""
    blob.finish()
    assert blob.compression == "zstd"


def test_a_bomb_stops_at_the_limit() -> None:
    bomb = gzip.compress(bytes(1 << 22))
    blob = Blob(io.BytesIO(bomb), limit=1 << 20)
    assert len(drain(blob, 1 << 18)) <= (1 << 20) + (1 << 18)
    with pytest.raises(UnreadableError, match="more than 1048576 uncompressed bytes"):
        blob.finish()


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_gibibyte_of_zeros_needs_little_memory(name: str) -> None:
    program = """
        import io, sys, zlib, zstandard
        from imagelint.stream.blob import Blob
        zeros = bytes(1 << 20)
        packer = zlib.compressobj(1, wbits=31) if sys.argv[1] == "gzip" else zstandard.ZstdCompressor().compressobj()
        data = b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()
        blob, buffer = Blob(io.BytesIO(data)), memoryview(bytearray(1 << 21))
        before = peak()
        while blob.readinto(buffer):
            pass
        blob.finish()
        print(blob.bytes_out, peak() - before)
    """
    size, mebibytes = run(program, name)
    assert size == 1 << 30
    assert mebibytes < 24


def test_every_limit_that_shares_memory_fits_the_budget() -> None:
    two_threads = 2 * (limits.WINDOW + limits.CARRY + limits.READ + limits.ZSTD_WINDOW)
    kept = limits.PATHS * 8 + limits.KEPT_BYTES + limits.CANDIDATE_BYTES
    assert two_threads + kept < 240 * limits.MIB
