"""From a match to a candidate: its span, its proof, and the filter that turns it away, if any.

Everything that looks like a secret becomes a candidate; `dropped` names the filter of those that are none. Callers
report the others, and redact.py masks them all.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from imagelint.lazy import Lazy
from imagelint.record import record
from imagelint.secrets import checksum, filters, keys, kinds
from imagelint.secrets.keyword import Assignment, assignments
from imagelint.secrets.known import is_known_example, is_known_key
from imagelint.secrets.names import is_password_name, is_secret_name
from imagelint.secrets.prefilter import LARGE_TEXT, Patterns, expression

if TYPE_CHECKING:
    from imagelint.engine.rule import Rule
    from imagelint.secrets.gist import Gist
    from imagelint.secrets.strict import Strict

ASSIGNMENT = "secret-in-assignment"
"""The rule whose pattern only finds the place: keyword.py reads it."""

KEYWORD, FORMAT, ENTROPY = "detect-secrets-keyword", "detect-secrets-format", "high-entropy-string"
"""Rules of the strict profile, for what detect-secrets' plugins say (strict.py)."""
_WEAK = {KEYWORD: 3, FORMAT: 3, ENTROPY: 4}
STRICT = frozenset(_WEAK)
"""They give way to all others, to what a filter turned away too."""

_LINE = 4096
"""Bytes of a line that are looked at on each side of a hit, as the layer reader hands them over."""

_NEXT = 256
"""Bytes of the next line that are looked at."""

_BEHIND = 16
"""Bytes ahead of that line, for what a pattern asks to stand before it."""

_BARE = Lazy(rb"[=:][ \t]{0,8}[A-Za-z0-9]\Z")
"""A sign and the first character of a value; behind it a quote would mean a prefix, as in r"..."."""
_TYPED = Lazy(rb"[\w<>\[\]|?.]{0,40}[ \t]{1,4}=[ \t]{0,8}[@rbuf$]{0,2}\\{0,3}[\"'`]", re.IGNORECASE)
"""What follows the first character of a type: `password: string = "..."`."""
_WORD = Lazy(rb"[a-z]{1,15}[\"'`]")
"""A value of small letters alone, too few to be in no order, and the quote behind it."""
_PAGE = Lazy(rb"(?:[nN]ext|[pP]age|[nN]extPage)?[tT]oken[\"'`]")
"""The same of names for what tells a service where the next page begins: botocore's tables have thousands."""
_SECOND = Lazy(rb"[ \t#]*(?:[\"']?value[\"']?[ \t]*:|<value>|<string>)", re.IGNORECASE)
"""The second line of a name and a value that are two keys or elements."""
_QUOTES = frozenset(b"\"'`\\")
_TALK = (kinds.CODE, kinds.PROSE)
"""Files of these kinds talk more about passwords than they hold: an assignment without quotes says nothing there."""

_WITHOUT_GRAMMAR = frozenset(("", "Dockerfile"))
"""Names for which nobody need ask: of no file at all, and of the one that is parsed elsewhere."""

_STATED = frozenset(
    "password-in-call password-in-connection-string password-in-sql password-on-command-line mysql-dsn-password "
    "neo4j-password".split()
)
"""Formats of code and of statements: what stands there is the password, be it a word with a number."""

LOGGED = "password-in-log"

_ASSIGNED = frozenset({ASSIGNMENT, "password-in-connection-string"})
"""What the second turns away may still be the first."""

_LAST = frozenset({ASSIGNMENT, "url-credentials", "authorization-header", "jwt"}) | _STATED
"""Formats that give way to a vendor's on the same span."""


@record
class Candidate:
    """A value that has the form of a secret; start and end are its offsets in the text or the bytes that were given."""

    rule: str
    value: str
    start: int
    end: int
    name: str = ""
    prefix: int = 0
    strong: bool = False
    confidence: str = "possible"
    """proved (check digits, a key that parses), likely, possible."""
    encrypted: bool = False
    dropped: str = ""
    line: int = 0
    column: int = 0
    exact: bool = False
    """The grammar of its file says so."""
    encoded: bool = False
    """It was read out of base64, which begins at its line and column."""
    bare: bool = False
    """An assignment without quotes: where the value ends is a guess, so a mask goes on to the next blank."""
    gist: Gist | None = None
    """What is known of a value that was forgotten (image/stored.py), and `value` is empty; None where it is there."""

    @property
    def forgot(self) -> bool:
        """Whether its value is not there any more."""
        return self.gist is not None

    def __repr__(self) -> str:
        """Never the value."""
        return f"Candidate({self.rule!r}, {self.start}..{self.end}, dropped={self.dropped!r})"


