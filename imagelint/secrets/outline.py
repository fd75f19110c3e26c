"""A rule's pattern as Hyperscan takes it: an outline, which ends as early as a match is all but certain.

Hyperscan reports every end of every match, so an open `{20,}` at the end would be one report a byte of a long run; and
of the time it takes to compile a pattern, nearly all goes into long counted repeats. What an outline finds, the pattern
itself confirms on the bytes around (confirm.py), so it may find too much, and never too little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ENOUGH = 8
"""Characters of one class behind a telling word that make it worth a look. With 16, compiling takes a sixth longer and
the hits are 6% fewer."""
TELLING = 4
"""Characters of such a word."""
AMPLE = 9
"""Characters of a word that tells enough by itself: what may follow in many ways takes long to compile."""
_ATOM = re.compile(r"\\x[0-9a-fA-F]{2}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[()|]")
_OPEN = re.compile(r"\((?:\?(?:P<\w+>|[a-z-]*:))?")
_REPEAT = re.compile(r"([*+?])|\{(\d+)(?:(,)(\d*))?\}")
_STRANGE = re.compile(r"\(\?(?!P<\w+>|[a-z-]*:)")
_FLAGS = re.compile(r"\(\?[a-z]+\)")
_WIDTHLESS = frozenset((r"\b", r"\B", r"\A", r"\Z", "^", "$"))


@dataclass(slots=True)
class _Item:
    """One step of a sequence: a character or a class, or a group of branches."""

    text: str
    """Of the atom, or what opens the group."""
    repeat: str = ""
    least: int = 1
    branches: list[list[_Item]] = field(default_factory=list)

    @property
    def literal(self) -> bool:
        """Whether it is one certain character, or one escaped for being a sign."""
        return len(self.text) == 1 or (self.text[0] == "\\" and not self.text[1].isalnum())

    @property
    def whole(self) -> str:
        """As it was written."""
        body = "|".join(map(_written, self.branches)) + ")" if self.branches else ""
        return self.text + body + self.repeat


def outline(pattern: str) -> str:
    """The outline of a pattern; the group's name, which Hyperscan does not know, is left out."""
    head = match[0] if (match := _FLAGS.match(pattern)) else ""
    if _STRANGE.search(pattern, len(head)):
        return pattern.replace("(?P<secret>", "(?:")
    branches, _ = _branches(pattern, len(head))
    if len(branches) == 1:
        _behead(branches[0])
    return head + "|".join(_cut(branch, 0, True)[0] for branch in branches)


def _branches(pattern: str, at: int) -> tuple[list[list[_Item]], int]:
    """What stands up to the end or the closing parenthesis, and where that is."""
    found: list[list[_Item]] = [[]]
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            found.append([])
            at += 1
            continue
        if opened := _OPEN.match(pattern, at):
            item = _Item("(?:" if opened[0].startswith("(?P") else opened[0])
            item.branches, at = _branches(pattern, opened.end())
            at += 1
        else:
            item = _Item(atom[0] if (atom := _ATOM.match(pattern, at)) else pattern[at])
            at += len(item.text)
        if repeat := _REPEAT.match(pattern, at):
            item.repeat, at = repeat[0], repeat.end()
            item.least = int(repeat[2]) if repeat[2] else int(repeat[1] == "+")
        found[-1].append(item)
    return found, at


def _behead(sequence: list[_Item]) -> None:
    """Take away a word boundary with which a sequence begins, since most patterns take three times as long to compile
    with it, and a long class, when a telling word follows."""
    if sequence[0].text == r"\b" and len(sequence) > 1:
        del sequence[0]
    first, told = sequence[0], sum(item.least for item in sequence[1:] if item.literal)
    if len(first.branches) == 1 and not first.repeat:
        _behead(first.branches[0])
    elif not first.branches and not first.literal and first.least >= ENOUGH and told >= TELLING:
        del sequence[0]


def _written(sequence: list[_Item]) -> str:
    return "".join(item.whole for item in sequence)


def _cut(sequence: list[_Item], told: int, last: bool) -> tuple[str, int, bool]:
    """The outline of a sequence behind a word of `told` characters, `last` if nothing follows it: its text, the length
    of the word behind it, and whether it ends early, so that nothing need follow."""
    out = ""
    for place, item in enumerate(sequence):
        ends = last and all(later.least == 0 or later.text in _WIDTHLESS for later in sequence[place + 1 :])
        if ends and item.least == 0:
            return out, told, True
        if item.branches and told >= AMPLE:
            return out, told, True
        if item.branches and not item.repeat:
            cuts = [_cut(branch, told, ends) for branch in item.branches]
            if ends or all(early for *_, early in cuts):
                return out + item.text + "|".join(text for text, *_ in cuts) + ")", told, True
            told = min(word for _, word, _ in cuts)
        elif not item.branches and item.least >= ENOUGH and told >= TELLING:
            return out + f"{item.text}{{{ENOUGH}}}", told, True
        elif not item.branches and item.repeat and ends:
            return out + f"{item.text}{{{item.least}}}", told, True
        elif item.literal:
            told += item.least
        out += item.whole
    return out, told, False
