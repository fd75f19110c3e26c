"""Which layer entries any rule wants to see: of 200,000 entries only those become subjects."""

from __future__ import annotations

from collections.abc import Iterable

from imagelint.engine.rule import Index, Rule


def fits(index: Index, path: bytes, mode: int, type_: str) -> bool:
    """Whether every part of an index that is given fits an entry (permission bits, a path without a slash in front)."""
    if index.type and type_ not in index.type:
        return False
    if index.mode and not mode & index.mode:
        return False
    if index.path and path not in _bytes(index.path):
        return False
    if index.name and path[path.rfind(b"/") + 1 :] not in _bytes(index.name):
        return False
    return not index.suffix or path.endswith(_bytes(index.suffix))


def _bytes(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in texts)


class EntryIndex:
    """The indexes of many rules as a few look-ups."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._indexes = [rule.index for rule in rules if rule.kind == "entry" and rule.index is not None]
        self._paths = {path.encode() for index in self._indexes for path in index.path}
        self._names: set[bytes] = set()
        self._suffixes: tuple[bytes, ...] = ()
        self._modes: dict[str, int] = {}
        self._types: set[str] = set()
        suffixes: set[bytes] = set()
        self._any_mode = 0
        # Each index is entered under its rarest part: the other parts are looked at when that one fits.
        for index in self._indexes:
            if index.path:
                continue
            if index.name:
                self._names.update(_bytes(index.name))
            elif index.suffix:
                suffixes.update(_bytes(index.suffix))
            elif index.mode:
                self._any_mode |= 0 if index.type else index.mode
                for type_ in index.type:
                    self._modes[type_] = self._modes.get(type_, 0) | index.mode
            else:
                self._types.update(index.type)
        self._suffixes = tuple(sorted(suffixes))

    def wants(self, path: bytes, mode: int, type: str) -> bool:
        """Whether an entry may matter to a rule: its path (no slash in front), its permission bits, its type's name."""
        if (
            mode & (self._any_mode | self._modes.get(type, 0))
            or path in self._paths
            or (self._suffixes and path.endswith(self._suffixes))
            or (self._names and path[path.rfind(b"/") + 1 :] in self._names)
            or type in self._types
        ):
            return any(fits(index, path, mode, type) for index in self._indexes)
        return False