class Detector:
    """The secret rules, ready for texts and for hits in windows. May be shared between threads."""

    def __init__(self, rules: Sequence[Rule], explains: bool = False, strict: bool = False) -> None:
        """`explains`: whoever asks wants to know what is turned away, too; that costs time. `strict`: detect-secrets'
        plugins are asked as well.
        """
        self.explains = explains
        self.strict: Strict | None = None
        if strict:
            from imagelint.secrets.strict import Strict  # heavy: only for a profile that few ask for

            self.strict = Strict()
        self.patterns = Patterns(rules)
        self.by_id = {rule.id: rule for rule in self.patterns.rules}
        self._generic = self.by_id.get(ASSIGNMENT)

    @property
    def telling(self) -> dict[str, str]:
        """The rules whose values say something openly (claims.py), each with its checksum."""
        from imagelint.secrets.claims import TELLING  # only for images

        return {rule.id: rule.checksum for rule in self.patterns.rules if rule.checksum in TELLING}

    def text(self, text: str, filename: str = "", name: str = "") -> list[Candidate]:
        """All candidates of a text, dropped ones too, in order and without overlaps.

        `name`: the text is the value of the variable of this name.
        """
        found = self.settle(self.every(text, filename, name))
        for candidate in found:
            _ask(candidate, text, filename)
        _place(text, found)
        return found

    def none_in(self, text: str, name: str = "", filename: str = "") -> bool:
        """Whether it is certain at little cost that a text, and so any part of it, has no candidates."""
        if self.strict is not None and (filename or name):
            return False
        if filename not in _WITHOUT_GRAMMAR and self._by_grammar(text, filename):
            return False
        return len(text) < LARGE_TEXT and not (name and is_secret_name(name)) and not self.patterns.possible(text)

    def every(self, text: str, filename: str = "", name: str = "", anywhere: bool = False) -> Iterator[Candidate]:
        """The same before overlaps are settled: what redaction has to cover.

        `anywhere`: rules for the files of certain names too, since a Dockerfile may write such a file.
        """
        if filename not in _WITHOUT_GRAMMAR:
            yield from self._by_grammar(text, filename)
        if self.strict is not None:
            yield from self.strict.text(text, filename, name)
        possible = self.patterns.possible(text)
        for rule in possible:
            if rule is not self._generic and (anywhere or _fits(rule, filename)):
                for match in expression(rule.pattern).finditer(text):
                    yield _candidate(rule, match, text, filename)
        if self._generic is None:
            return
        if name and is_secret_name(name) and text.strip():
            value = text.strip()
            start = text.index(value)
            whole = Assignment(name, value, start, start + len(value), True, "=")
            yield _assigned(whole, kinds.CERTAIN)
        if self._generic in possible or len(text) >= LARGE_TEXT:  # keyword.py reads more forms than its pattern
            kind = kinds.kind_of(filename)
            for found in assignments(text, kind):
                yield _assigned(found, kind)

    def _by_grammar(self, text: str, filename: str) -> list[Candidate]:
        """What the grammar of a file of this name says, with offsets in the text."""
        from imagelint.secrets import grammar  # heavy: only for files of many sorts

        path = filename.encode("utf-8", "surrogatepass")
        if len(text) > grammar.LONGEST:
            return []
        data = text.encode("utf-8", "surrogatepass")
        readers = grammar.readers_of(path, data)
        if not readers:
            return []
        found = grammar.candidates(self, readers, data, _left) if grammar.worth(readers, data, path) else []
        for candidate in found if len(data) > len(text) else ():
            size = len(data[candidate.start : candidate.end].decode("utf-8", "surrogatepass"))
            candidate.start = len(data[: candidate.start].decode("utf-8", "surrogatepass"))
            candidate.end = candidate.start + size
        return found

    def hopeless(self, rule_number: int, window: bytes | bytearray, end: int, kind: str) -> bool:
        """Whether it is certain at a glance that `confirm` turns a hit away: an assignment of a template's variable
        (`password: "{{ vault }}"`) or of the name of a page's token, or, in a file whose `kind` is code or prose, one
        whose value begins without a quote, or is a word in quotes. Manuals in Python have tens of thousands of the
        first, test logs of the last but one (`PASS: gdb.base/...`), and programs of `"token": "string"`.
        """
        if self.patterns.rules[rule_number] is not self._generic:
            return False
        quote = window[end - 1]
        if quote in _QUOTES:
            if window[end : end + 2] == b"{{":
                return True
            word = _PAGE.match(window, end, end + 16) if kind != kinds.CERTAIN else None
            if word is None and kind in _TALK:
                word = _WORD.match(window, end, end + 16)
            return word is not None and window[word.end() - 1] == quote
        return (
            kind in _TALK
            and _BARE.search(window, max(0, end - 12), end) is not None
            and _QUOTES.isdisjoint(window[end : end + 2])
            and not _TYPED.match(window, end, end + 80)
        )

    def confirm(
        self, rule_number: int, window: bytes | bytearray, end: int, filename: str, low: int = 0, high: int = -1
    ) -> Candidate | None:
        """The candidate of a hit that ends at `end` in a window, or None: the bytes around do not bear it out.

        What is looked at are the window's bytes from `low` to `high` (-1: to its end). Start and end of the candidate
        are byte offsets from `low`, its line is counted from the first there (line and column stay 0 for a dropped
        one, unless the detector explains). Several hits may lead to the same candidate.
        """
        rule = self.patterns.rules[rule_number]
        if not _fits(rule, filename):
            return None
        high = len(window) if high < 0 else high
        begin = max(window.rfind(b"\n", max(low, end - _LINE), max(low, end - 1)) + 1, end - _LINE, low)
        if _SECOND.match(window, begin, end):  # the name stands a line higher
            begin = max(window.rfind(b"\n", max(low, begin - _NEXT), max(low, begin - 1)) + 1, begin - _NEXT, low)
        stop = window.find(b"\n", end, min(high, end + _LINE))
        # The line behind it too, where YAML may have the value.
        stop = min(high, (stop if stop >= 0 else end + _LINE) + _NEXT)
        # latin-1 everywhere: one character a byte, so that offsets stay.
        candidate: Candidate | None
        if rule is self._generic:
            candidate = self._confirm_assignment(window[begin:stop].decode("latin-1"), end - begin, filename)
            if candidate is not None:
                candidate.start += begin - low
                candidate.end += begin - low
                if not candidate.dropped:
                    _ask(candidate, window[low:high].decode("latin-1"), filename)
        else:
            near = max(low, begin - _BEHIND)
            if not _found(rule, window[near:stop].decode("latin-1"), begin - near, end - near):
                return None  # as most hits of an outline are: without a copy of all that may be looked at
            text = window[low:high].decode("latin-1")
            match = _found(rule, text[: stop - low], begin - low, end - low)
            candidate = _candidate(rule, match, text, filename) if match else None
        if candidate is not None and (self.explains or not candidate.dropped):
            context = window[low:high]
            line = context.rfind(b"\n", 0, candidate.start) + 1
            candidate.line = context.count(b"\n", 0, line) + 1
            candidate.column = len(context[line : candidate.start].decode("utf-8", "replace")) + 1
            if not candidate.value.isascii():
                candidate.value = context[candidate.start : candidate.end].decode("utf-8", "replace")
        return candidate

    @staticmethod
    def settle(found: Iterable[Candidate]) -> list[Candidate]:
        """What was found in one text or file, in order and one candidate a span; offsets are those of the whole.

        A vendor's token beats what a grammar says, that beats any other pattern, a vendor's format a general one, a
        reported candidate a dropped one; then the longer wins, and of two of one span always the same.
        """
        kept: list[Candidate] = []
        taken: list[tuple[int, int]] = []
        for candidate in sorted(
            found,
            key=lambda c: (
                _WEAK.get(c.rule, 1 if c.exact else 0 if c.strong and not c.dropped else 2),
                not c.exact and c.rule in _LAST,
                not c.exact and c.rule in _ASSIGNED,
                c.dropped != "",
                c.start - c.end,
                c.start,
                c.rule == ASSIGNMENT,
                c.rule,
            ),
        ):
            place = bisect_right(taken, (candidate.start, candidate.end))
            before = taken[place - 1][1] > candidate.start if place else False
            after = taken[place][0] < candidate.end if place < len(taken) else False
            if not before and not after:
                taken.insert(place, (candidate.start, candidate.end))
                kept.append(candidate)
        kept.sort(key=lambda c: c.start)
        return kept

    def _confirm_assignment(self, line: str, end: int, filename: str) -> Candidate | None:
        kind = kinds.kind_of(filename)
        for found in assignments(line, kind, max(0, end - 160), min(len(line), end + 8)):
            if found.end >= end or found.start >= end:
                if not found.value.isascii():  # its filters ask for letters, not for bytes
                    found.value = found.value.encode("latin-1").decode("utf-8", "replace")
                return _assigned(found, kind)
        return None


