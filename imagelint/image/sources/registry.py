"""Images in registries, read over the network without a daemon (OCI distribution specification 1.1).

A registry is a store as a layout on disk is one: its index.json is made of what the reference leads to, its blobs are
fetched when they are read. So indexes, limits and attestations are dealt with in one place.
"""

from __future__ import annotations

import io
import json
import re
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol, cast

import httpx

from imagelint.errors import UnreadableError
from imagelint.image.document import Document, is_digest, parse, verify
from imagelint.image.model import Image
from imagelint.image.request import ANY, Request
from imagelint.image.sources.assemble import refuse
from imagelint.image.sources.graph import ACCEPT, NAME, attestations_of, manifest_of
from imagelint.image.sources.oci_layout import images_of
from imagelint.image.sources.platform import machine
from imagelint.image.sources.reference import parse_reference
from imagelint.image.sources.registry_client import Answer, Client
from imagelint.image.sources.registry_errors import DeniedError, cut_reason
from imagelint.image.sources.registry_stream import BlobStream
from imagelint.stream import limits

_INDEX = "application/vnd.oci.image.index.v1+json"
_LINK = re.compile(r'<([^<>]+)>\s*;\s*rel="?next"?\s*\Z')
_PART = 64 * limits.KIB
"""Bytes of a configuration that are read at once; few have more."""
_KNOWN = 4 * limits.MANIFESTS
"""Digests that are remembered to be those of manifests: no more than MANIFESTS are read."""


class Documents(Protocol):
    """Manifests and configurations that were read before, by digest. Threads may share it."""

    def get(self, digest: str) -> bytes | None:
        """What has this digest, verified; None where it is not known."""

    def put(self, digest: str, data: bytes) -> None:
        """Remember it; it was verified."""

    def once(self, digest: str) -> AbstractContextManager[object]:
        """Held by the one thread that fetches it; the others wait, and then know it."""


def images(words: str, request: Request = ANY) -> list[Image]:
    """The image of a reference, for the platform that is asked for, else this machine's, else the first.

    UnreadableError says why there is none, in one line. Layers are fetched when they are opened.
    """
    client = Client(parse_reference(words), request.insecure)
    answer, public = find(client)
    return images_at(client, answer, public, request)


def images_at(
    client: Client,
    answer: Answer,
    public: bool | None,
    request: Request = ANY,
    documents: Documents | None = None,
    *,
    referrers: bool = True,
) -> list[Image]:
    """The same behind the manifest that the client's reference leads to. What `documents` has is not fetched; with
    `referrers`, the registry is asked what it has beside the image."""
    reference = client.reference
    store = RegistryStore(client, answer, documents)
    found = images_of(store, request=request, preferred=machine(), what=str(reference))
    for image in found:
        image.source, image.public, image.name = "registry", public, str(reference)
        if referrers:
            _add_referrers(image, store)
        for layer in image.layers:
            if layer.size < 0:
                layer.open, layer.repository = refuse("the manifest gives no size for it"), ""
    return found


def _add_referrers(image: Image, store: RegistryStore) -> None:
    """What the registry has beside an image: signatures, SBOMs, provenance. Whoever can pull the one can pull these."""
    try:
        referrers = store.referrers(image.digest)[: limits.MANIFESTS]
    except UnreadableError as error:
        image.limited.append(("referrers", f"it is not known what the registry has beside the image: {error}"))
        return
    known = {attestation.digest for attestation in image.attestations}
    for descriptor in referrers:
        try:
            found = attestations_of(manifest_of(descriptor, store), store)
        except UnreadableError as error:
            digest = descriptor.value.get("digest")
            image.incomplete.append((str(digest) if is_digest(digest) else "referrers", str(error)))
            continue
        image.attestations += [attestation for attestation in found if attestation.digest not in known]


