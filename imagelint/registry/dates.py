"""Which images are new enough, by what their documents say of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from datetime import datetime

from imagelint.errors import UnreadableError
from imagelint.image.document import Document, is_digest, parse
from imagelint.image.sources.platform import Choice, machine
from imagelint.image.sources.reference import Reference
from imagelint.image.sources.registry import document
from imagelint.image.sources.registry_client import Head
from imagelint.record import record
from imagelint.registry import kinds
from imagelint.registry.filters import Wanted, made, natural
from imagelint.registry.model import Listed, Tell
from imagelint.registry.network import Registries
from imagelint.registry.tags import manifest, permitted
from imagelint.registry.told import Told
from imagelint.stream import limits


@record
class Described:
    """What the documents say."""

    kind: str
    created: datetime | None = None


def describe(reference: Reference, head: Head, public: bool | None, registries: Registries) -> Described:
    """Read the manifest and the configuration; of an index, those of the image that would be scanned, the first of its
    platforms where nothing else is asked for. UnreadableError when they cannot be read."""
    if kind := kinds.of_type(head.media_type):
        return Described(kind)
    client = permitted(registries.client(reference), public)
    answer = manifest(client, head, registries)
    top = Document(parse(answer.data, "the manifest"), "the manifest")
    kind = kinds.of_manifest(top, head.media_type)
    if kind != kinds.IMAGE:
        return Described(kind)
    choice = Choice(registries.request.platform, machine())
    for _ in range(limits.INDEX_DEPTH):
        below = choice.among(top.parts("manifests"))
        if not below:
            break
        digest = below[0].text("digest")
        if not is_digest(digest):
            raise UnreadableError("a descriptor gives no digest that can be checked")
        data = document(client, digest, registries.documents, manifest=True)
        top = Document(parse(data, "the manifest"), "the manifest")
    digest = top.part("config").text("digest")
    if not is_digest(digest):
        return Described(kind)
    data = document(client, digest, registries.documents, manifest=False)
    config = Document(parse(data, "the configuration"), "the configuration")
    return Described(kind, made(config.value.get("created")))


def dated(
    images: Sequence[Listed],
    named: Collection[str],
    wanted: Wanted,
    registries: Registries,
    told: Told,
    tell: Tell,
) -> list[Listed]:
    """Those that are new enough, of each repository the newest, newest first; and those that the user `named`.

    Of images that were made at one time the one comes first whose tag is the last in natural order. One that does not
    say when it was made counts as older than all that do, and as new enough: better one image too many.
    """
    groups: dict[tuple[str, str], list[Listed]] = {}
    undated: dict[str, int] = {}
    work = registries.each(lambda one: describe(one.reference, one.head, one.public, registries), images)
    with closing(work) as answers:
        for done, (one, answer) in enumerate(answers, 1):
            tell("dates", done, len(images))
            if isinstance(answer, UnreadableError):
                told.about(one.reference, str(answer))
                continue
            one.kind, one.created = answer.kind, answer.created
            groups.setdefault((one.reference.host, one.reference.name), []).append(one)
            if one.kind == kinds.IMAGE and one.created is None:
                undated[one.reference.host] = undated.get(one.reference.host, 0) + 1
    chosen: list[Listed] = []
    for group in groups.values():
        rest: list[Listed] = []
        for one in group:
            whatever = one.kind != kinds.IMAGE or any(name in named for name in one.names)
            if whatever or wanted.since is None or one.created is None or one.created >= wanted.since:
                (chosen if whatever else rest).append(one)
        rest.sort(key=_age, reverse=True)
        chosen += rest[: wanted.newest] if wanted.newest else rest
    for host, number in undated.items():
        reason = "1 image does not say when it was made"
        if number > 1:
            reason = f"{number} images do not say when they were made"
        told.add(host, host, f"{reason}: oldest for --newest, new enough for --since", limited=True)
    return chosen


def _age(one: Listed) -> tuple[bool, datetime | bool, tuple[bool, list[tuple[int, int, str]]]]:
    return one.created is not None, one.created or False, natural(one.reference.tag)
