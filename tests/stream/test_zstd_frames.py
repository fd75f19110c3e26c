"""Where a zstd stream may end."""

from __future__ import annotations

import io
import random
from typing import BinaryIO, cast

import pytest
import zstandard

from imagelint.errors import UnreadableError
from imagelint.stream.blob import Blob
from imagelint.stream.zstd_frames import Frames


def stream(rng: random.Random) -> tuple[bytes, set[int]]:
    """Frames and skippable frames of every sort, and the places between them."""
    data, ends = b"", set()
    for _ in range(rng.randrange(1, 5)):
        if rng.random() < 0.3:
            size = rng.randrange(1000)
            data += (
                bytes([0x50 + rng.randrange(16)]) + b"\x2a\x4d\x18" + size.to_bytes(4, "little") + rng.randbytes(size)
            )
        else:
            text = rng.choice((bytes(rng.randrange(300_000)), rng.randbytes(rng.randrange(300_000)), b"text\n" * 9000))
            parameters = zstandard.ZstdCompressionParameters(
                compression_level=1, write_checksum=rng.random() < 0.5, write_content_size=rng.random() < 0.5
            )
            maker = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
            data += maker.compress(text) + maker.flush()
        ends.add(len(data))
    return data, ends


@pytest.mark.parametrize("seed", range(60))
def test_a_stream_is_whole_between_its_frames_only(seed: int) -> None:
    rng = random.Random(seed)
    data, ends = stream(rng)
    for cut in {*ends, *(rng.randrange(1, len(data)) for _ in range(5))}:
        frames, at = Frames(), 0
        while at < cut:
            step = rng.choice((1, 3, 100, 5000, 100_000))
            frames.feed(data[at : min(cut, at + step)])
            at += step
        assert frames.whole == (cut in ends)


def test_a_cut_stream_is_told_without_a_digest() -> None:
    data = zstandard.compress(random.Random(1).randbytes(500_000))
    blob = Blob(cast(BinaryIO, io.BytesIO(data[:-100_000])))
    buffer = memoryview(bytearray(1 << 20))
    assert blob.readinto(buffer) > 0
    with pytest.raises(UnreadableError, match="the zstd stream ends early"):
        blob.finish()
