"""What moved since the last time: the digests of now against those of then."""

from __future__ import annotations

from collections.abc import Mapping

from imagelint.record import field, record
from imagelint.registry.model import Found, Listed


@record
class Changes:
    """References (HOST/NAME:TAG), in order."""

    new: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    """Tags that lead to another digest than they did."""
    same: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Known ones of repositories whose list was read to its end, and that has them no more. What a filter leaves out,
    and what was not asked about, is not gone."""

    def to_read(self, found: Found) -> list[Listed]:
        """What has a name that is new or moved."""
        wanted = {*self.new, *self.moved}
        return [one for one in found.listed if not wanted.isdisjoint(one.names)]


def changes(found: Found, known: Mapping[str, str]) -> Changes:
    """Compare with what was known, reference -> digest."""
    made = Changes()
    seen: set[str] = set()
    for one in found.listed:
        for name in one.names:
            seen.add(name)
            before = known.get(name)
            to = made.new if before is None else made.same if before == one.digest else made.moved
            to.append(name)
    tags = {place: set(names) for place, names in found.there.items()}
    for name in known:
        place, _, tag = name.rpartition(":")
        if name not in seen and place in tags and tag not in tags[place]:
            made.gone.append(name)
    return made
