"""Patterns as Hyperscan takes them: ended where a match is likely, since the rest costs time and changes little.

A hit only says that it is worth looking; confirm.py puts the whole pattern to the text around it. Every match of a
pattern begins with, or holds, a match of the shorter one, so none is lost.
"""

from __future__ import annotations

import re

from imagelint.secrets.lazy import Lazy

_ENOUGH = 12
"""Characters of a counted class. With 6, words of code match; with all, compiling takes half as long again."""
_TELLING = 4
"""Fixed characters ahead of a class, with which it is ended: `sk-` and a dozen letters are in every style sheet."""

_TOKEN = Lazy(r"(?s)\\.|\[(?:\\.|[^\]\\])+\]|\(\?[a-z]+\)|\((?:\?(?:P<secret>|[a-z]*:))?|\{\d+(?:,\d*)?\}|.")
_COUNT = re.compile(r"\{(\d+)|[?*+]$")
_HEAD = Lazy(r"(\(\?P<secret>)?\[[^\]\\]+\]\{\d+\}(?=[^{}?*|])")
_TAIL = Lazy(r"\{([1-9]\d*),\d*\}(?:=\{0,2\})?(\)?)(?:\\b)?$")


def for_hyperscan(pattern: str) -> bytes:
    """The pattern without the group's name, and ended as early as a match is likely.

    Hyperscan reports every end of every match, so an open `{20,}` at the end would be one report a byte of a long run,
    and a counted class costs the more to compile the longer it is. Of where a match begins it says nothing: what stands
    ahead of the telling part, `\\b` or `[A-Za-z0-9]{76}`, only costs.
    """
    ended = _ended(_TOKEN.findall(pattern), 0, 0)[0]
    short: str = _TAIL.sub(r"{\1}\2", ended).removeprefix(r"\b")
    if head := _HEAD.match(short):
        short = (head[1] or "") + short[head.end() :]
    return short.replace("(?P<secret>", "(").encode()


def _ended(tokens: list[str], at: int, ahead: int) -> tuple[str, int, bool, int]:
    """The branches from an offset on, behind so many fixed characters: (each of them, ended; the offset of what closes
    them; whether one was ended; fixed characters of the one with the fewest).
    """
    branches, known = [""], [ahead]
    done = any_done = False
    while at < len(tokens) and tokens[at] != ")":
        start, part = at, tokens[at]
        at += 1
        if part == "|":
            branches.append("")
            known.append(ahead)
            done = False
            continue
        ends, fixed, text = False, _is_fixed(part), part
        if part[0] == "(" and part[-1] != ")":
            inner, at, ends, fixed = _ended(tokens, at, known[-1])
            text, at, fixed = f"{part}{inner})", at + 1, fixed - known[-1]
        if at < len(tokens) and (count := _COUNT.match(tokens[at])):
            at += 1
            fixed = fixed if int(count[1] or 0) else 0
            if part[0] == "[" and int(count[1] or 0) >= _ENOUGH and known[-1] >= _TELLING:
                text, ends = f"{part}{{{_ENOUGH}}}", True
            else:  # a group that may be absent or come again is left as it is
                text, ends = "".join(tokens[start:at]), False
        if not done:
            branches[-1] += text
            known[-1] += fixed
            done = ends
            any_done |= ends
    return "|".join(branches), at, any_done, min(known)


def _is_fixed(part: str) -> int:
    """1 for a character that stands for itself."""
    return int(part not in ".^$" if len(part) == 1 else part[0] == "\\" and not part[1].isalnum())
