"""A daemon that misbehaves: Docker's API on a unix socket or over TLS, with the answers that a test gives."""

from __future__ import annotations

import json
import socketserver
import ssl
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any

VERSION = {"ApiVersion": "1.41", "MinAPIVersion": "1.24", "Version": "20.10.24", "Os": "linux", "Arch": "amd64"}
KNOWN = {"Os": "linux", "Architecture": "amd64", "RootFS": {"Layers": []}}


class Daemon:
    """Answers by the end of a request's path: (status, body), where a body is JSON or bytes; `cut` bytes too many are
    promised of those. `asked` has the requests."""

    def __init__(self, path: Path | None, answers: dict[str, tuple[int, Any]], *, cut: int = 0) -> None:
        usual = {"/version": (200, VERSION), "/json": (200, KNOWN)}
        self.answers = {**answers, **{end: answer for end, answer in usual.items() if end not in answers}}
        self.cut = cut
        self.asked: list[str] = []
        handler = self._handler()
        if path is not None:
            self._server: socketserver.BaseServer = _Unix(str(path), handler)
        else:
            self._server = _Tcp(("127.0.0.1", 0), handler)

    @property
    def port(self) -> int:
        """Of a daemon that listens on loopback."""
        assert isinstance(self._server, socketserver.TCPServer)
        return int(self._server.server_address[1])

    def protect(self, context: ssl.SSLContext) -> None:
        """Speak TLS."""
        assert isinstance(self._server, socketserver.TCPServer)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def __enter__(self) -> Daemon:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        daemon = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                daemon.asked.append(self.path)
                path = self.path.partition("?")[0]
                status, body = next(answer for end, answer in daemon.answers.items() if path.endswith(end))
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data) + (daemon.cut if isinstance(body, bytes) else 0)))
                self.end_headers()
                self.wfile.write(data)

            def address_string(self) -> str:
                return "client"

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on the screen."""

        return Handler


class _Quiet(socketserver.ThreadingMixIn):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing on the screen: clients that go away are what the tests are about."""


class _Unix(_Quiet, socketserver.UnixStreamServer):
    pass


class _Tcp(_Quiet, socketserver.TCPServer):
    allow_reuse_address = True
