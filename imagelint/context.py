"""The files of a build context, read as a layer's are: they pass the reader of layers as an archive that is made while
it is read, so that patterns, grammars and archives inside of files are the same, and memory is bounded the same way."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from posixpath import basename
from typing import TYPE_CHECKING

from imagelint.dockerfile.context import KEPT_TREES, Context, Contexts, Sent
from imagelint.dockerfile.tree import READ, Entry, open_regular
from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.image.secrets import Spot, grouped, of_layer
from imagelint.image.timeline import Timeline
from imagelint.secrets.confirm import Detector
from imagelint.stream import limits

if TYPE_CHECKING:
    from imagelint.tracked import Tracked

_BLOCK = 512
_REST = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)
_REST_SUM = sum(_REST)
"""What stands behind the checksum of a header: the type, no link, no owner."""
_NAMED = 5
"""Files that were left aside that are named one by one."""


Unread = Callable[[Entry, str], None]
"""Told what could not be read, and why."""


class ContextReader:
    """Reads what Dockerfiles take of their contexts, each file once. Call it, as dockerfile.context.Reader has it."""

    def __init__(self, detector: Detector, elsewhere: Callable[[str], bool]) -> None:
        """`elsewhere` tells by its name whether a file is a target of its own; it is left aside here."""
        self._detector, self._elsewhere = detector, elsewhere
        self._known: dict[str, dict[str, tuple[Spot, ...]]] = {}

    def __call__(self, context: Context, files: Sequence[Entry]) -> list[list[Sent]]:
        """Each secret in these files as the list of its places."""
        root = context.tree.root
        if root not in self._known:
            while len(self._known) >= KEPT_TREES:
                del self._known[next(iter(self._known))]
            self._known[root] = {}
        known = self._known[root]
        fresh = [entry for entry in files if entry.path not in known]
        for entry in fresh:
            known[entry.path] = ()
        new = [entry for entry in fresh if entry.sort == "file" and not self._elsewhere(basename(entry.path))]
        if new:
            self._read(context, _bounded(context, new), known)
        spots = [spot for entry in files for spot in known[entry.path]]
        return [[_sent(spot) for spot in group] for group in grouped(spots)] if spots else []

    def _read(self, context: Context, files: list[Entry], known: dict[str, tuple[Spot, ...]]) -> None:
        def unread(entry: Entry, reason: str) -> None:
            context.notes.miss(context.shown(entry.path), reason)

        self._detector.patterns.prepare()
        stream = _Archive(context.tree.root, files, unread)
        layer = Layer(0, "", "", -1, "", lambda: io.BufferedReader(stream, limits.READ))
        result = read_layer(layer, self._detector)
        if result.dropped is not None:
            context.dropped.take(result.dropped.elsewhere(context.shown))
        for told, tell in ((result.incomplete, context.notes.miss), (result.limited, context.notes.cut)):
            for place, reason in told:
                tell(place.replace("layer 0", context.shown(""), 1), reason)
        for spot in of_layer(result.found, 0, Timeline([result])):
            if spot.found is not None:
                path = spot.found.path.decode("utf-8", "surrogateescape")
                known[path] = (*known.get(path, ()), spot)


def _sent(spot: Spot) -> Sent:
    found = spot.found
    path = found.path.decode("utf-8", "surrogateescape") if found is not None else spot.path
    return Sent(spot.candidate, path, spot.path, spot.line, spot.surface)


def _bounded(context: Context, files: list[Entry]) -> list[Entry]:
    """As many as are read, in the order of paths; the others are told."""
    chosen: list[Entry] = []
    left = limits.CONTEXT_BYTES
    aside: list[Entry] = []
    for entry in sorted(files, key=lambda entry: entry.size):
        left -= entry.size
        if entry.size > limits.CONTEXT_FILE or left < 0 or len(chosen) >= limits.CONTEXT_FILES:
            aside.append(entry)
        else:
            chosen.append(entry)
    most = limits.CONTEXT_FILE
    for entry in aside[-_NAMED:]:
        why = f"has over {most >> 20} MiB" if entry.size > most else "is beyond what is read of one context"
        context.notes.cut(context.shown(entry.path), f"{why}, and was not searched for secrets")
    if len(aside) > _NAMED:
        context.notes.cut(context.shown(""), f"{len(aside) - _NAMED:,} more files were not searched for secrets")
    return sorted(chosen, key=lambda entry: entry.path)


def contexts(
    detector: Detector, named: str, elsewhere: Callable[[str], bool], tracked: Tracked | None = None
) -> Contexts:
    """The contexts of a scan: the folder of --context, or else what is found below the targets."""
    return Contexts(named, ContextReader(detector, elsewhere), tracked)


class _Archive(io.RawIOBase):
    """The files as a tar archive (GNU format, for names of any bytes). Each is opened when its turn comes, folder by
    folder from the root, no link followed; what it has more or less by then is cut, or filled with zeros."""

    def __init__(self, root: str, files: Sequence[Entry], unread: Unread) -> None:
        super().__init__()
        self._pieces = self._made(root, files, unread)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # typeshed's Buffer is not to be had in 3.11
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        count = min(len(view), len(self._rest))
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        self._pieces.close()
        super().close()

    @staticmethod
    def _made(root: str, files: Sequence[Entry], unread: Unread) -> Generator[bytes, None, None]:
        with _Folders(root) if os.open in os.supports_dir_fd else _Paths(root) as folders:
            for entry in files:
                try:
                    handle = folders.open(entry.path)
                except OSError as error:
                    unread(entry, f"cannot be read: {error.strerror or error}")
                    continue
                try:
                    yield from _member(entry, handle, unread)
                finally:
                    os.close(handle)
        yield bytes(2 * _BLOCK)


def _member(entry: Entry, handle: int, unread: Unread) -> Iterator[bytes]:
    size = min(os.fstat(handle).st_size, limits.CONTEXT_FILE)
    head, left = _header(entry.path, size), size
    while True:
        try:
            data = os.read(handle, min(left, limits.READ)) if left else b""
        except OSError as error:
            unread(entry, f"cannot be read to its end: {error.strerror}")
            data = b""
        left -= len(data)
        if not left:  # as with all but large files: one piece
            yield b"".join((head, data, bytes(-size % _BLOCK)))
            return
        yield head + data
        head = b""
        if not data:
            break
    while left:
        yield bytes(min(left, limits.READ))
        left -= min(left, limits.READ)
    yield bytes(-size % _BLOCK)


def _header(path: str, size: int) -> bytes:
    """A header of ustar (POSIX.1-2017, pax, "ustar Interchange Format"); tarfile takes 50 us for one, this 3."""
    name = path.encode("utf-8", "surrogateescape")
    if len(name) > 100:
        header = tarfile.TarInfo(path)
        header.size, header.mode = size, 0o644
        return header.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
    fields = b"%-100b0000644\0%b%011o\0%011o\0" % (name, b"0000000\0" * 2, size, 0)
    fields = fields[: len(name)] + bytes(100 - len(name)) + fields[100:]
    total = sum(fields) + 8 * 0x20 + _REST_SUM
    return b"".join((fields, b"%06o\0 " % total, _REST))


class _Folders:
    """Opens files below a root through the descriptors of their folders, so that no link put in the place of one leads
    out. The last folder stays open for the next file."""

    def __init__(self, root: str) -> None:
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        self._path, self._handle = "", -1

    def __enter__(self) -> _Folders:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()
        os.close(self._root)

    def open(self, path: str) -> int:
        folder, _, name = path.rpartition("/")
        if not folder:
            return open_regular(name, self._root)
        if folder != self._path:
            self._enter(folder)
        return open_regular(name, self._handle)

    def _enter(self, folder: str) -> None:
        self._leave()
        handle = os.dup(self._root)
        try:
            for part in folder.split("/"):
                inner = os.open(part, READ | os.O_DIRECTORY, dir_fd=handle)
                os.close(handle)
                handle = inner
        except OSError:
            os.close(handle)
            raise
        self._path, self._handle = folder, handle

    def _leave(self) -> None:
        if self._handle >= 0:
            with suppress(OSError):
                os.close(self._handle)
        self._path, self._handle = "", -1


class _Paths:
    """The same by whole paths, for Windows, where a folder has no descriptor: what a link leads to is not read. Who
    puts a link there and takes it away again, at two right moments, is not noticed."""

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root)

    def __enter__(self) -> _Paths:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is kept open."""

    def open(self, path: str) -> int:
        whole = os.path.join(self._root, *path.split("/"))
        handle = open_regular(whole)
        if os.path.realpath(whole) != whole or not os.path.samestat(os.fstat(handle), os.stat(whole)):
            os.close(handle)
            raise OSError(0, "a link leads to it")
        return handle
