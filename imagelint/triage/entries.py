"""The entries of a baseline: findings that are known, each with who they are, why they stay and until when.

The file is JSON with one entry on each line, so that a diff shows whole entries and merges stay simple:

    {
    "imagelint-baseline": 1,
    "entries": [
    {"place": "Dockerfile", "rule": "base-untagged", "reason": "moves in spring", "expires": "2027-03-31",
     "fingerprint": "v1:32 hex digits"},                                     (on one line)
    ...
    ]
    }

`place` has no line, no layer and no target, since those move: a Dockerfile, `Dockerfile: file of the context`, or
`image: file of the image`. `image` stands only where several images of one scan have
the finding, `count` only where it was found more than once at one place. `reason` and `expires` belong to whoever
reviews the file. There is never a secret in it: a place is what reports show, and a fingerprint no hash of a password.
`v1:` says how fingerprints are made; and with it, scanners that look for digits of chance pass over them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from imagelint.errors import UsageError, nearest
from imagelint.lazy import Lazy
from imagelint.record import record

MARK = "imagelint-baseline"
IN_IMAGE = "image: "
"""What a place in an image begins with."""
VERSION = 1
KEYS = {"place": str, "image": str, "rule": str, "count": int, "reason": str, "expires": str, "fingerprint": str}
"""Of an entry, in the order in which they are written."""
REQUIRED = ("rule", "fingerprint")
MOST_COUNT = 1_000_000
MADE = "v1:"
_FINGERPRINT = Lazy(r"(?:v1:)?[0-9a-f]{8,64}")


@record
class Entry:
    """One known finding."""

    fingerprint: str
    rule: str
    place: str = ""
    image: str = ""
    """The image's name without tag and digest; empty where it says nothing."""
    count: int = 1
    reason: str = ""
    expires: str = ""
    """The last day on which it counts, YYYY-MM-DD; empty: for ever."""
    line: int = 0
    """Of the file, 0 for a new one."""
    used: int = 0
    """Findings of this scan that it stands for."""

    def expired(self, today: str) -> bool:
        """Whether its last day is over."""
        return bool(self.expires) and self.expires < today


def day(text: str) -> str:
    """A date as YYYY-MM-DD; ValueError for what is none."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError(text)
    return date.fromisoformat(text).isoformat()


def today() -> str:
    """The day it is, in UTC, so that an entry expires everywhere at once."""
    return datetime.now(UTC).date().isoformat()


def is_ours(document: object) -> bool:
    """Whether a JSON document is a baseline of this kind."""
    return isinstance(document, dict) and MARK in document


def parse(path: str, text: str, document: Any) -> list[Entry]:
    """The entries of a baseline that was read; UsageError, with file and line, for the first mistake."""
    if document[MARK] != VERSION:
        raise UsageError(f"{path}: this imagelint reads version {VERSION} of a baseline only")
    if wrong := [key for key in document if key not in (MARK, "entries")]:
        raise UsageError(f"{path}: a baseline has no {wrong[0]!r}{nearest(wrong[0], [MARK, 'entries'])}")
    rows = document.get("entries", [])
    if not isinstance(rows, list):
        raise UsageError(f"{path}: entries is a list")
    lines = _Lines(text)
    return [_entry(path, row, lines) for row in rows]


def _entry(path: str, row: object, lines: _Lines) -> Entry:
    line = lines.of(row)
    where = f"{path}:{line}"
    if not isinstance(row, dict):
        raise UsageError(f"{where}: an entry is an object with {', '.join(KEYS)}")
    for key, value in row.items():
        if key not in KEYS:
            raise UsageError(f"{where}: an entry has no {key!r}{nearest(key, KEYS)}")
        if type(value) is not KEYS[key]:
            raise UsageError(f"{where}: {key} is {'a text' if KEYS[key] is str else 'a whole number'}")
    for key in REQUIRED:
        if not row.get(key):
            raise UsageError(f"{where}: an entry needs a {key}")
    if not _FINGERPRINT.fullmatch(row["fingerprint"]):
        raise UsageError(f"{where}: a fingerprint is of hexadecimal digits, as reports give it, or v1: and these")
    if not 1 <= row.get("count", 1) <= MOST_COUNT:
        raise UsageError(f"{where}: count is a number from 1 on")
    if row.get("expires"):
        try:
            row["expires"] = day(row["expires"])
        except ValueError:
            raise UsageError(f"{where}: expires is a day, as 2027-01-31") from None
    row["fingerprint"] = row["fingerprint"].removeprefix(MADE)
    return Entry(**row, line=line)


class _Lines:
    """On which line each entry stands, for those that are asked for in order."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line, self._lost = text, 0, 1, False

    def of(self, row: object) -> int:
        """Where the entry's fingerprint stands, or else the line of the last one."""
        named = row.get("fingerprint") if isinstance(row, dict) else None
        if self._lost or not isinstance(named, str):
            return self._line
        place = self._text.find(f'"{named}"', self._at)
        if place < 0:  # it is spelt with escapes: to look through all of the file for each such entry takes for ever
            self._lost = True
            return self._line
        self._line += self._text.count("\n", self._at, place)
        self._at = place + 1
        return self._line


def render(entries: Iterable[Entry]) -> str:
    """The file of these entries, in an order that depends on nothing but them."""
    ordered = sorted(entries, key=lambda entry: (entry.place, entry.rule, entry.fingerprint, entry.image))
    rows = ",\n".join(map(_row, ordered))
    return f'{{\n"{MARK}": {VERSION},\n"entries": [' + (f"\n{rows}\n" if rows else "") + "]\n}\n"


def _row(entry: Entry) -> str:
    told: dict[str, object] = {key: getattr(entry, key) for key in KEYS}
    told["fingerprint"] = MADE + entry.fingerprint
    if not entry.image:
        del told["image"]
    if entry.count == 1:
        del told["count"]
    # What no screen shows is escaped; a reason in any language stays as it was written.
    text = json.dumps(told, ensure_ascii=False)
    return text if text.isascii() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
