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
from imagelint.stream.steps import Steps
from imagelint.stream.zstd_frames import Frames


class Readable(Protocol):
    """What can be read on: a file, a response, a member of an archive."""

    def readinto(self, target: memoryview, /) -> int | None:
        """Fill the buffer or a part of it; 0 at the end."""


class Blob:
    """The uncompressed bytes of a stream. Read with `readinto` until it gives 0, then call `finish`, which tells what
    was wrong.

    `digest` and `diff_id` are `algorithm:hex` as expected, or empty; `size` is the stored size, or -1. `hashed` False
    leaves both hashes out; `memory` is what a decoder of xz or zstd may take; `steps` are filled.
    """

    def __init__(
        self,
        stream: BinaryIO | Readable,
        digest: str = "",
        size: int = -1,
        diff_id: str = "",
        limit: int = 0,
        *,
        hashed: bool = True,
        memory: int = limits.LZMA_MEMORY,
        steps: Steps | None = None,
    ) -> None:
        hash_ = _hash(digest) if hashed else _Unhashed()
        self.bytes_out = 0
        self.compression = ""
        self._stored = _Stored(stream, hash_, size)
        self._expected = (digest, size, diff_id)
        self._limit = limit or limits.LAYER_BYTES
        self._memory = memory
        self._steps = steps
        self._diff_hash = _hash(diff_id) if hashed else hash_
        self._decode: Callable[[memoryview], int] | None = None
        self._failure = ""

    @property
    def bytes_in(self) -> int:
        """Stored bytes that were read."""
        return self._stored.count

    @property
    def trailing(self) -> int:
        """Bytes behind the last compressed member that are not zeros only; they are hashed and not decoded."""
        return self._stored.trailing

    @property
    def digest(self) -> str:
        """Of the bytes as stored, so far."""
        return f"{self._stored.hash.name}:{self._stored.hash.hexdigest()}"

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
        if self._stored.hash is not self._diff_hash:
            self._diff_hash.update(target[:filled])
        self.bytes_out += filled
        if self.bytes_out > self._limit:
            self._failure = f"more than {self._limit} uncompressed bytes; the rest was not read"
        return filled

    def finish(self) -> None:
        """Read what is left of the stored bytes and compare. UnreadableError for damaged or cut data, DigestError for
        other bytes."""
        try:
            while self._stored.readinto(self._stored.buffer):
                pass
        except UnreadableError as error:
            self._failure = self._failure or str(error)
        if self._steps is not None:
            self._steps.finish(self.bytes_out, self.bytes_in)
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

    def _start(self) -> Callable[[memoryview], int]:
        """Look at the first bytes and choose the decoder."""
        self.compression = compression(self._stored.peek(8))
        if self.compression == "zstd":
            return _Zstd(self._stored, min(self._memory, limits.ZSTD_WINDOW), self._steps).readinto
        if self.compression:
            return _Members(self._stored, self.compression, self._memory, self._steps).readinto
        if self._stored.hash.name == self._diff_hash.name:
            self._diff_hash = self._stored.hash  # the same bytes are on both sides: hash them once
        return self._stored.readinto


