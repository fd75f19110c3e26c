"""One member of a layer again: its very bytes, for `imagelint extract`."""

from __future__ import annotations

from typing import BinaryIO

from imagelint.errors import UnreadableError
from imagelint.image.model import Layer
from imagelint.stream import limits
from imagelint.stream.blob import Blob
from imagelint.stream.sparse import Filled
from imagelint.stream.tar import Entry, TarReader


def copy_member(layer: Layer, ordinal: int, output: BinaryIO) -> int:
    """Write the data of the layer's `ordinal`-th entry (from 1), a sparse file with its holes, and return its size in
    bytes.

    Raises UnreadableError when the entry is not a regular file, or the layer ends ahead of it.
    """
    reader, buffer = TarReader(), memoryview(bytearray(limits.WINDOW))
    entry: Entry | None = None
    filled: Filled | None = None
    at = 0
    with layer.open() as stream:
        blob = Blob(stream)
        while got := blob.readinto(buffer):
            if entry is None:
                before = reader.entries
                new = reader.feed(buffer[:got], at)
                if before < ordinal <= reader.entries:
                    entry = _file(new[ordinal - before - 1])
                    filled = Filled(entry, output) if entry.sparse >= 0 else None
            if entry is not None:
                low, high = max(entry.offset, at), min(entry.end, at + got)
                if low < high:
                    (filled or output).write(buffer[low - at : high - at])
                if at + got >= entry.end:
                    return filled.finish() if filled is not None else entry.size
            at += got
        blob.finish()
    raise UnreadableError("the layer ends ahead of the end of this file")


def _file(entry: Entry) -> Entry:
    if entry.type != "file":
        raise UnreadableError(
            f"the finding lies in a member of type {entry.type}, and only regular files are extracted"
        )
    return entry