class RegistryStore:
    """The files of one image in a registry, under the names that they have in an OCI layout."""

    def __init__(self, client: Client, root: Answer, known: Documents | None = None) -> None:
        self._client, self._root, self._known = client, root, known
        self.documents = 0
        self._configurations: set[str] = set()
        """Digests of what is small, and read as a whole."""
        self.repository = f"{client.reference.host}/{client.reference.name}"
        self._manifests = {root.digest}
        """Registries keep manifests and other blobs apart: what an index lists is a manifest."""

    def has(self, name: str) -> bool:
        """Whether the registry has it; where its bytes lie elsewhere, it leads there."""
        try:
            digest = _digest(name)
            if digest in self._manifests:  # some registries deny what is not asked for by its type
                self._client.there(f"manifests/{digest}", {"Accept": ", ".join(ACCEPT)})
            else:
                self._client.there(f"blobs/{digest}")
        except DeniedError:
            return False
        except httpx.TransportError as error:
            raise UnreadableError(cut_reason(error, self._client.reference.server)) from None
        return True

    def open(self, name: str) -> BinaryIO:
        """A new stream of it; a manifest is fetched at once, a blob when it is read."""
        if name == "index.json":
            return io.BytesIO(self._index())
        digest = _digest(name)
        if digest in self._configurations:
            return io.BytesIO(document(self._client, digest, self._known, manifest=False))
        if digest not in self._manifests:
            return cast("BinaryIO", BlobStream(self._client, digest))
        if digest == self._root.digest:
            data = self._root.data
        else:
            data = document(self._client, digest, self._known, manifest=True)
        try:
            self._learn(data)
        except UnreadableError:
            pass  # whoever reads it says what is wrong with it
        return io.BytesIO(data)

    def referrers(self, digest: str) -> list[Document]:
        """Descriptors of the manifests that refer to an image: signatures, SBOMs, attestations. `open` reads them.

        A registry that does not know the question has them under a tag made of the digest (OCI distribution
        specification 1.1, "Referrers Tag Schema"). UnreadableError when the list cannot be read.
        """
        found: list[Document] = []
        query = ""
        try:
            for _ in range(limits.REGISTRY_PAGES):
                data, headers = self._client.document(f"referrers/{digest}{query}", [_INDEX])
                found += self._learn(data)
                match = _LINK.search(headers.get("link", ""))
                if match is None:
                    return found
                query = f"?{httpx.URL(match[1]).query.decode()}"
        except DeniedError as error:
            if error.status != 404:
                raise
            return self._tagged(digest)
        except (httpx.InvalidURL, ValueError):
            raise UnreadableError("the list of referrers leads on to what is no URL") from None
        raise UnreadableError(f"the list of referrers has more than {limits.REGISTRY_PAGES} pages")

    def _tagged(self, digest: str) -> list[Document]:
        try:
            return self._learn(self._client.manifest(digest.replace(":", "-"), [_INDEX]).data)
        except DeniedError as error:
            if error.status != 404:
                raise
            return []

    def _learn(self, data: bytes) -> list[Document]:
        """What an index lists, nothing for an image."""
        whole = Document(parse(data, "the index"), "the index")
        own = whole.part("config").value.get("digest")
        if is_digest(own) and len(self._configurations) < _KNOWN:
            self._configurations.add(str(own))
        below = whole.parts("manifests")[: limits.MANIFESTS]
        for descriptor in below:
            digest = descriptor.value.get("digest")
            if is_digest(digest) and len(self._manifests) < _KNOWN:
                self._manifests.add(str(digest))
        return below

    def _index(self) -> bytes:
        """index.json as a layout of this one image would have it."""
        reference, root = self._client.reference, self._root
        descriptor = {
            "mediaType": root.media_type,
            "digest": root.digest,
            "size": len(root.data),
            "annotations": {NAME: str(reference)} if reference.tag else {},
        }
        return json.dumps({"manifests": [descriptor]}).encode()


def document(client: Client, digest: str, known: Documents | None, *, manifest: bool) -> bytes:
    """A manifest, or a configuration, from what is known or else from the registry, whole. DigestError when it is not
    what its digest says."""
    if known is None:
        return _fetched(client, digest, manifest=manifest)
    with known.once(digest):
        data = known.get(digest)
        if data is None:
            data = _fetched(client, digest, manifest=manifest)
            known.put(digest, data)
    return data


def _fetched(client: Client, digest: str, *, manifest: bool) -> bytes:
    if manifest:
        return client.manifest(digest, ACCEPT).data
    data = bytearray()
    with BlobStream(client, digest) as stream:
        while part := stream.read(_PART):
            data += part
            if len(data) > limits.DOCUMENT:
                raise UnreadableError(f"the configuration has more than {limits.DOCUMENT} bytes")
    verify(bytes(data), digest, "the configuration")
    return bytes(data)


def _digest(name: str) -> str:
    return name.removeprefix("blobs/").replace("/", ":")


def find(client: Client) -> tuple[Answer, bool | None]:
    """The manifest that the reference leads to, and whether it is given to everyone. From here on it goes by its
    digest, so that a tag that moves cannot mix two images."""
    return client.authority.permitted(lambda: client.manifest(client.reference.wanted, ACCEPT))
