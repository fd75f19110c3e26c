"""What detect-secrets says of a whole file: its plugins and filters, on those lines only of which one can say anything.

The findings are those of `detect_secrets.core.scan.scan_file` with the same plugins, without verification, for lines
up to LINE characters; tests/secrets/test_lossless.py holds them against each other. Only its classes and pure functions
are used: its settings are global to the process, its verification calls out.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from imagelint.lazy import Lazy
from imagelint.secrets import transformed
from imagelint.secrets.second_opinion import without_requests

if TYPE_CHECKING:
    from imagelint.secrets.transformed import Room

LINE = 4096
"""Characters of a line that plugins see at once; a longer one is cut, since some of them are quadratic."""
OVERLAP = 1024
"""Characters of a window that are in the one before too: what is no longer lies whole in one of them."""

_CALL = Lazy(r"(?::=?|[!=]{1,3})\s*[\w.-]+[\[(][^\v]*[\])]")
"""Finds the same lines as detect-secrets' is_indirect_reference, whose own expression is cubic in blanks."""
_CALL_LINE = 1000
"""Characters of the longest line that detect-secrets asks that of."""
_LIKE_ASCII = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}
"""What `re` takes for an ASCII letter when it ignores case: https://docs.python.org/3/library/re.html#re.IGNORECASE"""


class Said(NamedTuple):
    """A plugin's finding: the line, counted from 1 as detect-secrets does, what it is called there, and the value."""

    line: int
    type: str
    value: str

    def __repr__(self) -> str:
        """Never the value."""
        return f"Said({self.line}, {self.type!r})"


