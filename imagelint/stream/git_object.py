"""Objects of git: loose ones, and those of a pack (git's gitformat-pack(5)), deltas put together with their bases.

A pack keeps the newest version of a file whole and older ones as deltas: a password that was taken out of a file is
in a delta, and the name in front of it in another object.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from imagelint.errors import UnreadableError
from imagelint.stream import limits
from imagelint.stream.inflate import Inflated, deflated
from imagelint.stream.pull import Behind
from imagelint.stream.spool import Spool
from imagelint.stream.unpack import Member, Tell

_KINDS = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_OFFSET_DELTA, _REF_DELTA = 6, 7
_START = 4096
_SOURCE = re.compile(
    rb"^[ \t]*(?:import |from [\w.]+ import |def |class |function |package |#include|using |public |private "
    rb"|const |let |var |<\?php|<!doctype|<html|fn |func |require[ (])",
    re.MULTILINE | re.IGNORECASE,
)
_TREE_ENTRY = re.compile(rb"100[67][0-7]{2} ([^\0/]{1,255})\0(.{20})", re.DOTALL)
"""Mode, name and hash of a file in a tree."""
_CHAIN = 64
"""Deltas on deltas that are followed: git makes 50, or 250 with --aggressive and an old default."""


def loose_object(file: Spool) -> Iterator[Member]:
    """The object of one file, without its header."""
    stream = deflated(file.part(), "zlib")
    head = bytearray()
    one = memoryview(bytearray(1))
    while len(head) < 32 and stream.readinto(one) and one[0]:
        head += one
    start = stream.read(_START)
    yield Member(b"", Behind(start, stream), called=_called(bytes(head).partition(b" ")[0], start, b""))


def _called(kind: bytes, start: bytes, name: bytes) -> bytes:
    """What sort of file an object is: its name where a tree gave one, else a guess, since a blob has none."""
    if kind != b"blob":
        return b"object.txt"
    return name or (b"object.py" if _SOURCE.search(start) else b"object.conf")


def pack_objects(file: Spool, tell: Tell) -> Iterator[Member]:
    """Every object of a pack, named by its hash, or by its place when it is too large to be held."""
    return _Pack(file, tell).objects()


@dataclass(slots=True)
class _Head:
    """What stands ahead of an object's zlib stream."""

    kind: int
    size: int
    """Uncompressed, of the object or of its delta."""
    data: int
    """Where the stream begins."""
    base: int = -1
    """Where the object stands that a delta builds on; -1 when that is not known."""


