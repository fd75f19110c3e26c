"""What one pass over a layer gives."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imagelint.image.paths import PathSet
from imagelint.secrets.standing import Looked
from imagelint.stream.tar import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelint.image.ledger import Ledger
    from imagelint.image.waste import Piece
    from imagelint.secrets.confirm import Candidate
    from imagelint.secrets.dropped import Tally
    from imagelint.secrets.x509 import Certificate


@dataclass(slots=True, eq=False)
class Found:
    """A secret candidate in a layer. `candidate` has the value, so it stays out of the repr."""

    candidate: Candidate = field(repr=False)
    path: bytes
    """Of the entry; empty ahead of the first one."""
    surface: str
    """file, archive (a file inside of this entry), name (the path itself), link (a link's target), header (user, group
    and comments), xattr, or gap (bytes
    behind this entry that belong to no entry)."""
    line: int
    """In the file, from 1; 0 when it is binary or not a file's body."""
    column: int
    offset: int
    """In bytes: of the value in the entry's data, or in the member's (in a gap: behind the data's end); -1 for what a
    header says."""
    ordinal: int
    """The entry's place in the layer, from 1; 0 ahead of the first entry."""
    replaced: int = 0
    """The ordinal of the later entry of the same layer that took its path (or turned a parent folder into something
    else), or 0."""
    way: bytes = b""
    """From the entry to the member that has the secret: names with `!` between them."""
    digests: bytes = field(default=b"", repr=False)
    """MD5, SHA-1 and SHA-256 of the whole file it lies in; empty for other surfaces and for large files."""
    within: bool = False
    """Its value is told by another candidate of the same file (once.py)."""


FORGOTTEN = bytes(68)
"""In the place of a file's digests, where a secret lies in it and its value was forgotten: a password may be all that
the file has."""


@dataclass(slots=True, eq=False)
class Inner(Entry):
    """A file inside of an entry, in the stream of all such files of a layer. Its path is for judging what sort of file
    it is: that of the entry and the way in, with slashes."""

    outer: Entry = field(kw_only=True)
    ordinal: int = field(kw_only=True)
    """Of the entry in the layer."""
    way: bytes = field(kw_only=True)
    place: tuple[int, int] | None = field(kw_only=True)
    """Line and column of everything in it, when its own lines are none that anybody could look up."""


@dataclass(slots=True, eq=False)
class Kept:
    """An entry that a rule asked for, or a small file that was to be kept whole."""

    entry: Entry
    ordinal: int
    content: bytearray | None = field(default=None, repr=False)
    """Only for the paths that read_layer was given as `contents`, and only up to limits.KEPT_FILE."""
    replaced: int = 0
    digests: bytes = field(default=b"", repr=False)
    """As Found has them; of files with privileges, and of those with certificates."""
    certificates: list[Certificate] = field(default_factory=list)
    """Of a small file with the suffix of one; its content is not kept then."""


@dataclass(slots=True, eq=False)
class Listed:
    """What one file of a package manager's database says of the files that packages brought."""

    path: bytes
    """Of the database's file."""
    ordinal: int
    lines: array[int] = field(repr=False)
    """hash() of `DIGEST  PATH` for each file, the digest in hexadecimal, the path as the database has it but for a
    leading /; and of `+DIGEST  PATH` for those that rpm and apk know to have privileges. See PathSet for what such
    hashes are worth."""
    diverted: dict[bytes, bytes] = field(default_factory=dict, repr=False)
    """dpkg: where a file lies -> where its package thinks it is."""
    unread: str = ""
    """Why it was not read, or not to its end."""
    lasting: bool = False
    """`lines` has databases.lasting() of each in the place of hash(), which differs in each process."""


class Derived:
    """What was worked out of a result, once for all images that have the layer. It stays in this process."""

    __slots__ = ("digest", "pieces", "rest", "small", "text")

    def __init__(self) -> None:
        self.pieces: tuple[int, Mapping[int, str], Sequence[Piece]] | None = None
        """What its leftovers come to (waste.py), at which place of an image, and of which of them."""
        self.digest = b""
        """SHA-256 of what a report may show of it (layer_text.py)."""
        self.text, self.small, self.rest = Looked(), Looked(), Looked()
        """What is known of the texts of LayerText."""

    def __reduce__(self) -> tuple[type[Derived], tuple[()]]:
        return Derived, ()


@dataclass(slots=True, eq=False)
class LayerResult:
    """Everything that later rooms need of a layer once its bytes are gone."""

    index: int
    digest: str = ""
    """Of the stored bytes as they were read; empty when there was nothing to read."""
    diff_id: str = ""
    bytes_in: int = 0
    bytes_out: int = 0
    entries: int = 0
    found: list[Found] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    files: PathSet = field(default_factory=PathSet, repr=False)
    """Every entry that is no folder and no whiteout."""
    names: list[bytes] = field(default_factory=list, repr=False)
    """The paths of the first limits.NAMED_FILES of `files`, each without more than its last limits.NAMED_BYTES."""
    folders: PathSet = field(default_factory=PathSet, repr=False)
    whiteouts: PathSet = field(default_factory=PathSet, repr=False)
    """Paths that the layer deletes from those below."""
    opaque: PathSet = field(default_factory=PathSet, repr=False)
    """Folders whose content below is hidden."""
    links: dict[bytes, list[tuple[bytes, int]]] = field(default_factory=dict, repr=False)
    """Hard links: the name that has the bytes -> (other name, ordinal)."""
    listed: dict[bytes, Listed] = field(default_factory=dict, repr=False)
    """Package databases, by path."""
    incomplete: list[tuple[str, str]] = field(default_factory=list)
    limited: list[tuple[str, str]] = field(default_factory=list)
    """Places begin with `layer N`."""
    dropped: Tally | None = None
    """What was turned away, where the detector explains."""
    ledger: Ledger | None = field(default=None, repr=False)
    """Where read_layer was asked to measure: what each entry takes of the layer."""
    short: bool = False
    """There may not have been room for all of it."""
    shared: bool = False
    """Its bytes were read for another image of the target, or in another run."""
    telling: dict[str, str] = field(default_factory=dict, repr=False)
    """The rules whose values say something openly -> their checksums (secrets/claims.py)."""
    derived: Derived = field(default_factory=Derived, repr=False)

    @property
    def forgot(self) -> bool:
        """Whether it has candidates whose values are not there: it comes from what was kept of it (stored.py)."""
        return any(found.candidate.forgot for found in self.found)
