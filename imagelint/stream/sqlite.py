"""The rows of tables of an SQLite file, read without SQLite: a file of a stranger is no input for a library in C.

Database File Format (sqlite.org/fileformat2.html), sections 1.3 (header), 1.6 (b-trees) and 2.1 (records). A page is
read once and rows are no larger together than the file, so that loops and overlapping cells end.
"""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.errors import UnreadableError
from imagelint.stream import limits
from imagelint.stream.spool import Spool

_MAGIC = b"SQLite format 3\0"
_LEAF, _INTERIOR = 13, 5
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)
"""Bytes of a value, by serial type; 12 and more are blobs and texts."""
_COLUMNS = 64
"""Values of a row that are read."""
_UTF_8 = 1

Row = list[tuple[int, bytes]]
"""(offset in the file, text) of each column."""
Rows = Iterator[Row]


def rows(file: Spool, table: str) -> Iterator[list[bytes]]:
    """The values of each row as they are stored: integers are big-endian, NULL is empty.

    UnreadableError for a file that is no database, has no such table or is damaged.
    """
    walk = _Walk(file)
    for row in walk.table(1):  # the schema: type, name, table, root page, statement
        if len(row) >= 4 and row[0] == b"table" and row[1] == table.encode():
            yield from walk.table(int.from_bytes(row[3], "big"))
            return
    raise UnreadableError(f"it has no table {table}")


def tables(file: Spool) -> Iterator[tuple[bytes, Rows]]:
    """The statement that made each table, and its rows: (-1, b"") stands for what is no text, or lies on several pages.

    UnreadableError for a file that is no database or has its texts in UTF-16, and from the rows of a table that is
    damaged or is kept in the order of its key (WITHOUT ROWID).
    """
    walk = _Walk(file)
    if int.from_bytes(file.read(56, 4), "big") not in (0, _UTF_8):
        raise UnreadableError("its texts are in UTF-16")
    for row in list(walk.table(1)):
        root = int.from_bytes(row[3], "big") if len(row) == 5 else 0
        if root and row[0] == b"table":  # a virtual table has none
            yield row[4], walk.texts(root)


class _Walk:
    def __init__(self, file: Spool) -> None:
        head = file.read(0, 100)
        size = int.from_bytes(head[16:18], "big")
        self._size = 65536 if size == 1 else size
        if not head.startswith(_MAGIC) or len(head) < 100 or self._size < 512 or self._size & (self._size - 1):
            raise UnreadableError("it is no SQLite database")
        self._usable = self._size - head[20]
        if self._usable < 480:
            raise UnreadableError("it is no SQLite database")
        self._file = file
        self._seen: set[int] = set()
        self._left = file.size

    def table(self, root: int) -> Iterator[list[bytes]]:
        """The rows of the b-tree below a page, in order."""
        for payload, *_ in self._payloads(root):
            # 9 is the integer 1, which takes no byte
            yield [b"\1" if kind == 9 else payload[start:end] for kind, start, end in _values(payload)]

    def texts(self, root: int) -> Iterator[Row]:
        """The same, with the place of each text that lies in one piece."""
        for payload, place, here in self._payloads(root):
            yield [
                (place + start, payload[start:end]) if kind > 12 and kind % 2 and end <= here else (-1, b"")
                for kind, start, end in _values(payload)
            ]

    def _payloads(self, root: int) -> Iterator[tuple[bytes, int, int]]:
        """What the cells hold, each with its offset in the file, and how much of it lies there and not in other
        pages."""
        pages = [root]
        while pages:
            number = pages.pop()
            page = self._page(number)
            at = 100 if number == 1 else 0
            kind, count = page[at], int.from_bytes(page[at + 3 : at + 5], "big")
            first = at + (12 if kind == _INTERIOR else 8)
            if kind not in (_LEAF, _INTERIOR) or first + 2 * count > len(page):
                raise UnreadableError("a page of it is damaged")
            cells = [int.from_bytes(page[place : place + 2], "big") for place in range(first, first + 2 * count, 2)]
            if kind == _INTERIOR:
                children = [int.from_bytes(page[cell : cell + 4], "big") for cell in cells]
                children.append(int.from_bytes(page[at + 8 : at + 12], "big"))
                pages += reversed(children)
            else:
                for cell in cells:
                    payload, begin, here = self._payload(page, cell)
                    yield payload, (number - 1) * self._size + begin, here

    def _page(self, number: int) -> bytes:
        if number in self._seen or number < 1:
            raise UnreadableError("its pages lead to each other")
        self._seen.add(number)
        page = self._file.read((number - 1) * self._size, self._size)
        if len(page) < self._size:
            raise UnreadableError("it ends ahead of its last page")
        return page

    def _payload(self, page: bytes, cell: int) -> tuple[bytes, int, int]:
        """What a cell holds, where in its page, and how much of it: the rest lies in a chain of others."""
        size, at = _varint(page, cell)
        _, at = _varint(page, at)
        self._left -= size
        if size > limits.DATABASE_ROW or self._left < 0:
            raise UnreadableError("its rows are larger than can be")
        usable = self._usable
        if size <= usable - 35:
            return page[at : at + size], at, size
        least = (usable - 12) * 32 // 255 - 23
        local = least + (size - least) % (usable - 4)
        if local > usable - 35:
            local = least
        parts, got = [page[at : at + local]], local
        following = page[at + local : at + local + 4]
        while got < size:
            page = self._page(int.from_bytes(following, "big"))
            following, part = page[:4], page[4 : min(usable, 4 + size - got)]
            parts.append(part)
            got += len(part)
        return b"".join(parts), at, local


def _values(payload: bytes) -> list[tuple[int, int, int]]:
    """A record: the size of its header, a type for each value, the values. (type, start, end) of each."""
    end, at = _varint(payload, 0)
    values: list[tuple[int, int, int]] = []
    place = end
    while at < min(end, len(payload)) and len(values) < _COLUMNS:
        kind, at = _varint(payload, at)
        size = _SIZES[kind] if kind < 12 else (kind - 12) // 2
        values.append((kind, place, place + size))
        place += size
    return values


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to nine bytes, and where it ends."""
    value = 0
    for place in range(at, min(at + 8, len(data))):
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return value, place + 1
    if at + 8 >= len(data):
        raise UnreadableError("a page of it is damaged")
    return value << 8 | data[at + 8], at + 9
