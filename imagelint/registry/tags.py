"""The tags of a repository, and what the registry has under each."""

from __future__ import annotations

from imagelint.errors import UnreadableError
from imagelint.image.sources.graph import ACCEPT
from imagelint.image.sources.reference import Reference, parse_reference
from imagelint.image.sources.registry import document
from imagelint.image.sources.registry_client import Answer, Client, Head
from imagelint.image.sources.registry_errors import DeniedError
from imagelint.registry import pages
from imagelint.registry.network import Registries


class GoneError(UnreadableError):
    """There is no such repository, or no such tag, for whoever asks."""


def tags(host: str, name: str, registries: Registries) -> pages.Names:
    """All of a repository. GoneError when there is no repository, UnreadableError when its list cannot be read."""
    reference = Reference(host, name, "", "")
    client = registries.client(reference)
    try:
        found, _ = client.authority.permitted(lambda: pages.read(client, "tags/list", "tags", _is_tag))
    except DeniedError as error:
        if error.status == 404:
            where = f"{host}/{name}"
            raise GoneError(
                f"there is no repository {where}, or only for those who may see it: check its name"
            ) from None
        raise
    return found


def look(reference: Reference, registries: Registries) -> tuple[Head, bool | None]:
    """What the registry has under a tag or a digest, and whether everybody is told. It is asked for no more than that,
    unless it does not know the question. GoneError when there is nothing."""
    client = registries.client(reference)
    try:
        head, public = client.authority.permitted(lambda: client.head(reference.wanted, ACCEPT))
        if not head.digest:
            answer, public = client.authority.permitted(lambda: client.manifest(reference.wanted, ACCEPT))
            registries.documents.put(answer.digest, answer.data)
            head = Head(answer.digest, answer.media_type, len(answer.data))
    except DeniedError as error:
        if error.status == 404:
            raise GoneError(str(error)) from None
        raise
    if reference.digest and head.digest != reference.digest and head.digest[:6] == reference.digest[:6]:
        raise UnreadableError(f"{reference.host} says that it has the digest {head.digest}")
    return head, public


def permitted(client: Client, public: bool | None) -> Client:
    """The client with the credentials that were needed when it was asked who may see the repository."""
    if public is not True:
        client.authority.look_up()
    return client


def manifest(client: Client, head: Head, registries: Registries) -> Answer:
    """The manifest that a head tells of: what is known, or else what the registry sends, verified."""
    return Answer(document(client, head.digest, registries.documents, manifest=True), head.digest, head.media_type)


def _is_tag(tag: str) -> bool:
    try:
        return parse_reference(f"a/b:{tag}").tag == tag and "@" not in tag
    except UnreadableError:
        return False
