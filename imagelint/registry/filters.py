"""Which of all tags and images are wanted: patterns, the newest, those since a day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from imagelint.errors import UsageError
from imagelint.record import record

_AGE = re.compile(r"(\d{1,6})(h|d|w|y)\Z")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ].*)?\Z")
_FRACTION = re.compile(r"(\.\d{6})\d+")
_NO_DATE = 1981
"""Tools that build the same bytes each time write 1970 (the start of Unix time) or 1980 (the start of zip's): such a
year says nothing of when an image was made."""
_DIGITS = re.compile(r"(\d+)")
LATEST = "latest"


class Globs:
    """Patterns as a shell has them, of which `*` fits slashes too; those with `!` ahead exclude. A name passes when it
    fits one of the others, or there are none, and no excluding one."""

    def __init__(self, option: str, patterns: Iterable[str] = ()) -> None:
        """UsageError for an empty pattern of `option`."""
        self._wanted: list[str] = []
        self._excluded: list[str] = []
        for pattern in patterns:
            bare = pattern.removeprefix("!")
            if not bare:
                raise UsageError(f"{option} {pattern!r}: give a pattern, as 1.* or !*-dev")
            (self._excluded if bare != pattern else self._wanted).append(bare)

    def __bool__(self) -> bool:
        return bool(self._wanted or self._excluded)

    def passes(self, name: str) -> bool:
        """Whether a name is wanted."""
        if self._wanted and not any(fnmatchcase(name, pattern) for pattern in self._wanted):
            return False
        return not any(fnmatchcase(name, pattern) for pattern in self._excluded)


@record
class Wanted:
    """What of a registry is wanted. What a word names by tag or digest is wanted whatever stands here."""

    repositories: Globs
    tags: Globs
    newest: int = 0
    """Of each repository so many images; 0 for all."""
    since: datetime | None = None
    """Images that were made earlier are not wanted."""

    @property
    def dated(self) -> bool:
        """Whether it has to be known when an image was made."""
        return bool(self.newest) or self.since is not None


def wanted(repositories: Iterable[str] = (), tags: Iterable[str] = (), newest: int = 0, since: str = "") -> Wanted:
    """Of the options. UsageError where one is wrong."""
    if newest < 0:
        raise UsageError(f"--newest {newest}: give how many images of each repository, from 1 on")
    globs = Globs("--repository-glob", repositories), Globs("--tag-glob", tags)
    return Wanted(*globs, newest, moment(since, datetime.now(UTC)) if since else None)


def moment(text: str, now: datetime) -> datetime:
    """The moment that an age (36h, 30d, 12w, 1y) or a date (2026-01-31, with a time if wanted) names. UsageError for
    what is neither."""
    if match := _AGE.match(text):
        try:
            return now - timedelta(hours=int(match[1]) * _HOURS[match[2]])
        except OverflowError:
            pass
    elif _DATE.match(text) and (date := _parsed(text)) is not None:
        return date
    raise UsageError(f"--since {text[:100]!r}: give an age, as 36h, 30d, 12w or 1y, or a date, as 2026-01-31")


def made(created: object) -> datetime | None:
    """When an image was made, by the `created` of its configuration (RFC 3339); None where it does not say."""
    date = _parsed(created) if isinstance(created, str) and _DATE.match(created) else None
    return date if date is not None and date.year >= _NO_DATE else None


def _parsed(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(_FRACTION.sub(r"\1", text.upper()))
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def natural(tag: str) -> tuple[bool, list[tuple[int, int, str]]]:
    """Orders tags as people do: 1.9 ahead of 1.10, `latest` ahead of all, so that it names an image only where no other
    tag does."""
    parts = [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in _DIGITS.split(tag)]
    return tag != LATEST, parts
