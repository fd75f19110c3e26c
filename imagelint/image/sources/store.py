"""Named files of an image: a folder, or the members of a tar, each read in bounds and never outside of them."""

from __future__ import annotations

import io
import os
import posixpath
import stat
import threading
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol, cast

from imagelint.errors import UnreadableError
from imagelint.stream import limits
from imagelint.stream.blob import Blob
from imagelint.stream.magic import compression
from imagelint.stream.tar import Entry, TarReader, clean


class Store(Protocol):
    """Where the files of an image lie. Names are relative, with slashes."""

    documents: int
    """Bytes of the documents that were read from it; they are kept, parsed, until the scan is over."""
    repository: str
    """Of a registry, HOST[:PORT]/NAME; else empty."""

    def has(self, name: str) -> bool:
        """Whether there is such a file."""

    def open(self, name: str) -> BinaryIO:
        """A new stream of its bytes, independent of all others; UnreadableError when there is none."""


def read(store: Store, name: str, what: str) -> bytes:
    """A document's bytes, at most limits.DOCUMENT of them, and limits.DOCUMENTS of all."""
    data = b""
    with store.open(name) as stream:
        while len(data) <= limits.DOCUMENT and (part := stream.read(limits.MIB)):
            data += part
    if len(data) > limits.DOCUMENT:
        raise UnreadableError(f"{what} has more than {limits.DOCUMENT} bytes")
    store.documents += len(data)
    if store.documents > limits.DOCUMENTS:
        raise UnreadableError(f"{what} and the documents ahead of it have more than {limits.DOCUMENTS} bytes together")
    return data


