"""What stands behind the keyword of each instruction: words, pairs, JSON or shell form, and what a build refuses."""

from __future__ import annotations

import json
import re
from math import isfinite

from imagelint.dockerfile.located import Located
from imagelint.dockerfile.model import Instruction, Pair, ParseError, Span, Word
from imagelint.dockerfile.quotes import printable
from imagelint.dockerfile.stages import Scopes
from imagelint.dockerfile.words import Partial, WordError, split, split_blanks

KEYWORDS = frozenset(
    (
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
        *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    )
)

_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_WITH_FORM = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL", "COPY", "ADD", "VOLUME", "HEALTHCHECK"})
AS_WRITTEN = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL", "MAINTAINER"})
"""A build fills in no variable here, and leaves quotes to the shell."""
_ONE_WORD = frozenset({"WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER"})
_MAY_BE_EMPTY = frozenset({"RUN", "CMD", "ENTRYPOINT"})
"""Their shell form is one word: a shell gets the text whole."""


def effective(value: Word) -> str:
    """The value as later variables see it: unknown when it holds an unknown one."""
    return value.value if value.expanded else Partial(value.value)


class Reader:
    """Reads the arguments of one instruction: text[start:end] of where."""

    def __init__(self, instruction: Instruction, where: Located, scopes: Scopes, errors: list[ParseError]) -> None:
        self.instruction, self.where, self.scopes, self.errors = instruction, where, scopes, errors
        self.strings: list[tuple[int, int]] = []
        """JSON form: where each string stands in where.text, quotes included."""
        self.body = 0
        """Where the command begins: behind the flags, and behind CMD of HEALTHCHECK."""

    def read(self, start: int) -> None:
        """Fill words, pairs and form."""
        instruction, text = self.instruction, self.where.text
        keyword = instruction.keyword
        self.body = start
        if start >= len(text):
            if keyword in KEYWORDS and keyword not in _MAY_BE_EMPTY:
                self.error("missing-argument", f"{keyword} has no arguments", instruction.keyword_span)
            if keyword in _WITH_FORM:
                instruction.form = "shell"
            return
        if keyword in ("ENV", "LABEL", "ARG"):
            self.pairs(start)
        elif keyword in _ONE_WORD:
            instruction.words = [self.word(start, len(text))]
        elif keyword == "HEALTHCHECK":
            self.healthcheck(start)
        elif keyword in _WITH_FORM and self.json(start):
            instruction.form = "json"
        else:
            instruction.form = "shell" if keyword in _WITH_FORM else ""
            places = [(start, len(text))] if keyword in _MAY_BE_EMPTY else split_blanks(text, start)
            instruction.words = [self.word(*place) for place in places]
        self.check()

    def error(self, code: str, text: str, span: Span | None = None) -> None:
        self.errors.append(ParseError(code, text, span or self.instruction.span))

    def word(self, start: int, end: int) -> Word:
        """text[start:end] with its variables filled in, where a build does so."""
        raw, span = self.where.text[start:end], self.where.span(start, end)
        keyword = self.instruction.keyword
        if keyword in AS_WRITTEN or keyword not in KEYWORDS or self.instruction.onbuild or raw.startswith("<<"):
            return Word(raw, raw, span, "$" not in raw)
        return self.expanded(raw, span)

    def expanded(self, raw: str, span: Span) -> Word:
        try:
            value, known = self.scopes.expand(raw, self.instruction.keyword)
        except WordError as error:
            if error.reason:
                self.error("bad-syntax", error.reason, span)
            return Word(raw, raw, span, False)
        return Word(raw, value, span, known)

    def json(self, start: int) -> bool:
        """A JSON list of strings; anything else is the shell form, and a list of something else no build takes."""
        text = self.where.text[start:]
        if not text.startswith("["):
            return False
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            return False
        if not isinstance(values, list):
            return False
        if not all(isinstance(value, str) for value in values):
            if any(isinstance(value, float) and not isfinite(value) for value in values):
                return False  # NaN and the like: numbers to Python's reader only
            self.error("bad-syntax", "a JSON list may hold strings only", self.where.span(start, len(self.where.text)))
            return False
        self.strings = [match.span() for match in _JSON_STRING.finditer(self.where.text, start)]
        for value, (begin, end) in zip(map(printable, values), self.strings, strict=True):
            raw, span = self.where.text[begin:end], self.where.span(begin, end)
            if self.instruction.keyword in ("COPY", "ADD", "VOLUME") and not self.instruction.onbuild:
                word = self.expanded(value, span)
                word.raw = raw
            else:
                word = Word(raw, value, span, "$" not in value)
            self.instruction.words.append(word)
        return True

    def healthcheck(self, start: int) -> None:
        instruction, text = self.instruction, self.where.text
        kind = split_blanks(text, start)[0]
        what = text[slice(*kind)].upper()
        first = self.word(*kind)
        self.body = kind[1]
        while self.body < len(text) and text[self.body].isspace():
            self.body += 1
        instruction.form = "json" if self.json(self.body) else "shell"
        if instruction.form == "shell" and self.body < len(text):
            instruction.words = [self.word(self.body, len(text))]
        if what not in ("CMD", "NONE"):
            self.error("bad-syntax", "HEALTHCHECK takes CMD or NONE", first.span)
        elif what == "NONE" and instruction.words:
            self.error("bad-syntax", "HEALTHCHECK NONE takes no arguments", first.span)
        elif what == "CMD" and not instruction.words:
            self.error("missing-argument", "HEALTHCHECK CMD has no command", first.span)
        instruction.words.insert(0, first)

    def pairs(self, start: int) -> None:
        """NAME=value NAME="a b" ..., for ARG NAME too; and the old form NAME value of ENV and LABEL."""
        instruction, text = self.instruction, self.where.text
        keyword = instruction.keyword
        places = split(text, start, self.scopes.escape)
        if keyword != "ARG" and places and "=" not in text[slice(*places[0])]:
            name = split_blanks(text, start)[0]
            begin = name[1]
            while begin < len(text) and text[begin].isspace():
                begin += 1
            if begin == len(text):
                self.error("bad-syntax", f"{keyword} wants NAME=value")
            places = [name, (begin, len(text))] if begin < len(text) else [name]
            instruction.words = [self.word(*place) for place in places]
            if begin < len(text):
                instruction.pairs = [
                    Pair(instruction.words[0].value, instruction.words[1], self.where.span(start, len(text)))
                ]
            return
        for begin, end in places:
            self.pair(begin, end)

    def pair(self, start: int, end: int) -> None:
        instruction, text = self.instruction, self.where.text
        keyword, span = instruction.keyword, self.where.span(start, end)
        equals = text.find("=", start, end)
        instruction.words.append(Word(text[start:end], text[start:end], span, "$" not in text[start:end]))
        if equals < 0 and keyword != "ARG":
            self.error("bad-syntax", f"{keyword} wants NAME=value", span)
            return
        name = self.word(start, end if equals < 0 else equals).value
        value = self.word(equals + 1, end) if equals >= 0 else None
        if not name:
            self.error("bad-syntax", f"a name is missing in front of `=` of {keyword}", span)
            return
        if value is not None:
            instruction.words[-1].value = f"{name}={value.value}"
            instruction.words[-1].expanded = value.expanded
        instruction.pairs.append(Pair(name, value, span))
        if keyword == "ARG" and not instruction.onbuild:  # at once: the next pair sees it, which ENV's does not
            self.scopes.declare(name, effective(value) if value else None)

    def check(self) -> None:
        """Counts of words that a build refuses."""
        instruction = self.instruction
        keyword, words = instruction.keyword, instruction.words
        if keyword in ("COPY", "ADD") and len(words) < 2:
            self.error("bad-syntax", f"{keyword} wants a source and a destination")
        elif keyword in ("COPY", "ADD") and words[-1].raw.startswith("<<"):
            self.error("bad-syntax", f"the destination of {keyword} cannot be a here-document", words[-1].span)
        elif keyword == "SHELL" and (instruction.form != "json" or not words):
            self.error("bad-syntax", 'SHELL wants a JSON list, such as ["/bin/bash", "-c"]')
        elif keyword == "VOLUME" and not words:
            self.error("missing-argument", "VOLUME has no arguments")
        elif keyword == "VOLUME" and any(not word.value.strip() for word in words):
            self.error("bad-syntax", "the name of a VOLUME is empty")
