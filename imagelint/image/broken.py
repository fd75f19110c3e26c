"""Which instruction was the first that a build could not take from the cache, told by the histories of two images.

What a builder looks at: the legacy one at the text of every instruction, LABEL and EXPOSE too, and at the content of
what COPY takes (docs.docker.com/build/cache/invalidation). BuildKit keeps what only the configuration says out of the
steps that make layers: there ENV and ARG count for a RUN, and for nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from imagelint.lazy import Lazy
from imagelint.record import field, record

_MOST = 300
"""Entries of histories that are put side by side by what they say, in 0.1 s at worst; longer ones are taken one
by one."""
_NOP = Lazy(r"^/bin/sh -c #\(nop\) +")
_SUM = Lazy(r"\b(?:file|dir|multi):[0-9a-f]{16,64}\b")
"""What the legacy builder writes for the content of what COPY took."""
_GIVEN = Lazy(r"^(?:RUN )?\|\d+ ")
"""Ahead of a RUN: how many build arguments it got, and then each of them."""
_COMMAND = Lazy(r" (?=(?:/\S*/)?(?:sh|bash|ash|cmd|powershell|pwsh)(?:\.exe)? )")
_PAIR = Lazy(r"(?:^|\s)([A-Za-z_]\w*)=(\S*)")
_SETS = frozenset(("ENV", "ARG"))


@record
class Step:
    """One entry of a history."""

    number: int
    """Its place in the history."""
    text: str
    empty: bool
    """It made no layer."""
    buildkit: bool


@record
class First:
    """The first step that is another one."""

    kind: str
    """instruction, argument, content, added, removed"""
    new: int
    """Its place in the history; -1 where there is none."""
    old: int = -1
    names: list[str] = field(default_factory=list)


def first_changed(new: Sequence[Step], old: Sequence[Step]) -> First:
    """Of two histories of which the last entries made the first layers that differ; one may have ended without."""
    last = new[-1] if new else None
    for behind, before in _pairs(new, old):
        if behind is not None and before is not None:
            if _same(behind, before) or not (_counts(behind, last) or behind is last):
                continue
            names = _arguments(behind.text, before.text)
            return First("argument" if names else "instruction", behind.number, before.number, names)
        if behind is not None and (_counts(behind, last) or behind is last):
            return First("added", behind.number)
        if before is not None and _counts(before, last or before):
            following = next((step.number for step in new if step.number >= before.number), -1)
            return First("removed", following, before.number)
    if last is None:
        return First("removed", -1, old[-1].number if old else -1)
    return First("content", last.number, old[-1].number if old else -1)


def _pairs(new: Sequence[Step], old: Sequence[Step]) -> Iterator[tuple[Step | None, Step | None]]:
    """Side by side: what stands in both, what was put in another one's place, and what one of them has alone."""
    if max(len(new), len(old)) > _MOST:
        yield from zip_longest(new, old)
        return
    keys = [[_key(step) for step in steps] for steps in (new, old)]
    for _, a, b, c, d in SequenceMatcher(a=keys[0], b=keys[1], autojunk=False).get_opcodes():
        both = min(b - a, d - c)
        yield from zip(new[a : a + both], old[c : c + both], strict=True)
        yield from ((step, None) for step in new[a + both : b])
        yield from ((None, step) for step in old[c + both : d])


def _key(step: Step) -> str:
    """Equal for one instruction in two builds, whatever it took and was given."""
    return _without_sums(_split(step.text)[1])


def _same(one: Step, other: Step) -> bool:
    """The same text, but for the sums of content."""
    return _without_sums(one.text) == _without_sums(other.text)


def _without_sums(text: str) -> str:
    return str(_SUM.sub("", text))


def _split(text: str) -> tuple[str, str]:
    """What a RUN was given, and its command; nothing, and the text, of others."""
    if _GIVEN.match(text) and (command := _COMMAND.search(text)):
        return text[: command.start()], text[command.end() :]
    return "", text


def keyword(step: Step) -> str:
    """The instruction that made an entry, in capitals; RUN for what is none."""
    text = _NOP.sub("", step.text)
    word = re.match(r"[A-Z]+(?= |$)", text)
    return word[0] if word else "RUN"


def _counts(step: Step, last: Step | None) -> bool:
    """Whether another text of this step has the last one run again."""
    if not step.empty or not step.buildkit:
        return True
    return keyword(step) in _SETS and last is not None and keyword(last) == "RUN"


def _arguments(new: str, old: str) -> list[str]:
    """The build arguments that have another value, where nothing else is another; else none."""
    given, command = _split(new)
    before, old_command = _split(old)
    if not given and new.startswith("ARG ") and old.startswith("ARG "):
        given, before, command, old_command = new, old, "", ""
    if _without_sums(command) != _without_sums(old_command) or not (given or before):
        return []
    values, were = dict(_PAIR.findall(given)), dict(_PAIR.findall(before))
    return [name for name in {**values, **were} if values.get(name) != were.get(name)]