class Folder:
    """A folder on disk. Links are refused: a layout from somewhere else must not name files of this machine."""

    def __init__(self, path: str) -> None:
        self._root = os.path.realpath(path)
        self.documents, self.repository = 0, ""

    def has(self, name: str) -> bool:
        """Whether there is such a file, or something in its place."""
        return os.path.lexists(os.path.join(self._root, name))

    def open(self, name: str) -> BinaryIO:
        """A regular file below the folder, reached without links."""
        path = os.path.join(self._root, *name.split("/"))
        if os.path.realpath(path) != path:
            raise UnreadableError(f"{name} is a link, or leads out of the layout; such files are not read")
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            raise UnreadableError(f"{name} is not there") from None
        except OSError as error:
            raise UnreadableError(f"{name} cannot be opened: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UnreadableError(f"{name} is not a regular file")
        return cast("BinaryIO", io.FileIO(descriptor, "rb"))


class Archive:
    """A tar on disk, indexed by its headers alone. A compressed one is first decompressed into a temporary file
    without a name."""

    def __init__(self, source: str | BinaryIO) -> None:
        """`source` is a path, or a file that is the archive's from now on."""
        self._lock = threading.Lock()
        self.documents, self.repository = 0, ""
        self.incomplete = ""
        """What is wrong with the archive as a whole, or empty."""
        try:
            self._file = cast("BinaryIO", io.FileIO(source, "rb")) if isinstance(source, str) else source
            self._file.seek(0)
            start = self._file.read(8)
            self._file.seek(0)
        except OSError as error:
            raise UnreadableError(f"it cannot be read: {error.strerror}") from None
        if compression(start):
            self._file = spooled(self._unpacked())
        self.size = os.fstat(self._file.fileno()).st_size
        self._members: dict[bytes, Entry] = {}
        self._index()

    def names(self) -> set[str]:
        """Every member's path."""
        return {name.decode("utf-8", "replace") for name in self._members}

    def has(self, name: str) -> bool:
        """Whether there is such a member."""
        return _bytes(name) in self._members

    def open(self, name: str) -> BinaryIO:
        """A member's bytes."""
        entry = self._find(name)
        if entry is None:
            raise UnreadableError("it is not in the archive")
        if entry.end > self.size:
            raise UnreadableError("the archive ends inside of it")
        return cast("BinaryIO", io.BufferedReader(_Member(self, entry.offset, entry.size), limits.READ))

    def size_of(self, name: str) -> int:
        """A member's size, or -1."""
        entry = self._find(name)
        return -1 if entry is None else entry.size

    def place_of(self, name: str) -> str:
        """Equal for names that lead to the same bytes; empty when there are none."""
        entry = self._find(name)
        return "" if entry is None else f"{entry.offset}+{entry.size}"

    def _find(self, name: str) -> Entry | None:
        """The file of this name; links inside the archive are followed, as between equal layers of the old layout."""
        path = clean(_bytes(name))
        for _ in range(limits.LINK_HOPS):
            entry = self._members.get(path)
            if entry is None or entry.type == "file":
                return entry
            if entry.type == "symlink" and not entry.link.startswith(b"/"):
                path = clean(posixpath.join(posixpath.dirname(path), entry.link))
            elif entry.type == "hardlink":
                path = clean(entry.link)
            else:
                return None
        return None

    def read_at(self, target: memoryview, offset: int) -> int:
        """Bytes at an offset into the buffer; may be called by several threads."""
        if hasattr(os, "preadv"):
            return os.preadv(self._file.fileno(), [target], offset)
        with self._lock:  # Windows
            self._file.seek(offset)
            return cast("io.RawIOBase", self._file).readinto(target) or 0

    def _index(self) -> None:
        """Read the headers and jump over what lies between them."""
        reader, buffer = TarReader(), memoryview(bytearray(64 * limits.KIB))
        while not reader.ended and reader.next < self.size:
            at = reader.next
            count = self.read_at(buffer, at)
            if not count:
                break
            for entry in reader.feed(buffer[:count], at):
                self._members[entry.path] = entry
            if len(self._members) > limits.ARCHIVE_MEMBERS:
                raise UnreadableError(f"the archive has more than {limits.ARCHIVE_MEMBERS} members")
            if reader.garbage and not reader.entries and reader.next > limits.MIB:
                break
        missing = reader.finish(self.size)
        self.incomplete = "; ".join(reason for reason in (self.incomplete, missing) if reason)
        if not self._members:
            raise UnreadableError("it is not a tar archive")

    def _unpacked(self) -> Iterator[memoryview]:
        """What a compressed archive holds, as far as it can be unpacked."""
        buffer = memoryview(bytearray(limits.WINDOW))
        with self._file as file:
            blob, room = Blob(file, limit=limits.ARCHIVE_BYTES), limits.ARCHIVE_BYTES
            while count := blob.readinto(buffer):
                yield buffer[: min(count, room)]
                room = max(0, room - count)
            try:
                blob.finish()
            except UnreadableError as error:
                self.incomplete = str(error)  # what was unpacked is still read


def spooled(pieces: Iterable[bytes | memoryview]) -> BinaryIO:
    """The pieces in a temporary file. Nobody else can open a file without a name, and it is gone with its last
    descriptor, whatever happens. UnreadableError when there is no room for them."""
    import tempfile  # heavy: only when a run needs it

    size = 0
    try:
        out = tempfile.TemporaryFile(prefix="imagelint-", buffering=0)  # noqa: SIM115 - it is the caller's to close
    except OSError as error:
        raise UnreadableError(
            f"no temporary file can be made: {error.strerror}; set TMPDIR to a folder for it"
        ) from None
    for piece in pieces:
        size += len(piece)
        if size > limits.ARCHIVE_BYTES:
            raise UnreadableError(
                f"it has more than {limits.ARCHIVE_BYTES >> 30} GiB, which is what is unpacked or saved"
            )
        try:
            rest = memoryview(piece)
            while rest:
                rest = rest[out.write(rest) :]
        except OSError as error:
            raise UnreadableError(
                f"{tempfile.gettempdir()} has no room for it: {error.strerror} after {size >> 20} MiB; "
                "free some, or set TMPDIR to a folder with more"
            ) from None
    return cast("BinaryIO", out)


def _bytes(name: str) -> bytes:
    """Names come from JSON, where even half a surrogate pair can stand."""
    return name.encode("utf-8", "surrogatepass")


class _Member(io.RawIOBase):
    """A stretch of an archive as a stream of its own."""

    def __init__(self, archive: Archive, start: int, size: int) -> None:
        super().__init__()
        self._archive = archive
        self._at, self._end = start, start + size

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: object) -> int:
        """The next bytes."""
        target = memoryview(buffer)[: self._end - self._at]  # type: ignore[arg-type]  # whatever buffer BufferedReader hands in
        count = self._archive.read_at(target, self._at) if len(target) else 0
        self._at += count
        return count
