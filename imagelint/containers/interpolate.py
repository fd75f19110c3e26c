"""Variables in the values of a compose file (https://docs.docker.com/reference/compose-file/interpolation/)."""

from __future__ import annotations

from collections.abc import Mapping

from imagelint.lazy import Lazy

MOST_DEEP = 20
"""`${A:-${B:-...}}`: what nests deeper stays as it is written."""
LONGEST = 1 << 14
"""Characters of a value with variables; a longer one stays as it is written."""
_NAME = Lazy(r"[A-Za-z_][A-Za-z0-9_]*")
_LINE = Lazy(r"\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s*(.*)")


def fill(text: str, known: Mapping[str, str], depth: int = 0) -> str:
    """The text with its variables filled in. One that nobody knows stays, as `$NAME`: so a text with a `$` is not
    known. `$$` is a dollar sign, which is kept as one."""
    if "$" not in text or depth > MOST_DEEP or len(text) > LONGEST:
        return text
    out: list[str] = []
    at = 0
    ends = _closed(text)
    while (sign := text.find("$", at)) >= 0:
        out.append(text[at:sign])
        at = sign + 1
        if text.startswith("$", at):
            out.append("$")
            at += 1
        elif name := _NAME.match(text, at):
            out.append(known.get(name[0], f"${name[0]}"))
            at = name.end()
        elif text.startswith("{", at) and (end := ends.get(at, 0)):
            out.append(_braced(text[at + 1 : end], known, depth))
            at = end + 1
        else:
            out.append("$")
    return "".join([*out, text[at:]])[: 2 * LONGEST]


def _closed(text: str) -> dict[int, int]:
    """Where each brace that opens is closed."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    for place, letter in enumerate(text):
        if letter == "{":
            waiting.append(place)
        elif letter == "}" and waiting:
            found[waiting.pop()] = place
    return found


def _braced(body: str, known: Mapping[str, str], depth: int) -> str:
    name = _NAME.match(body)
    if not name:
        return f"${{{body}}}"
    value, rest = known.get(name[0]), body[name.end() :]
    empty = rest.startswith(":")
    sign, word = rest[empty : empty + 1], rest[empty + 1 :]
    is_set = value is not None and not (empty and not value)
    if sign == "-" and not is_set:
        return fill(word, known, depth + 1)
    if sign == "+":
        return fill(word, known, depth + 1) if is_set else ""
    return value if value is not None else f"${name[0]}"


def environment(text: str) -> dict[str, str]:
    """The variables of an .env file: NAME=value lines, quotes taken off, remarks left out."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.lstrip().startswith("#") and (match := _LINE.fullmatch(line)):
            found[match[1]] = _unquoted(match[2])
    return found


def _unquoted(value: str) -> str:
    if value[:1] in ("'", '"') and (end := value.find(value[0], 1)) > 0:
        return value[1:end]
    return value.partition(" #")[0].strip()
