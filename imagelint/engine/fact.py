"""What a fact and a kind of subject are; the vocabulary lists them."""

from __future__ import annotations

from typing import NamedTuple

BOOL, INT, STRING, LIST = "bool", "int", "string", "list<string>"


class Fact(NamedTuple):
    """The type of a fact, and a sentence that says what it is."""

    type: str
    sentence: str
    private: bool = False


class Kind(NamedTuple):
    """One kind of subject."""

    sentence: str
    outer: tuple[str, ...]
    facts: dict[str, Fact]
