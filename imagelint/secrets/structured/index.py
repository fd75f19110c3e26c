"""Which reader is for which path: three look-ups for each file of a layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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

    def find(self, path: bytes) -> tuple[Reader, ...]:
        """The readers for a path."""
        return next((readers for _, readers in self.among([path])), ())

    def among(self, paths: Iterable[bytes]) -> Iterator[tuple[int, tuple[Reader, ...]]]:
        """(place, readers) of those paths that have any. All at once, since 200,000 calls would take longer than what
        they do; files come folder by folder, so a folder is seldom looked up."""
        names, suffixes, of_folder = self._names, self._suffixes, self._of_folder
        folder, size, inside = b"", 0, of_folder(b"")
        for place, path in enumerate(paths):
            cut = path.rfind(b"/") + 1
            if cut != size or not path.startswith(folder):
                folder, size = path[:cut], cut
                inside = of_folder(folder[:-1])
            name = path[cut:].lower()
            if inside or name in names or name[name.rfind(b".") :] in suffixes:
                where = b"/" + folder.lower()
                of_name = (*names.get(name, ()), *suffixes.get(name[name.rfind(b".") :], ()))
                found = [reader for at, reader in of_name if not at or _ends(where, at)]
                if found or inside:
                    yield place, tuple(dict.fromkeys((*found, *inside)))

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
