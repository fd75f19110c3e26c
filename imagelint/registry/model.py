"""What lies in a registry, as far as it was learned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from imagelint.image.sources.reference import Reference
from imagelint.image.sources.registry_client import Head
from imagelint.record import field, record
from imagelint.targets import Hole

Tell = Callable[[str, int, int], None]
"""Told of the progress: what is counted, how many are through, how many there are."""


def silent(what: str, done: int, of: int) -> None:
    """Nobody wants to know."""


@record
class Listed:
    """What lies in a registry under one digest of one repository."""

    reference: Reference
    """Its tag is the last of its tags in natural order, never `latest` where it has another."""
    names: list[str]
    """HOST/NAME:TAG of every chosen tag that leads to it, in natural order."""
    digest: str
    media_type: str = ""
    """Of the manifest or index; empty where the registry does not say."""
    size: int = -1
    """Of that, in bytes; -1 where the registry does not say."""
    public: bool | None = None
    """Whether it is told of to everybody; None where that is not known."""
    created: datetime | None = None
    """By its configuration, where a filter asked for it and it says."""
    kind: str = ""
    """`image`, or what else it is; empty where its manifest was not read yet."""

    @property
    def head(self) -> Head:
        """What the registry said of it."""
        return Head(self.digest, self.media_type, self.size)


@record
class Found:
    """What the words and filters name."""

    listed: list[Listed] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    there: dict[str, list[str]] = field(default_factory=dict)
    """HOST/NAME -> all tags, of each repository whose list was read to its end."""
