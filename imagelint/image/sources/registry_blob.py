"""One blob of a registry, opened on any machine by nothing but its name: whoever opens it has credentials of its own.

This module and its neighbours import httpx at once: they are only imported when a registry is asked.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import BinaryIO, TypeVar, cast

from imagelint.image.sources.reference import parse_reference
from imagelint.image.sources.registry_client import Client
from imagelint.image.sources.registry_network import Route
from imagelint.image.sources.registry_stream import BlobStream

_KNOWN = 64
"""Registries whose connections are kept, and repositories of which it is remembered who may read them."""
T = TypeVar("T")


class Blobs:
    """Opens blobs, over the connections of those before. Threads may share it."""

    def __init__(self, insecure: Iterable[str] = ()) -> None:
        """`insecure` are the registries (HOST[:PORT]) that may be asked without TLS."""
        self._insecure = tuple(insecure)
        self._routes: OrderedDict[str, Route] = OrderedDict()
        self._private: OrderedDict[str, bool] = OrderedDict()
        """Whether a repository wants credentials."""
        self._lock = threading.Lock()

    def open(self, repository: str, digest: str) -> BinaryIO:
        """A stream of its bytes, not verified. `repository` is HOST[:PORT]/NAME. UnreadableError for a name that is
        none, and when it is not given."""
        reference = parse_reference(f"{repository}@{digest}")
        with self._lock:
            # A client's patience (waits, cuts) is meant for one image, so there is one for each blob.
            client = Client(reference, self._insecure, route=self._routes.get(reference.host))
            _remember(self._routes, reference.host, client.route)
            private = self._private.get(repository, False)
        stream = BlobStream(client, digest)
        try:
            if private:
                client.authority.look_up()
                stream.readinto(bytearray())
            else:
                # As for a manifest, nobody in particular is asked first: what everybody may read needs no password.
                _, public = client.authority.permitted(lambda: stream.readinto(bytearray()))
                with self._lock:
                    _remember(self._private, repository, public is False)
        except BaseException:
            stream.close()
            raise
        return cast("BinaryIO", stream)


def _remember(known: OrderedDict[str, T], name: str, value: T) -> None:
    known[name] = value
    known.move_to_end(name)
    while len(known) > _KNOWN:
        known.popitem(last=False)
