"""One list of the head of what is kept, taken item by item; what is not what it must be is a DamagedError."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from imagelint.errors import DamagedError

_HIGHEST = 1 << 80
_WRONG = "a part of their head is not what it must be"


def text_of(data: bytes) -> str:
    """Bytes of any kind as JSON can have them."""
    return data.decode("utf-8", "surrogateescape")


class Head:
    """Reads a list in order; `end` makes sure that nothing is left."""

    def __init__(self, items: Any, length: int = -1) -> None:
        if not isinstance(items, list) or (length >= 0 and len(items) != length):
            raise DamagedError(_WRONG)
        self._items = iter(items)

    def next(self) -> Any:
        """The next item, of any type."""
        for item in self._items:
            return item
        raise DamagedError(_WRONG)

    def lists(self, length: int = -1) -> Iterator[Head]:
        """The next item, a list of lists of this length."""
        items = self.next()
        if not isinstance(items, list):
            raise DamagedError(_WRONG)
        for item in items:
            yield Head(item, length)

    def text(self, among: Collection[str] = ()) -> str:
        """A text, one of these if there are any."""
        item = self.next()
        if not isinstance(item, str) or (among and item not in among):
            raise DamagedError(_WRONG)
        return item

    def raw(self) -> bytes:
        """What `text_of` made a text of."""
        try:
            return self.text().encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise DamagedError(_WRONG) from error

    def digits(self, *sizes: int) -> bytes:
        """Hexadecimal digits of as many bytes as one of the sizes."""
        try:
            data = bytes.fromhex(self.text())
        except ValueError as error:
            raise DamagedError(_WRONG) from error
        if len(data) not in sizes:
            raise DamagedError(_WRONG)
        return data

    def number(self, low: int = 0, high: int = _HIGHEST) -> int:
        """A whole number between both, them included."""
        item = self.next()
        if not isinstance(item, int) or isinstance(item, bool) or not low <= item <= high:
            raise DamagedError(_WRONG)
        return item

    def flag(self) -> bool:
        """True or false."""
        item = self.next()
        if not isinstance(item, bool):
            raise DamagedError(_WRONG)
        return item

    def numbers(self, high: int) -> list[int]:
        """A list of numbers from 0 to this one."""
        head = Head(items := self.next())
        return [head.number(0, high) for _ in items]

    def pairs(self) -> list[tuple[str, str]]:
        """A list of pairs of texts."""
        return [(one.text(), one.text()) for one in self.lists(2)]
