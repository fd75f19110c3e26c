"""From references to images: the manifest and the configuration of each, no layer.

Many at a time, by threads that have all ended when the plan is there: what comes after it may fork.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from imagelint.errors import UnreadableError
from imagelint.image.document import Document, parse
from imagelint.image.model import Image
from imagelint.image.sources.registry import images_at
from imagelint.record import field, record
from imagelint.registry import kinds
from imagelint.registry.model import Listed, Tell, silent
from imagelint.registry.network import Registries
from imagelint.registry.tags import manifest, permitted
from imagelint.registry.told import Told
from imagelint.targets import Hole

_SCHEMA_1 = (
    "its manifest is of schema 1, the format of 2015, which is not read: pull it and push it again by a current client"
)


@record
class Plan:
    """What is to be scanned."""

    images: list[Image] = field(default_factory=list)
    """In the order of the references; of one reference, several where all platforms are asked for."""
    holes: list[Hole] = field(default_factory=list)


def plan(listed: Sequence[Listed], registries: Registries, *, referrers: bool = False, tell: Tell = silent) -> Plan:
    """The images behind references, as `imagelint scan registry:REF` has them: `target` is registry:REF, `tags` are all
    names. With `referrers`, the registry is asked for what it has beside each. The documents that were held for it are
    let go of."""
    made = Plan()
    told = Told(made.holes)
    with closing(registries.each(lambda one: _images(one, registries, referrers), listed)) as answers:
        for done, (one, answer) in enumerate(answers, 1):
            tell("images", done, len(listed))
            if isinstance(answer, UnreadableError):
                told.about(one.reference, str(answer))
            elif isinstance(answer, list):
                made.images += answer
            elif answer == kinds.SCHEMA_1:
                told.about(one.reference, _SCHEMA_1)
            else:
                told.kind(one.reference.host, answer)
    told.close()
    registries.documents.release()
    return made


def _images(one: Listed, registries: Registries, referrers: bool) -> list[Image] | str:
    """The images of a reference, or what it has instead."""
    if one.kind not in ("", kinds.IMAGE):
        return one.kind
    client = permitted(registries.client(one.reference), one.public)
    answer = manifest(client, one.head, registries)
    kind = kinds.of_manifest(Document(parse(answer.data, "the manifest"), "the manifest"), answer.media_type)
    if kind != kinds.IMAGE:
        return kind
    found = images_at(client, answer, one.public, registries.request, registries.documents, referrers=referrers)
    for image in found:
        image.target, image.tags = f"registry:{one.reference}", list(one.names)
    return found
