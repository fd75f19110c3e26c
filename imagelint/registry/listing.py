"""Which images of which registries: from words and filters to references with their digests.

A tag costs one HEAD. Only where a filter asks when images were made are manifests and configurations read, each digest
once; what is planned later finds them there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from imagelint.errors import UnreadableError
from imagelint.image.sources.reference import Reference
from imagelint.image.sources.registry_client import Head
from imagelint.record import field, record
from imagelint.registry import catalogue, kinds
from imagelint.registry.dates import dated
from imagelint.registry.filters import Globs, Wanted, natural
from imagelint.registry.model import Found, Listed, Tell, silent
from imagelint.registry.network import Registries
from imagelint.registry.pages import Names
from imagelint.registry.references import Ask, asked
from imagelint.registry.tags import GoneError, look, tags
from imagelint.registry.told import Told
from imagelint.stream import limits
from imagelint.targets import Hole


@record
class _Repository:
    host: str
    name: str
    named: bool
    """By the user, and not by a catalogue."""
    listed: bool = False
    """All of its tags are wanted that pass."""
    ones: list[Reference] = field(default_factory=list)
    """Images that the user named."""
    tags: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """HOST/NAME"""
        return f"{self.host}/{self.name}"


def listing(
    words: Sequence[str], wanted: Wanted, registries: Registries, tell: Tell = silent
) -> Iterator[Listed | Hole]:
    """What words and filters name, and what was not learned."""
    found = listed(words, wanted, registries, tell)
    yield from found.listed
    yield from found.holes


def listed(words: Sequence[str], wanted: Wanted, registries: Registries, tell: Tell = silent) -> Found:
    """The same at once. UsageError for a word that names nothing. All threads have ended when it returns."""
    asks, holes = asked(words)
    found = Found(holes=holes)
    told = Told(found.holes)
    repositories = _repositories(asks, wanted, registries, told)
    _read_tags(repositories, wanted, registries, told, found, tell)
    found.listed = _heads(repositories, registries, told, tell)
    before = len(found.listed)
    if wanted.dated:
        named = {str(reference) for one in repositories for reference in one.ones}
        found.listed = dated(found.listed, named, wanted, registries, told, tell)
    if not found.listed and not told.any and all(hole.limited for hole in found.holes):
        # That nothing is new is an answer; that there is nothing, as a rule, a mistake in a word.
        reason = "nothing passes --since" if before else "no image passes the filters, or there is none"
        found.holes.append(Hole(", ".join(words)[:200], reason, limited=bool(before)))
    told.close()
    return found


def _repositories(asks: Sequence[Ask], wanted: Wanted, registries: Registries, told: Told) -> list[_Repository]:
    """Which repositories are asked, in the order of the words; those of one catalogue by name."""
    found: dict[tuple[str, str], _Repository] = {}
    catalogues: dict[str, Names | None] = {}
    for ask in asks:
        if ask.name:
            entry = found.setdefault((ask.host.lower(), ask.name), _Repository(ask.host, ask.name, True))
            entry.named = True
            if ask.one is None:
                entry.listed = True
            else:
                entry.ones.append(ask.one)
            continue
        host = ask.host.lower()
        if host not in catalogues:
            catalogues[host] = _catalogue(ask, registries, told)
        names = catalogues[host]
        if names is None:
            continue
        chosen = [name for name in names.names if _passes(name, ask, wanted)]
        for name in chosen:
            found.setdefault((host, name), _Repository(ask.host, name, False)).listed = True
        if not chosen and not names.cut:
            told.add(ask.host, ask.place, _nothing(ask, names))
    return list(found.values())


def _passes(name: str, ask: Ask, wanted: Wanted) -> bool:
    return (not ask.glob or Globs("", [ask.glob]).passes(name)) and wanted.repositories.passes(name)


def _nothing(ask: Ask, names: Names) -> str:
    if not names.names:
        return f"{ask.host} lists no repository, or none that whoever asks may see"
    what = f"{ask.host}/{ask.glob}" if ask.glob else "--repository-glob"
    return f"none of the {len(names.names)} repositories of {ask.host} passes {what}"


def _catalogue(ask: Ask, registries: Registries, told: Told) -> Names | None:
    try:
        names = catalogue.repositories(ask.host, registries)
    except UnreadableError as error:
        told.add(ask.host, ask.place, str(error))
        return None
    if names.odd:
        reason = f"{names.odd} names in its list of repositories are none that can be asked for"
        told.add(ask.host, ask.host, reason, limited=True)
    if names.cut:
        told.add(ask.host, ask.host, f"its list of repositories was not read to its end: {names.cut}")
    return names


def _read_tags(
    repositories: Sequence[_Repository],
    wanted: Wanted,
    registries: Registries,
    told: Told,
    found: Found,
    tell: Tell,
) -> None:
    """Learn which tags there are, and choose, up to limits.REGISTRY_IMAGES of them."""
    todo = [one for one in repositories if one.listed]
    hosts = ", ".join(dict.fromkeys(one.host for one in todo))[:200]
    room, known = limits.REGISTRY_IMAGES, 0
    without = through = left = 0
    with closing(registries.each(lambda one: tags(one.host, one.name, registries), todo)) as answers:
        for one, names in answers:
            if room <= 0:
                break
            through += 1
            tell("repositories", through, len(todo))
            if isinstance(names, GoneError) and not one.named:
                without += 1  # a catalogue names repositories whose last tag was deleted
            elif isinstance(names, UnreadableError):
                told.add(one.host, one.place, str(names))
            else:
                without += not names.names
                known += len(names.names)
                if not names.cut and known <= limits.REGISTRY_NAMES:
                    found.there[one.place] = names.names
                _choose(one, names, wanted, told)
                left += max(0, len(one.tags) - room)
                one.tags = one.tags[:room]
                room -= len(one.tags)
    if without:
        what = "1 repository has no tag" if without == 1 else f"{without} repositories have no tag"
        told.add(hosts, hosts, what, limited=True)
    if left or through < len(todo):
        told.add(
            hosts,
            hosts,
            f"{left} tags and {len(todo) - through} repositories were not asked about: one run asks about "
            f"{limits.REGISTRY_IMAGES} tags (--limit registry-images=NUMBER); --tag-glob and --repository-glob choose",
        )


def _choose(one: _Repository, names: Names, wanted: Wanted, told: Told) -> None:
    """Of a repository's tags those that are wanted."""
    if names.odd:
        told.add(one.host, one.place, f"{names.odd} of its tags are none that can be asked for", limited=True)
    if names.cut:
        told.add(one.host, one.place, f"its list of tags was not read to its end: {names.cut}")
    for tag in sorted(names.names, key=natural):
        if kind := kinds.of_tag(tag):
            told.kind(one.host, kind)
        elif wanted.tags.passes(tag):
            one.tags.append(tag)
    if one.named and names.names and not one.tags and wanted.tags:
        told.add(one.host, one.place, f"none of its {len(names.names)} tags passes --tag-glob")


