"""Which layer entries any rule wants to see: of 200,000 entries only those become subjects."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from imagelint.engine.rule import Index, Rule


class Fit:
    """One index."""

    __slots__ = ("_mode", "_names", "_paths", "_suffixes", "_types", "_xattrs")

    def __init__(self, index: Index) -> None:
        self._mode, self._types = index.mode, index.type
        self._paths, self._names, self._xattrs = (
            frozenset(_bytes(part)) for part in (index.path, index.name, index.xattr)
        )
        self._suffixes = _bytes(index.suffix)

    def fits(self, path: bytes, mode: int, type_: str, xattrs: Iterable[bytes] = ()) -> bool:
        """Whether every part of the index that is given fits an entry: a path without a slash in front, permission
        bits, the names of extended attributes."""
        return (
            (not self._types or type_ in self._types)
            and (not self._mode or bool(mode & self._mode))
            and (not self._paths or path in self._paths)
            and (not self._names or path[path.rfind(b"/") + 1 :] in self._names)
            and (not self._suffixes or path.endswith(self._suffixes))
            and (not self._xattrs or not self._xattrs.isdisjoint(xattrs))
        )


def _bytes(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in texts)


class EntryIndex:
    """The indexes of many rules as a few look-ups."""

    def __init__(self, rules: Iterable[Rule], more: Iterable[Index] = ()) -> None:
        """`more`: what else is wanted."""
        indexes = [rule.index for rule in rules if rule.kind == "entry" and rule.index is not None] + [*more]
        self._fits = [Fit(index) for index in indexes]
        self._paths = {path.encode() for index in indexes for path in index.path}
        self._names: set[bytes] = set()
        self._name_mode = 0
        self._any_names: set[bytes] = set()
        self._suffixes: tuple[bytes, ...] = ()
        self._modes: dict[str, int] = {}
        self._types: set[str] = set()
        self._xattrs: set[bytes] = set()
        suffixes: set[bytes] = set()
        self._any_mode = 0
        # Each index is entered under its rarest part: the other parts are looked at when that one fits.
        for index in indexes:
            if index.path:
                continue
            if index.xattr:
                self._xattrs.update(_bytes(index.xattr))
            elif index.name and index.mode:
                self._names.update(_bytes(index.name))
                self._name_mode |= index.mode
            elif index.name:
                self._any_names.update(_bytes(index.name))
            elif index.suffix:
                suffixes.update(_bytes(index.suffix))
            elif index.mode:
                self._any_mode |= 0 if index.type else index.mode
                for type_ in index.type:
                    self._modes[type_] = self._modes.get(type_, 0) | index.mode
            else:
                self._types.update(index.type)
        self._suffixes = tuple(sorted(suffixes))

    def wants(self, path: bytes, mode: int, type: str, xattrs: Collection[bytes] = ()) -> bool:
        """Whether an entry may matter to a rule: its path (no slash in front), its permission bits, its type's name,
        its extended attributes by name."""
        if (
            mode & (self._any_mode | self._modes.get(type, 0))
            or path in self._paths
            or (self._suffixes and path.endswith(self._suffixes))
            # Most files may not be executed, and a name costs more to cut out than a bit to look at.
            or (mode & self._name_mode and path[path.rfind(b"/") + 1 :] in self._names)
            or (self._any_names and path[path.rfind(b"/") + 1 :] in self._any_names)
            or type in self._types
            or (xattrs and any(name in xattrs for name in self._xattrs))
        ):
            return any(fit.fits(path, mode, type, xattrs) for fit in self._fits)
        return False
