"""Texts with secrets, made when the tests run."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

from imagelint.engine import shapes
from imagelint.engine.rule import Rule
from imagelint.secrets import grammar
from imagelint.secrets.confirm import Candidate, Detector

WORD = "swordfish"
SIGNS = "Zx9kq" + "2mv7A"
TOKEN = f"{random.Random(4).getrandbits(76) | 10 << 76:020x}"
PASSWORDS = (
    "Tr0ub4" + "dor&3x",
    "hunter" + "2zz9",
    "p'w\"d" + "$1\\x y9",
    "Grün" + "kohl-77ä",
    "a" * 3 + "B9!" + "c" * 5,
)


def examples(rule: Rule, sort: str) -> Iterator[tuple[str, str]]:
    """(text, path) of each example of a rule, with three seeds."""
    for example in rule.examples[sort]:
        for seed in ("one", "two", "three"):
            yield shapes.expand(example.get("text") or example["shape"], seed), example.get("path", "Dockerfile")


def reported(detector: Detector, text: str, path: str = "") -> list[Candidate]:
    """What a text would be reported for."""
    return [candidate for candidate in detector.text(text, path) if not candidate.dropped]


def unheard(_reason: str) -> None:
    """For tests that do not ask what a reader left out."""


def through_windows(detector: Detector, text: str, path: str) -> list[Candidate]:
    """The same by Hyperscan, confirm and the file's grammar, as a layer is read."""
    data = text.encode()
    found = {}
    for number, end in detector.patterns.scanner().scan(data):
        candidate = detector.confirm(number, data, end, path)
        if candidate is not None:
            found[candidate.rule, candidate.start, candidate.end] = candidate
    readers = grammar.readers_of(path.encode(), data)
    exact = grammar.candidates(detector, readers, data, unheard) if readers else []
    return [candidate for candidate in detector.settle([*found.values(), *exact]) if not candidate.dropped]


def generated(seed: int, size: int = 18) -> str:
    """A value with letters of both cases and digits."""
    rng = random.Random(seed)
    return "".join(rng.choices(string.ascii_letters + string.digits, k=size - 3)) + "a7K"
