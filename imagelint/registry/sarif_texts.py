"""The sentences of our SARIF taken apart again: report/sarif_results.py puts them together.

Only sentences of ours are known here. What fits none stays part of the message.
"""

from __future__ import annotations

import re

from imagelint.image.secrets import BOTH, WHAT
from imagelint.lazy import Lazy
from imagelint.record import record
from imagelint.report.escape import sarif_message
from imagelint.report.interface import STEPS
from imagelint.report.sarif_results import UNCERTAIN
from imagelint.report.services import about

KINDS = ("introduced", "changed", "deleted", "overwritten", "hidden", "public")
_SPOKEN = {spoken: kind for kind, spoken in STEPS.items()} | {kind: kind for kind in KINDS}
_WORDS = "|".join(map(re.escape, _SPOKEN))
_ESCAPED = Lazy(r"\\([\\\[\]])")
_STEP = Lazy(rf"({_WORDS})(?: in layer (\d{{1,6}}))?: (.*)\Z", re.S)
_PLACE = Lazy(
    r"also in (.*?)(?:, layer (\d{1,6}))?(?:, (present|deleted|overwritten|hidden))?(?:, ([a-z][a-z-]{0,39}))?\Z", re.S
)
_LINK = r"\[(?:[^\[\]\\]|\\.)*\]\(\d+\)(?: in layer \d+)?"
_WHERE = Lazy(r"(?:layer \d+|the configuration)(?: of the base image)?(?:, [a-z]+)?\.\s*")
_PUBLISHED = "The file is, byte for byte, what its package brought."
_TRAIL = Lazy(rf"Trail: {_LINK}(?:, {_LINK})*\.\s*")
_ALSO = Lazy(rf"Also in {_LINK}(?:, {_LINK})*(?:, \d+ more places?)?\.\s*")
_ENDS = "|".join(re.sub(r"\\\{\w+\\\}", r"\\d{1,6}", re.escape(text.partition("{place}")[2])) for text in WHAT.values())
_END = Lazy(rf"(?:{_ENDS})(?:{re.escape(BOTH)})?\Z")


@record
class Told:
    """The parts of a result's message that a finding has on its own."""

    message: str
    remedy: str

    @staticmethod
    def unescaped(text: str) -> str:
        """Without the escapes of SARIF's links."""
        return str(_ESCAPED.sub(r"\1", text))


@record
class Also:
    """Another place of the same secret."""

    path: str
    layer: int
    status: str
    surface: str


def told(text: str, image: str) -> Told:
    """The finding's own message and remedy. `image` is the target as the result's properties have it."""
    message, found, rest = text.partition(f" In {about(sarif_message(image))}, ")
    if not found:
        return Told(Told.unescaped(text), "")
    for pattern in (_WHERE, UNCERTAIN, _PUBLISHED, _TRAIL, _ALSO):
        if isinstance(pattern, str):
            rest = rest.removeprefix(pattern).lstrip()
        elif match := pattern.match(rest):
            rest = rest[match.end() :]
    return Told(Told.unescaped(message).removesuffix("."), Told.unescaped(rest).removesuffix("."))


def halves(message: str) -> tuple[str, str]:
    """What a message says of the target, and the end of it that is our own sentence: `DB_PASSWORD: anyone who ...` sets
    no password."""
    found = _END.search(message)
    return (message[: found.start()], message[found.start() :]) if found else (message, "")


def step(text: str) -> tuple[int, str, str] | None:
    """(layer, or -1; kind; text) of a step of a trail; None for what is none."""
    match = _STEP.match(Told.unescaped(text))
    if match is None:
        return None
    return int(match[2]) if match[2] else -1, _SPOKEN[match[1]], match[3]


def place(text: str) -> Also | None:
    """One of the other places of a secret in an image; None for what is none."""
    match = _PLACE.match(Told.unescaped(text))
    if match is None:
        return None
    return Also(match[1], int(match[2]) if match[2] else -1, match[3] or "", match[4] or "")
