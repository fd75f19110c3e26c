"""What extension headers say of the next entry: pax records (POSIX.1-2017, "pax Header Block"), GNU longname and
longlink."""

from __future__ import annotations

import base64
import urllib.parse
from dataclasses import dataclass, field

_SPARSE = b"GNU.sparse."
_XATTR, _LIBARCHIVE = b"SCHILY.xattr.", b"LIBARCHIVE.xattr."


@dataclass(slots=True)
class Extension:
    """Values that replace those of the next header; empty or -1 where nothing was said."""

    path: bytes = b""
    link: bytes = b""
    size: int = -1
    uid: int = -1
    gid: int = -1
    sparse: int = -1
    """Size of the whole file when holes were left out."""
    pieces: bytearray = field(default_factory=bytearray)
    """What is stored of it: offsets and sizes with commas, or `1.0` when the data begin with them."""
    xattrs: dict[bytes, bytes] = field(default_factory=dict)
    names: list[bytes] = field(default_factory=list)
    """`key=value` of what is meant for people: names of user and group, comments, keys of a vendor."""
    used: bool = False
    _long: bool = False

    def long_path(self, path: bytes) -> None:
        """GNU longname; it beats a pax path wherever it stands."""
        self.path, self._long, self.used = path, True, True

    def long_link(self, link: bytes) -> None:
        """GNU longlink."""
        self.link, self.used = link, True

    def record(self, key: bytes, value: bytes) -> bool:
        """Take one record; False when its value is wrong."""
        self.used = True
        if key in _NUMBERS:
            if len(value) > 20 or not value.isdigit():
                return key not in _STRICT
            setattr(self, _NUMBERS[key], int(value))
        elif key == b"path":
            if not self._long:
                self.path = value
        elif key == b"GNU.sparse.name":
            self.path, self._long = value, True
        elif key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
            self.pieces += value + b","
        elif key == b"GNU.sparse.map":
            self.pieces[:] = value
        elif key == b"GNU.sparse.major" and value == b"1":
            self.pieces[:] = b"1.0"
        elif key == b"linkpath":
            self.link = value
        elif key.startswith(_XATTR):
            self.xattrs[key[len(_XATTR) :]] = value
        elif key.startswith(_LIBARCHIVE):
            try:
                self.xattrs[urllib.parse.unquote_to_bytes(key[len(_LIBARCHIVE) :])] = base64.b64decode(value + b"==")
            except ValueError:
                return False
        elif key not in _TIMES and not key.startswith(_SPARSE):
            self.names.append(key + b"=" + value)
        return True


_NUMBERS = {
    b"size": "size",
    b"uid": "uid",
    b"gid": "gid",
    b"GNU.sparse.size": "sparse",
    b"GNU.sparse.realsize": "sparse",
}
_TIMES = frozenset((b"mtime", b"atime", b"ctime", b"LIBARCHIVE.creationtime"))
_STRICT = frozenset((b"size",))


def read_records(body: bytes, extension: Extension) -> bool:
    """Read `length key=value newline` records; False when one is malformed, which ends the reading."""
    place, whole = 0, True
    while place < len(body):
        space = body.find(b" ", place, place + 20)
        digits = body[place:space]
        if space < 0 or not digits.isdigit():
            return not body[place:].strip(b"\0") and whole
        end = place + int(digits)
        equals = body.find(b"=", space, end)
        if end > len(body) or end <= space or equals < 0 or body[end - 1 : end] != b"\n":
            return False
        whole = extension.record(body[space + 1 : equals], body[equals + 1 : end - 1]) and whole
        place = end
    return whole
