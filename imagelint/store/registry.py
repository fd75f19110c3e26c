"""A store that many machines share: a repository of an OCI registry, in which each entry is an artifact of its own.

Its tag is KIND-KEY. Its manifest (OCI image specification 1.1, manifest.md, "Guidelines for Artifact Usage") has one
blob with the signed bytes of imagelint.store.signed, or, where they are few, these in an annotation. What the registry
says beside them is believed nothing: kind and key are signed too.

httpx comes with the client: this module is only imported when a registry is named.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
import time
from collections.abc import Iterable
from contextlib import closing

from imagelint.errors import DigestError, UnreadableError, UsageError
from imagelint.image.document import Document, is_digest, parse, verify
from imagelint.image.sources.reference import Reference, parse_reference
from imagelint.image.sources.registry_client import Client
from imagelint.image.sources.registry_errors import DeniedError
from imagelint.image.sources.registry_network import Route
from imagelint.image.sources.registry_push import Pusher
from imagelint.image.sources.registry_stream import BlobStream
from imagelint.store import REGISTRY, Told
from imagelint.store.signed import MAGIC, Signer
from imagelint.stream import limits

ARTIFACT = "application/vnd.imagelint.result.v1"
ENTRY = "imagelint.result"
"""The annotation of a small one, in base64."""
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_EMPTY = {
    "mediaType": "application/vnd.oci.empty.v1+json",
    "digest": f"sha256:{hashlib.sha256(b'{}').hexdigest()}",
    "size": 2,
}
_PATIENCE = 1.0
"""Seconds of a question that are not counted as lost: to read a layer takes longer."""
_PIECE = 64 * limits.KIB
_AROUND = len(MAGIC) + 32
"""Bytes of a signed entry beside its data."""


class RegistryStore:
    """A store in a repository. Nothing is kept here: a store in front of it does that."""

    def __init__(
        self, reference: Reference, key: bytes, insecure: Iterable[str] = (), told: Told | None = None
    ) -> None:
        self.name = f"{REGISTRY}{reference.host}/{reference.name}"
        self._reference, self._insecure, self._told = reference, tuple(insecure), told or Told()
        self._signer = Signer(key)
        self._own = threading.local()
        """A client for each thread that reads, since each question has its own time."""
        self._writer: tuple[int, Pusher | None] = 0, None
        """For the one thread at a time that writes, with the process that it is of."""
        self._route: Route | None = None
        self._lost = 0.0
        self._off = self._no_writes = self._empty_there = False

    @property
    def told(self) -> list[str]:
        """What went wrong so far, one line each."""
        return self._told.lines

    @property
    def writable(self) -> bool:
        """Whether it still makes sense to put something."""
        return not (self._off or self._no_writes)

    def get(self, kind: str, key: str) -> bytes | None:
        """What somebody with our key has put; None where there is nothing, or nothing to believe."""
        if self._off:
            return None
        started, data = time.monotonic(), None
        try:
            sealed = self._read(f"{kind}-{key}")
            data = self._signer.open(kind, key, sealed)
            if data is None:
                self._count_wrong()
        except _WrongError:
            self._count_wrong()
        except (UnreadableError, OSError) as error:
            if not isinstance(error, DeniedError) or error.status != 404:
                self._give_up(str(error))
        self._lost += max(0.0, time.monotonic() - started - _PATIENCE)
        if self._lost > limits.CACHE_REGISTRY_LOST:
            self._give_up("it is too slow to be of use")
        return data

    def put(self, kind: str, key: str, data: bytes) -> None:
        """Sign it and put it there, which takes as long as it takes. One thread at a time may do so."""
        if not self.writable or len(data) > limits.CACHE_ENTRY:
            return  # the store in front tells of what is too large
        try:
            self._write(f"{kind}-{key}", self._signer.seal(kind, key, data))
        except (UnreadableError, OSError) as error:
            if self._off:
                return  # which was told
            self._no_writes = True
            why = str(error)
            self._told.count(f"registry: {why}", lambda _: f"the cache {self.name} took nothing more: {why}")

    def close(self) -> None:
        """Nothing is open that must be closed."""

    def _read(self, tag: str) -> bytes:
        """The bytes of an entry. _WrongError for what we never put, UnreadableError where the registry fails."""
        client = getattr(self._own, "reader", None)
        if client is None:
            client = Client(self._reference, self._insecure, route=self._route)
            self._route = client.route
            client.authority.look_up()
            self._own.reader = client
        client.within(limits.CACHE_REGISTRY_SECONDS)
        try:
            answer = client.manifest(tag, [_MANIFEST])
        except DigestError as error:
            raise _WrongError from error
        try:
            manifest = Document(parse(answer.data, "it"), "it")
            layers = manifest.parts("layers")
            inline = manifest.annotations().get(ENTRY, "")
            if manifest.text("artifactType") != ARTIFACT or len(layers) != 1:
                raise _WrongError
            if inline:
                return base64.b64decode(inline, validate=True)
            digest, size = layers[0].text("digest"), layers[0].number("size")
        except (UnreadableError, ValueError) as error:
            raise _WrongError from error
        if not is_digest(digest) or not 0 <= size <= limits.CACHE_ENTRY + _AROUND:
            raise _WrongError
        data = _blob(client, digest, size)
        try:
            verify(data, digest, "it")
        except DigestError as error:
            raise _WrongError from error
        return data

    def _write(self, tag: str, sealed: bytes) -> None:
        process, client = self._writer
        if client is None or process != os.getpid():  # what another process has may be locked by a thread of its own
            client = Pusher(self._reference, self._insecure, route=self._route)
            self._route, self._writer = client.route, (os.getpid(), client)
        if not self._empty_there:
            client.within(limits.CACHE_REGISTRY_SECONDS)
            client.put_blob(b"{}")
            self._empty_there = True
        manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "artifactType": ARTIFACT, "config": _EMPTY}
        if len(sealed) <= limits.CACHE_INLINE:
            manifest |= {"layers": [_EMPTY], "annotations": {ENTRY: base64.b64encode(sealed).decode()}}
        else:
            client.within(limits.CACHE_REGISTRY_SECONDS)
            digest = client.put_blob(sealed)
            manifest |= {"layers": [{"mediaType": ARTIFACT, "digest": digest, "size": len(sealed)}]}
        client.within(limits.CACHE_REGISTRY_SECONDS)
        client.put_manifest(tag, json.dumps(manifest, separators=(",", ":")).encode(), _MANIFEST)

    def _count_wrong(self) -> None:
        self._told.count(
            "wrong",
            lambda count: (
                f"the cache {self.name}: entries that were not used, since they are damaged or not signed with this "
                f"key: {count}"
            ),
        )

    def _give_up(self, why: str) -> None:
        self._off = True
        # Whatever keeps it from being read and from being written is one line.
        self._told.count(f"registry: {why}", lambda _: f"the cache {self.name} was not asked any more: {why}")


def _blob(client: Client, digest: str, size: int) -> bytes:
    """Its bytes, one more than `size` at most. UnreadableError also where they come too slowly."""
    data, piece = bytearray(), memoryview(bytearray(_PIECE))
    until = time.monotonic() + limits.CACHE_REGISTRY_SECONDS
    with closing(BlobStream(client, digest)) as stream:
        while len(data) <= size and (count := stream.readinto(piece)):
            data += piece[:count]
            if time.monotonic() > until:
                raise UnreadableError(f"an entry took over {limits.CACHE_REGISTRY_SECONDS:.0f} seconds")
    return bytes(data[: size + 1])


class _WrongError(Exception):
    """It is no entry as we put them."""


def reference(text: str) -> Reference:
    """HOST/REPOSITORY, as `--cache registry:` has it. UsageError for what is none."""
    wanted = f"--cache {REGISTRY}HOST/REPOSITORY"
    host, slash, name = text.partition("/")
    try:
        found = parse_reference(text)
    except UnreadableError as error:
        raise UsageError(f"{wanted}: {error}") from None
    if not slash or found.host not in (host, host.removeprefix("index.")):
        raise UsageError(f"{wanted}: name the registry's host too, as registry.example.org/team/imagelint-cache")
    if ":" in name or found.digest:
        raise UsageError(f"{wanted}: name the repository alone, without a tag or a digest")
    return found
