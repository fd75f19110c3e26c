"""A server in front of a real registry, which passes everything on unless a test wants it otherwise."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from tests.registries import serve

Answer = tuple[int, dict[str, str], bytes]
_HOP = {"connection", "transfer-encoding", "content-length", "date", "server", "keep-alive"}
"""Headers that are not passed on."""


class Middleman:
    """Listens on `host`. `before` may answer a request itself (True), `after` change what the registry answered."""

    def __init__(self, registry: str) -> None:
        self.registry = registry
        self.asked: list[str] = []
        """METHOD PATH of each request."""
        self.before: Callable[[BaseHTTPRequestHandler], bool] = lambda asked: False
        self.after: Callable[[str, str, Answer], Answer] = lambda method, path, answer: answer
        self._server = serve(self._handler())
        self.host = f"127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()

    def of(self, method: str) -> list[str]:
        """The paths that were asked for with a method, without that of the whole registry."""
        return [each.split(" ", 1)[1] for each in self.asked if each.startswith(f"{method} ") and each[-4:] != "/v2/"]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        middleman = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                middleman.asked.append(f"{self.command} {self.path}")
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if middleman.before(self):
                    return
                connection = http.client.HTTPConnection(middleman.registry, timeout=10)
                try:
                    connection.request(self.command, self.path, body, dict(self.headers.items()))
                    response = connection.getresponse()
                    headers = {name: text for name, text in response.getheaders() if name.lower() not in _HOP}
                    answer = (response.status, headers, response.read())
                except OSError:
                    self.close_connection = True
                    return
                finally:
                    connection.close()
                respond(self, *middleman.after(self.command, self.path, answer))

            do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on the screen."""

        return Handler


def respond(asked: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> bool:
    """Status, headers, body."""
    asked.send_response(status)
    for name, text in {"Content-Length": str(len(body)), **headers}.items():
        asked.send_header(name, text)
    asked.end_headers()
    if asked.command != "HEAD":
        asked.wfile.write(body)
    return True