def _heads(repositories: Sequence[_Repository], registries: Registries, told: Told, tell: Tell) -> list[Listed]:
    """What lies under each tag; what several tags of a repository lead to is one."""
    wanted: dict[str, tuple[Reference, bool]] = {}
    for one in repositories:
        for tag in one.tags:
            reference = Reference(one.host, one.name, tag, "")
            wanted[str(reference)] = (reference, False)
        for reference in one.ones:
            wanted[str(reference)] = (reference, True)
    found: dict[tuple[str, str], Listed] = {}
    with closing(registries.each(lambda pair: look(pair[0], registries), wanted.values())) as answers:
        for done, ((reference, named), answer) in enumerate(answers, 1):
            tell("tags", done, len(wanted))
            if isinstance(answer, GoneError) and not named:
                told.add(reference.host, str(reference), "it is gone since the list was read", limited=True)
            elif isinstance(answer, UnreadableError):
                told.about(reference, str(answer))
            else:
                _add(found, reference, *answer)
    return list(found.values())


def _add(found: dict[tuple[str, str], Listed], reference: Reference, head: Head, public: bool | None) -> None:
    """One more name of what lies under a digest of its repository."""
    key = (f"{reference.host}/{reference.name}", head.digest)
    if key not in found:
        kind = kinds.of_type(head.media_type)
        found[key] = Listed(reference, [], head.digest, head.media_type, head.size, public, kind=kind)
    one = found[key]
    one.names.append(str(reference))
    if natural(reference.tag) > natural(one.reference.tag):
        one.reference = reference
