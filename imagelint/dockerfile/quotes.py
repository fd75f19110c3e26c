"""Quotes of shell words and JSON strings: off, with or without the place of each character."""

from __future__ import annotations

import re
from collections.abc import Callable

from imagelint.dockerfile.located import Located, Piece
from imagelint.lazy import Lazy
from imagelint.record import record

_WORD = Lazy(r"\\(.)", re.DOTALL)
_STRING = Lazy(r"""\\(["\\$`])""")
_JSON = Lazy(r"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\.", re.DOTALL)

NONE, SINGLE, DOUBLE, DOLLAR, JSON, RAW = "", "'", '"', "$'", "json", "raw"
"""Quotes of a word: foo, 'foo', "foo", $'foo', a string of a JSON list, and what is taken as it stands: $foo."""

_FORMS: dict[str, tuple[Lazy | None, int, int]] = {
    NONE: (_WORD, 0, 0),
    SINGLE: (None, 1, 1),
    DOUBLE: (_STRING, 1, 1),
    DOLLAR: (None, 2, 1),
    JSON: (_JSON, 1, 1),
}
"""Escapes in it, and how many characters its quotes take in front and behind."""
_JSON_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_BAD = Lazy("[\ud800-\udfff\0]")


@record
class Argument:
    """One word of a command: value, place in the text, quotes included; its parts if each has its own quotes."""

    value: str
    start: int
    end: int
    quote: str
    parts: tuple[Argument, ...] = ()


def printable(value: str) -> str:
    """A string that a JSON escape made, without what cannot be encoded (half a surrogate pair) and without NUL."""
    clean: str = _BAD.sub("\ufffd", value)
    return clean


def unquoted(kind: str, text: str) -> tuple[str, str]:
    """The value of a word node, and its quotes."""
    if kind == "word":
        return (_WORD.sub(r"\1", text) if "\\" in text else text), NONE
    if kind == "raw_string":
        return text[1:-1], SINGLE
    if kind == "string":
        return (_STRING.sub(r"\1", text[1:-1]) if "\\" in text else text[1:-1]), DOUBLE
    if kind in ("ansi_c_string", "translated_string"):
        return text[2:-1], DOLLAR
    return text, RAW


def content(where: Located, word: Argument) -> Located:
    """The value of a word with the place of each character."""
    pieces: list[Piece] = []
    waiting = [word]
    while waiting:
        word = waiting.pop()
        waiting += reversed(word.parts)
        escape, before, after = _FORMS.get(word.quote, (None, 0, 0))
        if not word.parts:
            pieces += _unescape(
                where, word.start + before, word.end - after, escape, _json if word.quote == JSON else _plain
            )
    return Located(pieces)


def _unescape(where: Located, start: int, end: int, escape: Lazy | None, value: Callable[[str], str]) -> list[Piece]:
    pieces: list[Piece] = []
    for match in escape.finditer(where.text, start, end) if escape else ():
        pieces += where.pieces(start, match.start())
        pieces.append((*where.at(match.start()), value(match[0])))
        start = match.end()
    return pieces + where.pieces(start, end)


def _plain(text: str) -> str:
    return text[1:]


def _json(text: str) -> str:
    if text[1] == "u":
        value = "".join(chr(int(digits, 16)) for digits in text.split("\\u")[1:])
        return printable(value.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return _JSON_LETTERS.get(text[1], text[1])
