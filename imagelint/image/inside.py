"""Files inside of a layer's files, searched by the same patterns while the layer passes.

A file whose first bytes say that it holds others is kept, in memory or in a temporary file, until its last byte has
come. Then its members, and theirs, are laid out one behind the other in a stream of their own with windows like the
layer's: a thousand small ones cost one call, a large one is never held whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING

from imagelint.errors import UnreadableError
from imagelint.image.hits import FAR, Hits, marked
from imagelint.image.result import Inner
from imagelint.secrets import compiled
from imagelint.stream import limits
from imagelint.stream.appetite import appetite
from imagelint.stream.magic import START, container, is_plain
from imagelint.stream.pull import Behind
from imagelint.stream.spool import Spool
from imagelint.stream.unpack import Member, members

if TYPE_CHECKING:
    from imagelint.image.hits import Report
    from imagelint.image.paths import Allowance
    from imagelint.secrets.confirm import Detector
    from imagelint.secrets.dropped import Tally
    from imagelint.secrets.prefilter import WindowScanner
    from imagelint.stream.blob import Readable
    from imagelint.stream.tar import Entry

_KEPT = ("zip", "pack", "object", "pyc")
"""Formats that are not read from front to back."""


class _Enough(UnreadableError):
    """A limit for the whole file is reached: nothing more of it is read."""


class Inside:
    """Takes the windows of one layer, behind its Hits, and calls `report` with what it finds inside of files."""

    def __init__(
        self,
        detector: Detector,
        scanner: WindowScanner,
        allowance: Allowance,
        report: Report,
        limited: Callable[[str, str], None],
        tally: Tally | None,
    ) -> None:
        self._scanner = scanner
        self._allowance = allowance
        self._limited = limited
        self._notes: set[tuple[bytes, str]] = set()
        self._buffer = bytearray(limits.CARRY + limits.WINDOW)
        self._view = memoryview(self._buffer)
        self._hits = Hits(
            detector, self._buffer, allowance, report, lambda reason: limited(reason, ""), self.decoded, tally
        )
        self._pending: list[tuple[Entry, int, bytes, bytes, tuple[int, int]]] = []
        """What base64 said in the window that is searched: it is laid behind it."""
        self._base = self._done = self._filled = 0
        self._new: list[Entry] = []
        self._coming: tuple[Entry, int] | None = None
        """A file whose first bytes have not all come, and its place in the layer."""
        self._filling: tuple[Entry, int, str, Spool] | None = None
        self._names: list[int] = []
        """Ends of telling names of compiled Python, in order, in this window and in what is kept of the ones before."""
        self._outer: Entry
        self._ordinal = 0
        self._left = self._left_members = 0
        self._large = self._exhausted = False

    def window(self, new: list[Entry], ordinal: int, window: memoryview, base: int, names: list[int]) -> None:
        """The entries whose headers lie in the window, the last of which is the layer's `ordinal`-th; the ends of
        telling names of compiled Python."""
        self._names = sorted({*self._names, *names} if self._filling is not None else names)
        self._fill(window, base)
        first, last = ordinal - len(new) + 1, len(window) - START
        entries = []
        for number, entry in enumerate(new, first):
            if entry.type == "file" and entry.size:
                at = entry.offset - base
                if at > last or entry.size < START or not is_plain(window, at):
                    entries.append((entry, number))
        if self._coming is not None:
            entries.insert(0, self._coming)
            self._coming = None
        for entry, number in entries:
            at = entry.offset - base
            start = bytes(window[at : min(at + START, entry.end - base)])
            if len(start) < min(START, entry.size):
                self._coming = (entry, number)
            elif kind := container(start, entry.size, entry.path):
                self._keep(entry, number, kind, window, base)
        self._flush()

    def close(self) -> None:
        """Let go of what is kept, and of the references in a circle that would keep the buffers until a collection."""
        if self._filling is not None:
            self._filling[3].close()
        del self._hits, self._view, self._buffer

    def _keep(self, entry: Entry, ordinal: int, kind: str, window: memoryview, base: int) -> None:
        if entry.size > limits.KEPT_ARCHIVE:
            self._note(entry.path, f"it has more than {limits.KEPT_ARCHIVE} bytes, and what is inside was not read")
        elif entry.end - base <= len(window):
            self._open(entry, ordinal, kind, Spool(bytes(window[entry.offset - base : entry.end - base])))
        else:
            self._filling = (entry, ordinal, kind, Spool())
            self._fill(window, base)

    def _fill(self, window: memoryview, base: int) -> None:
        """Keep the part of the file in hand that lies in this window."""
        if self._filling is None:
            return
        entry, ordinal, kind, spool = self._filling
        try:
            spool.write(window[entry.offset + spool.size - base : entry.end - base])
        except UnreadableError as error:
            self._note(entry.path, str(error))
            self._filling = None
            return
        if spool.size == entry.size:
            self._filling = None
            self._open(entry, ordinal, kind, spool)

    def _open(self, entry: Entry, ordinal: int, kind: str, spool: Spool) -> None:
        """Read all that is inside of one file of the layer."""
        if self._exhausted:
            spool.close()
            return
        self._outer, self._ordinal = entry, ordinal
        room = min(limits.UNPACK_BYTES, max(limits.UNPACK_FLOOR, limits.UNPACK_RATIO * entry.size))
        self._left, self._left_members = room, limits.UNPACK_MEMBERS
        try:
            if kind == "pyc":
                names = self._names
                ends = names[bisect_right(names, entry.offset) : bisect_right(names, entry.end)]
                self._compiled(spool, b"", [end - entry.offset for end in ends])
            else:
                self._walk(kind, spool, entry.path, b"", 1)
        except _Enough as error:
            self._note(entry.path, str(error))
        finally:
            spool.close()
        if not self._allowance.take("unpacked", room - self._left):
            self._exhausted = True
            self._limited("no more is read from inside of files: the limit for an image is reached", "")

    def _walk(self, kind: str, source: Spool | Behind, name: bytes, way: bytes, depth: int) -> None:
        """Every member of one container; damage ends this one only."""
        start = source.read(0, START) if isinstance(source, Spool) else source.start
        if self._large or appetite(kind, start) <= limits.NESTED_DECODER:
            self._members(kind, source, name, way, depth, limits.NESTED_DECODER)
            return
        with self._allowance.large_decoder:
            self._large = True
            try:
                self._members(kind, source, name, way, depth, limits.LZMA_MEMORY)
            finally:
                self._large = False

    def _members(self, kind: str, source: Spool | Behind, name: bytes, way: bytes, depth: int, memory: int) -> None:
        def tell(member: bytes, reason: str) -> None:
            self._note(self._outer.path, reason, _joined(way, member))

        try:
            for member in members(kind, source, name, tell, memory):
                self._left_members -= 1
                if self._left_members < 0:
                    raise _Enough(f"more than {limits.UNPACK_MEMBERS} members; the rest of them was not read")
                self._member(member, _joined(way, member.name), depth)
        except _Enough:
            raise
        except UnreadableError as error:
            tell(b"", str(error))

    def _member(self, member: Member, way: bytes, depth: int) -> None:
        if len(self._buffer) - self._filled < START:
            self._advance()
        got = self._first(member.reader)
        start = bytes(self._view[self._filled : self._filled + min(got, START)])
        kind = container(start, got if got < START else FAR, member.name) if got else ""
        if kind and depth >= limits.UNPACK_DEPTH:
            self._note(self._outer.path, f"more than {limits.UNPACK_DEPTH} archives inside of each other", way)
            kind = ""
        if kind and kind not in _KEPT:
            self._spend(got)
            start = bytes(self._view[self._filled : self._filled + got])
            self._walk(kind, Behind(start, member.reader, self._spend), member.name, way, depth + 1)
            return
        keep = Spool() if kind else None
        try:
            self._lay(member, way, got, keep)
            if keep is not None and kind == "pyc":
                self._compiled(keep, way, None)
            elif keep is not None:
                self._walk(kind, keep, member.name, way, depth + 1)
        finally:
            if keep is not None:
                keep.close()

    def _compiled(self, file: Spool, way: bytes, ends: list[int] | None) -> None:
        """Lines of Python for what a .pyc says of passwords, when it may say any."""
        if file.size > limits.COMPILED or ends == []:
            return
        data = file.read(0, file.size)
        names = compiled.telling_names(data, ends)
        if names and (lines := compiled.reconstructed(data, names)):
            self._lay(Member(b"", Spool(lines).part()), way, 0, None, (0, 0))

    def decoded(self, entry: Entry, ordinal: int, text: bytes, line: int, column: int) -> None:
        """What base64 in a file says, or in a file inside of it."""
        if isinstance(entry, Inner):
            place = entry.place or (line, column)
            self._pending.append((entry.outer, entry.ordinal, entry.way, text, place))
        else:
            self._pending.append((entry, ordinal, b"", text, (line, column)))

    def _first(self, reader: Readable) -> int:
        """At least START bytes of a member into the buffer, fewer at its end."""
        got = 0
        try:
            while got < START and (count := reader.readinto(self._view[self._filled + got :])):
                got += count
        except UnreadableError:
            pass  # it is raised again where the rest is read
        return got

    def _lay(
        self, member: Member, way: bytes, got: int, keep: Spool | None, place: tuple[int, int] | None = None
    ) -> None:
        """The member into the stream; its first `got` bytes are there."""
        if self._filled == len(self._buffer):
            self._advance()
        outer = self._outer
        start = self._base + self._filled
        path = b"/".join(filter(None, (outer.path, way.replace(b"!", b"/"), member.called)))
        entry = Inner(
            path, member.name, "file", FAR, 0, 0, 0, member.link, member.xattrs, start, start,
            outer=outer, ordinal=self._ordinal, way=way, place=place,
        )  # fmt: skip
        self._new.append(entry)
        size, failure = 0, ""
        try:
            got = got or member.reader.readinto(self._view[self._filled :]) or 0
            while got:
                if keep is not None:
                    keep.write(self._view[self._filled : self._filled + got])
                self._filled += got
                size += got
                self._spend(got)
                if size > limits.UNPACK_MEMBER:
                    failure = f"more than {limits.UNPACK_MEMBER} uncompressed bytes; the rest was not read"
                    break
                if self._filled == len(self._buffer):
                    self._advance()
                got = member.reader.readinto(self._view[self._filled :]) or 0
        except _Enough:
            raise
        except UnreadableError as error:
            failure = str(error)
        finally:
            if self._filled == len(self._buffer):
                self._advance()
            self._buffer[self._filled] = 10  # a member ends as a line does
            self._filled += 1
            entry.size = size + 1
            self._hits.ended(entry)
        if failure:
            self._note(outer.path, failure, way)

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise _Enough("more uncompressed bytes than are read of one file; the rest of it was not read")

    def _advance(self) -> None:
        """Search the window, and let go of all but CARRY bytes."""
        self._scan(self._base + self._filled - limits.CONTEXT_AFTER)
        moved = self._filled - limits.CARRY
        self._hits.slide(self._base, self._base + moved)
        self._view[: limits.CARRY] = self._view[moved : self._filled]
        self._base, self._filled = self._base + moved, limits.CARRY

    def _flush(self) -> None:
        """Search what is there, to its end: whatever the layer has later comes behind these findings."""
        while self._base + self._filled > self._done or self._pending:
            pending, self._pending = self._pending, []
            for outer, ordinal, way, text, place in pending:
                self._outer, self._ordinal, self._left = outer, ordinal, len(text)
                self._lay(Member(b"", Spool(text).part()), way, 0, None, place)
            self._scan(FAR)
            end = self._base + self._filled
            self._hits.slide(self._base, end)
            self._base = self._done = end
            self._filled = 0

    def _scan(self, limit: int) -> None:
        base, done = self._base, self._done
        hits, _ = marked(self._scanner, self._view[: self._filled], base, done, limit)
        self._hits.add_entries(self._new, self._scanner)
        self._new = []
        self._hits.window(self._filled, base, hits, limit)
        self._done = limit

    def _note(self, path: bytes, reason: str, way: bytes = b"") -> None:
        note = (_joined(path, way), reason)
        if note in self._notes or len(self._notes) > limits.LIMITED:
            return
        self._notes.add(note)
        if len(self._notes) <= limits.LIMITED:
            self._limited(reason, note[0].decode("utf-8", "surrogateescape"))
        else:
            self._limited(
                f"more than {limits.LIMITED} places inside of files were not read; the others are not listed", ""
            )


def _joined(way: bytes, name: bytes) -> bytes:
    return way + b"!" + name if way and name else way or name
