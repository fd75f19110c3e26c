"""What must be so of a few facts before a condition can hold: asked in Python, ahead of CEL.

Most conditions begin with what most subjects lack (`stage.circle.size() > 0`, `copy.from_empty`). To gather the facts
of a condition and have CEL say no takes 10 us and more; to see that a list is empty takes none. guard_text.py reads
guards from conditions.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import truth
from typing import Any

Demand = tuple[str, str, Any]
"""A fact, one of TESTS and its value; a test behind "!" is not to hold."""

Guard = tuple[tuple[bool, tuple[Demand, ...]], ...]
"""Alternatives: the condition can hold only if all demands of one of them are met. True ahead of them: then it does
hold, since they say all that the condition says."""

TESTS: dict[str, Callable[[Any], Callable[[Any], bool]]] = {
    "is": lambda _: truth,
    "in": lambda values: frozenset(values).__contains__,
    "has": lambda part: lambda fact: part in fact,
    "over": lambda number: lambda fact: _number(fact) > number,
    "least": lambda number: lambda fact: _number(fact) >= number,
    "equals": lambda number: lambda fact: _number(fact) == number,
    "begins": lambda part: lambda fact: fact.startswith(part),
    "ends": lambda part: lambda fact: fact.endswith(part),
}
"""Each takes the value of a demand and gives what is asked of the fact.

is: not empty, not 0, true. over, least, equals: of a number, or of the length of a text or a list.
"""

ALWAYS: Guard = ((False, ()),)


def _number(fact: Any) -> int:
    return fact if isinstance(fact, int) else len(fact)
