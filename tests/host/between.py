"""A socket between a client and an engine: it hands on all bytes, and notes what was asked."""

from __future__ import annotations

import re
import socket
import socketserver
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any

_ASKED = re.compile(rb"(?:^|\r\n\r\n)([A-Z]+) (\S+) HTTP/1\.[01]\r\n")
"""The line of a request: at the beginning, or behind one that has no body."""


class Between:
    """Listens at `path`; `asked` has (method, path) of every request, and `sent` how many bytes came back. `meddle` is
    called with each path before it is handed on."""

    def __init__(self, path: Path, engine: Path, meddle: Callable[[str], None] | None = None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.sent = 0
        between = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.socket(socket.AF_UNIX) as server:
                    server.connect(str(engine))
                    Thread(target=between._back, args=(server, self.request), daemon=True).start()
                    while data := self.request.recv(1 << 16):
                        for method, asked in _ASKED.findall(data):
                            between.asked.append((method.decode(), asked.decode()))
                            if meddle is not None:
                                meddle(asked.decode())
                        server.sendall(data)

        self._server = _Server(str(path), Handler)

    def __enter__(self) -> Between:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _back(self, server: socket.socket, client: Any) -> None:
        try:
            while data := server.recv(1 << 16):
                self.sent += len(data)
                client.sendall(data)
        except OSError:
            return  # one of the two went away


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing on the screen: clients that go away are what some tests are about."""