def _assigned(found: Assignment, kind: str) -> Candidate:
    if found.sign == ":" and kind == kinds.CERTAIN:  # an environment file has no colons, an echo in a RUN may
        kind = kinds.CONFIG
    dropped = found.dropped or filters.why_no_password(found.name, found.value, kind, found.quoted)
    return Candidate(
        ASSIGNMENT, found.value, found.start, found.end, found.name, dropped=dropped, bare=not found.quoted
    )


def _ask(candidate: Candidate, text: str, filename: str) -> None:
    """Put an assignment that would be reported to the text around it, then to detect-secrets."""
    if candidate.rule != ASSIGNMENT or candidate.dropped:
        return
    if filters.is_example(text, candidate.start, candidate.end, filename):
        candidate.dropped = "example"
        return
    from imagelint.secrets import second_opinion  # brings detect-secrets: only for what would be reported

    certain = (candidate.start == 0 and candidate.end == len(text)) or kinds.kind_of(filename) == kinds.CERTAIN
    chosen = certain and is_password_name(candidate.name)
    candidate.dropped, agreed = second_opinion.ask(candidate, text, filename, chosen)
    candidate.confidence = "likely" if agreed else "possible"


def _found(rule: Rule, text: str, begin: int, end: int) -> re.Match[str] | None:
    """The match from `begin` on that reaches over `end`."""
    matches = expression(rule.pattern).finditer(text, begin)
    return next((match for match in matches if match.start() < end <= match.end()), None)


