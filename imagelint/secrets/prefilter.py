"""All patterns at once: which rule can match where, decided before anything costly runs.

Two ways to the same matches. A short text (a Dockerfile, an ENV value, a message) is asked for each rule's keywords
and then matched by `re`, which needs no import that costs. The windows of a layer go through one Hyperscan database,
which reports the ends of matches only; confirm.py recovers the spans on bounded text.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from imagelint import cache
from imagelint.sha256 import sha256
from imagelint.stream import limits

if TYPE_CHECKING:
    from imagelint.engine.rule import Rule

LARGE_TEXT = 1 << 20
"""Characters from which a text is worth Hyperscan (170 ms to import and compile): 100 keywords take up to 100 ms then.
"""

REMEMBERED = 1 << 16
"""Characters of the texts whose answers are remembered, and of one longer text: a Dockerfile's source, path and
instructions are asked several times each.
"""

MANY = 150
"""Texts after which a search for all keywords at once has paid back what it takes to compile, 10 ms."""


def _tree(words: Iterable[str]) -> str:
    """One expression for the longest of the words at a place, branching letter by letter: `re` tries a plain list word
    by word."""
    below: dict[str, list[str]] = {}
    for word in words:
        below.setdefault(word[0], []).append(word[1:])
    branches = []
    for letter, rest in below.items():
        longer = _tree(filter(None, rest)) if any(rest) else ""
        branches.append(re.escape(letter) + (f"(?:{longer})?" if longer and "" in rest else longer))
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


@lru_cache(maxsize=1024)
def expression(pattern: str) -> re.Pattern[str]:
    """The pattern for text; ASCII classes, so that text and bytes agree on \\b, \\w and \\s."""
    return re.compile(pattern, re.ASCII)


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
        self._beginnings: dict[str, list[str]] = {}
        """Each keyword, and those that it begins with."""
        self._asked = 0
        self._room = REMEMBERED
        self._database: Any = None
        self._traces: list[int] = []
        """The kinds of the traces, whose numbers follow those of the rules."""
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
            numbers = sorted({number for word in self._words(text.lower()) for number in self._owners[word]})
            known = [self.rules[number] for number in numbers]
            self._remember(text, known)
        return known

    def _words(self, lower: str) -> set[str]:
        """The keywords that a text in small letters holds. Once many texts were asked, one search tells, in a fifth of
        the time."""
        if self._any is None:
            self._asked += 1
            if self._asked < MANY:
                return {word for word in self._keywords if word in lower}
            self._any = self.expect_many()
        return {word for found in set(self._any.findall(lower)) for word in self._beginnings[found]}

    def expect_many(self) -> re.Pattern[str]:
        """Make ready for many texts; processes that are forked later have it too."""
        if self._any is None:
            for word in self._keywords:
                starts = (word[:size] for size in range(1, len(word) + 1))
                self._beginnings[word] = [start for start in starts if start in self._owners]
            self._any = re.compile(f"(?=({_tree(self._keywords)}))")
        return self._any

    def _remember(self, text: str, found: list[Rule]) -> None:
        self._room -= len(text) + 64
        if self._room < 0:
            self._known, self._room = {}, REMEMBERED
        self._known[text] = found

    def scanner(self) -> WindowScanner:
        """A scanner over the shared database, with scratch space of its own: one for each thread."""
        import hyperscan  # heavy: only when a run needs it

        self.prepare()
        return WindowScanner(self._database, hyperscan.Scratch(self._database), len(self.rules), self._traces)

    def prepare(self) -> None:
        """Make the database now: processes that are forked later have it too."""
        from imagelint.secrets import traces  # only for layers
        from imagelint.secrets.outline import outline

        with self._lock:
            if self._database is None:
                told = traces.expressions(self.rules)
                patterns = [(n, outline(rule.pattern).encode()) for n, rule in enumerate(self.rules) if rule.pattern]
                # A number for each: many patterns of one number take three times as long to compile.
                patterns += [(n, pattern) for n, (_, pattern) in enumerate(told, len(self.rules))]
                self._database, self._traces = _database(patterns), [kind for kind, _ in told]


def _database(patterns: Sequence[tuple[int, bytes]]) -> Any:
    """Hyperscan's database of (number, pattern), as an earlier run compiled it or compiled now, which takes 0.4 s."""
    import platform  # only for layers

    import hyperscan  # heavy: only when a run needs it

    name = f"{getattr(hyperscan, '__version__', '')} {platform.machine()} vectored\n".encode()
    key = sha256(name + b"".join(b"%d %d %b\n" % (number, len(text), text) for number, text in patterns)).hexdigest()
    if (kept := cache.read("patterns", key)) is not None:
        # It carries a checksum and what processor it is for; another kind of error has no name in the library.
        with suppress(hyperscan.HyperscanError):
            return hyperscan.loadb(kept, hyperscan.HS_MODE_VECTORED)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_VECTORED)
    database.compile(
        expressions=[pattern for _, pattern in patterns],
        ids=[number for number, _ in patterns],
        elements=len(patterns),
        flags=[0] * len(patterns),
    )
    cache.write("patterns", key, hyperscan.dumpb(database))
    return database


class WindowScanner:
    """Scans windows of bytes; not to be shared between threads."""

    def __init__(self, database: Any, scratch: Any, rules: int, traces: list[int]) -> None:
        self._database = database
        self._traces = traces
        self._scratch = scratch
        self._rules = rules
        self.cut = False
        """A window had more hits of one rule than are kept; whoever asks sets it back."""
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
        """(rule number, end offset) of each match, by end; of ends in a row of one rule only the first, and of one rule
        at most limits.WINDOW_HITS.

        `traces` takes (kind, end offset) of what tells that there is something to decode (traces.py).
        """
        hits: list[tuple[int, int]] = []
        last, kinds = [-2] * self._rules, self._traces
        left = [limits.WINDOW_HITS] * self._rules

        def on_match(rule: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if rule >= self._rules:
                if traces is not None:
                    traces.append((kinds[rule - self._rules], end))
                return
            if left[rule] > 0 and end != last[rule] + 1:
                left[rule] -= 1
                hits.append((rule, end))
            last[rule] = end

        if len(window):
            # In one piece; as one of several it may be any buffer, and as the only one just bytes, a copy of it.
            self._database.scan([window], match_event_handler=on_match, scratch=self._scratch)
        if len(hits) >= limits.WINDOW_HITS and 0 in left:
            self.cut = True
        return hits

    def rules_in(self, data: bytes) -> set[int]:
        """The numbers of the rules that match anywhere."""
        return {rule for rule, _ in self.scan(data)}
