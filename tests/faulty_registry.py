"""A registry that misbehaves as a test wants it, and that remembers what it was asked.

It serves one image well; a `fault` sees each request first and may answer it instead. As an HTTP proxy it stands for
registries with public names, over TLS too: nothing leaves loopback.
"""

from __future__ import annotations

import json
import re
import ssl
import urllib.parse
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.imagemaker import OCI, Recipe, oci_layout
from tests.registries import serve

Fault = Callable[["Asked"], bool]
"""Whether it has answered."""
NAME = "shop/app"
_MANIFEST = re.compile(r"/v2/.+/manifests/([^/]+)\Z")
_BLOB = re.compile(r"/v2/.+/blobs/([^/]+)\Z")


class Asked(BaseHTTPRequestHandler):
    """One request, and the ways to answer it."""

    protocol_version = "HTTP/1.1"
    registry: FaultyRegistry

    def do_GET(self) -> None:
        """Remember, let the fault have it, or serve."""
        if not self.path.startswith("http"):
            self.path = f"{self.__dict__.get('tunnel', '')}{self.path}"
        self.registry.asked.append((self.command, self.path, dict(self.headers.items())))
        if not self.registry.fault(self):
            self.serve()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

    def do_CONNECT(self) -> None:
        """What a proxy does for TLS, but the other end is here too."""
        self.registry.asked.append((self.command, self.path, dict(self.headers.items())))
        if self.registry.tls is None:
            self.answer(501)
            return
        self.send_response(200)
        self.end_headers()
        if self.registry.plain_tunnels:
            self.rfile.read(1)
            self.answer(400)
            self.close_connection = True
            return
        self.tunnel = f"https://{self.path.removesuffix(':443')}"
        self.connection = self.request = self.registry.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.close_connection = False

    @property
    def where(self) -> str:
        """The path alone."""
        return urllib.parse.urlsplit(self.path).path

    @property
    def blob(self) -> str:
        """The digest of the blob that is asked for, or empty."""
        match = _BLOB.search(self.where)
        return urllib.parse.unquote(match[1]) if match else ""

    @property
    def manifest(self) -> str:
        """The tag or digest of the manifest that is asked for, or empty."""
        match = _MANIFEST.search(self.where)
        return urllib.parse.unquote(match[1]) if match else ""

    def serve(self) -> None:
        """As a good registry does."""
        if self.where == "/v2/":
            self.answer(200, b"{}")
        elif self.manifest:
            data = self.registry.manifests.get(self.manifest)
            if data is None:
                self.answer(404, json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN"}]}).encode())
            else:
                self.answer(200, data, {"Content-Type": OCI + "manifest.v1+json"})
        elif self.blob in self.registry.blobs:
            data = self.registry.blobs[self.blob]
            start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            if start:
                at = int(start[1])
                self.answer(206, data[at:], {"Content-Range": f"bytes {at}-{len(data) - 1}/{len(data)}"})
            else:
                self.answer(200, data)
        else:
            self.answer(404)

    def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bool:
        """Status, headers, body."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        return True

    def cut(self, body: bytes, after: int, status: int = 200, headers: Mapping[str, str] | None = None) -> bool:
        """The start of a body that was promised whole."""
        self.answer(status, body[:after], {"Content-Length": str(len(body)), **(headers or {})})
        self.close_connection = True
        return True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the screen."""


class FaultyRegistry:
    """Serves the image of a recipe under any name and the tag 1."""

    def __init__(
        self, folder: Path, recipe: Recipe, fault: Fault = lambda asked: False, tls: ssl.SSLContext | None = None
    ) -> None:
        self.fault, self.tls = fault, tls
        self.plain_tunnels = False
        """What listens behind the proxy does not know TLS."""
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        """Method, path (or URL), headers."""
        self.manifests: dict[str, bytes] = {}
        self.blobs: dict[str, bytes] = {}
        self.add(folder, recipe)
        self._server = serve(type("Handler", (Asked,), {"registry": self}))
        self.port = self._server.server_port
        self.host = f"127.0.0.1:{self.port}"
        self.words = f"{self.host}/{NAME}:1"

    def add(self, folder: Path, recipe: Recipe) -> None:
        """Have an image, which is from now on the one of the tag 1."""
        layout = oci_layout(folder, recipe)
        digest = json.loads((layout / "index.json").read_bytes())["manifests"][0]["digest"]
        for path in (layout / "blobs/sha256").iterdir():
            self.blobs[f"sha256:{path.name}"] = path.read_bytes()
        self.manifests["1"] = self.manifests[digest] = self.blobs.pop(digest)

    def change(self, **changes: object) -> None:
        """Say something else in the manifest."""
        self.manifests["1"] = json.dumps({**json.loads(self.manifests["1"]), **changes}).encode()

    def over_tls(self) -> None:
        """Speak TLS to whoever connects."""
        assert self.tls is not None
        self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)

    def authorized(self) -> list[str]:
        """The paths that were asked for with an Authorization header."""
        return [path for _, path, headers in self.asked if "Authorization" in headers]

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
