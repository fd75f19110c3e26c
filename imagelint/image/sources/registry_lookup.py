"""What registries say of images without their layers: the digest of a tag, and the platforms it is there for."""

from __future__ import annotations

from collections.abc import Iterable

from imagelint.image.document import Document, is_digest, parse, verify
from imagelint.image.sources.graph import ACCEPT
from imagelint.image.sources.platform import REFERENCE_TYPE, UNKNOWN, platform_of
from imagelint.image.sources.reference import Reference
from imagelint.image.sources.registry_client import Client
from imagelint.image.sources.registry_network import Route
from imagelint.image.sources.registry_stream import BlobStream
from imagelint.stream import limits


class Lookup:
    """Asks about one image after the other, over as few connections as it can. UnreadableError says what is wrong, and
    what to do."""

    def __init__(self, insecure: Iterable[str] = ()) -> None:
        self._insecure = tuple(insecure)
        self._routes: dict[str, Route] = {}

    def digest(self, reference: Reference, seconds: float) -> str:
        """Of the manifest that a reference leads to: of an image for several platforms, of its index. It is what the
        registry says; one that says nothing is asked for the whole manifest."""
        client = self._client(reference, seconds)
        told, _ = client.authority.permitted(lambda: client.digest(reference.wanted, ACCEPT))
        return told or _manifest(client)[1]

    def platforms(self, reference: Reference, seconds: float) -> tuple[str, ...]:
        """os/architecture[/variant] each, in order; none where some image does not say what it is for."""
        client = self._client(reference, seconds)
        top = Document(parse(_manifest(client)[0], "the manifest"), "the manifest")
        if "manifests" not in top.value:
            return tuple(filter(None, [_of_one(client, top)]))
        found: dict[str, None] = {}
        for descriptor in top.parts("manifests")[: limits.MANIFESTS]:
            if REFERENCE_TYPE not in descriptor.annotations():
                found[platform_of(descriptor)] = None
        found.pop(UNKNOWN, None)
        return () if "" in found else tuple(found)

    def _client(self, reference: Reference, seconds: float) -> Client:
        client = Client(reference, self._insecure, seconds, self._routes.get(reference.server))
        self._routes[reference.server] = client.route
        return client


def _manifest(client: Client) -> tuple[bytes, str]:
    """Its bytes and its digest."""
    answer, _ = client.authority.permitted(lambda: client.manifest(client.reference.wanted, ACCEPT))
    return answer.data, answer.digest


def _of_one(client: Client, manifest: Document) -> str:
    """What the configuration of an image says."""
    digest = manifest.part("config").text("digest")
    if not is_digest(digest):
        return ""
    data = BlobStream(client, digest).read(limits.DOCUMENT + 1)
    verify(data, digest, "the configuration")
    return platform_of(Document({"platform": parse(data, "the configuration")}, "the configuration"))
