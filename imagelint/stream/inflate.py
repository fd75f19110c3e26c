"""Readers over compressed bytes that stand inside of something else and have no header of their own."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Any

from imagelint.errors import UnreadableError
from imagelint.stream import limits
from imagelint.stream.spool import Part


class Inflated:
    """The uncompressed bytes of one compressed stretch: deflate (RFC 1951), zlib (RFC 1950), gzip, or LZMA as a zip has
    it."""

    def __init__(self, part: Part, decoder: Any, name: str) -> None:
        self._part = part
        self._decoder = decoder
        self._name = name
        self._failure = ""
        self._piece = limits.PIECE

    def readinto(self, target: memoryview) -> int:
        """Fill the buffer; fewer bytes only at the end or ahead of damage, which is raised as UnreadableError by the
        next call."""
        filled, decoder = 0, self._decoder
        while filled < len(target) and not decoder.eof and not self._failure:
            data = b""
            if decoder.needs_input:
                data = self._part.read(self._piece)
                self._piece = min(2 * self._piece, limits.READ)
                if not data:
                    self._failure = f"the {self._name} stream ends early"
                    break
            try:
                out = decoder.decompress(data, min(len(target) - filled, limits.STEP))
            except Exception:  # each decoder has an error class of its own, igzip's is private
                self._failure = f"the {self._name} stream is damaged"
                break
            target[filled : filled + len(out)] = out
            filled += len(out)
        if self._failure and not filled:
            raise UnreadableError(self._failure)
        return filled

    def read(self, count: int) -> bytes:
        """At most so many bytes, in one piece."""
        buffer = bytearray(count)
        return bytes(buffer[: self.readinto(memoryview(buffer))])

    @property
    def ended(self) -> bool:
        """Whether the stream was read to its end."""
        ended: bool = self._decoder.eof
        return ended

    def end(self) -> int:
        """Read what is left of the stream; where the byte behind it stands in the Spool."""
        if not self.ended:
            scratch = memoryview(bytearray(4096))
            while self.readinto(scratch):
                pass
        return self._part.at - len(self._decoder.unused_data)


def deflated(part: Part, form: str = "deflate") -> Inflated:
    """A reader over deflate, zlib or gzip (one member)."""
    return Inflated(part, _maker()(_FLAGS[form]), form)


_FLAGS = {"deflate": 0, "gzip": 1, "zlib": 3}
"""DECOMP_DEFLATE, DECOMP_GZIP and DECOMP_ZLIB of igzip_lib."""


@lru_cache(maxsize=1)
def _maker() -> Any:
    from isal import igzip_lib  # heavy: only when a run needs it

    return igzip_lib.IgzipDecompressor


def zip_lzma(part: Part, memory: int) -> Inflated:
    """LZMA as a zip has it: version, length of the properties, properties (APPNOTE, section 5.8.8)."""
    import lzma  # heavy: only when a run needs it

    head = part.read(4)
    properties = part.read(5)
    if len(head) < 4 or head[2:] != b"\5\0" or len(properties) < 5 or properties[0] >= 225:
        raise UnreadableError("the LZMA properties are damaged")
    mode, dictionary = struct.unpack("<BI", properties)
    if dictionary > memory:
        raise UnreadableError(f"the LZMA stream asks for more than {memory} bytes of memory")
    chain = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": max(dictionary, 4096),
        "lc": mode % 9,
        "lp": mode // 9 % 5,
        "pb": mode // 45,
    }
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chain])
    except lzma.LZMAError as error:
        raise UnreadableError("the LZMA properties are damaged") from error
    return Inflated(part, decoder, "LZMA")
