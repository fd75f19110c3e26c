"""The databases of dpkg, apk and rpm in a layer, read while it passes: which files packages brought, and their digests.

deb-md5sums(5), deb-src-control(5) and dpkg's status file (Conffiles: path and MD5), dpkg-divert(1); the installed
database of apk (Alpine's wiki, "Apk spec": F a folder, R a file in it, a its owner and mode, Z its digest); rpm:
stream/rpm.py. Images of Google's distroless keep the control files of each package below status.d.
"""

from __future__ import annotations

import binascii
import hashlib
from array import array
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from imagelint.errors import UnreadableError
from imagelint.image.result import Listed
from imagelint.stream import limits, rpm
from imagelint.stream.spool import Spool

if TYPE_CHECKING:
    from imagelint.image.paths import Allowance
    from imagelint.stream.tar import Entry

Read = Callable[[Spool, Listed], Iterator[list[bytes]]]
"""Yields what a database says, as `DIGEST  PATH`, some at a time."""

_OBJECT = 32
"""What a database's file costs beside its lines, in units of 8 bytes."""
_DPKG = b"var/lib/dpkg/"
_RPM = (b"var/lib/rpm", b"usr/lib/sysimage/rpm", b"usr/share/rpm")
_STARTS = frozenset(path[:11] for path in (_DPKG, b"lib/apk/db/installed", b"usr/lib/apk/db/installed", *_RPM))
"""How the path of a database begins: one look-up for each entry of a layer, where a comparison would take six."""
_PIECE = limits.MIB
_DIVERSIONS = 64 * limits.KIB
"""Bytes of dpkg's diversions: a whole desktop has 10 KB."""


class Databases:
    """Takes the windows of one layer, and fills `listed`."""

    def __init__(
        self,
        listed: dict[bytes, Listed],
        allowance: Allowance,
        limited: Callable[[str], None],
        *,
        keep: bool = False,
    ) -> None:
        """`keep`: what is listed is for other processes too."""
        self._listed, self._allowance, self._limited = listed, allowance, limited
        self._keep = keep
        self._filling: tuple[Entry, int, Read, Spool] | None = None

    def window(self, new: list[Entry], ordinal: int, window: memoryview, base: int) -> None:
        """The entries whose headers lie in the window, the last of which is the layer's `ordinal`-th."""
        self._fill(window, base)
        near = [number for number, entry in enumerate(new) if entry.path[:11] in _STARTS]
        for number in near:
            entry = new[number]
            number += ordinal - len(new) + 1
            if entry.type == "file" and (read := _reader(entry.path)):
                if entry.size > limits.DATABASE:
                    self._put(entry, number, f"it has more than {limits.DATABASE} bytes")
                elif entry.sparse >= 0:
                    self._put(entry, number, "it is stored as a sparse file")
                elif entry.end - base <= len(window):
                    file = Spool(bytes(window[entry.offset - base : entry.end - base]))
                    self._read(entry, number, read, file)
                else:
                    self._filling = (entry, number, read, Spool())
                    self._fill(window, base)

    def close(self) -> None:
        """Let go of what is kept."""
        if self._filling is not None:
            self._filling[3].close()
            self._filling = None

    def _fill(self, window: memoryview, base: int) -> None:
        """Keep the part of the file in hand that lies in this window."""
        if self._filling is None:
            return
        entry, number, read, spool = self._filling
        try:
            spool.write(window[entry.offset + spool.size - base : entry.end - base])
        except UnreadableError as error:
            self._put(entry, number, str(error))
            self.close()
            return
        if spool.size == entry.size:
            self._read(entry, number, read, spool)
            self.close()

    def _put(self, entry: Entry, ordinal: int, unread: str = "") -> Listed | None:
        """Note that there is a database; None when there is no room for more."""
        if not self._room(_OBJECT):
            return None
        listed = self._listed[entry.path] = Listed(entry.path, ordinal, array("q"), unread=unread, lasting=self._keep)
        return listed

    def _read(self, entry: Entry, ordinal: int, read: Read, file: Spool) -> None:
        listed = self._put(entry, ordinal)
        if listed is None:
            return
        try:
            for lines in read(file, listed):
                if not self._room(len(lines)):
                    return
                listed.lines.extend(map(lasting if self._keep else hash, lines))
        except UnreadableError as error:
            listed.unread = str(error)
        if not self._room(_OBJECT * len(listed.diverted)):
            listed.diverted = {}

    def _room(self, count: int) -> bool:
        """Whether so many units may be kept."""
        if self._allowance.take("listed", count):
            return True
        self._limited("package databases list more files than are kept; the others count as the image's own")
        return False


