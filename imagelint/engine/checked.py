"""What a checked condition reads, from its serialised form.

The form is the protobuf message cel.expr.CheckedExpr (cel-spec, proto/cel/expr/checked.proto and syntax.proto); this
reads just enough of the wire format to list names and constant patterns, so that no protobuf runtime is needed.
"""

from __future__ import annotations

from collections.abc import Iterator


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, at


def _records(data: bytes) -> Iterator[tuple[int, bytes | None, bytes]]:
    """(number, payload of a length-delimited field or None, all its bytes) of each field of a message."""
    at = 0
    while at < len(data):
        start, payload = at, None
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 2:
            size, at = _varint(data, at)
            payload = data[at : at + size]
            at += size
        elif wire == 0:
            _, at = _varint(data, at)
        else:
            at += 8 if wire == 1 else 4
        yield key >> 3, payload, data[start:at]


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, payload) of each length-delimited field of a message."""
    return ((number, payload) for number, payload, _ in _records(data) if payload is not None)


def canonical(serialised: bytes) -> bytes:
    """The same expression without its types (field 3), which were checked, and its source positions (field 5), and with
    its maps in order, which protobuf shuffles.

    So a wheel is the same whenever it is built, and a third as long.
    """
    out = b""
    for number, payload, raw in _records(serialised):
        if number == 2 and payload is not None:
            kept = sorted((inner, part) for inner, _, part in _records(payload) if inner not in (3, 5))
            body = b"".join(part for _, part in kept)
            head = raw[: len(raw) - len(payload) - len(_length(len(payload)))]
            raw = head + _length(len(body)) + body
        out += raw
    return out


def _length(size: int) -> bytes:
    out = b""
    while size > 127:
        out += bytes([size & 127 | 128])
        size >>= 7
    return out + bytes([size])


# Field numbers of Expr (select_expr 5, call_expr 6, list_expr 7, comprehension_expr 9) and of their parts that are
# expressions again.
_INNER = {5: {1}, 6: {1, 3}, 7: {1}, 9: {2, 4, 5, 6, 7}}


def reads(serialised: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names of the facts that the expression reads, constant patterns that it gives to matches()).

    `serialised` is what Expression.serialize() gives: a message whose field 2 is the CheckedExpr.
    """
    names: set[str] = set()
    patterns: list[str] = []
    checked = next(value for number, value in _fields(serialised) if number == 2)
    for number, value in _fields(checked):
        if number == 2:  # reference_map: a map entry of Reference, whose field 1 is a name and field 3 an overload
            reference = dict(_fields(dict(_fields(value)).get(2, b"")))
            name = reference.get(1, b"").decode()
            if "." in name and 3 not in reference:  # without a dot it is a variable of a comprehension
                names.add(name)
        elif number == 4:
            patterns += _patterns(value)
    return tuple(sorted(names)), tuple(patterns)


def _patterns(expression: bytes) -> list[str]:
    found: list[str] = []
    stack = [expression]
    while stack:
        for number, value in _fields(stack.pop()):
            if number not in _INNER:
                continue
            parts = list(_fields(value))
            stack += [part for inner, part in parts if inner in _INNER[number]]
            if number == 6 and dict(parts).get(2) == b"matches":
                arguments = [part for inner, part in parts if inner == 3]
                constants = [text for part in arguments for field, text in _fields(part) if field == 3]
                found += [text.decode() for constant in constants for field, text in _fields(constant) if field == 6]
    return found
