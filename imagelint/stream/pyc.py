"""Which constants compiled Python puts under which names: `NAME = "x"`, `obj.name = "x"`, `d["name"] = "x"`,
`{"name": "x"}`, `call(name="x")`.

Instructions are two bytes (https://docs.python.org/3/library/dis.html); the numbers are those of 3.8 to 3.13.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from imagelint.stream.marshal import Code

_OLD = {
    0: "skip",  # CACHE
    2: "skip",  # PUSH_NULL
    151: "skip",  # RESUME
    166: "skip",  # PRECALL
    144: "extend",
    100: "const",
    101: "load",  # NAME
    116: "load",  # GLOBAL
    124: "load",  # FAST
    106: "attribute",
    90: "name",
    97: "name",  # STORE_GLOBAL
    125: "variable",
    95: "store-attribute",
    60: "subscript",
    105: "map",
    156: "keys",  # BUILD_CONST_KEY_MAP
    141: "keys",  # CALL_FUNCTION_KW
    172: "names",  # KW_NAMES
}
_3_13 = {
    0: "skip",
    34: "skip",
    149: "skip",
    71: "extend",
    83: "const",
    92: "load",
    91: "load",
    85: "load",
    82: "attribute",
    114: "name",
    113: "name",
    110: "variable",
    108: "store-attribute",
    39: "subscript",
    48: "map",
    46: "keys",
    57: "keys",  # CALL_KW
}
_FIRST_3_13 = 3550
"""Magic number (Lib/importlib/_bootstrap_external.py)."""
Pair = tuple[Any, Any]


def assigned(code: Code, version: int) -> Iterator[tuple[bytes, bytes]]:
    """(name, text) of every constant that an instruction puts under a name."""
    for name, value in _pairs(code, _3_13 if version >= _FIRST_3_13 else _OLD):
        if isinstance(name, bytes) and isinstance(value, bytes):
            yield name, value


def _pairs(code: Code, actions: dict[int, str]) -> Iterator[Pair]:
    stack: list[Any] = []
    """What was loaded last: constants, and None for what is not known."""
    extended = 0
    for at in range(0, len(code.code) - 1, 2):
        action = actions.get(code.code[at], "")
        argument = extended << 8 | code.code[at + 1]
        extended = argument & 0xFFFFFF if action == "extend" else 0
        if action in ("skip", "extend"):
            continue
        if action == "const":
            stack.append(_item(code.consts, argument))
        elif action == "load":
            stack.append(None)
        elif action == "attribute":
            stack[-1:] = [None]
        elif action == "names":
            yield from _zipped(_item(code.consts, argument), stack)
        else:
            yield from _stored(action, argument, code, stack)
            # A result may lie on the stack now, and whatever lay below is not known any more.
            stack = [None]


def _stored(action: str, argument: int, code: Code, stack: list[Any]) -> Iterable[Pair]:
    if action == "name":
        return [(_item(code.names, argument), _item(stack, -1))]
    if action == "variable":
        return [(_item(code.variables, argument), _item(stack, -1))]
    if action == "store-attribute":
        return [(_item(code.names, argument), _item(stack, -2))]
    if action == "subscript":
        return [(_item(stack, -1), _item(stack, -3))]
    if action == "map":
        flat = stack[-2 * argument :] if argument else []
        return list(zip(flat[::2], flat[1::2], strict=False)) if len(flat) == 2 * argument else []
    if action == "keys":
        return _zipped(_item(stack, -1), stack[:-1])
    return []


def _zipped(names: Any, values: list[Any]) -> list[Pair]:
    """The last names with the last values: of the first ones not all may be known."""
    return list(zip(reversed(names), reversed(values), strict=False)) if isinstance(names, tuple) else []


def _item(items: Any, place: int) -> Any:
    return items[place] if -len(items) <= place < len(items) else None
