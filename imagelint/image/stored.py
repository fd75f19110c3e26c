"""What was read of a layer, as bytes for later runs and other machines, and back: the same result, without the value of
any secret.

A candidate goes with what a report asks of its value (secrets/gist.py). A layer in which a value stands where it cannot
be left out, in the name of a file or a kept one's content, is not kept at all. Sealed, for a worker on another machine,
a result goes whole: with its values, with what could not be read, and all of it encrypted.

Sets of paths are no part of it, since Python's hash() differs in each process: they are made anew of the ledger's
paths. So only what was measured (read_layer's `measure`) and read to be kept (`keep`) can be.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from imagelint.errors import DamagedError
from imagelint.image.ledger import Ledger
from imagelint.image.marks import fill
from imagelint.image.result import LayerResult
from imagelint.image.stored_found import LENGTHS, dump_found, load_found, path_at
from imagelint.image.stored_head import Head, text_of
from imagelint.image.stored_kept import KEPT, LISTED, dump_kept, dump_listed, load_kept, load_listed, secret_lines
from imagelint.image.stored_ledger import COLUMNS, dump_ledger, load_ledger, rebuilt
from imagelint.image.stored_values import stands
from imagelint.stream import kept_bytes, limits
from imagelint.stream.kept_bytes import Column

FORMAT = 1
"""Raised whenever the bytes, or what they mean, change: a part of every key."""
MAGIC = b"iLLr"
_PLAIN, _SEALED = 0, 1


def dump(result: LayerResult, seal: Callable[[bytes], bytes] | None = None) -> bytes | None:
    """The bytes; None where it cannot be kept: a value would be in them, there is a hole in the result, or it was not
    read to be kept. The caller knows whether its allowance was exhausted, which the result does not.

    `seal` encrypts: then everything goes along, values and holes too.
    """
    ledger = result.ledger
    if ledger is None or ledger.cut or ledger.steps.fine or result.dropped is not None or result.forgot:
        return None
    if (result.incomplete and seal is None) or not all(listed.lasting for listed in result.listed.values()):
        return None
    paths = ledger.paths()
    if not rebuilt(result, ledger, paths) or (seal is None and stands(result)):
        return None
    body = _dump(result, ledger, paths, whole=seal is not None)
    if body is None:
        return None
    kind = _PLAIN if seal is None else _SEALED
    return kept_bytes.wrap(MAGIC, FORMAT, kind, body if seal is None else seal(body))


def load(data: bytes, layer_index: int, unseal: Callable[[bytes], bytes] | None = None) -> LayerResult:
    """The result for the layer with this number of its image. Raises DamagedError for bytes that `dump` did not write,
    or wrote for another version; its text says what is wrong with "them"."""
    kind, body = kept_bytes.unwrap(data, MAGIC, FORMAT)
    if kind == _SEALED:
        if unseal is None:
            raise DamagedError("they are sealed, and nothing here opens them")
        try:
            body = unseal(body)
        except Exception as error:  # whatever a library for ciphers raises
            raise DamagedError("they are sealed with another key, or damaged") from error
    elif kind != _PLAIN:
        raise DamagedError("they are of a kind that is not known")
    return _load(*kept_bytes.unpack(body), layer_index, whole=kind == _SEALED)


def _dump(result: LayerResult, ledger: Ledger, paths: list[bytes], *, whole: bool) -> bytes | None:
    if any(path_at(paths, kept.ordinal) != kept.entry.path for kept in result.kept):
        return None
    if any(path_at(paths, number) != path for names in result.links.values() for path, number in names):
        return None
    secret = {found.ordinal for found in result.found}
    hidden = secret_lines(result) if result.listed and not whole else set()
    listed = [dump_listed(one, hidden) for one in result.listed.values()]
    told = [found for found in result.found if whole or not found.within]
    measured, columns = dump_ledger(ledger)
    head = {
        "layer": [result.index, result.digest, result.diff_id, result.bytes_in, result.bytes_out, result.entries],
        "incomplete": list(map(list, result.incomplete)),
        "limited": list(map(list, result.limited)),
        "ledger": measured,
        "found": [dump_found(found, paths, result.telling, whole=whole) for found in told],
        "kept": [dump_kept(kept, secret, whole=whole) for kept in result.kept],
        "links": [[text_of(root), [number for _, number in names]] for root, names in result.links.items()],
        "listed": [described for described, _ in listed],
        "telling": list(map(list, result.telling.items())),
    }
    body = kept_bytes.pack(head, [*columns, *(lines for _, lines in listed)])
    return body if kept_bytes.size_of(body) <= limits.KEPT_RESULT else None


def _load(told: dict[str, Any], columns: list[Column], index: int, *, whole: bool) -> LayerResult:
    head = Head(
        [told.get(name) for name in ("layer", "ledger", "found", "kept", "links", "listed")]
        + [told.get(name) for name in ("incomplete", "limited", "telling")]
    )
    layer, measured = Head(head.next(), 6), Head(head.next(), 2)
    was = layer.number(-1)
    result = LayerResult(index, layer.text(), layer.text(), layer.number(), layer.number(), layer.number())
    if len(columns) < COLUMNS:
        raise DamagedError("a column is missing")
    ledger = load_ledger(measured, columns[:COLUMNS])
    result.ledger, paths = ledger, ledger.paths()
    fill(result, ledger, paths)
    result.found = [load_found(one, paths, whole=whole) for one in head.lists(LENGTHS[whole])]
    result.kept = [load_kept(one, paths) for one in head.lists(KEPT)]
    for one in head.lists(2):
        root = one.raw()
        result.links[root] = [(paths[number - 1], number) for number in one.numbers(len(paths)) if number]
    lines = iter(columns[COLUMNS:])
    for one in head.lists(LISTED):
        listed = load_listed(one, next(lines, array("q")), len(paths))
        result.listed[listed.path] = listed
    before, after = f"layer {was}", f"layer {index}"
    for to in (result.incomplete, result.limited):
        to += [(after + place.removeprefix(before), reason) for place, reason in head.pairs()]
    result.telling = dict(head.pairs())
    return result
