"""One pass over a blob: decompress by content, hash both sides, hand on bytes in the caller's own buffer.

What a media type says about compression is not believed: the first bytes decide (RFC 1952, RFC 8878, bzip2, xz).
Several members one after the other are one stream, as `gzip` and `zstd` have it; what follows the last member is
counted and said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol, cast

from imagelint.errors import DigestError, UnreadableError
from imagelint.stream import limits
from imagelint.stream.magic import MAGIC, compression
from imagelint.stream.zstd_frames import Frames


class Readable(Protocol):
    """What can be read on: a file, a response, a member of an archive."""

    def readinto(self, target: memoryview, /) -> int | None:
        """Fill the buffer or a part of it; 0 at the end."""


class Blob:
    """The uncompressed bytes of a stream. Read with `readinto` until it gives 0, then call `finish`, which tells what
    was wrong.

    `digest` and `diff_id` are `algorithm:hex` as expected, or empty; `size` is the stored size, or -1. `hashed` False
    leaves both hashes out; `memory` is what a decoder of xz or zstd may take.
    """

    def __init__(
        self,
        stream: BinaryIO | Readable,
        digest: str = "",
        size: int = -1,
        diff_id: str = "",
        limit: int = limits.LAYER_BYTES,
        *,
        hashed: bool = True,
        memory: int = limits.LZMA_MEMORY,
    ) -> None:
        self.bytes_in = 0
        self.bytes_out = 0
        self.trailing = 0
        """Bytes behind the last compressed member that are not zeros only; they are hashed and not decoded."""
        self.compression = ""
        self._stream = stream
        self._expected = (digest, size, diff_id)
        self._limit = limit
        self._memory = memory
        self._blob_hash = _hash(digest) if hashed else _Unhashed()
        self._diff_hash = _hash(diff_id) if hashed else self._blob_hash
        self._input = memoryview(bytearray(limits.READ))
        self._decode: Callable[[memoryview], int] | None = None
        self._held = b""
        self._failure = ""

    @property
    def digest(self) -> str:
        """Of the bytes as stored, so far."""
        return f"{self._blob_hash.name}:{self._blob_hash.hexdigest()}"

    @property
    def diff_id(self) -> str:
        """Of the uncompressed bytes, so far."""
        return f"{self._diff_hash.name}:{self._diff_hash.hexdigest()}"

    def readinto(self, target: memoryview) -> int:
        """Fill the buffer with uncompressed bytes; fewer than its size only at the end or ahead of damage."""
        if self._failure:
            return 0
        filled = 0
        try:
            if self._decode is None:
                self._decode = self._start()
            while filled < len(target) and (got := self._decode(target[filled:])):
                filled += got
        except UnreadableError as error:
            self._failure = str(error)
        if self._blob_hash is not self._diff_hash:
            self._diff_hash.update(target[:filled])
        self.bytes_out += filled
        if self.bytes_out > self._limit:
            self._failure = f"more than {self._limit} uncompressed bytes; the rest was not read"
        return filled

    def finish(self) -> None:
        """Read what is left of the stored bytes and compare. UnreadableError for damaged or cut data, DigestError for
        other bytes."""
        try:
            while self._raw(self._input):
                pass
        except UnreadableError as error:
            self._failure = self._failure or str(error)
        digest, size, diff_id = self._expected
        wrong = []
        if size >= 0 and self.bytes_in != size:
            wrong.append(
                f"more than {size} bytes" if self.bytes_in > size else f"{self.bytes_in} bytes instead of {size}"
            )
        if digest and self.digest != digest:
            wrong.append(f"digest {self.digest} instead of {digest}")
        if diff_id and self.diff_id != diff_id and not self._failure:
            wrong.append(f"diff_id {self.diff_id} instead of {diff_id}")
        if wrong:
            texts = [self._failure] if self._failure else []
            raise DigestError("; ".join([*texts, "the bytes are not what the image says: " + ", ".join(wrong)]))
        if self._failure:
            raise UnreadableError(self._failure)

    def _raw(self, target: memoryview) -> int:
        """Stored bytes into the buffer, counted and hashed; one byte more than the stated size is enough to know that
        it is wrong."""
        if self._held:
            count = min(len(self._held), len(target))
            target[:count] = self._held[:count]
            self._held = self._held[count:]
            return count
        size = self._expected[1]
        if size >= 0:
            target = target[: max(0, size + 1 - self.bytes_in)]
        if not len(target):
            return 0
        try:
            readinto = getattr(self._stream, "readinto", None)
            if readinto is not None:
                count = readinto(target) or 0
            else:
                data = cast("BinaryIO", self._stream).read(len(target))
                count = len(data)
                target[:count] = data
        except OSError as error:
            raise UnreadableError(
                f"reading failed after {self.bytes_in} bytes: {error.strerror or 'no answer'}"
            ) from error
        self._blob_hash.update(target[:count])
        self.bytes_in += count
        return count

    def _start(self) -> Callable[[memoryview], int]:
        """Look at the first bytes and choose the decoder."""
        first = 0
        while first < 8 and (count := self._raw(self._input[first:8])):
            first += count
        self._held = bytes(self._input[:first])
        self.compression = compression(self._held)
        if self.compression == "zstd":
            return _Zstd(self._raw, min(self._memory, limits.ZSTD_WINDOW)).readinto
        if self.compression:
            return _Members(self, self._raw, self._input, self.compression, self._memory).readinto
        if self._blob_hash.name == self._diff_hash.name:
            self._diff_hash = self._blob_hash  # the same bytes are on both sides: hash them once
        return self._raw


def _hash(expected: str) -> Any:
    return hashlib.sha512() if expected.startswith("sha512:") else hashlib.sha256()


class _Unhashed:
    """In the place of a hash that nobody asks for."""

    name = "none"

    def update(self, data: memoryview) -> None:
        """Nothing."""

    def hexdigest(self) -> str:
        """Empty."""
        return ""


class _Members:
    """gzip, bzip2 and xz: decoders of one interface, a new one for each member."""

    def __init__(
        self, blob: Blob, raw: Callable[[memoryview], int], buffer: memoryview, name: str, memory: int
    ) -> None:
        self._blob = blob
        self._memory = memory
        self._raw = raw
        self._buffer = buffer
        self._name = name
        self._decoder = _decoder(name, memory)
        self._rest = b""
        self._ended = False

    def readinto(self, target: memoryview) -> int:
        """The next uncompressed bytes, at most as many as fit; 0 at the end."""
        while not self._ended:
            if self._decoder.eof:
                self._next_member()
                continue
            data: bytes | memoryview = b""
            if self._rest:
                data, self._rest = self._rest, b""
            elif self._decoder.needs_input:
                data = self._buffer[: self._raw(self._buffer)]
                if not len(data):
                    self._ended = True
                    raise UnreadableError(f"the {self._name} stream ends early, after {self._blob.bytes_in} bytes")
            try:
                out = self._decoder.decompress(data, min(len(target), limits.STEP))
            except Exception as error:  # each decoder has an error class of its own, igzip's is private
                self._ended = True
                what = "asks for too much memory" if "emory" in str(error) else "is damaged"
                raise UnreadableError(f"the {self._name} stream {what} near byte {self._blob.bytes_in}") from error
            if out:
                target[: len(out)] = out
                return len(out)
        return 0

    def _next_member(self) -> None:
        """Behind a member: another one, the end, or padding and garbage, which is counted."""
        rest = self._decoder.unused_data
        magic = MAGIC[self._name]
        while len(rest) < len(magic) and (count := self._raw(self._buffer)):
            rest += self._buffer[:count].tobytes()
        if rest.startswith(magic):
            self._decoder, self._rest = _decoder(self._name, self._memory), rest
            return
        self._ended = True
        trailing, padding = len(rest), not rest.strip(b"\0")
        while count := self._raw(self._buffer):
            trailing += count
            padding = padding and not self._buffer[:count].tobytes().strip(b"\0")
        self._blob.trailing = 0 if padding else trailing


def _decoder(name: str, memory: int) -> Any:
    if name == "gzip":
        from isal import igzip_lib  # heavy: only when a run needs it

        return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    if name == "xz":
        import lzma

        return lzma.LZMADecompressor(memlimit=memory)
    import bz2

    return bz2.BZ2Decompressor()


class _Zstd:
    """zstd frames and skippable frames in any order."""

    def __init__(self, raw: Callable[[memoryview], int], window: int) -> None:
        import zstandard  # heavy: only when a run needs it

        self._error = zstandard.ZstdError
        self._source = _Source(raw)
        self._reader = zstandard.ZstdDecompressor(max_window_size=window).stream_reader(
            self._source,  # type: ignore[arg-type]  # it needs nothing of a file but read
            read_size=limits.READ,
            read_across_frames=True,
        )

    def readinto(self, target: memoryview) -> int:
        """The next uncompressed bytes, at most as many as fit; 0 at the end."""
        try:
            count = self._reader.readinto(target)
        except self._error as error:
            raise UnreadableError("the zstd stream is damaged, cut, or asks for a window that is too large") from error
        if not count and not self._source.frames.whole:
            raise UnreadableError("the zstd stream ends early")
        return count


class _Source:
    """What zstandard reads from."""

    def __init__(self, raw: Callable[[memoryview], int]) -> None:
        self._raw = raw
        self.frames = Frames()

    def read(self, size: int) -> bytes:
        """At most so many stored bytes."""
        buffer = bytearray(size)
        count = self._raw(memoryview(buffer))
        data = bytes(buffer[:count])
        self.frames.feed(data)
        return data
