"""Files inside a file: recognised by content, read in bounds, one after the other.

Each format is a generator of members. A member's bytes are to be read before the next member is asked for; what is not
read is passed over. What cannot be read is told, and the members behind it still come.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from imagelint.stream import limits
from imagelint.stream.blob import Blob, Readable
from imagelint.stream.inflate import deflated
from imagelint.stream.magic import MAGIC
from imagelint.stream.spool import Spool

SUFFIXES = {"gzip": (b".gz",), "bzip2": (b".bz2",), "xz": (b".xz",), "zstd": (b".zst", b".zstd")}
_SHORT = {b".tgz": b".tar", b".txz": b".tar", b".tbz": b".tar", b".tbz2": b".tar", b".tzst": b".tar", b".svgz": b".svg"}

Tell = Callable[[bytes, str], None]
"""Takes the name of a member (empty: the file itself) and what was not read of it."""


@dataclass(slots=True)
class Member:
    """One file inside of another."""

    name: bytes
    reader: Readable
    link: bytes = b""
    xattrs: dict[bytes, bytes] = field(default_factory=dict)
    called: bytes = b""
    """A name that tells what sort of file it is, when its own does not."""


def members(kind: str, source: Spool | Readable, name: bytes, tell: Tell, memory: int) -> Iterator[Member]:
    """What a container (its `kind` as magic.container gives it) holds. `name` is its own; `memory` is for one decoder.

    Zips and git's files need a Spool, the others any stream. UnreadableError when nothing more of it can be read.
    """
    if isinstance(source, Spool):
        if kind == "zip":
            from imagelint.stream.unpack_zip import zip_members

            return zip_members(source, tell, memory)
        if kind == "pack":
            from imagelint.stream.git_object import pack_objects

            return pack_objects(source, tell)
        if kind == "object":
            from imagelint.stream.git_object import loose_object

            return loose_object(source)
        if kind == "gzip" and source.size <= limits.READ:
            return _small_gzip(source, name, tell)
        source = source.part()
    if kind == "tar":
        from imagelint.stream.unpack_tar import tar_members

        return tar_members(source, tell)
    if kind == "ar":
        from imagelint.stream.unpack_ar import ar_members

        return ar_members(source, tell)
    if kind.startswith("utf-16"):
        return iter([Member(b"", Transcoded(source, kind))])
    return _decompressed(kind, source, name, tell, memory)


def _decompressed(kind: str, stream: Readable, name: bytes, tell: Tell, memory: int) -> Iterator[Member]:
    blob = Blob(stream, hashed=False, memory=memory, limit=limits.UNPACK_BYTES)
    yield Member(_bare(name, kind), blob)
    blob.finish()
    if blob.trailing:
        tell(b"", f"{blob.trailing} bytes behind the end of the compressed stream")


def _small_gzip(source: Spool, name: bytes, tell: Tell) -> Iterator[Member]:
    """The same with less ado: there are thousands of them, most with one gzip member."""
    stream = _SmallGzip(source)
    yield Member(_bare(name, "gzip"), stream)
    if rest := stream.trailing():
        tell(b"", f"{rest} bytes behind the end of the compressed stream")


class _SmallGzip:
    """gzip members one behind the other, as one stream."""

    def __init__(self, source: Spool) -> None:
        self._source = source
        self._stream = deflated(source.part(), "gzip")

    def readinto(self, target: memoryview) -> int:
        """Fill the buffer or a part of it; 0 at the end."""
        while not (count := self._stream.readinto(target)):
            end = self._stream.end()
            if self._source.read(end, 3) != MAGIC["gzip"]:
                return 0
            self._stream = deflated(self._source.part(end), "gzip")
        return count

    def trailing(self) -> int:
        """Bytes behind the last member, unless they are zeros, or it was not read to its end."""
        if not self._stream.ended:
            return 0
        end = self._stream.end()
        rest = self._source.size - end
        return rest if self._source.read(end, rest).strip(b"\0") else 0


class Transcoded:
    """A text in UTF-16 as UTF-8; what is no character becomes U+FFFD."""

    def __init__(self, stream: Readable, codec: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(codec)("replace")
        self._buffer = memoryview(bytearray(64 * limits.KIB))
        self._held = b""
        self._started = False

    def readinto(self, target: memoryview) -> int:
        """The next bytes; 0 at the end."""
        while not self._held:
            count = self._stream.readinto(self._buffer) or 0
            text = self._decoder.decode(self._buffer[:count].tobytes(), not count)
            if not self._started and text:
                self._started, text = True, text.removeprefix("\ufeff")
            self._held = text.encode("utf-8", "replace")
            if not count:
                break
        size = min(len(target), len(self._held))
        target[:size] = self._held[:size]
        self._held = self._held[size:]
        return size


def _bare(name: bytes, kind: str) -> bytes:
    """`srv/app.tar.gz` -> `app.tar`; a name that does not tell the compression stays as it is."""
    name = name.rpartition(b"/")[2]
    lower = name.lower()
    for suffix in SUFFIXES[kind]:
        if lower.endswith(suffix):
            return name[: -len(suffix)]
    for suffix, other in _SHORT.items():
        if lower.endswith(suffix):
            return name[: -len(suffix)] + other
    return name