class _Folded(dict[int, str]):
    """A table for str.translate, by which every character becomes one ASCII character that each expression takes
    that takes the former; what is no letter becomes \\x80."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = character
        if code > 127:
            folded = _LIKE_ASCII.get(character) or (
                "0" if character.isdecimal() else " " if character.isspace() else "x" if character.isalnum() else "\x80"
            )
        self[code] = folded
        return folded


_FOLDED = _Folded()


def _fold(text: str) -> str:
    return text if text.isascii() else text.translate(_FOLDED)


class Plugins:
    """A set of detect-secrets' plugins, by the names of their classes (None: all), ready for files. May be shared
    between threads."""

    def __init__(self, names: Collection[str] | None = None) -> None:
        import hyperscan  # heavy: only when a run needs it

        self._parts = _parts()
        classes = [c for c in self._parts.classes if names is None or c.__name__ in names]
        self.each = [plugin() for plugin in classes]
        self._always: list[int] = []
        """Plugins with an expression that Hyperscan does not know."""
        pairs = []
        for number, plugin in enumerate(self.each):
            told = [*self._expressions(plugin)]
            if all(_compiles(*pair) for pair in told):
                pairs += [(number, *pair) for pair in told]
            else:
                self._always.append(number)
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        numbers, expressions, flags = zip(*pairs, strict=True)
        self._database.compile(expressions=expressions, ids=numbers, elements=len(numbers), flags=flags)

    def found(self, text: str, filename: str, room: Room, pragmas: bool = True) -> list[Said]:
        """What the plugins say of a file. What it costs is taken from the room; when that is empty, nothing more is
        said, and `room.cut` is set. `pragmas`: a line that is allowlisted by a comment is turned away."""
        parts = self._parts
        if parts.is_other_file(filename) or not room.take(len(text)):
            return []
        file = transformed.File(text, filename)
        said = self._lines(transformed.lines(file, False, room) or file.readlines(), filename, room, pragmas)
        if said:
            return said
        return self._lines(transformed.lines(file, True, room) or [], filename, room, pragmas)

    def line(self, line: str, filename: str, room: Room) -> list[Said]:
        """What they say of one line."""
        return self._lines([line], filename, room)

    def _expressions(self, plugin: Any) -> Iterator[tuple[bytes, int]]:
        """(expression, flags) that find each line of which a plugin says anything, and others, in folded text."""
        import hyperscan

        parts = self._parts
        if isinstance(plugin, parts.keyword.KeywordDetector):
            for word in parts.keyword.DENYLIST:
                yield _fold(word).encode("latin-1"), hyperscan.HS_FLAG_CASELESS
        elif isinstance(plugin, parts.entropy):
            # n different characters have an entropy of log2(n) bits at most
            least = math.floor(2**plugin.entropy_limit)
            run = f"[\"'][{re.escape(plugin.charset)}]{{{least},}}[\"']"
            yield run.encode(), 0
        else:
            loose = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_DOTALL
            for expression in plugin.denylist:
                caseless = hyperscan.HS_FLAG_CASELESS if expression.flags & re.IGNORECASE else 0
                verbose = "(?x)" if expression.flags & re.VERBOSE else ""
                yield (verbose + _fold(expression.pattern)).encode("latin-1"), loose | caseless

    def _lines(self, lines: list[str], filename: str, room: Room, pragmas: bool = True) -> list[Said]:
        stripped = [line.rstrip() for line in lines]
        places = range(1, len(lines) + 1)
        pieces, numbers = stripped, list(places)
        if any(len(line) > LINE for line in stripped):
            windows = [(number, piece) for number, line in zip(places, stripped, strict=True) for piece in _cut(line)]
            numbers, pieces = [number for number, _ in windows], [piece for _, piece in windows]
        said: dict[Said, None] = {}
        for place, asked in sorted(self._possible(pieces).items()):
            piece, number = pieces[place], numbers[place]
            if not room.take(len(piece) * asked.pop(-1)):
                break
            for plugin in sorted(asked):
                told = self._of_line(self.each[plugin], piece, number, lines if pragmas else [], filename)
                said.update(dict.fromkeys(told))
        return list(said)

    def _possible(self, pieces: Sequence[str]) -> dict[int, dict[int, int]]:
        """Place of a line -> the plugins that may say something of it, and, under -1, the number of hits."""
        import hyperscan

        found: dict[int, dict[int, int]] = {}
        ends = list(accumulate(len(piece) + 1 for piece in pieces))

        def on_match(plugin: int, _start: int, end: int, _flags: int, _context: object) -> None:
            asked = found.setdefault(bisect_left(ends, end), {-1: 0})
            asked[plugin] = 1
            asked[-1] += 1

        if data := _fold("\n".join(pieces)).encode("latin-1"):
            scratch = hyperscan.Scratch(self._database)
            self._database.scan(data, match_event_handler=on_match, scratch=scratch)
        for place in range(len(pieces)) if self._always else ():
            asked = found.setdefault(place, {-1: 0})
            asked.update(dict.fromkeys(self._always, 1))
            asked[-1] += 1
        return found

    def _of_line(self, plugin: Any, line: str, number: int, lines: list[str], filename: str) -> Iterator[Said]:
        parts = self._parts
        values = dict.fromkeys(self._values(plugin, line, filename))
        if not values or self._is_quiet(line, number, lines, filename):
            return
        regular = isinstance(plugin, parts.regular)
        for value in values:
            if not any(turned_away(value) for turned_away in parts.of_value) and (
                regular or not parts.heuristic.is_likely_id_string(value, line)
            ):
                yield Said(number, plugin.secret_type, value)

    def _values(self, plugin: Any, line: str, filename: str) -> Iterator[str]:
        parts = self._parts
        if isinstance(plugin, parts.entropy):
            for value in plugin.analyze_string(line):
                if plugin.calculate_shannon_entropy(value) > plugin.entropy_limit:
                    yield value
        elif isinstance(plugin, parts.keyword.KeywordDetector):
            kind = parts.filetype.determine_file_type(filename)
            yield from plugin.analyze_string(line, parts.keyword.REGEX_BY_FILETYPE.get(kind))
        else:
            yield from plugin.analyze_string(line)

    def _is_quiet(self, line: str, number: int, lines: list[str], filename: str) -> bool:
        """Whether a filter turns the whole line away; without `lines`, no comment does."""
        parts = self._parts
        if len(line) <= _CALL_LINE and _CALL.search(line):
            return True
        if not lines or ("pragma" not in line and (number < 2 or "pragma" not in lines[number - 2])):
            return False
        around = parts.get_code_snippet(lines, number)
        return bool(parts.allowlist.is_line_allowlisted(filename, line, around))


def _cut(line: str) -> list[str]:
    """The line, or its windows."""
    if len(line) <= LINE:
        return [line]
    return [line[at : at + LINE] for at in range(0, len(line) - OVERLAP, LINE - OVERLAP)]


def _compiles(expression: bytes, flags: int) -> bool:
    import hyperscan

    try:
        hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK).compile(
            expressions=[expression], ids=[0], elements=1, flags=[flags]
        )
    except hyperscan.error:
        return False
    return True


class _Parts:
    """What is used of detect-secrets."""

    def __init__(self) -> None:
        with without_requests():
            # heavy (100 ms): only when a run needs it
            from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
            from detect_secrets.filters import allowlist, heuristic
            from detect_secrets.plugins import base, high_entropy_strings, keyword
            from detect_secrets.util import filetype
            from detect_secrets.util.code_snippet import get_code_snippet

            self.classes: list[Any] = list(get_mapping_from_secret_type_to_class().values())
        self.allowlist, self.heuristic, self.keyword, self.filetype = allowlist, heuristic, keyword, filetype
        self.regular, self.entropy = base.RegexBasedDetector, high_entropy_strings.HighEntropyStringsPlugin
        self.get_code_snippet = get_code_snippet
        self.of_value = (
            heuristic.is_sequential_string,
            heuristic.is_potential_uuid,
            heuristic.is_templated_secret,
            heuristic.is_prefixed_with_dollar_sign,
            heuristic.is_not_alphanumeric_string,
        )

    def is_other_file(self, filename: str) -> bool:
        """Whether detect-secrets leaves a file aside for its name."""
        heuristic = self.heuristic
        return bool(
            heuristic.is_non_text_file(filename)
            or heuristic.is_lock_file(filename)
            or heuristic.is_swagger_file(filename)
        )


@lru_cache(maxsize=1)
def _parts() -> _Parts:
    return _Parts()
