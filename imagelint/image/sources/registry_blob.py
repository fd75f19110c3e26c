"""One blob of a registry, opened on any machine by nothing but its name: whoever opens it has credentials of its own.

This module and its neighbours import httpx at once: they are only imported when a registry is asked.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import BinaryIO, cast

from imagelint.image.sources.reference import parse_reference
from imagelint.image.sources.registry_client import Client
from imagelint.image.sources.registry_network import Route
from imagelint.image.sources.registry_stream import BlobStream

_KNOWN = 64
"""Registries whose connections and tokens are kept."""


class Blobs:
    """Opens blobs, over the connections of those before. Threads may share it."""

    def __init__(self, insecure: Iterable[str] = ()) -> None:
        """`insecure` are the registries (HOST[:PORT]) that may be asked without TLS."""
        self._insecure = tuple(insecure)
        self._routes: OrderedDict[str, Route] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, repository: str, digest: str) -> BinaryIO:
        """A stream of its bytes, not verified. `repository` is HOST[:PORT]/NAME. UnreadableError for a name that is
        none, and when it is not given."""
        reference = parse_reference(f"{repository}@{digest}")
        with self._lock:
            client = Client(reference, self._insecure, route=self._routes.get(reference.host))
            self._routes[reference.host] = client.route
            self._routes.move_to_end(reference.host)
            while len(self._routes) > _KNOWN:
                self._routes.popitem(last=False)
        stream = BlobStream(client, digest)
        try:
            # As for a manifest, nobody in particular is asked first: what everybody may read needs no password.
            client.authority.permitted(lambda: stream.readinto(bytearray()))
        except BaseException:
            stream.close()
            raise
        return cast("BinaryIO", stream)
