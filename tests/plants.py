"""Secrets of every rule to plant in targets, and what must never be read of them in any output."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from imagelint.engine.compiled import load
from imagelint.engine.rule import Rule
from imagelint.engine.shapes import expand
from imagelint.secrets.confirm import Detector

TOKEN_PART, PASSWORD_PART = 12, 6
"""Characters of a secret in a row that give it away; of a password nothing may be shown, and 6 are no chance."""
LONG = 24
"""Characters of a value that is no password: 6 hexadecimal digits of it are in any digest by chance."""
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_HEX = re.compile(r"[0-9a-fA-F]{12,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_KEYWORD = re.compile(r"(ENV|ARG|RUN) ")


@dataclass
class Plant:
    """One example of a secret rule, made with a seed."""

    rule: str
    text: str
    """As the rule's example has it, without the instruction."""
    value: str = field(repr=False)
    path: str
    """The file that it belongs in, or empty."""
    assignment: bool
    """It is `NAME=value`."""
    alone: bool
    """Its value gives itself away, whatever stands around it."""
    by_file: bool
    """The grammar of the file tells that it is one, and nothing else does."""
    parts: frozenset[str] = field(repr=False)
    """What may not be read anywhere."""

    @property
    def lines(self) -> list[str]:
        """Its text line by line."""
        return self.text.rstrip("\n").split("\n")

    @property
    def word(self) -> str:
        """The longest part of its value that a path or an image's name can hold."""
        return max(self.value.split(), key=len).strip("'\"")


def plants(seed: str, only: Collection[str] = ()) -> Iterator[Plant]:
    """Every bad example of every secret rule, or of these."""
    rules, detector = _rules(frozenset(only))
    for rule in rules:
        for number, example in enumerate(rule.examples["bad"]):
            shape, path = example.get("text") or example["shape"], example.get("path", "")
            made = [expand(shape, f"{seed} {number} {side}") for side in ("a", "b")]
            values = [_value(detector, rule, text, path) for text in made]
            size = TOKEN_PART if rule.strong or len(values[0]) >= LONG else PASSWORD_PART
            # What two seeds have in common is the format's.
            parts = _parts(values[0][rule.prefix :], size) - _parts(values[1][rule.prefix :], size)
            text = _KEYWORD.sub("", made[0], count=1)
            assignment = made[0].startswith(("ENV ", "ARG "))
            alone = any(found.rule == rule.id for found in detector.every(values[0]))
            yield Plant(rule.id, text, values[0], path, assignment, alone, not rule.pattern, parts)


@cache
def _rules(only: frozenset[str]) -> tuple[list[Rule], Detector]:
    rules = [rule for rule in load().rules if rule.kind == "secret" and (not only or rule.id in only)]
    return rules, Detector(rules, strict=True)


def _value(detector: Detector, rule: Rule, text: str, path: str) -> str:
    found = [candidate.value for candidate in detector.every(text, path) if candidate.rule == rule.id]
    assert found, f"{rule.id} does not find its own example"
    return max(found, key=len)


def _parts(value: str, size: int) -> frozenset[str]:
    """Each piece of that size, of the value and of its base64 whatever stands ahead of it."""
    value = "\n".join(line for line in value.split("\n") if not line.startswith("-----"))
    pieces = {value[at : at + size] for at in range(max(1, len(value) - size + 1))}
    raw = value.encode()
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw).decode()[(0, 2, 3)[shift] : -4]
        pieces |= {text[at : at + 16] for at in range(len(text) - 15)}
    return frozenset(pieces)


def leaks(output: str, planted: Iterable[Plant], seen: set[str] | None = None) -> list[str]:
    """What of the plants can be read in an output: as text, across the line breaks of a narrow screen too, with escapes
    as JSON has them, in base64 and in hexadecimal digits. `seen`: words of other outputs that were looked at for these
    plants, to which this one's are added.
    """
    owners = {part: plant.rule for plant in planted for part in plant.parts}
    sizes = sorted({len(part) for part in owners})
    heads = {part[: sizes[0]] for part in owners}
    plain = re.sub(r"\x1b\[[\d;]*m", "", output)
    words = _words(plain)
    if seen is not None:
        words -= seen
        seen |= words
    # Most of an output is said again and again; every word is looked at once. Escapes and digits stand inside of words;
    # an empty line keeps two of them apart.
    words |= _words("\n\n".join(undressed("\n\n".join(words))))
    found = {}
    for word in words:
        pieces = [word[at : at + sizes[0]] for at in range(len(word) - sizes[0] + 1)]
        if heads.isdisjoint(pieces):
            continue
        for at in [at for at, piece in enumerate(pieces) if piece in heads]:
            for size in sizes:
                rule = owners.get(word[at : at + size])
                if rule:
                    found[rule] = word[max(0, at - 60) : at + size + 60]
    return [f"{rule}: {context!r}" for rule, context in found.items()]


def _words(text: str) -> set[str]:
    """The words of a text, and what stands on both sides of a line break."""
    lines = text.split("\n")
    words = {word for line in set(lines) for word in line.split()}
    breaks = ((a.strip(" |"), b.strip(" |")) for a, b in set(pairwise(lines)))
    return words | {a[-16:] + b[:16] for a, b in breaks if a and b}


def undressed(text: str) -> Iterator[str]:
    """What is read of a text without its escapes, base64 and hexadecimal digits."""
    if "\\" in text:
        yield _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)
    for run in set(_HEX.findall(text)):
        for at in (0, 1):
            yield bytes.fromhex(run[at : len(run) - (len(run) - at) % 2]).decode("latin-1")
    for run in set(_BASE64.findall(text)):
        for at in range(4):
            whole = run[at : len(run) - (len(run) - at) % 4]
            yield base64.b64decode(whole, altchars=b"-_" if {"-", "_"} & {*whole} else None).decode("latin-1")
