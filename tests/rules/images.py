"""The registry of a rule's examples: images that are nothing but an index of the platforms that the example says."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from multiprocessing import get_context

from tests.registries import Server

HOST = "registry.example.org"
"""In examples; in tests it is a port of loopback."""
_INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_ASKED = re.compile(r"/v2/(.+)/manifests/([^/]+)")


def index(platforms: Sequence[str]) -> bytes:
    """An image index (OCI image specification 1.1, image-index.md)."""
    manifests = []
    for number, platform in enumerate(platforms):
        names = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
        manifests.append({"mediaType": _MANIFEST, "digest": f"sha256:{number:064}", "size": 1, "platform": names})
    return json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": manifests}).encode()


def digest(data: bytes) -> str:
    """Of an index."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@contextmanager
def registry(images: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Serves images (NAME:TAG -> platforms), by tag and by digest, as long as it is held; its host."""
    known: dict[tuple[str, str], bytes] = {}
    for words, platforms in images.items():
        name, _, tag = words.partition(":")
        data = index(platforms)
        known[name, tag] = known[name, digest(data)] = data

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match = _ASKED.fullmatch(self.path)
            data = known.get((match[1], match[2])) if match else b"{}" if self.path == "/v2/" else None
            self.send_response(200 if data is not None else 404)
            self.send_header("Content-Length", str(len(data or b"")))
            if match and data:
                self.send_header("Content-Type", _INDEX)
                self.send_header("Docker-Content-Digest", digest(data))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data or b"")

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the screen."""

    # In a process of its own: beside a thread, which would be there for all tests that come later, nothing is forked.
    with Server(("127.0.0.1", 0), Handler) as server:
        process = get_context("fork").Process(target=server.serve_forever, daemon=True)
        process.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            process.terminate()
            process.join()
