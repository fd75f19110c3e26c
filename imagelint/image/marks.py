"""What a path says that is no file's: whiteouts, opaque folders, and aufs' metadata (OCI image specification, layer.md,
"Whiteouts")."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from imagelint.image.ledger import FOLDER, Ledger
from imagelint.image.paths import PathSet
from imagelint.image.result import LayerResult
from imagelint.stream import limits

WHITEOUT = b".wh."
AUFS = b".wh..wh."
"""Metadata of aufs (hard link store, orphans): no file of the image."""
OPAQUE = b".wh..wh..opq"
NO_NAME = "a whiteout that names no file was left aside"


def mark(path: bytes, result: LayerResult) -> str | None:
    """Take the whiteout or opaque mark of this path into the result; what to tell of it, mostly nothing. None for the
    path of a file, or a folder."""
    folder, _, name = path.rpartition(b"/")
    if not name.startswith(WHITEOUT):
        return None
    if name == OPAQUE:
        result.opaque.add(folder)
    elif not name.startswith(AUFS):
        deleted = name.removeprefix(WHITEOUT)
        if deleted in (b"", b".", b".."):
            return NO_NAME
        result.whiteouts.add(folder + b"/" + deleted if folder else deleted)
    return ""


def fill(result: LayerResult, ledger: Ledger, paths: Sequence[bytes]) -> None:
    """Make anew what read_layer made of the paths of a layer's ledger: files, folders, marks and names."""
    folders, files = bytes(one == FOLDER for one in range(256)), bytes(one != FOLDER for one in range(256))
    are_folders, are_files = bytearray(ledger.types.translate(folders)), bytearray(ledger.types.translate(files))
    named: list[bytes] = []
    marked = ledger.names(WHITEOUT)
    for number, path in enumerate(paths if marked else ()):
        if WHITEOUT in path and mark(path, result) is not None:
            are_folders[number] = are_files[number] = 0
    result.folders = PathSet(compress(paths, are_folders))
    result.files = PathSet(filter(None, compress(paths, are_files)))
    for path in compress(paths, ledger.types.translate(files)):
        if len(named) == limits.NAMED_FILES:
            break
        if not marked or WHITEOUT not in path:
            named.append(path[-limits.NAMED_BYTES :])
    result.names = named
