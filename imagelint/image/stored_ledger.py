"""The ledger of a layer to a head and columns, and back; from its paths comes what else a result knows of them."""

from __future__ import annotations

from array import array
from typing import Any

from imagelint.errors import DamagedError
from imagelint.image.ledger import Ledger
from imagelint.image.marks import fill
from imagelint.image.result import LayerResult
from imagelint.image.stored_head import Head
from imagelint.stream.kept_bytes import Column
from imagelint.stream.steps import Steps

COLUMNS = 7
_COMPRESSIONS = ("", "gzip", "zstd", "xz", "bzip2")


def dump_ledger(ledger: Ledger) -> tuple[list[Any], list[Column]]:
    """For the head, and the columns."""
    head = [ledger.compression, ledger.size]
    entries: list[Column] = [ledger.text, ledger.starts, ledger.heads, ledger.sizes, ledger.types]
    return head, [*entries, *ledger.steps.columns]


def load_ledger(head: Head, columns: list[Column]) -> Ledger:
    """Every column is as long as the others say, and holds no number that no layer has."""
    text, starts, heads, sizes, types, *steps = columns
    codes = [column.typecode if isinstance(column, array) else "B" for column in columns]
    if codes != ["B", "q", "I", "q", "B", "q", "q"]:
        raise DamagedError("their columns are not those of a layer")
    if not (isinstance(starts, array) and isinstance(heads, array) and isinstance(sizes, array)):
        raise DamagedError("their columns are not those of a layer")
    count = text.count(0) if isinstance(text, bytes) else -1
    if not (count == len(starts) == len(heads) == len(sizes) == len(types)) or (count and text[-1]):
        raise DamagedError("their columns are not as long as each other")
    if count and (min(starts) < 0 or min(sizes) < 0 or max(types) > 3):
        raise DamagedError("a number in their columns is none that a layer has")
    out, stored = steps
    if not (isinstance(out, array) and isinstance(stored, array) and len(out) == len(stored)):
        raise DamagedError("their steps are not as long as each other")
    if len(out) and min(min(out), min(stored)) < 0:
        raise DamagedError("a number in their columns is none that a layer has")
    ledger = Ledger(Steps.of(out, stored))
    ledger.compression, ledger.size = head.text(_COMPRESSIONS), head.number()
    ledger.take(bytes(text), starts, heads, sizes, bytearray(types))
    return ledger


def rebuilt(result: LayerResult, ledger: Ledger, paths: list[bytes]) -> bool:
    """Whether `fill` makes of the ledger's paths what the reader made: not where there was no room for all paths, nor
    where a path has a zero byte."""
    again = LayerResult(result.index)
    fill(again, ledger, paths)
    sets = ((one.files, one.folders, one.whiteouts, one.opaque) for one in (again, result))
    ours, theirs = ([each.total for each in four] for four in sets)
    return ours == theirs and again.names == result.names
