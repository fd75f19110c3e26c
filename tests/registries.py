"""Real registries for tests: Debian's docker-registry, open, behind a password, or behind a token server of our own.

They listen on loopback, keep everything below one folder, and are stopped by the process that was started.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType

from tests.material import password
from tests.service import Service

USER = "alice"
WORD = password(77)
PROGRAMS = ("/usr/bin/docker-registry", "/usr/bin/skopeo", "/usr/bin/htpasswd", "/usr/bin/openssl")
START = 20.0
"""Seconds until a registry must answer."""


def missing() -> str:
    """What keeps a registry from being started here; empty when nothing does."""
    return ", ".join(f"{program} is missing" for program in PROGRAMS if not os.path.exists(program))


class Registry:
    """A docker-registry; `auth` is the part of its configuration of that name. With `delete`, what it has may be taken
    away again."""

    def __init__(self, folder: Path, auth: str = "", *, delete: bool = False) -> None:
        self.folder = folder
        self.host = f"127.0.0.1:{free_port()}"
        folder.mkdir(parents=True)
        (folder / "config.yml").write_text(
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            f"storage:\n  filesystem: {{rootdirectory: {folder}/data}}\n"
            f"  delete: {{enabled: {str(delete).lower()}}}\n"
            f"http: {{addr: '{self.host}'}}\n{auth}"
        )

    def __enter__(self) -> Registry:
        words = ["/usr/bin/docker-registry", "serve", str(self.folder / "config.yml")]
        self._process = Service(words, self.folder / "log", lambda: _answers(self.host), START)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop()

    def push(self, layout: Path, tag: str, name: str, *, login: bool = False) -> str:
        """Copy everything that an OCI layout has under a tag; the reference."""
        words = ["/usr/bin/skopeo", "copy", "--quiet", "--insecure-policy", "--all", "--dest-tls-verify=false"]
        words += ["--dest-creds", f"{USER}:{WORD}"] if login else []
        done = subprocess.run(
            [*words, f"oci:{layout}:{tag}", f"docker://{self.host}/{name}"], capture_output=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        return f"{self.host}/{name}"


def behind_password(folder: Path, *, delete: bool = False) -> Registry:
    """A registry that gives nothing without the password."""
    folder.mkdir(parents=True)
    hashed = subprocess.run(["/usr/bin/htpasswd", "-Bbn", USER, WORD], capture_output=True, check=True).stdout
    (folder / "htpasswd").write_bytes(hashed)
    return Registry(
        folder / "registry", f"auth:\n  htpasswd: {{realm: test, path: {folder}/htpasswd}}\n", delete=delete
    )


class TokenServer:
    """Docker's token authentication: everybody may pull public/*, the user may do everything."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.key, self.certificate = certificate(folder, "tokens.example.org")
        self.asked: list[str] = []
        """What was asked for, with the user's name."""
        self.allowed = ["pull", "push", "delete", "*"]
        """What the user may do."""
        self._server = serve(self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/token"

    def registry(self, folder: Path, *, delete: bool = False) -> Registry:
        """A registry that believes this server."""
        values = f"realm: '{self.url}', service: test, issuer: test, rootcertbundle: {self.certificate}"
        return Registry(folder, f"auth:\n  token: {{{values}}}\n", delete=delete)

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()

    def token(self, user: str, service: str, scopes: list[str]) -> str:
        """A JSON Web Token, signed with RS256 (RFC 7515; Docker's token authentication specification)."""
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            allowed = self.allowed if user else ["pull"] * name.startswith("public/")
            allowed = [action for action in actions.split(",") if action in allowed]
            access.append({"type": kind, "name": name, "actions": allowed})
        body = "".join(self.certificate.read_text().splitlines()[1:-1])
        now = int(time.time())
        times = {"iat": now, "nbf": now - 5, "exp": now + 60}
        head = {"typ": "JWT", "alg": "RS256", "x5c": [body]}
        claims = {"iss": "test", "aud": service, "sub": user, "jti": os.urandom(8).hex(), "access": access, **times}
        signed = f"{_base64(json.dumps(head).encode())}.{_base64(json.dumps(claims).encode())}"
        words = ["/usr/bin/openssl", "dgst", "-sha256", "-sign", str(self.key)]
        signature = subprocess.run(words, input=signed.encode(), capture_output=True, check=True).stdout
        return f"{signed}.{_base64(signature)}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                header = self.headers.get("Authorization", "").removeprefix("Basic ")
                user, _, word = base64.b64decode(header).decode().partition(":")
                scopes = [scope for value in query.get("scope", []) for scope in value.split()]
                server.asked += [f"{user or 'nobody'} {scope}" for scope in scopes]
                wrong = bool(user) and (user, word) != (USER, WORD)
                body = b"" if wrong else json.dumps({"token": server.token(user, query["service"][0], scopes)}).encode()
                self.send_response(401 if wrong else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on the screen."""

        return Handler


def certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """A key and a certificate of its own for host names, good for a day."""
    key, made = folder / "key.pem", folder / "certificate.pem"
    words = ["/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    words += ["-subj", f"/CN={names[0]}", "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)]
    subprocess.run([*words, "-keyout", str(key), "-out", str(made)], check=True, capture_output=True)
    return key, made


def docker_config(folder: Path, host: str, user: str = USER, word: str = WORD) -> Path:
    """A folder for DOCKER_CONFIG that knows one registry's password."""
    folder.mkdir(parents=True, exist_ok=True)
    auth = base64.b64encode(f"{user}:{word}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
    return folder


class Server(ThreadingHTTPServer):
    """Its threads keep no process from ending."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing on the screen: that a client goes away is what many tests are about."""


def serve(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """A server on a free port of loopback, in a thread of its own."""
    server = Server(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(host: str) -> bool:
    name, _, port = host.partition(":")
    try:
        socket.create_connection((name, int(port)), 1).close()
    except OSError:
        return False
    return True


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
