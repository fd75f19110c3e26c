"""Words of an instruction: cut apart, quotes taken off, variables filled in, the way BuildKit's shell lexer does it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from imagelint.dockerfile.globs import Glob, PatternError
from imagelint.lazy import Lazy

MAX_VALUE = 16 * 1024
"""Characters a value may grow to: `ENV A=$A$A` doubles with every line. A PATH takes some hundred."""
MAX_DEPTH = 32
"""`${A:-${B:-${C}}}`: nobody nests deeper by hand."""
WORK = 8 * 1024 * 1024
"""Characters that expansion may make out of one file, pattern steps included; then variables stay as written."""
SPENT = f"variables are filled in up to {WORK >> 20} MiB of text: the others stay as they are written"
LARGE = f"a value with variables may have {MAX_VALUE >> 10} KiB and nest {MAX_DEPTH} deep: others stay as written"

_NAME = Lazy(r"[0-9]+|[@*#?\-$!]|\w+")


class Budget:
    """What one file may cost in expansion."""

    __slots__ = ("cut", "left")

    def __init__(self, left: int = WORK) -> None:
        self.left = left
        self.cut = ""
        """Why a value stayed as it is written; empty where none did."""

    def spend(self, amount: int) -> None:
        """Raises WordError when nothing is left."""
        self.left -= amount
        if self.left < 0:
            raise self.exceeded(SPENT)

    def exceeded(self, cut: str = LARGE) -> WordError:
        """We give up on a word."""
        self.cut = cut
        return WordError("", "")


class Partial(str):
    """A value with a variable in it that is not known."""

    __slots__ = ()


class WordError(Exception):
    """A word that a build refuses: reason is one line, name the variable at fault. An empty reason: only we gave up."""

    def __init__(self, reason: str, name: str) -> None:
        super().__init__(reason)
        self.reason, self.name = reason, name


_NO_BLANKS = re.compile(r"[^ \t\n\v\f\r]+")
"""Words that only ASCII's blanks part: a no-break space is a letter here, and a blank in `word_pattern`."""
_OPERATORS = ("-", "+", "?", "#", "%")


@lru_cache(maxsize=2)
def word_pattern(escape: str) -> re.Pattern[str]:
    """One word: blanks end it, unless they are quoted or escaped. A quote that is never closed runs to the end."""
    e = re.escape(escape)
    return re.compile(rf"""(?:{e}(?:.|$)|"(?:{e}(?:.|$)|[^"{e}])*(?:"|$)|'[^']*(?:'|$)|[^\s"'{e}])+""", re.DOTALL)


def split(text: str, start: int, escape: str) -> list[tuple[int, int]]:
    """(start, end) of each word of text[start:], cut at blanks that are neither quoted nor escaped."""
    return [match.span() for match in word_pattern(escape).finditer(text, start)]


def split_blanks(text: str, start: int) -> list[tuple[int, int]]:
    """(start, end) of each word of text[start:], cut at every blank of ASCII."""
    return [match.span() for match in _NO_BLANKS.finditer(text, start)]


def expand(
    raw: str, values: Mapping[str, str | None], escape: str = "\\", budget: Budget | None = None
) -> tuple[str, bool]:
    """The word without its quotes and with its variables filled in, and whether all of them were known.

    values: None stands for a build argument without default: it is unset unless the caller of a build sets it. A name
    that is not in values may still be set by the base image. `$NAME` of either stays as written; `${NAME:-word}` gives
    the word.
    Raises WordError where BuildKit refuses the word.
    """
    if "$" not in raw and "'" not in raw and '"' not in raw and escape not in raw:
        return raw, True
    lexer = _Lexer(raw, values, escape, budget or Budget())
    value = lexer.until("", False)
    return value, lexer.known


def fault(text: str) -> str:
    """Why BuildKit, in search of here-documents, finds no words in a line; empty when it does."""
    lexer = _Lexer(text, {}, "\\", Budget())
    lexer.lenient = True
    try:
        lexer.until("", False)
    except WordError as error:
        return error.reason
    return ""


