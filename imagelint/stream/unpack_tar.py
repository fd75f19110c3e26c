"""Members of a tar inside of another file, read on from any stream."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.stream.blob import Readable
from imagelint.stream.pull import Bounded, Pull
from imagelint.stream.tar import BLOCK, TarReader
from imagelint.stream.unpack import Member, Tell


def tar_members(stream: Readable, tell: Tell) -> Iterator[Member]:
    """Every entry: files with their bytes, the others for what their headers say. Tars one after the other (`cat a b`)
    are all read."""
    pull = Pull(stream)
    while block := pull.take(BLOCK):
        if block.strip(b"\0"):
            yield from _one(pull, block, tell)


def _one(pull: Pull, block: bytes, tell: Tell) -> Iterator[Member]:
    reader, begin = TarReader(), pull.at - len(block)
    while block:
        at = pull.at - begin
        for entry in reader.feed(block, at - len(block)):
            yield Member(entry.raw_path, Bounded(pull, entry.size), entry.link, entry.xattrs)
        if reader.ended:
            break
        pull.skip(begin + reader.next - pull.at)
        block = pull.take(BLOCK)
    for note in (reader.finish(pull.at - begin), *reader.notes):
        if note:
            tell(b"", note)
