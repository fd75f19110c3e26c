"""A registry that misbehaves as a test wants it, and that remembers what it was asked.

It serves one image well; a `fault` sees each request first and may answer it instead. As an HTTP proxy it stands for
registries with public names, over TLS too: nothing leaves loopback. `Front` has a whole registry behind it, and
`Seeded` is the fault of one that fails a part of all requests.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import ssl
import threading
import time
import urllib.parse
from collections import Counter
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

    do_HEAD = do_POST = do_GET

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
        self.start(Asked)

    def start(self, handler: type[Asked]) -> None:
        """Answer from now on."""
        self._server = serve(type("Handler", (handler,), {"registry": self}))
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


class Forwarded(Asked):
    """One request, which the registry behind answers well."""

    registry: Front

    def serve(self) -> None:
        """Ask the registry behind, and say what it says."""
        status, headers, body = self.behind()
        self.answer(status, body, headers)

    def behind(self) -> tuple[int, dict[str, str], bytes]:
        """Its answer: status, headers, body."""
        kept = self.registry.connections
        if not hasattr(kept, "one"):
            kept.one = http.client.HTTPConnection(self.registry.upstream, timeout=60)
        sent = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        size = int(self.headers.get("Content-Length") or 0)
        kept.one.request(self.command, self.path, self.rfile.read(size) if size else None, sent)
        answer = kept.one.getresponse()
        body = answer.read()
        headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
        if self.command != "HEAD":
            headers["Content-Length"] = str(len(body))
        return answer.status, headers, body


_HOP = ("connection", "transfer-encoding", "date", "server", "keep-alive")


class Front(FaultyRegistry):
    """Stands in front of a registry (HOST:PORT), which the fault keeps from answering."""

    def __init__(self, upstream: str, fault: Fault = lambda asked: False) -> None:
        self.upstream, self.fault, self.tls = upstream, fault, None
        self.connections = threading.local()
        """One for each thread, and so for each client's connection."""
        self.plain_tunnels = False
        self.asked = []
        self.manifests, self.blobs = {}, {}
        self.start(Forwarded)


class Seeded:
    """Fails a part of all requests: 500, 503 with Retry-After, cut in the middle, slow; each in turn by chance.

    Which ones hangs on the seed, the request and how many times it was made, and on nothing else: threads that ask in
    another order meet the same.
    """

    def __init__(self, share: float = 0.05, seed: str = "faults", wait: int = 1, slow: float = 0.5) -> None:
        """`wait`: seconds of Retry-After; `slow`: seconds until a slow answer comes."""
        self._share, self._seed, self._wait, self._slow = share, seed, wait, slow
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.made: Counter[str] = Counter()
        """How many there were of each kind."""

    def __call__(self, asked: Asked) -> bool:
        """Whether it has failed this one."""
        request = f"{asked.command} {asked.path}"
        with self._lock:
            self._times[request] += 1
            chance = hashlib.sha256(f"{self._seed} {request} {self._times[request]}".encode()).digest()
            kind = ("500", "503", "cut", "slow")[chance[8] % 4]
            if int.from_bytes(chance[:8]) >= self._share * 2**64:
                return False
            self.made[kind] += 1
        if kind == "500":
            return asked.answer(500)
        if kind == "503":
            return asked.answer(503, b"", {"Retry-After": str(self._wait)})
        if kind == "cut":
            status, headers, body = asked.behind() if isinstance(asked, Forwarded) else (200, {}, b"-" * 100)
            return asked.cut(body, len(body) // 2, status, headers)
        time.sleep(self._slow)
        return False
