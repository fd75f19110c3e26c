"""The Docker SDK, asked for images, and its failures told in one line that says what to do.

Podman's service answers the same API (docs.podman.io, "Docker-compatible API").
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from imagelint.errors import UnreadableError
from imagelint.image.progress import Progress
from imagelint.image.sources.daemon_address import Address, certificates
from imagelint.image.sources.daemon_errors import plainly
from imagelint.image.sources.store import Archive, spooled
from imagelint.stream import limits

_ANSWER, _SAVE = 60, 1800
"""Seconds without a byte. Before version 25 the daemon writes a whole image to its disk before it sends the first."""
_PLATFORM_API = (1, 48)
"""The API version whose `GET /images/get` takes a platform (docs.docker.com/reference/api/engine/version-history)."""


class Daemon:
    """A connection to a daemon that has answered."""

    def __init__(self, where: Address) -> None:
        """AbsentError when nothing answers there, UnreadableError when it cannot be asked."""
        self.where = where
        with plainly(self.where):
            import urllib3  # heavy: only when a run needs it
            from docker import APIClient
            from docker.tls import TLSConfig

            tls: Any = False
            if where.tls:
                files = certificates(where)
                pair = (files["cert.pem"], files["key.pem"]) if "cert.pem" in files else None
                if not where.verify:  # as its owner wants it: nothing to warn of at each request
                    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
                tls = TLSConfig(client_cert=pair, ca_cert=files.get("ca.pem"), verify=where.verify)

            class Client(APIClient):  # type: ignore[misc]  # the SDK has no types
                def merge_environment_settings(self, *given: Any) -> Any:
                    """requests would take REQUESTS_CA_BUNDLE ahead of the daemon's own authority."""
                    url, proxies, stream, verify, cert = given
                    chosen = self.verify if verify is None else verify
                    return super().merge_environment_settings(url, proxies, stream, chosen, cert)

            self._api = Client(where.url, version="auto", timeout=_ANSWER, tls=tls, use_ssh_client=True)

    @property
    def chooses_platforms(self) -> bool:
        """Whether it can be asked for one platform of an image."""
        return tuple(int(part) for part in self._api.api_version.split(".")[:2]) >= _PLATFORM_API

    def inspect(self, reference: str) -> dict[str, Any]:
        """What it knows of an image; AbsentError when it has none of that name."""
        with plainly(self.where, reference):
            found = self._api.inspect_image(reference)
        if not isinstance(found, dict):
            raise UnreadableError(f"{self.where.name} answers with something else than an image's description")
        return found

    def history(self, reference: str) -> Any:
        """What it knows of how an image was made, the newest entry first."""
        with plainly(self.where, reference):
            return self._api.history(reference)

    def list(self, filters: Sequence[str]) -> list[dict[str, Any]]:
        """Its images, without those that only others are built on; filters as `docker images --filter` has them, and a
        word alone is a pattern of names."""
        wanted: dict[str, list[str]] = {}
        for text in filters:
            key, equals, value = text.partition("=")
            wanted.setdefault(key if equals else "reference", []).append(value if equals else key)
        with plainly(self.where):
            found = self._api.images(filters=wanted)
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise UnreadableError(f"{self.where.name} answers with something else than a list of images")
        return found

    def save(self, references: Sequence[str], platform: str = "", progress: Progress | None = None) -> Archive:
        """One archive of these images, in a temporary file without a name."""
        return Archive(spooled(self._received(references, platform, progress)))

    def _received(self, references: Sequence[str], platform: str, progress: Progress | None) -> Iterator[bytes]:
        asked: dict[str, Any] = {"names": list(references)}
        if platform and self.chooses_platforms:
            keys = ("os", "architecture", "variant")
            asked["platform"] = json.dumps(dict(zip(keys, platform.split("/"), strict=False)))
        url = f"{self._api.base_url}/v{self._api.api_version}/images/get"
        what = f"{references[0]} from {self.where.name}"
        done = 0
        with plainly(self.where, references[0]):
            # The SDK's own get_image takes one name, and no platform.
            answer = self._api.get(url, params=asked, stream=True, timeout=_SAVE)
        with answer, plainly(self.where, references[0], saving=True):
            answer.raise_for_status()
            for piece in answer.iter_content(limits.WINDOW):
                done += len(piece)
                if progress is not None:
                    progress(done, -1, what)
                yield piece
        if progress is not None:
            progress(done, done, what)