def _candidate(rule: Rule, match: re.Match[str], text: str, filename: str) -> Candidate:
    start, end = match.span("secret") if "secret" in match.re.groupindex else match.span()
    block = rule.checksum in checksum.BLOCKS
    if block:
        end = keys.block_end(text, start, end, rule.checksum)
    value = text[start:end]
    candidate = Candidate(rule.id, value, start, end, prefix=rule.prefix, strong=rule.strong, confidence="likely")
    proof = checksum.check(rule.checksum, value)
    known = block and is_known_key(keys.digest(value, rule.checksum))
    if proof is False:
        candidate.dropped = "no-key" if block else "checksum"
    elif (known or keys.is_for_tests(text, start)) if block else is_known_example(value):
        candidate.dropped = "known-example"
    elif proof:
        candidate.confidence = "proved"
        candidate.encrypted = block and keys.is_encrypted(value, rule.checksum)
    elif rule.strong:
        candidate.dropped = filters.why_no_token(value[rule.prefix :])
    else:
        kind = kinds.kind_of(filename)
        if kind == kinds.CONFIG and (filename or not rule.paths):
            kind = kinds.STATED
        if rule.id == "url-credentials":
            candidate.dropped = filters.why_no_login(
                match[0][: start - match.start() - 1], value, text[end + 1 : end + 64], kind
            )
        elif rule.id in _STATED:
            candidate.dropped = filters.why_no_argument(value, kind)
        elif rule.id == LOGGED:
            candidate.dropped = filters.why_no_stated(value, kind)
        else:
            candidate.dropped = filters.why_no_password("", value, kind, True)
    if not candidate.dropped and rule.id in _LAST and filters.is_example(text, start, end, filename):
        candidate.dropped = "example"
    if not candidate.dropped and rule.entropy and filters.entropy(value[rule.prefix :]) < rule.entropy:
        candidate.dropped = "entropy"
    return candidate


def _fits(rule: Rule, filename: str) -> bool:
    return not rule.paths or not filename or filename.lower().endswith(tuple(rule.paths))


def _left(_reason: str) -> None:
    """What a grammar leaves of a text that is no file of a layer, and short, is searched by patterns all the same."""


def _place(text: str, found: list[Candidate]) -> None:
    """Fill in lines and columns; candidates come in order."""
    line, begin, at = 1, 0, 0
    for candidate in found:
        newlines = text.count("\n", at, candidate.start)
        if newlines:
            line += newlines
            begin = text.rfind("\n", at, candidate.start) + 1
        at = candidate.start
        candidate.line, candidate.column = line, candidate.start - begin + 1
