"""Patterns of `${NAME#pattern}`: `*` and `?` over a text, linear in the text (a regex with many stars is not)."""

from __future__ import annotations


class PatternError(ValueError):
    """A backslash in front of a character that needs none: BuildKit refuses it."""


class Glob:
    """A pattern as a set of states kept in the bits of one number (bit i: the first i tokens have matched)."""

    def __init__(self, pattern: str, backwards: bool = False) -> None:
        tokens = _tokens(pattern)
        if backwards:
            tokens.reverse()
        self.accept = 1 << len(tokens)
        self.stars = self.any = 0
        self.literals: dict[str, int] = {}
        for bit, (character, literal) in enumerate(tokens):
            if literal:
                self.literals[character] = self.literals.get(character, 0) | 1 << bit
            elif character == "*":
                self.stars |= 1 << bit
            else:
                self.any |= 1 << bit

    def match(self, text: str, start: int, longest: bool) -> int:
        """Where the longest or shortest match that begins at start ends; -1 when there is none."""
        state = 1
        end = -1
        for position in range(start, len(text) + 1):
            state |= (state & self.stars) << 1
            if state & self.accept:
                end = position
                if not longest:
                    break
            if position == len(text):
                break
            step = state & (self.any | self.literals.get(text[position], 0))
            state = step << 1 | (state & self.stars)
            if not state:
                break
        return end


def _tokens(pattern: str) -> list[tuple[str, bool]]:
    """(character, literal) of each token; stars in a row count once."""
    tokens: list[tuple[str, bool]] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "\\":
            escaped = pattern[position : position + 1]
            position += 1
            if escaped not in ("}", "/", "*", "?", "\\"):
                raise PatternError
            tokens.append((escaped, True))
        elif character == "*":
            if not tokens or tokens[-1] != ("*", False):
                tokens.append(("*", False))
        else:
            tokens.append((character, character != "?"))
    return tokens
