"""What a fact and a kind of subject are; the vocabulary lists them."""

from __future__ import annotations

from imagelint.record import record

BOOL, INT, STRING, LIST = "bool", "int", "string", "list<string>"
PARAMETER = "parameter."
"""What the name of a rule's parameter begins with in its condition, where facts have their kind of subject."""


@record
class Fact:
    """The type of a fact, and a sentence that says what it is."""

    type: str
    sentence: str
    private: bool = False


@record
class Kind:
    """One kind of subject."""

    sentence: str
    outer: tuple[str, ...]
    facts: dict[str, Fact]