class _Lexer:
    """BuildKit's frontend/dockerfile/shell/lex.go, with a third state: a variable can be unknown."""

    def __init__(self, text: str, values: Mapping[str, str | None], escape: str, budget: Budget) -> None:
        self.text, self.values, self.escape, self.budget = text, values, escape, budget
        self.position = self.depth = 0
        self.known = True
        self.lenient = False
        """What stands behind `${NAME:` counts only where the variable is set (SkipUnsetEnv)."""

    def next(self) -> str:
        character = self.text[self.position : self.position + 1]
        self.position += 1
        return character

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def until(self, stop: str, raw_escapes: bool) -> str:
        """Up to the stop character, which is eaten; to the end when there is none."""
        out: list[str] = []
        size = 0
        while character := self.peek():
            if stop and character == stop:
                self.position += 1
                return "".join(out)
            if character == "'":
                out.append(self.single_quoted())
            elif character == '"':
                out.append(self.double_quoted())
            elif character == "$":
                out.append(self.dollar())
            else:
                self.position += 1
                if character == self.escape:
                    if raw_escapes:
                        out.append(character)
                    character = self.next()
                out.append(character)
            size += len(out[-1])
            if size > MAX_VALUE and size > len(self.text):
                raise self.budget.exceeded()
        if stop:
            raise WordError(f"a `{stop}` is missing", "")
        return "".join(out)

    def single_quoted(self) -> str:
        end = self.text.find("'", self.position + 1)
        if end < 0:
            raise WordError("a single quote is never closed", "")
        value = self.text[self.position + 1 : end]
        self.position = end + 1
        return value

    def double_quoted(self) -> str:
        self.position += 1
        out: list[str] = []
        while character := self.peek():
            if character == '"':
                self.position += 1
                return "".join(out)
            if character == "$":
                out.append(self.dollar())
                continue
            self.position += 1
            if character == self.escape:
                if not self.peek():
                    break
                if self.peek() in ('"', "$", self.escape):
                    character = self.next()
            out.append(character)
        raise WordError("a double quote is never closed", "")

    def name(self) -> str:
        match = _NAME.match(self.text, self.position)
        if not match:
            return ""
        self.position = match.end()
        name: str = match[0]
        return name

    def dollar(self) -> str:
        start = self.position
        self.position += 1
        if self.peek() != "{":
            name = self.name()
            return self.value(name, self.values.get(name), start) if name else "$"
        self.position += 1
        if self.peek() in ("", "{", "}", ":"):
            raise WordError("`${` is not followed by a name", "")
        name = self.name()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.budget.exceeded()
        value = self.braced(name, start)
        self.depth -= 1
        return value

    def value(self, name: str, value: str | None, start: int) -> str:
        """The value, or the text as written when it has none."""
        if value is None:
            self.known = False
            return self.text[start : self.position]
        self.budget.spend(len(value))
        self.known = self.known and not isinstance(value, Partial)
        return value

    def braced(self, name: str, start: int) -> str:
        value = self.values.get(name)
        operator = self.next()
        if operator == "}":
            return self.value(name, value, start)
        if operator == "/":
            return self.replaced(name, value, start)
        colon = operator == ":"
        if colon:
            operator = self.next()
        if operator not in _OPERATORS and not (colon and self.lenient):
            raise WordError(f"`${{{name}` is followed by something that BuildKit does not know", name)
        known = self.known
        word = self.until("}", operator in "#%")
        if operator in "#%":
            return self.trimmed(name, value, word, operator, start)
        if operator == "?":
            return self.value(name, None if colon and not value else value, start)
        unset = value is None or (colon and not value)
        if (operator == "-") is unset:
            if name not in self.values:
                self.known = False
            return word
        self.known = known
        if operator == "+":
            return "" if name in self.values else self.value(name, None, start)
        return self.value(name, value, start)

    def trimmed(self, name: str, value: str | None, word: str, operator: str, start: int) -> str:
        if value is None:
            return self.value(name, None, start)
        value = self.value(name, value, start)
        longest = word.startswith(operator)
        glob = self.glob(word[1:] if longest else word, name, operator == "%")
        if operator == "%":
            end = glob.match(value[::-1], 0, longest)
            return value if end < 0 else value[: len(value) - end]
        end = glob.match(value, 0, longest)
        return value if end < 0 else value[end:]

    def replaced(self, name: str, value: str | None, start: int) -> str:
        everywhere = self.peek() == "/"
        if everywhere:
            self.position += 1
        pattern = self.until("/", True)
        replacement = self.until("}", True)
        if value is None:
            return self.value(name, None, start)
        value = self.value(name, value, start)
        glob = self.glob(pattern, name, False)
        out: list[str] = []
        position = done = 0
        size = 0
        while position <= len(value):
            self.budget.spend(4 * (len(value) - position + 1))
            end = glob.match(value, position, True)
            if end < 0 or (end == position == done and out):
                position += 1
                continue
            out += [value[done:position], replacement]
            size += len(replacement)
            if size > MAX_VALUE:
                raise self.budget.exceeded()
            done = end
            position = max(end, position + 1)
            if not everywhere:
                break
        return "".join(out) + value[done:]

    def glob(self, pattern: str, name: str, backwards: bool) -> Glob:
        try:
            return Glob(pattern, backwards)
        except PatternError:
            raise WordError(f"the pattern behind `${{{name}` escapes a character that needs no escape", name) from None