class _Stored:
    """The stored bytes, counted and hashed. Decoders read from it and do not know the Blob, which knows them: so all go
    at once with their memory, without the garbage collector."""

    def __init__(self, stream: BinaryIO | Readable, hash_: Any, size: int) -> None:
        self.hash = hash_
        self.count = 0
        self.trailing = 0
        self.buffer = memoryview(bytearray(limits.READ))
        self._stream = stream
        self._size = size
        self._held = b""

    def peek(self, size: int) -> bytes:
        """The first bytes, which are read again."""
        first = 0
        while first < size and (count := self.readinto(self.buffer[first:size])):
            first += count
        self._held = bytes(self.buffer[:first])
        return self._held

    def readinto(self, target: memoryview) -> int:
        """Bytes into the buffer; one more than the stated size is enough to know that it is wrong."""
        if self._held:
            count = min(len(self._held), len(target))
            target[:count] = self._held[:count]
            self._held = self._held[count:]
            return count
        if self._size >= 0:
            target = target[: max(0, self._size + 1 - self.count)]
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
                f"reading failed after {self.count} bytes: {error.strerror or 'no answer'}"
            ) from error
        self.hash.update(target[:count])
        self.count += count
        return count


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

    def __init__(self, stored: _Stored, name: str, memory: int, steps: Steps | None) -> None:
        self._stored, self._memory, self._steps, self._given = stored, memory, steps, 0
        self._name = name
        self._decoder = _decoder(name, memory)
        self._at = self._end = 0
        """The stored bytes in the buffer that no decoder has had yet."""
        self._piece = limits.PIECE
        self._ended = False

    def readinto(self, target: memoryview) -> int:
        """The next uncompressed bytes, at most as many as fit; 0 at the end."""
        while not self._ended:
            if self._decoder.eof:
                self._next_member()
                continue
            data = self._next_piece() if self._decoder.needs_input else b""
            try:
                out = self._decoder.decompress(data, min(len(target), limits.STEP))
            except Exception as error:  # each decoder has an error class of its own, igzip's is private
                self._ended = True
                what = "asks for too much memory" if "emory" in str(error) else "is damaged"
                raise UnreadableError(f"the {self._name} stream {what} near byte {self._stored.count}") from error
            if out:
                target[: len(out)] = out
                self._given += len(out)
                return len(out)
        return 0

    def _next_piece(self) -> memoryview:
        """Stored bytes for the decoder; the more of them, the longer the member is. What it does not use is copied back
        at the member's end, and a stream may have a member in every 20 bytes."""
        if not self._has(1):
            self._ended = True
            raise UnreadableError(f"the {self._name} stream ends early, after {self._stored.count} bytes")
        size, steps = self._piece, self._steps
        if steps is not None:
            taken = self._stored.count - (self._end - self._at)
            steps.note(self._given, taken)
            size = min(size, steps.room(taken))
        data = self._stored.buffer[self._at : min(self._end, self._at + size)]
        self._at += len(data)
        self._piece = min(2 * self._piece, limits.READ)
        return data

    def _has(self, count: int) -> bool:
        """Whether so many stored bytes are left, which then stand in the buffer."""
        buffer = self._stored.buffer
        if self._end - self._at < count:
            left = self._end - self._at
            buffer[:left] = buffer[self._at : self._end]
            self._at, self._end = 0, left
            while self._end < count and (got := self._stored.readinto(buffer[self._end :])):
                self._end += got
        return self._end >= self._at + count

    def _next_member(self) -> None:
        """Behind a member: another one, the end, or padding and garbage, which is counted."""
        self._at -= len(self._decoder.unused_data)
        magic, buffer = MAGIC[self._name], self._stored.buffer
        if self._has(len(magic)) and buffer[self._at : self._at + len(magic)] == magic:
            self._decoder, self._piece = _decoder(self._name, self._memory), limits.PIECE
            return
        self._ended = True
        trailing, padding = 0, True
        while count := self._end - self._at:
            trailing += count
            padding = padding and not buffer[self._at : self._end].tobytes().strip(b"\0")
            self._at, self._end = 0, self._stored.readinto(buffer)
        self._stored.trailing = 0 if padding else trailing


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

    def __init__(self, stored: _Stored, window: int, steps: Steps | None) -> None:
        import zstandard  # heavy: only when a run needs it

        self._error, self._steps = zstandard.ZstdError, steps
        self._source = _Source(stored, steps)
        self._reader = zstandard.ZstdDecompressor(max_window_size=window).stream_reader(
            self._source,  # type: ignore[arg-type]  # it needs nothing of a file but read
            read_size=limits.READ,
            read_across_frames=True,
        )

    def readinto(self, target: memoryview) -> int:
        """The next uncompressed bytes, at most as many as fit; 0 at the end."""
        if self._steps is not None:
            target = target[: self._steps.given(self._source.given)]
        try:
            count = self._reader.readinto(target)
        except self._error as error:
            raise UnreadableError("the zstd stream is damaged, cut, or asks for a window that is too large") from error
        if not count and not self._source.frames.whole:
            raise UnreadableError("the zstd stream ends early")
        self._source.given += count
        return count


class _Source:
    """What zstandard reads from."""

    def __init__(self, stored: _Stored, steps: Steps | None) -> None:
        self._stored, self._steps = stored, steps
        self.frames = Frames()
        self.given = 0
        """Uncompressed bytes ahead of those that are asked for now."""

    def read(self, size: int) -> bytes:
        """At most so many stored bytes."""
        if self._steps is not None:
            self._steps.note(self.given, self._stored.count)
            size = min(size, self._steps.room(self._stored.count))
        buffer = bytearray(size)
        count = self._stored.readinto(memoryview(buffer))
        data = bytes(buffer[:count])
        self.frames.feed(data)
        return data
