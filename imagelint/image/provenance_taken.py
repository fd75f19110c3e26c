"""What a COPY or an ADD took, where the history does not say it.

The legacy builder, Buildah and Podman write a sum and no names: `COPY file:SUM in /dst`, of a folder `dir:SUM`, of
several `multi:SUM`, and the legacy builder an owner ahead of it (moby's builder/dockerfile/copy.go and internals.go,
Buildah's add.go). So several instructions can have written one text, and the files that lie in the layer tell which.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from posixpath import basename, dirname

from imagelint.image.provenance_text import Entry, becomes, stripped
from imagelint.image.recipe import Made
from imagelint.lazy import Lazy
from imagelint.stream import limits

_TAKEN = Lazy(r"(?:--chown=(\S*?))?(file|dir|multi):[0-9a-f]+ in ")
_OWNER = Lazy(r"--chown=(\S+)")
_OPEN = Lazy(r"[$\[\\]|://|^<<|^git@")
"""In a source: it may be several, or none of the context."""
_WILD = Lazy(r"[*?]")


def taken(made: Made, entry: Entry, files: Sequence[bytes]) -> bool | None:
    """Whether an instruction that fits the entry takes what lies in its layer, of which `files` are the first
    (LayerResult.names); None where nothing tells."""
    told = _TAKEN.match(entry.rest) if entry.nop and made.keyword in ("ADD", "COPY") else None
    if told is None or len(made.words) < 2:
        return None
    if told[1] and not ((own := _OWNER.search(made.text)) and becomes(own[1], stripped(told[1]))):
        return False
    kind, sources = told[2], made.words[:-1]
    if any(map(_OPEN.search, sources)):
        return None
    wanted = [stripped(source) for source in sources]
    count = 0 if any(map(_WILD.search, wanted)) else len(wanted)
    if count and ((kind == "multi") != (count > 1) or (kind == "file" and _is_folder(wanted[0]))):
        return False
    if kind == "dir" or not files:
        return None  # what lies in a folder is not known; a copy of what is there already makes no file
    paths = [stripped(path.decode("utf-8", "replace")) for path in files]
    names = set(map(basename, paths))
    there = all(any(fnmatchcase(name, basename(one)) for name in names) for one in wanted)
    if kind == "multi":
        return there or None  # any of them may be a folder
    return _one(made, entry.rest[told.end() :], paths, names, there)


def _one(made: Made, destination: str, paths: Sequence[str], names: set[str], there: bool) -> bool | None:
    """The same for one file. In a folder it has its own name; where the destination names the file itself, nothing
    tells what it was called."""
    if "$" in destination:  # Buildah fills nothing in
        destination = made.words[-1]
    destination = stripped(destination.partition("|")[0])
    name = basename(destination)
    if _is_folder(destination) or any(basename(dirname(path)) == name for path in paths):
        # An archive is unpacked by ADD.
        return there or (None if made.keyword == "ADD" or len(paths) >= limits.NAMED_FILES else False)
    return True if there and name not in names and "$" not in destination else None


def _is_folder(path: str) -> bool:
    return basename(path) in ("", ".", "..")
