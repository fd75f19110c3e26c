"""What a stream says about the memory that its decoder needs, against what the encoder was told."""

from __future__ import annotations

import lzma

import pytest
import zstandard

from imagelint.stream.appetite import appetite

MIB = 1 << 20


@pytest.mark.parametrize(("preset", "size"), [(0, 256 << 10), (6, 8 * MIB), (9, 64 * MIB)])
def test_xz(preset: int, size: int) -> None:
    assert appetite("xz", lzma.compress(b"x" * 9999, preset=preset)) == size + MIB
    chain = [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "preset": preset}]
    assert appetite("xz", lzma.compress(b"x" * 9999, filters=chain)) == size + MIB


@pytest.mark.parametrize("log", [10, 17, 21, 27])
def test_zstd(log: int) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=log, write_content_size=False)
    maker = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = maker.compress(bytes(99)) + maker.flush()
    assert appetite("zstd", data) == (1 << log) + MIB
    assert appetite("zstd", zstandard.compress(bytes(70_000))) == 70_000 + MIB


def test_what_is_cut_asks_for_nothing() -> None:
    for kind, data in (("xz", lzma.compress(b"x")), ("zstd", zstandard.compress(b"x")), ("gzip", b"\x1f\x8b\x08" * 9)):
        assert appetite(kind, data[:4]) == 0
    assert appetite("gzip", b"\x1f\x8b\x08" * 9) == 0