class _Pack:
    """One pack's reading."""

    def __init__(self, file: Spool, tell: Tell) -> None:
        self._file = file
        self._tell = tell
        self._known: OrderedDict[int, tuple[bytes, bytes]] = OrderedDict()
        """Offset -> (type, content) of the last used objects, which deltas may build on."""
        self._held = 0
        self._hashes: dict[bytes, int] = {}
        self._names: dict[bytes, bytes] = {}
        """Hash of a blob -> the last name that a tree gave it; git packs trees ahead of blobs."""
        self._again = limits.UNPACK_FLOOR + limits.GIT_AGAIN * file.size
        """Bytes that may be decompressed once more because a delta builds on them."""

    def objects(self) -> Iterator[Member]:
        """One object after the other, as they stand in the file; then the deltas whose bases stand behind them."""
        at, later = 12, []
        for _ in range(int.from_bytes(self._file.read(8, 4), "big")):
            head = self._head(at)
            stream = self._stream(head)
            if head.size <= limits.GIT_OBJECT:
                if member := self._whole(at, head, stream.read(head.size)):
                    yield member
                else:
                    later.append(at)
            elif head.kind in _KINDS:
                yield Member(b"%s at %d" % (_KINDS[head.kind], at), stream)
            else:
                self._tell(b"delta at %d" % at, "it is too large to be put together")
            at = stream.end()
        yield from self._later(later)

    def _later(self, places: list[int]) -> Iterator[Member]:
        waiting = -1
        while len(places) != waiting:
            waiting, again = len(places), []
            for at in places:
                head = self._head(at)
                self._again -= head.size
                if self._again > 0 and (member := self._whole(at, head, self._stream(head).read(head.size))):
                    yield member
                else:
                    again.append(at)
            places = again
        if places:
            self._tell(b"%d deltas" % len(places), "what they build on is not in the pack, or costs too much")

    def _whole(self, at: int, head: _Head, data: bytes) -> Member | None:
        """The object that stands here; None while what it builds on is not known."""
        found = self._resolve(head, data, 0)
        if found is None:
            return None
        digest = hashlib.sha1(b"%s %d\0" % (found[0], len(found[1])), usedforsecurity=False)
        digest.update(found[1])
        self._hashes[digest.digest()] = at
        self._keep(at, found)
        if found[0] == b"tree":
            self._tree(found[1])
        called = _called(found[0], found[1][:_START], self._names.get(digest.digest(), b""))
        return Member(digest.hexdigest().encode(), Spool(found[1]).part(), called=called)

    def _tree(self, content: bytes) -> None:
        for found in _TREE_ENTRY.finditer(content):
            if len(self._names) < limits.UNPACK_MEMBERS:
                self._names[found[2]] = found[1]

    def _head(self, at: int) -> _Head:
        data = self._file.read(at, 64)
        head = data[:1] or b"\0"
        kind, size, shift, place = head[0] >> 4 & 7, head[0] & 15, 4, 1
        while data[place - 1 : place] >= b"\x80":
            size |= (data[place] & 0x7F if place < len(data) else 0) << shift
            shift, place = shift + 7, place + 1
        base = -1
        if kind == _REF_DELTA:
            base = self._hashes.get(data[place : place + 20], -1)
            place += 20
        elif kind == _OFFSET_DELTA:
            back = 0
            for byte in data[place:]:
                place += 1
                back = back << 7 | byte & 0x7F
                if byte < 0x80:
                    break
                back += 1
            base = at - back if 0 < back < at else -1
        elif kind not in _KINDS:
            raise UnreadableError("the pack is damaged; what stands behind that place was not read")
        return _Head(kind, size, at + place, base)

    def _stream(self, head: _Head) -> Inflated:
        # deflate grows by five bytes in 16 KiB at most; to read no further is what keeps small objects cheap
        return deflated(self._file.part(head.data, head.size + head.size // 500 + 64), "zlib")

    def _resolve(self, head: _Head, data: bytes, depth: int) -> tuple[bytes, bytes] | None:
        """(type, content), or None when a base is missing, too far away or too dear."""
        if head.kind in _KINDS:
            return _KINDS[head.kind], data
        base = self._known.get(head.base)
        if base is None and head.base >= 0 and depth < _CHAIN:
            below = self._head(head.base)
            self._again -= below.size
            if below.size <= limits.GIT_OBJECT and self._again > 0:
                base = self._resolve(below, self._stream(below).read(below.size), depth + 1)
        if base is None:
            return None
        self._keep(head.base, base)
        return base[0], _apply(base[1], data)

    def _keep(self, at: int, found: tuple[bytes, bytes]) -> None:
        if at in self._known:
            self._known.move_to_end(at)
            return
        self._known[at] = found
        self._held += len(found[1])
        while self._held > limits.GIT_HELD:
            self._held -= len(self._known.popitem(last=False)[1][1])


def _apply(base: bytes, delta: bytes) -> bytes:
    """The object that a delta makes of its base (gitformat-pack(5), "Deltified representation")."""
    place = 0
    for _ in range(2):  # the sizes of both objects
        while delta[place : place + 1] >= b"\x80":
            place += 1
        place += 1
    parts: list[bytes] = []
    size = 0
    while place < len(delta) and size <= limits.GIT_OBJECT:
        order = delta[place]
        place += 1
        if order & 0x80:
            numbers = [0, 0, 0, 0, 0, 0, 0]
            for bit in range(7):
                if order >> bit & 1:
                    numbers[bit] = delta[place] if place < len(delta) else 0
                    place += 1
            offset = int.from_bytes(bytes(numbers[:4]), "little")
            count = int.from_bytes(bytes(numbers[4:]), "little") or 0x10000
            parts.append(base[offset : offset + count])
        else:
            count = order
            parts.append(delta[place : place + count])
            place += count
        size += count
    return b"".join(parts)
