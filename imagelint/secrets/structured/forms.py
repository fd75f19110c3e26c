"""Files of lines: which words a line begins with, and the value behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from imagelint.lazy import Lazy
from imagelint.secrets.names import is_secret_name
from imagelint.secrets.structured.value import GENERAL, Reader, Value

QUOTED = r"""\"((?:[^"\\\r\n]|\\.){1,512})"|'([^'\r\n]{1,512})'"""
WORD = r"([^\s\"'#;][^\s]{0,511})"
"""Without quotes, to the next blank."""
REST = r"([^\s\"'](?:[^\r\n]{0,511}[^\s])?)"
"""Without quotes, to the end of the line."""
IS = r"[ \t]*[=:][ \t]*"
_PAIR = Lazy(
    r"^[ \t]*(?:export[ \t]+|set[ \t]+|\$)?[\"']?([A-Za-z_][\w.:/@\\-]{0,99})[\"']?[ \t]*(?:=>|:=|=|:)[ \t]*"
    rf"(?:{QUOTED}|{REST})",
    re.MULTILINE | re.ASCII,
)
_COMMENT = Lazy(r"[ \t][#;][ \t]")


class Form:
    """A line, or a part of it, that holds a secret in the one group that takes part in a match."""

    def __init__(
        self,
        pattern: str,
        rule: str = GENERAL,
        name: str = "password",
        *,
        formed: bool = False,
        encrypted: bool = False,
    ) -> None:
        self._pattern = Lazy(pattern, re.MULTILINE | re.ASCII | re.IGNORECASE)
        self._rule, self._name, self._formed, self._encrypted = rule, name, formed, encrypted

    def values(self, text: str, start: int = 0) -> Iterator[Value]:
        """Every value of the text."""
        for match in self._pattern.finditer(text, start):
            if match.lastindex:
                start, end = match.span(match.lastindex)
                yield Value(start, end, self._rule, self._name, self._formed, self._encrypted)


def inside(pattern: str, rule: str = GENERAL, name: str = "password", *, formed: bool = False) -> Form:
    """A form anywhere in a line that is no comment; the first of a line."""
    return Form(rf"^(?![ \t]*[#;%]|//)[^\r\n]{{0,400}}?(?:{pattern})", rule, name, formed=formed)


def line(head: str, rule: str = GENERAL, name: str = "password", value: str = WORD, *, formed: bool = False) -> Form:
    """A form that begins where its line does: `head`, then a value in quotes or a bare one."""
    return Form(rf"^[ \t]*{head}(?:{QUOTED}|{value})", rule, name, formed=formed)


def forms(*of: Form | Reader) -> Reader:
    """A reader for all of them."""
    readers: list[Callable[[str], Iterable[Value]]] = [one.values if isinstance(one, Form) else one for one in of]

    def read(text: str) -> Iterator[Value]:
        for reader in readers:
            yield from reader(text)

    return read


def pairs(names: str = "", rule: str = GENERAL, *, formed: bool = False) -> Reader:
    """A reader for `name = value` and `name: value`: of these names (an expression), or else of all that promise a
    secret."""
    wanted = Lazy(rf"(?:{names})\Z", re.IGNORECASE | re.ASCII) if names else None

    def read(text: str) -> Iterator[Value]:
        for match in _PAIR.finditer(text):
            name = match[1]
            if wanted.match(name) if wanted is not None else is_secret_name(name):
                start, end = match.span(match.lastindex or 0)
                if match.lastindex == 4 and (comment := _COMMENT.search(text, start, end)):
                    end = start + len(text[start : comment.start()].rstrip())
                yield Value(start, end, rule, name, formed=formed)

    return read


def whole(rule: str = GENERAL, form: str = r"[^\s#]\S{0,511}", *, formed: bool = False) -> Reader:
    """A reader for a file that is nothing but one secret."""
    only = Lazy(rf"\s*({form})\s*\Z", re.ASCII)

    def read(text: str) -> Iterator[Value]:
        if len(text) < 4096 and (match := only.match(text)):
            yield Value(match.start(1), match.end(1), rule, formed=formed)

    return read
