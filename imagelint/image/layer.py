"""One pass over one layer: decompress, verify, walk the tar, find secrets, note what makes the timeline. Nothing is
read twice.

A window is WINDOW new bytes behind CARRY old ones. Patterns run over it whole, headers and all, because one call over
2 MiB is far cheaper than one for each file. A hit in the last CONTEXT_AFTER bytes waits for the next window, where it
is found again with what stands behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Container
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from imagelint.errors import UnreadableError
from imagelint.image.certificates import is_small_certificate, read_certificates
from imagelint.image.contents import Contents
from imagelint.image.databases import Databases
from imagelint.image.digests import Digests
from imagelint.image.hits import FAR, Hits, marked
from imagelint.image.inside import Inside
from imagelint.image.ledger import TOO_MANY, Ledger
from imagelint.image.leftovers import Leftovers
from imagelint.image.marks import WHITEOUT, mark
from imagelint.image.once import settle
from imagelint.image.paths import Allowance, ancestors
from imagelint.image.privileges import is_privileged
from imagelint.image.result import Found, Kept, LayerResult
from imagelint.secrets.dropped import Tally
from imagelint.stream import limits
from imagelint.stream.blob import Blob
from imagelint.stream.steps import Steps
from imagelint.stream.tar import Entry, OneFile, TarReader, clean

if TYPE_CHECKING:
    from imagelint.image.model import Layer
    from imagelint.secrets.confirm import Detector

_ZEROS = bytes(limits.CARRY + limits.WINDOW)
_FOLDERS = 64
"""Parent folders of a secret that are watched for an entry that takes their place in the same layer."""


class EntryIndex(Protocol):
    """Says which entries a rule may ask about."""

    def wants(self, path: bytes, mode: int, type: str, xattrs: Collection[bytes]) -> bool:
        """Cheap: it is asked for every entry."""


def read_layer(
    layer: Layer,
    detector: Detector | None,
    entries: EntryIndex | None = None,
    *,
    contents: Container[bytes] = frozenset(),
    allowance: Allowance | None = None,
    name: str = "",
    measure: int = 0,
    keep: bool = False,
) -> LayerResult:
    """Read a layer to its end. Never raises for what the layer holds: holes are listed in the result's `incomplete`.

    `contents` has the paths (as in Entry.path) of the files to keep whole. `allowance` is shared by the layers of an
    image, several of which may be read at a time (reading.py). With a `name`, the layer's stream is no archive but one
    file, and this is what it is called. `measure` fills the result's `ledger`, with steps of this size (steps.py); by
    FINE ones contents are compared too. `keep`: the result is for other processes too (stored.py).
    """
    result = LayerResult(layer.index)
    reader = OneFile(name.encode("utf-8", "surrogatepass")) if name else TarReader()
    place = place_of(layer, name)
    if measure:
        result.ledger = Ledger(Steps(measure))
    try:
        with layer.open() as stream:
            steps = result.ledger.steps if result.ledger is not None else None
            blob = Blob(stream, layer.digest, layer.size, layer.diff_id, steps=steps)
            _Pass(result, place, reader, detector, entries, contents, allowance or Allowance(), keep).run(blob)
    except UnreadableError as error:
        result.incomplete.append((place, str(error)))
    except OSError as error:
        result.incomplete.append((place, f"it cannot be opened: {error.strerror or 'no reason given'}"))
    return result


def place_of(layer: Layer, name: str = "") -> str:
    """What a report calls a layer, or the file of this name in its stead."""
    place, digest = name or f"layer {layer.index}", layer.digest or layer.diff_id
    return f"{place} {digest}" if digest else place


class _Pass:
    """The state of one layer's reading."""

    def __init__(
        self,
        result: LayerResult,
        place: str,
        reader: TarReader | OneFile,
        detector: Detector | None,
        entries: EntryIndex | None,
        contents: Container[bytes],
        allowance: Allowance,
        keep: bool,
    ) -> None:
        self._result = result
        self._place = place
        self._scanner = detector.patterns.scanner() if detector is not None else None
        self._wants = entries.wants if entries is not None else None
        self._contents = contents
        self._allowance = allowance
        self._reader = reader
        self._buffer = bytearray(limits.CARRY + limits.WINDOW)
        self._hits: Hits | None = None
        self._inside: Inside | None = None
        self._digests = Digests(self._buffer)
        self._compared = Contents(result.ledger) if result.ledger is not None and result.ledger.steps.fine else None
        self._databases = (
            Databases(result.listed, allowance, self._limited, keep=keep) if detector is not None else None
        )
        if detector is not None and self._scanner is not None:
            result.dropped = Tally() if detector.explains else None
            result.telling = detector.telling
            self._inside = Inside(detector, self._scanner, allowance, self._take_found, self._limited, result.dropped)
            self._hits = Hits(
                detector, self._buffer, allowance, self._take_found, self._limited, self._inside.decoded, result.dropped
            )
        self._waiting: list[Entry] = []
        """Entries that wait until the hits ahead of them are through: a secret must be known before a later entry can
        replace it."""
        self._ordinal = 0
        self._filling: Kept | None = None
        self._hashing: list[Kept] = []
        self._certificates = limits.CERTIFICATES
        self._watched: dict[bytes, list[Found | Kept]] = {}
        self._watched_folders: dict[bytes, list[Found | Kept]] = {}
        self._roots: dict[bytes, bytes] = {}

    def run(self, blob: Blob) -> None:
        """Read to the end, and say what was wrong on the way."""
        try:
            self._windows(blob)
        finally:
            # They know this object and each other; apart, all go at once, and with them the buffers.
            if self._inside is not None:
                self._inside.close()
            if self._databases is not None:
                self._databases.close()
            self._hits = self._inside = self._databases = None
        result, reader = self._result, self._reader
        settle(result.found)
        try:
            blob.finish()
        except UnreadableError as error:
            result.incomplete.append((self._place, str(error)))
        result.bytes_in, result.bytes_out = blob.bytes_in, blob.bytes_out
        if result.ledger is not None:
            result.ledger.size, result.ledger.compression = blob.bytes_out, blob.compression
            result.ledger.left = Leftovers().among(result.ledger.paths(), compiled=result.ledger.steps.fine)
        if self._compared is not None:
            self._compared.finish()
        result.digest, result.diff_id, result.entries = blob.digest, blob.diff_id, reader.entries
        missing = reader.finish(blob.bytes_out)
        if missing:
            result.incomplete.append((self._place, missing))
        for note in reader.notes:
            self._limited(note)
        if blob.trailing:
            self._limited(f"{blob.trailing} bytes behind the end of the compressed stream")

    def _windows(self, blob: Blob) -> None:
        view = memoryview(self._buffer)
        base = done = carried = 0
        while True:
            got = blob.readinto(view[carried : carried + limits.WINDOW])
            last = got < limits.WINDOW
            window = view[: carried + got]
            end = base + len(window)
            limit = end if last else end - limits.CONTEXT_AFTER
            new = self._reader.feed(window, base)
            self._arrived(new, window, base)
            if self._compared is not None:
                self._compared.window(new, window, base, blob.compression)
            self._digests.window(base, len(window))
            self._hash(end)
            if self._databases is not None:
                self._databases.window(new, self._ordinal, window, base)
            if self._scanner is not None and self._hits is not None and self._inside is not None:
                # Of a full window alone: at its first byte that is no zero the comparison ends.
                holes = len(window) == len(_ZEROS) and self._buffer.startswith(_ZEROS)
                hits, names = marked(self._scanner, window, base, done, limit, zeros=holes)
                self._hits.add_entries(new, self._scanner)
                self._hits.window(len(window), base, hits, FAR if last else limit)
                self._inside.window(new, self._ordinal, window, base, names)
            self._register(FAR if last else limit)
            if last:
                return
            done = limit
            moved = len(window) - limits.CARRY
            if self._hits is not None:
                self._hits.slide(base, base + moved)
                self._digests.slide(new, base + moved)
            view[: limits.CARRY] = window[moved:]
            base, carried = base + moved, limits.CARRY

    def _arrived(self, new: list[Entry], window: memoryview, base: int) -> None:
        """Keep what was asked for, while its bytes are here."""
        self._fill(window, base)
        wants, contents = self._wants, self._contents
        for entry in new:
            self._ordinal += 1
            wanted = wants is not None and wants(entry.path, entry.mode, entry.type, entry.xattrs)
            whole = entry.type == "file" and entry.path in contents
            if wanted or whole:
                kept = Kept(entry, self._ordinal)
                self._keep(kept, whole, wanted and is_small_certificate(entry))
                self._fill(window, base)
                if is_privileged(entry):
                    self._hashing.append(kept)
        self._waiting += new

    def _hash(self, end: int) -> None:
        """Take the digests of the files with privileges that end ahead of this offset, while they are here."""
        while self._hashing and self._hashing[0].entry.end <= end:
            kept = self._hashing.pop(0)
            kept.digests = self._digests.of(kept.entry)

    def _keep(self, kept: Kept, whole: bool, certificate: bool) -> None:
        if not self._allowance.take("entries", 1):
            self._limited("more entries than are kept; rules did not see the rest of them")
            return
        if whole and kept.entry.size <= limits.KEPT_FILE and self._allowance.take("bytes", kept.entry.size):
            kept.content, self._filling = bytearray(), kept
        elif whole:
            self._limited("a file that is read by its grammar is too large")
        elif certificate and self._certificates:
            self._certificates -= 1
            kept.content, self._filling = bytearray(), kept
        elif certificate:
            self._limited("more files with certificates than are read")
        self._result.kept.append(kept)
        self._watched.setdefault(kept.entry.path, []).append(kept)

    def _fill(self, window: memoryview, base: int) -> None:
        """Copy the part of the file in hand that lies in this window."""
        kept = self._filling
        if kept is None or kept.content is None:
            return
        start = kept.entry.offset + len(kept.content) - base
        kept.content += window[start : kept.entry.end - base]
        if len(kept.content) == kept.entry.size:
            self._filling = None
            if kept.entry.path not in self._contents:
                read_certificates(kept)

    def _take_found(self, found: Found, entry: Entry | None) -> None:
        if entry is not None:
            found.digests = self._digests.of(entry)
        self._result.found.append(found)
        self._watched.setdefault(found.path, []).append(found)
        for folder in ancestors(found.path)[1:_FOLDERS]:
            self._watched_folders.setdefault(folder, []).append(found)

    def _register(self, limit: int) -> None:
        """Note the entries ahead of `limit` for the timeline: every secret ahead of them is known by now."""
        waiting, result = self._waiting, self._result
        count = (
            sum(entry.start < limit for entry in waiting) if waiting and waiting[-1].start >= limit else len(waiting)
        )
        room = self._allowance.take("paths", count)
        if not room:
            self._limited("more paths than are kept; what they replace or delete is not known")
        if result.ledger is not None and count and not result.ledger.add(waiting[:count], self._allowance):
            self._limited(TOO_MANY)
        some, first = waiting[:count], self._ordinal - len(waiting) + 1
        paths = [entry.path for entry in some]
        if WHITEOUT in b"\0".join(paths) or not self._indifferent(paths):
            self._register_each(some, first, room=bool(room))
        else:
            if room:
                result.folders.update([entry.path for entry in some if entry.type == "dir"])
                result.files.update([entry.path for entry in some if entry.type != "dir" and entry.path])
            for ordinal, entry in [item for item in enumerate(some, first) if item[1].type == "hardlink"]:
                self._link(entry, ordinal)
        if (left := limits.NAMED_FILES - len(result.names)) > 0:
            files = (entry.path for entry in some if entry.type != "dir" and WHITEOUT not in entry.path)
            result.names += [path[-limits.NAMED_BYTES :] for path in islice(files, left)]
        del waiting[:count]

    def _indifferent(self, paths: list[bytes]) -> bool:
        """Whether nothing that is watched for lies at one of these paths."""
        return self._watched.keys().isdisjoint(paths) and self._watched_folders.keys().isdisjoint(paths)

    def _register_each(self, entries: list[Entry], first: int, *, room: bool) -> None:
        """One by one: the first is the layer's `first`-th."""
        result = self._result
        for ordinal, entry in enumerate(entries, first):
            path = entry.path
            if WHITEOUT in path and (told := mark(path, result)) is not None:
                if told:
                    self._limited(told)
                continue
            if entry.type == "dir":
                if room:
                    result.folders.add(path)
            elif path:  # a file cannot stand in the root's place
                if room:
                    result.files.add(path)
                if entry.type == "hardlink":
                    self._link(entry, ordinal)
                if path in self._watched_folders:
                    _replace(self._watched_folders, path, ordinal)
            if path in self._watched:
                _replace(self._watched, path, ordinal)

    def _link(self, entry: Entry, ordinal: int) -> None:
        path, target = entry.path, clean(entry.link)
        root = self._roots.get(target, target)
        if root == path or not path:
            return
        if len(self._roots) >= limits.HARD_LINKS:
            self._limited("more hard links than are kept; files may live on under names that are not known")
            return
        self._roots[path] = root
        self._result.links.setdefault(root, []).append((path, ordinal))

    def _limited(self, reason: str, way: str = "") -> None:
        note = (f"{self._place}: {way}" if way else self._place, reason)
        if note not in self._result.limited:
            self._result.limited.append(note)


def _replace(watched: dict[bytes, list[Found | Kept]], path: bytes, ordinal: int) -> None:
    """Mark what stood there before this entry; each is marked once."""
    later = []
    for item in watched[path]:
        if item.ordinal >= ordinal:
            later.append(item)
        elif not item.replaced:
            item.replaced = ordinal
    watched[path] = later
