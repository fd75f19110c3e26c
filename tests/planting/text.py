"""Words and characters by chance, and marks: where in a text a planted value begins.

A file is written with its values wrapped by `Field.hide`; `Field.render` takes the marks out and counts lines and
columns, both from 1, a column in characters.
"""

from __future__ import annotations

import base64
import random
import string
from dataclasses import dataclass, replace

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
ALNUM = DIGITS + UPPER + LOWER
URLSAFE = ALNUM + "-_"
HEX = DIGITS + "abcdef"
OPEN, BETWEEN, CLOSE, LEAD = "\ue000", "\ue001", "\ue002", "\ue003"


@dataclass(frozen=True)
class Planted:
    """One value: where it was put (0 and 0 in a file with NUL), and which rules are right about it."""

    kind: str
    rules: frozenset[str]
    value: str
    line: int
    column: int


class Field:
    """Collects the values of one file."""

    def __init__(self) -> None:
        """Nothing is hidden yet."""
        self._hidden: list[tuple[str, tuple[str, ...]]] = []

    def hide(self, kind: str, rules: str | tuple[str, ...], value: str) -> str:
        """The value in marks, to be put into the text once; what a LEAD parts off in front or behind is none of it."""
        self._hidden.append((kind, (rules,) if isinstance(rules, str) else rules))
        lead, value, trail = [*value.split(LEAD), ""][:3] if LEAD in value else ("", value, "")
        return f"{lead}{OPEN}{len(self._hidden) - 1}{BETWEEN}{value}{CLOSE}{trail}"

    def render(self, text: str) -> tuple[str, list[Planted]]:
        """The text without marks, and its values with their places."""
        out: list[str] = []
        found: list[Planted] = []
        line = column = 1
        rest = text
        while rest:
            ahead, mark, rest = rest.partition(OPEN)
            number = value = ""
            if mark:
                number, _, rest = rest.partition(BETWEEN)
                value, _, rest = rest.partition(CLOSE)
            for piece, place in ((ahead, False), (value, True)):
                if place and mark:
                    kind, rules = self._hidden[int(number)]
                    found.append(Planted(kind, frozenset(rules), value, line, column))
                out.append(piece)
                line += piece.count("\n")
                column = len(piece) - piece.rfind("\n") if "\n" in piece else column + len(piece)
        if len(found) != len(self._hidden):
            raise ValueError(f"{len(self._hidden)} values were made, {len(found)} are in the text")
        whole = "".join(out)
        return whole, [replace(one, line=0, column=0) for one in found] if "\0" in whole else found


def chars(rng: random.Random, alphabet: str, length: int) -> str:
    """That many characters of the alphabet."""
    return "".join(rng.choices(alphabet, k=length))


def alnum(rng: random.Random, length: int) -> str:
    """Letters of both cases and digits, at least one of each from three characters on."""
    return mixed(rng, ALNUM, length, DIGITS, UPPER, LOWER)


def urlsafe(rng: random.Random, length: int) -> str:
    """The same with - and _ among them, but not at the ends."""
    return alnum(rng, 1) + mixed(rng, URLSAFE, length - 2, DIGITS, UPPER, LOWER) + alnum(rng, 1)


def hexa(rng: random.Random, length: int) -> str:
    """Hexadecimal digits of the lower case."""
    return mixed(rng, HEX, length, DIGITS, "abcdef")


def mixed(rng: random.Random, alphabet: str, length: int, *classes: str) -> str:
    """Characters of the alphabet, tried until each of the classes is there, as far as the length allows."""
    while True:
        text = chars(rng, alphabet, length)
        if length < 2 * len(classes) or all(set(text) & set(one) for one in classes):
            return text


def lower(rng: random.Random, length: int) -> str:
    """Small letters and digits."""
    return mixed(rng, LOWER + DIGITS, length, DIGITS, LOWER)


def upper(rng: random.Random, length: int) -> str:
    """Capital letters and digits."""
    return mixed(rng, UPPER + DIGITS, length, DIGITS, UPPER)


def digits(rng: random.Random, length: int) -> str:
    """A number of that many digits, which does not begin with 0."""
    return rng.choice("123456789") + chars(rng, DIGITS, length - 1)


def b64(rng: random.Random, size: int) -> str:
    """That many bytes as base64, filled up with =."""
    return base64.b64encode(rng.randbytes(size)).decode()


def b64url(data: bytes) -> str:
    """Bytes as base64 for URLs, without =."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def uuid(rng: random.Random) -> str:
    """A version 4 UUID."""
    h = chars(rng, HEX, 32)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{rng.choice('89ab')}{h[17:20]}-{h[20:]}"


_USERS = "alice bob carla dmitri elena farid greta hugo ines jonas kenji lucia marek nadia otto priya".split()
_SERVICES = (
    "billing orders catalog gateway worker search inventory ledger mailer reports portal webshop tracker".split()
)
_PARTS = "app api db cache mq mail build edge node files git stage".split()
_SYLLABLES = (
    "ba be bo da de di fa fi ga go ka ke la le lo ma mi mo na ne no pa pe po ra ri ro sa se so ta ti va vo".split()
)


def user(rng: random.Random) -> str:
    """A user name."""
    return rng.choice(_USERS) + rng.choice(["", "", "_svc", ".admin", "-ci"])


def service(rng: random.Random) -> str:
    """The name of a service."""
    return rng.choice(_SERVICES)


def host(rng: random.Random) -> str:
    """The name of a host."""
    end = rng.choice(["internal", "corp", "intra", "lan"])
    return f"{rng.choice(_PARTS)}{rng.randrange(1, 40):02}.{rng.choice(_SERVICES)}.{end}"


def syllables(rng: random.Random, count: int) -> str:
    """A word that can be spoken and means nothing."""
    return "".join(rng.choices(_SYLLABLES, k=count))


def words(rng: random.Random, count: int) -> list[str]:
    """Ordinary words."""
    return rng.sample(_WORDS, count)


_WORDS = (
    "anchor basket candle dragon ember falcon garden hammer island jungle kettle lantern marble nectar orchid pepper "
    "quartz ribbon saddle timber umbrella velvet walnut yellow zephyr bridge copper desert engine forest glacier harbor"
).split()
