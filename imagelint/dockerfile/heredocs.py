"""Where a line opens here-documents, and where each of them ends."""

from __future__ import annotations

import json
import re
from bisect import bisect_left

from imagelint.dockerfile.flags import split_flags
from imagelint.dockerfile.words import WordError, expand, fault, split
from imagelint.lazy import Lazy
from imagelint.record import record

_KEYWORD = Lazy(r"\s*(\S+)\s+")
_OPERATOR = Lazy(r"(\d*)<<(-?)\s*([^<]*)")
_INSIDE_WORD = Lazy(r"(?<![<\d])<<(-?)(['\"]?)([A-Za-z_]\w*)\2(?=[\s;|&>]|$)")
_BEGINS = Lazy(
    r"(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME"
    r"|WORKDIR)[ \t]"
)


@record
class Operator:
    """`<<-'NAME'` in a joined line: text[start:end]."""

    name: str
    strip_tabs: bool
    expand: bool
    start: int
    end: int
    doubt: str = ""
    """`spaced`: `<< NAME` is one for newer BuildKits only, and looks like arithmetic: it needs a closing line to count.
    `guessed`: BuildKit sees none, and one was meant if a closing line follows ahead of the next instruction. `hidden`:
    the same, because it finds no words at all in a line with, say, `${a^^}`."""


def operators(text: str) -> list[Operator]:
    """The here-documents that a joined instruction opens: RUN, COPY and ADD, behind ONBUILD too, never in JSON form."""
    position = 0
    keyword = ""
    while match := _KEYWORD.match(text, position):
        keyword = match[1].upper()
        position = match.end()
        if keyword != "ONBUILD":
            break
    if keyword not in ("RUN", "COPY", "ADD"):
        return _guesses(text, position) if keyword != "ONBUILD" else []
    position = split_flags(text, position)[1]
    if text.startswith("[", position) and _is_json(text[position:]):
        return []
    found: list[Operator] = []
    hidden = fault(text[position:])
    if "quote" in hidden:  # then what follows is hardly meant as a here-document
        return []
    words = split(text, position, "\\")
    for number, (start, end) in enumerate(words):
        word = text[start:end]
        alone = word.lstrip("0123456789") in ("<<", "<<-")
        if alone and number + 1 < len(words):
            end = words[number + 1][1]
            word = text[start:end]
        match = _OPERATOR.fullmatch(word)
        if not match or not match[3]:
            continue
        try:
            name = expand(match[3], {}, "\\")[0]
        except WordError:
            continue
        quoted = match[3] != name and ("'" in match[3].replace("\\'", "") or '"' in match[3].replace('\\"', ""))
        doubt = "hidden" if hidden else "spaced" if alone else ""
        found.append(Operator(name, bool(match[2]), not quoted, start, end, doubt))
    return found or (_guesses(text, position) if keyword == "RUN" else [])


def _guesses(text: str, position: int) -> list[Operator]:
    """`cat<<EOF`, or a here-document of a misspelt instruction: BuildKit sees none, and stumbles over the body."""
    return [
        Operator(match[3], bool(match[1]), not match[2], match.start(), match.end(), "guessed")
        for match in _INSIDE_WORD.finditer(text, position)
    ]


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        return False


class Closers:
    """Finds the line that closes a here-document; goes over the file once, however many are never closed."""

    def __init__(self, lines: list[str]) -> None:
        self.exact: dict[str, list[int]] = {}
        self.untabbed: dict[str, list[int]] = {}
        self.near: dict[str, list[int]] = {}
        self.begins: list[int] = []
        for number, line in enumerate(lines):
            self.exact.setdefault(line, []).append(number)
            self.untabbed.setdefault(line.lstrip("\t"), []).append(number)
            self.near.setdefault(line.strip().casefold(), []).append(number)
            if _BEGINS.match(line):
                self.begins.append(number)
        self.end = len(lines)

    def closing(self, operator: Operator, start: int) -> int:
        """The number of the line at or behind start that closes it; -1 when there is none."""
        return _first((self.untabbed if operator.strip_tabs else self.exact).get(operator.name, []), start, -1)

    def next_instruction(self, start: int) -> int:
        """The next line that looks like the beginning of an instruction, or the end of the file."""
        return _first(self.begins, start, self.end)

    def meant(self, operator: Operator, start: int) -> tuple[int, bool]:
        """Where the body of one that is never closed may end, and whether that line was meant to close it."""
        limit = self.next_instruction(start)
        for name in (operator.name, re.split(r"[>;|&)]", operator.name)[0]):
            line = _first(self.near.get(name.strip().casefold(), []), start, limit)
            if name.strip() and line < limit:
                return line, True
        return limit, False


def _first(numbers: list[int], start: int, otherwise: int) -> int:
    place = bisect_left(numbers, start)
    return numbers[place] if place < len(numbers) else otherwise
