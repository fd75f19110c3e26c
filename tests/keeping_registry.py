"""A registry that keeps what it is given, and knows referrers: the part of the OCI distribution specification 1.1 that
Debian's docker-registry does not know ("Pushing", "Listing Referrers", "Deleting").

`fault` sees each request first and may answer it instead.
"""

from __future__ import annotations

import hashlib
import json
import re
import urllib.parse
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.registries import serve

INDEX = "application/vnd.oci.image.index.v1+json"
_PATH = re.compile(r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs|referrers)/(?P<what>[^?]*)")


class Asked(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    registry: KeepingRegistry

    def do_GET(self) -> None:
        """Whatever the method is."""
        length = int(self.headers.get("Content-Length", "0"))
        self.body = self.rfile.read(length)
        self.registry.asked.append((self.command, self.path))
        if not self.registry.fault(self):
            with self.registry.lock:
                self._serve()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

    def _serve(self) -> None:
        match = _PATH.match(urllib.parse.unquote(self.path))
        if match is None:
            self.answer(200 if self.path == "/v2/" else 404)
        else:
            what = match["what"].partition("?")[0]
            getattr(self, f"_{match['kind']}")(match["name"], what)

    def _blobs(self, name: str, what: str) -> None:
        if self.command == "POST":
            self.answer(202, b"", {"Location": f"/v2/{name}/blobs/uploads/1?state=x"})
        elif self.command == "PUT":
            digest = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["digest"][0]
            if digest != _digest(self.body):
                self.answer(400, b'{"errors": [{"code": "DIGEST_INVALID"}]}')
                return
            self.registry.blobs[digest] = self.body
            self.answer(201, b"", {"Docker-Content-Digest": digest})
        else:
            self._give(self.registry.blobs.get(what), "application/octet-stream")

    def _manifests(self, name: str, what: str) -> None:
        registry = self.registry
        if self.command == "PUT":
            digest = _digest(self.body)
            registry.manifests[name, digest] = (self.body, self.headers["Content-Type"])
            registry.manifests[name, what] = registry.manifests[name, digest]
            subject = json.loads(self.body).get("subject", {}).get("digest")
            told = {"OCI-Subject": subject} if subject and registry.referrers else {}
            self.answer(201, b"", {"Docker-Content-Digest": digest, **told})
        elif self.command == "DELETE":
            if not registry.delete:
                self.answer(405, b'{"errors": [{"code": "UNSUPPORTED"}]}')
            elif (name, what) not in registry.manifests:
                self.answer(404)
            else:
                gone = registry.manifests[name, what]
                registry.manifests = {key: kept for key, kept in registry.manifests.items() if kept != gone}
                self.answer(202)
        else:
            self._give(*registry.manifests.get((name, what), (None, "")))

    def _referrers(self, name: str, what: str) -> None:
        if not self.registry.referrers:
            self.answer(404)
            return
        listed = self.registry.listed(name, what)
        if not self.registry.annotated:
            listed = [{key: one[key] for key in one if key != "annotations"} for one in listed]
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}
        self.answer(200, json.dumps(index).encode(), {"Content-Type": INDEX})

    def _give(self, data: bytes | None, kind: str) -> None:
        self.answer(404) if data is None else self.answer(200, data, {"Content-Type": kind})

    def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bool:
        """Status, headers, body."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        return True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the screen."""


class KeepingRegistry:
    """In memory, until it is stopped."""

    def __init__(
        self, *, referrers: bool = True, delete: bool = True, fault: Callable[[Asked], bool] = lambda asked: False
    ) -> None:
        from threading import Lock

        self.referrers, self.delete, self.fault = referrers, delete, fault
        self.annotated = True
        """The list of referrers says their annotations, as it should."""
        self.lock = Lock()
        self.asked: list[tuple[str, str]] = []
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[tuple[str, str], tuple[bytes, str]] = {}
        """By name and by digest or tag: the bytes and their media type."""
        self._server = serve(type("Handler", (Asked,), {"registry": self}))
        self.host = f"127.0.0.1:{self._server.server_port}"

    def listed(self, name: str, subject: str) -> list[dict[str, Any]]:
        """Descriptors of what refers to a manifest."""
        found = {}
        for (of, what), (data, kind) in self.manifests.items():
            document = json.loads(data)
            if of == name and what.startswith("sha256:") and document.get("subject", {}).get("digest") == subject:
                found[what] = {"mediaType": kind, "digest": what, "size": len(data)}
                known = document.get("artifactType") or document.get("config", {}).get("mediaType")
                found[what] |= {"artifactType": known, "annotations": document.get("annotations", {})}
        return list(found.values())

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