def lasting(line: bytes) -> int:
    """The same for the same line in every process, as hash() is in one. Whoever could make two lines with the same can
    write what he likes into the database as well."""
    return int.from_bytes(hashlib.blake2b(line, digest_size=8).digest(), "little", signed=True)


def charge(listed: Listed) -> int:
    """What a database took of an image's allowance."""
    return _OBJECT + len(listed.lines) + len(listed.diverted) * _OBJECT


def _reader(path: bytes) -> Read | None:
    """How to read a file; None for one that is no database."""
    if path.startswith(_DPKG):
        name = path[len(_DPKG) :]
        if name.endswith(b".md5sums") and name.startswith((b"info/", b"status.d/")):
            return _md5sums
        return {b"status": _conffiles, b"diversions": _diversions}.get(name)
    if path.removeprefix(b"usr/") == b"lib/apk/db/installed":
        return _apk
    folder, _, name = path.rpartition(b"/")
    if folder in _RPM:
        return {b"rpmdb.sqlite": _rpm, b"Packages.db": _ndb, b"Packages": _berkeley}.get(name)
    return None


def _md5sums(file: Spool, _: Listed) -> Iterator[list[bytes]]:
    for text in _pieces(file):
        yield text.split(b"\n")


def _conffiles(file: Spool, _: Listed) -> Iterator[list[bytes]]:
    """In the paragraph of a package: ` /etc/motd DIGEST`, with `obsolete` behind it when a later version has no such
    file."""
    for text in _pieces(file):
        found = []
        for line in text.split(b"\n"):
            if line.startswith(b" /"):
                path, blank, digest = line[2:].removesuffix(b" obsolete").rpartition(b" ")
                found.append(digest + blank * 2 + path)
        yield found


def _diversions(file: Spool, listed: Listed) -> Iterator[list[bytes]]:
    """Three lines each: the path in the package, the path in the file system, the package that has it so."""
    if file.size > _DIVERSIONS:
        raise UnreadableError(f"it has more than {_DIVERSIONS} bytes")
    lines = file.read(0, file.size).split(b"\n")
    for origin, place in zip(lines[::3], lines[1::3], strict=False):
        listed.diverted[place.removeprefix(b"/")] = origin.removeprefix(b"/")
    yield []


def _apk(file: Spool, _: Listed) -> Iterator[list[bytes]]:
    folder = path = mode = b""
    for text in _pieces(file):
        found = []
        for line in text.split(b"\n"):
            mark = line[:2]
            if mark == b"F:":
                folder = line[2:] + b"/" if len(line) > 2 else b""
            elif mark == b"R:":
                path, mode = (folder + line[2:]) if len(folder) <= 4096 else b"", b""
            elif mark == b"a:":
                mode = line.split(b":")[3] if line.count(b":") >= 3 else b""
            elif mark == b"Z:" and path:
                # Q1: SHA-1, Q2: SHA-256, of which later versions may keep a part
                digest = _base64(line[4:])
                if len(digest) in (20, 32):
                    found.append(digest.hex().encode() + b"  " + path)
                    if len(mode) == 4 and b"2" <= mode[:1] <= b"7":  # setgid, setuid, or both
                        found.append(rpm.PRIVILEGED + found[-1])
                path = b""
        yield found


def _rpm(file: Spool, _: Listed) -> Iterator[list[bytes]]:
    return map(rpm.listed, rpm.headers(file))


def _ndb(file: Spool, _: Listed) -> Iterator[list[bytes]]:
    return map(rpm.listed, rpm.ndb_headers(file))


def _berkeley(file: Spool, _: Listed) -> Iterator[list[bytes]]:
    raise UnreadableError("databases of rpm in Berkeley DB's format are not read")


def _base64(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text)
    except ValueError:
        return b""


def _pieces(file: Spool) -> Iterator[bytes]:
    """Whole lines, about a MiB at a time; a line that is longer is cut."""
    if file.size <= _PIECE:
        yield file.read(0, file.size)
        return
    at, rest = 0, b""
    while piece := file.read(at, _PIECE):
        at += len(piece)
        text, found, rest = (rest + piece).rpartition(b"\n")
        if not found:
            text, rest = rest, b""
        yield text
    if rest:
        yield rest
