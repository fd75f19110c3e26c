"""All patterns at once: which rule can match where, decided before anything costly runs.

Two ways to the same matches. A short text (a Dockerfile, an ENV value, a message) is asked for each rule's keywords
and then matched by `re`, which needs no import that costs. The windows of a layer go through one Hyperscan database,
which reports the ends of matches only; confirm.py recovers the spans on bounded text.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from imagelint.secrets.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.engine.rule import Rule

LARGE_TEXT = 1 << 20
"""Characters from which a text is worth Hyperscan (170 ms to import and compile): 100 keywords take up to 100 ms then.
"""

REMEMBERED = 1 << 16
"""Characters of the texts whose answers are remembered, and of one longer text: a Dockerfile's source, path and
instructions are asked several times each.
"""

_TAIL = Lazy(r"\{([1-9]\d*),\d*\}(?:=\{0,2\})?(\)?)(?:\\b)?$")


MANY = 100
"""Texts after which a search for all keywords at once has paid back what it takes to compile, 1.5 ms."""


def _tree(words: Iterable[str]) -> str:
    """One expression for any of the words, branching letter by letter: `re` tries a plain list word by word."""
    below: dict[str, list[str]] = {}
    for word in words:
        below.setdefault(word[0], []).append(word[1:])
    branches = [re.escape(letter) + ("" if "" in rest else _tree(rest)) for letter, rest in below.items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


@lru_cache(maxsize=1024)
def expression(pattern: str) -> re.Pattern[str]:
    """The pattern for text; ASCII classes, so that text and bytes agree on \\b, \\w and \\s."""
    return re.compile(pattern, re.ASCII)


def for_hyperscan(pattern: str) -> bytes:
    """The pattern as Hyperscan takes it: without the group's name, and ended as early as a match is certain.

    Hyperscan reports every end of every match, so an open `{20,}` at the end would be one report a byte of a long run.
    """
    short: str = _TAIL.sub(r"{\1}\2", pattern)
    return short.replace("(?P<secret>", "(").encode()


class Patterns:
    """The patterns of all secret rules; a rule's number is its place in `rules`."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules: tuple[Rule, ...] = tuple(rule for rule in rules if rule.kind == "secret")
        owners: dict[str, list[int]] = {}
        for number, rule in enumerate(self.rules):
            for word in rule.keywords:
                owners.setdefault(word.lower(), []).append(number)
        self._keywords = list(owners)
        self._owners = owners
        self._known: dict[str, list[Rule]] = {}
        self._any: re.Pattern[str] | None = None
        self._asked = 0
        self._room = REMEMBERED
        self._database: Any = None
        self._lock = threading.Lock()

    def in_text(self, text: str) -> Iterator[tuple[Rule, re.Match[str]]]:
        """Every match of every rule in a text, rule by rule."""
        for rule in self.possible(text):
            for match in expression(rule.pattern).finditer(text):
                yield rule, match

    def possible(self, text: str) -> list[Rule]:
        """The rules that can match in a text: for a short one by keywords, for a long one by Hyperscan."""
        if len(text) >= LARGE_TEXT:
            hits = self.scanner().rules_in(text.encode("utf-8", "surrogatepass"))
            return [self.rules[number] for number in sorted(hits)]
        known = self._known.get(text)
        if known is None:
            lower = text.lower()
            at = self._first(lower)
            rest = lower[at:] if at > 0 else lower
            found = [word for word in self._keywords if word in rest] if at >= 0 else ()
            numbers = sorted({number for word in found for number in self._owners[word]}) if found else ()
            known = [self.rules[number] for number in numbers]
            self._remember(text, known)
        return known

    def _first(self, lower: str) -> int:
        """Ahead of the first keyword, or -1 for none. Once many texts were asked, one search tells, in a third of the
        time."""
        if self._any is None:
            self._asked += 1
            if self._asked < MANY:
                return 0
            self._any = re.compile(_tree(self._keywords))
        found = self._any.search(lower)
        return found.start() if found else -1

    def _remember(self, text: str, found: list[Rule]) -> None:
        self._room -= len(text) + 64
        if self._room < 0:
            self._known, self._room = {}, REMEMBERED
        self._known[text] = found

    def scanner(self) -> WindowScanner:
        """A scanner over the shared database, with scratch space of its own: one for each thread."""
        import hyperscan  # heavy: only when a run needs it

        from imagelint.secrets import traces  # only for layers

        with self._lock:
            if self._database is None:
                database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
                pairs = [
                    (number, for_hyperscan(rule.pattern)) for number, rule in enumerate(self.rules) if rule.pattern
                ]
                pairs += [(len(self.rules) + kind, pattern) for kind, pattern in traces.expressions(self.rules)]
                database.compile(
                    expressions=[pattern for _, pattern in pairs],
                    ids=[number for number, _ in pairs],
                    elements=len(pairs),
                    flags=[0] * len(pairs),
                )
                self._database = database
            return WindowScanner(self._database, hyperscan.Scratch(self._database), len(self.rules))


class WindowScanner:
    """Scans windows of bytes; not to be shared between threads."""

    def __init__(self, database: Any, scratch: Any, rules: int) -> None:
        self._database = database
        self._scratch = scratch
        self._rules = rules
        self._of_zeros: tuple[int, list[tuple[int, int]]] = (0, [])
        """How many zeros were scanned last, and what was found in them."""

    def scan_zeros(self, window: memoryview) -> list[tuple[int, int]]:
        """The same as scan, for a window that is known to hold nothing but zeros: holes are long, and all alike."""
        if self._of_zeros[0] != len(window):
            self._of_zeros = (len(window), self.scan(window))
        return self._of_zeros[1]

    def scan(
        self, window: bytes | bytearray | memoryview, traces: list[tuple[int, int]] | None = None
    ) -> list[tuple[int, int]]:
        """(rule number, end offset) of each match, by end; of ends in a row of one rule only the first.

        `traces` takes (kind, end offset) of what tells that there is something to decode (traces.py).
        """
        hits: list[tuple[int, int]] = []
        last = [-2] * self._rules

        def on_match(rule: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if rule >= self._rules:
                if traces is not None:
                    traces.append((rule - self._rules, end))
                return
            if end != last[rule] + 1:
                hits.append((rule, end))
            last[rule] = end

        if len(window):
            self._database.scan(window, match_event_handler=on_match, scratch=self._scratch)
        return hits

    def rules_in(self, data: bytes) -> set[int]:
        """The numbers of the rules that match anywhere."""
        return {rule for rule, _ in self.scan(data)}
