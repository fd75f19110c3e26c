"""Members of an ar, as Debian packages are one (ar(5), deb(5)): 60-byte headers, names of GNU and BSD."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.stream import limits
from imagelint.stream.blob import Readable
from imagelint.stream.pull import Bounded, Pull
from imagelint.stream.unpack import Member, Tell

_MAGIC, _HEADER, _END = 8, 60, b"`\n"


def ar_members(stream: Readable, tell: Tell) -> Iterator[Member]:
    """Every member with its name; tables of symbols and names are none."""
    pull = Pull(stream)
    pull.take(_MAGIC)
    names = b""
    while header := pull.take(_HEADER):
        digits = header[48:58].strip(b" ")
        if len(header) < _HEADER or header[58:] != _END or not digits.isdigit():
            tell(b"", "the archive is damaged or cut; what stands behind that place was not read")
            return
        size, name = int(digits), header[:16].rstrip(b" ")
        end = pull.at + size + (size & 1)
        if name == b"//" and size <= limits.TAR_EXTENSION:
            names = pull.take(size)
        elif name != b"/":
            if name.startswith(b"#1/") and name[3:].isdigit() and (length := int(name[3:])) <= min(size, 4096):
                name, size = pull.take(length).rstrip(b"\0"), size - length
            elif name[:1] == b"/" and name[1:].isdigit():
                name = names[int(name[1:]) :].partition(b"\n")[0]
            yield Member(name.removesuffix(b"/"), Bounded(pull, size))
        pull.skip(end - pull.at)
