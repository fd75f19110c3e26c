"""What is put into a registry: blobs, manifests, and what is taken away again (OCI distribution specification 1.1,
"Pushing", "Content Management").

Whatever is sent is small and held whole, so each step can be tried again.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import TypeVar

import httpx

from imagelint.errors import UnreadableError
from imagelint.image.document import is_digest
from imagelint.image.sources.reference import Reference
from imagelint.image.sources.registry_client import Client
from imagelint.image.sources.registry_errors import DeniedError, codes_of
from imagelint.image.sources.registry_network import Route
from imagelint.stream import limits

PUSH, DELETE = "pull,push", "delete"
"""What a token must allow."""
_BYTES = "application/octet-stream"
_CODE = re.compile(r"[A-Z_]{1,64}\Z")
_UNABLE = (405, 501)
T = TypeVar("T")


class Pusher(Client):
    """A client that may write to one repository, with the credentials of Docker's configuration where there are some.

    Threads may share it. Every method raises DeniedError where the registry refuses (its `status` is 401), and
    UnreadableError for all else, each in one line.
    """

    def __init__(
        self, reference: Reference, insecure: Iterable[str] = (), *, route: Route | None = None, actions: str = PUSH
    ) -> None:
        """`route` is that of another client of the same host; `actions` are PUSH or DELETE."""
        super().__init__(reference, insecure, route=route, actions=actions)
        self._known, self._knowing = False, threading.Lock()
        self._insecurely = tuple(insecure)

    def put_blob(self, data: bytes) -> str:
        """Put a blob where it is not there yet; its digest."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"

        def put() -> str:
            if not self._has(f"blobs/{digest}"):
                self._upload(data, digest)
            return digest

        return self._tried(put)

    def put_manifest(self, wanted: str, data: bytes, media_type: str) -> httpx.Headers:
        """Put a manifest under a tag or its digest; what the answer's headers say (`oci-subject` where the registry
        took it for a referrer)."""

        def put() -> httpx.Headers:
            with closing(self._answer("PUT", f"manifests/{wanted}", {"Content-Type": media_type}, data)) as response:
                if response.status_code not in (200, 201, 202):
                    raise self._refused(response, "take the manifest")
                return response.headers

        return self._tried(put)

    def delete_manifest(self, digest: str) -> bool:
        """Take a manifest away; True too where there was none. False where the registry does not allow that, to nobody
        or not to this user."""
        if not is_digest(digest):
            raise UnreadableError("a manifest is taken away by its digest, and this is none")
        asker = self
        if self.authority.actions != DELETE:  # other rights: a token for all three might be refused as a whole
            asker = Pusher(self.reference, self._insecurely, route=self.route, actions=DELETE)

        def delete() -> bool:
            with closing(asker._answer("DELETE", f"manifests/{digest}", {})) as response:
                if response.status_code in (401, 403, *_UNABLE):
                    return False
                if response.status_code not in (200, 202, 204, 404):
                    raise asker._refused(response, "take the manifest away")
                return True

        try:
            return asker._tried(delete)
        except DeniedError:
            return False

    def _settle(self) -> None:
        """Ahead of every request, reading ones too: nobody in particular may push next to nowhere."""
        with self._knowing:
            if not self._known:
                self.authority.look_up()
                self._known = True
        super()._settle()

    def _has(self, path: str) -> bool:
        """Whether it is there; False where that is not told, which costs an upload."""
        with closing(self._answer("HEAD", path, {})) as response:
            return response.status_code == 200

    def _upload(self, data: bytes, digest: str) -> None:
        """In two steps, which every registry knows (a single POST some do not)."""
        with closing(self._answer("POST", "blobs/uploads/", {"Content-Length": "0"}, b"")) as response:
            location = response.headers.get("location", "")
            if response.status_code not in (201, 202) or not location:
                raise self._refused(response, "begin an upload")
            place = self._url(location, response.url).copy_merge_params({"digest": digest})
        with closing(self._answer_at("PUT", place, {"Content-Type": _BYTES}, data)) as response:
            if response.status_code not in (201, 202, 204):
                raise self._refused(response, "take the blob")

    def _tried(self, ask: Callable[[], T]) -> T:
        """What `ask` gives, again after a cut connection, from its beginning."""
        cuts = 0
        while True:
            try:
                return ask()
            except httpx.TransportError as error:
                cuts = self.cut(error, cuts)

    def _refused(self, response: httpx.Response, what: str) -> UnreadableError:
        """Why something was not done; what the registry's own words are worth is its code."""
        host, name, status = self.reference.host, self.reference.name, response.status_code
        if status in (401, 403) and self._at_home(response.url):
            with_ = f" with the credentials of {self.authority.where}" if self.authority.known else ""
            mend = f"ask for the right to push, or `docker login {host}` as a user who has it"
            return DeniedError(f"{host} does not let push to {name}{with_}: {mend}", 401)
        try:
            codes = codes_of(self._body(response, limits.REGISTRY_ANSWER, "the registry's answer"))
        except httpx.TransportError:
            codes = []
        told = next((f", {code}" for code in codes if _CODE.match(code)), "")
        later = ": try again later" if status in (429, 502, 503, 504) else ""
        return UnreadableError(f"{host} did not {what} for {name} (status {status}{told}){later}")
