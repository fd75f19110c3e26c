"""Files that are read whole, by their grammar or by detect-secrets' plugins, kept while their bytes pass: known by
name, or by what they begin with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from imagelint.image.result import Inner
from imagelint.secrets import grammar
from imagelint.stream import limits

if TYPE_CHECKING:
    from imagelint.secrets.confirm import Candidate, Detector
    from imagelint.secrets.structured.value import Reader
    from imagelint.stream.tar import Entry


class Whole:
    """Keeps the files of one stream that have a grammar, by the strict profile all configuration, and reads each when
    it is complete."""

    def __init__(self, detector: Detector, limited: Callable[[str], None]) -> None:
        self._detector, self._limited = detector, limited
        self._coming: list[tuple[Entry, tuple[Reader, ...], bytearray]] = []
        self._there: dict[int, tuple[tuple[Reader, ...], bytes]] = {}
        """By the start of the entry: complete, and not yet read."""
        self._begun: list[Entry] = []
        """Files whose first bytes were not seen yet."""
        self._left, self._left_stores = limits.GRAMMAR_BYTES, limits.STORES
        self._strict = detector.strict
        self._room = self._strict.room() if self._strict is not None else None

    def add(self, entries: list[Entry]) -> None:
        """The entries whose headers lie in the window."""
        self._begun += [entry for entry in entries if entry.type == "file" and entry.size]
        found = dict(grammar.among([entry.path for entry in entries]))
        if self._strict is not None:
            found |= {place: found.get(place, ()) for place, entry in enumerate(entries) if self._plugged(entry)}
        for place, readers in found.items():
            entry = entries[place]
            if entry.type == "file" and entry.size and not (isinstance(entry, Inner) and entry.place is not None):
                self._coming.append((entry, readers, bytearray()))

    def window(self, buffer: bytearray, base: int, length: int, limit: int) -> list[int]:
        """Copy what the window has of the files; the ends of those that are complete and end up to `limit`."""
        if self._begun:
            self._begin(buffer, base, length)
        if not self._coming:
            return []
        ends: list[int] = []
        later: list[tuple[Entry, tuple[Reader, ...], bytearray]] = []
        for item in self._coming:
            entry, readers, data = item
            complete = entry.end <= min(limit, base + length)
            start, stop = entry.offset + len(data) - base, min(entry.end - base, length)
            if (
                complete
                and not data
                and buffer.find(grammar.word(readers), start, stop) < 0
                and not self._plugged(entry)
            ):
                continue
            if start < stop and len(data) <= limits.KEPT_FILE:
                data += memoryview(buffer)[start : min(stop, start + limits.KEPT_FILE + 1)]
            if not complete:
                later.append(item)
            elif (used := self._worth(entry, readers, data)) is not None:
                # to what lies inside of a file a line end was added
                self._there[entry.start] = (used, bytes(data[:-1] if isinstance(entry, Inner) else data))
                ends.append(entry.end)
        self._coming = later
        return ends

    def _begin(self, buffer: bytearray, base: int, length: int) -> None:
        """Look at the first bytes of the files that begin in the window."""
        later = []
        whole = length - grammar.START
        for entry in self._begun:
            at = entry.offset - base
            if at <= whole and buffer[at] not in grammar.FIRST:
                continue
            end = min(entry.end - base, length)
            if end - at < grammar.START and entry.end - base > length:
                later.append(entry)
            elif buffer[at] in grammar.FIRST:
                readers = grammar.by_content(bytes(buffer[at : min(at + grammar.START, end)]))
                if readers:
                    named = [of for known, of, _ in self._coming if known is entry]
                    self._coming = [item for item in self._coming if item[0] is not entry]
                    self._coming.append((entry, tuple({*readers, *(named[0] if named else ())}), bytearray()))
        self._begun = later

    def _plugged(self, entry: Entry) -> bool:
        """Whether the strict profile wants a file."""
        return self._strict is not None and self._strict.wants(_name(entry))

    def _worth(self, entry: Entry, readers: tuple[Reader, ...], data: bytearray) -> tuple[Reader, ...] | None:
        """The readers of a file that is read, none when by plugins alone, or None; a reason that it is not is told."""
        if len(data) > limits.KEPT_FILE:
            if not grammar.BROAD.issuperset(readers):
                self._limited("a file that is read by its grammar is too large; patterns alone were searched in it")
            elif self._plugged(entry):
                self._limited("configuration that is too large for detect-secrets; patterns alone were searched in it")
            return None
        if not readers or not grammar.worth(readers, data, entry.path):
            return () if self._plugged(entry) else None
        if not grammar.STORES.isdisjoint(readers):
            self._left_stores -= 1
            if self._left_stores < 0:
                self._limited("too many files that begin as key stores do; patterns alone were searched in the rest")
                return () if self._plugged(entry) else None
        self._left -= len(data)
        if self._left < 0:
            self._limited("too many files that are read by their grammar; patterns alone were searched in the rest")
            return () if self._plugged(entry) else None
        return readers

    def read(self, entry: Entry) -> list[Candidate]:
        """The candidates of a file whose end was told, with offsets in the file."""
        readers, data = self._there.pop(entry.start, ((), b""))
        found = grammar.candidates(self._detector, readers, data, self._limited) if readers else []
        if self._strict is not None and self._room is not None and self._plugged(entry):
            found += self._strict.data(data, _name(entry), self._room)
            if self._room.cut:
                self._limited(self._room.cut)
        return found


def _name(entry: Entry) -> str:
    return entry.path.decode("utf-8", "surrogateescape")
