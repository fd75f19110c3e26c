"""Patterns of .dockerignore, COPY sources and --exclude, as regular expressions that take linear time.

`*` and `?` stop at a slash, `[a-z]` and `[^a-z]` are one character, a backslash quotes: Go's filepath.Match
(https://pkg.go.dev/path/filepath#Match). `**` is moby's (https://github.com/moby/patternmatcher): any number of
folders, none too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_STAR, _DEEP, _LOOSE, _TAIL = "*", "**/", "**", "**$"
MOST_LOOSE = 2
"""`**` that are not a folder's whole name (`a**b`) in one pattern: each may have to be tried in every folder, with each
of the others."""
DEEPEST = 64
"""Folders of a path that a pattern with two of them is put to."""


class BadPatternError(ValueError):
    """A pattern that the build refuses; the text says why."""


class _Token(NamedTuple):
    sort: str
    """A wildcard, or empty: `text` is a regular expression of one character."""
    text: str


def has_wildcard(text: str) -> bool:
    """Whether a COPY source is a pattern at all."""
    return re.search(r"[*?[]", re.sub(r"\\.", "", text)) is not None


def matcher(pattern: str, deep: bool) -> Callable[[str], object]:
    """A function that tells whether a whole path matches. `deep`: `**` crosses folders, as in .dockerignore.

    Raises BadPatternError.
    """
    tokens = _tokens(pattern, deep)
    if deep and tokens and (quirk := _literal(pattern, tokens)) is not None:
        return quirk
    match = re.compile(_expression(tokens)).fullmatch
    if sum(token.sort == _LOOSE for token in tokens) < MOST_LOOSE:
        return match
    return lambda path: path.count("/") < DEEPEST and match(path)


def _literal(pattern: str, tokens: list[_Token]) -> Callable[[str], object] | None:
    """What moby compares as text: a name without wildcards, behind a leading `**`, or ahead of a trailing one."""
    leading = tokens[0].sort in (_DEEP, _LOOSE)
    inner = tokens[leading : len(tokens) - (tokens[-1].sort == _TAIL)]
    if any(token.sort or token.text.startswith("[") for token in inner) or "\\" in pattern:
        return None
    if tokens[-1].sort == _TAIL:
        if leading:
            return None
        return (lambda _: True) if not inner else _starts(pattern[: pattern.rindex("**")])
    if leading:
        return _ends(pattern[2:])
    return pattern.__eq__


def _starts(text: str) -> Callable[[str], object]:
    return lambda path: path.startswith(text)


def _ends(text: str) -> Callable[[str], object]:
    return lambda path: path.endswith(text) or path == text.removeprefix("/")


def _tokens(pattern: str, deep: bool) -> list[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(pattern)
    while at < end:
        character = pattern[at]
        at += 1
        if character == "*" and deep and pattern.startswith("*", at):
            whole = at == 1 or pattern[at - 2] == "/"
            at += 1
            whole = whole and pattern.startswith("/", at)
            at += pattern.startswith("/", at)
            tokens.append(_Token(_TAIL if at == end else _DEEP if whole else _LOOSE, ""))
        elif character == "*":
            if not tokens or tokens[-1].sort != _STAR:
                tokens.append(_Token(_STAR, ""))
        elif character == "?":
            tokens.append(_Token("", "[^/]"))
        elif character == "[":
            text, at = _class(pattern, at)
            tokens.append(_Token("", text))
        elif character == "\\":
            if at == end:
                raise BadPatternError("it ends in a backslash")
            tokens.append(_Token("", re.escape(pattern[at])))
            at += 1
        else:
            tokens.append(_Token("", re.escape(character)))
    if sum(token.sort == _LOOSE for token in tokens) > MOST_LOOSE:
        raise BadPatternError(f"it has more than {MOST_LOOSE} `**` beside other characters")
    return tokens


def _class(pattern: str, at: int) -> tuple[str, int]:
    """The regular expression of a class whose content begins at `at`, and where it ends."""
    negated = pattern.startswith("^", at)
    at += negated
    ranges: list[str] = []
    while True:
        if ranges and pattern.startswith("]", at):
            break
        low, at = _member(pattern, at)
        high = low
        if pattern.startswith("-", at):
            high, at = _member(pattern, at + 1)
        if low <= high:
            ranges.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            ranges.append("")  # Go takes such a range, and nothing is in it
    inside = "".join(ranges)
    if not inside:
        return ("[^/]" if negated else "[^\\0-\U0010ffff]"), at + 1
    return f"[{'^/' if negated else ''}{inside}]", at + 1


def _member(pattern: str, at: int) -> tuple[str, int]:
    if at >= len(pattern) or pattern[at] in "-]":
        raise BadPatternError("a `[` is not closed" if at >= len(pattern) else "a `[` holds no range")
    if pattern[at] == "\\":
        at += 1
        if at >= len(pattern):
            raise BadPatternError("it ends in a backslash")
    if at + 1 >= len(pattern):
        raise BadPatternError("a `[` is not closed")
    return pattern[at], at + 1


def _expression(tokens: list[_Token]) -> str:
    """A wildcard with another one of its reach behind it settles for the first place where what stands between them
    fits, and is not asked again: the other one can take whatever a later place would leave."""
    parts: list[tuple[int, str]] = []
    """The number of the next wildcard for one that settles, or 0; and the expression."""
    for number, token in enumerate(tokens):
        if token.sort == _STAR:
            stop = _next(tokens, number, (_STAR,), "/")
            parts.append((stop, "(?>[^/]*?" if stop else "[^/]*"))
        elif token.sort in (_DEEP, _LOOSE):
            stop = _next(tokens, number, (_DEEP, _TAIL), "") if token.sort == _DEEP else 0
            parts.append((stop, "(?>(?:.*?/)??" if stop else "(?:.*/)?"))
        else:
            parts.append((0, ".*" if token.sort == _TAIL else token.text))
    closing = [0] * (len(tokens) + 1)
    for stop, _ in parts:
        closing[stop] += stop > 0
    return "".join(")" * closing[number] + text for number, (_, text) in enumerate(parts))


def _next(tokens: list[_Token], number: int, sorts: tuple[str, ...], wall: str) -> int:
    """Where the next wildcard of these sorts stands, ahead of a wall and of a loose one; 0 when there is none."""
    for place in range(number + 1, len(tokens)):
        if tokens[place].sort in sorts:
            return place
        if (wall and (tokens[place].sort or tokens[place].text == wall)) or tokens[place].sort == _LOOSE:
            return 0
    return 0
