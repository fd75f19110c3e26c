"""Which reader is for which path: three look-ups for each file of a layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from imagelint.secrets.structured.value import Reader


class Index:
    """Patterns of paths: `name`, `folder/name`, `*.suffix`, `folder/*`, `folder/*/name`, `folder/*.suffix`, in any
    case; several of them with blanks between."""

    def __init__(self, patterns: Iterable[tuple[str, Reader]]) -> None:
        self._names: dict[bytes, list[tuple[bytes, Reader]]] = {}
        self._suffixes: dict[bytes, list[tuple[bytes, Reader]]] = {}
        self._folders: dict[bytes, list[tuple[bytes, Reader]]] = {}
        for pattern, reader in ((pattern, reader) for several, reader in patterns for pattern in several.split()):
            folder, _, name = pattern.lower().encode().rpartition(b"/")
            where = b"/" + folder + b"/" if folder else b""
            if name == b"*":
                self._folders.setdefault(folder.rpartition(b"/")[2], []).append((where, reader))
            elif name.startswith(b"*."):
                self._suffixes.setdefault(name[1:], []).append((where, reader))
            else:
                self._names.setdefault(name, []).append((where, reader))
        self._folder_of = lru_cache(maxsize=256)(self._of_folder)

    def find(self, path: bytes) -> tuple[Reader, ...]:
        """The readers for a path."""
        folder, _, name = path.rpartition(b"/")
        name = name.lower()
        dot = name.rfind(b".")
        names, suffixes = self._names.get(name), self._suffixes.get(name[dot:]) if dot >= 0 else None
        inside = self._folder_of(folder)
        if names is None and suffixes is None:
            return inside
        where = b"/" + folder.lower() + b"/"
        found = [reader for at, reader in (*(names or ()), *(suffixes or ())) if not at or _ends(where, at)]
        return (*found, *inside)

    def readers(self) -> Iterator[Reader]:
        """All of them."""
        for kept in (self._names, self._suffixes, self._folders):
            for found in kept.values():
                yield from (reader for _, reader in found)

    def _of_folder(self, folder: bytes) -> tuple[Reader, ...]:
        where = b"/" + folder.lower() + b"/"
        name = where[:-1].rpartition(b"/")[2]
        return tuple(reader for at, reader in self._folders.get(name, ()) if _ends(where, at))


def _ends(where: bytes, at: bytes) -> bool:
    """Whether a folder ends with this one; `*` in it is any one folder."""
    if b"*" not in at:
        return where.endswith(at)
    ours, theirs = at.split(b"/")[1:-1], where.split(b"/")[1:-1]
    tail = theirs[len(theirs) - len(ours) :] if len(theirs) >= len(ours) else []
    return bool(tail) and all(one in (b"*", other) for one, other in zip(ours, tail, strict=True))
