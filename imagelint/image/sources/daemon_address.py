"""Where the Docker daemon and Podman's service listen, found as their own clients find it, and without asking them.

Docker (cli/command/cli.go, "resolveContextName"; docs.docker.com/reference/cli/docker): DOCKER_HOST with
DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, then the context that DOCKER_CONTEXT or config.json's `currentContext` names,
then the usual socket. Podman (podman-system-service(1)): CONTAINER_HOST, then the socket of the user, then root's.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys

from imagelint.errors import UnreadableError
from imagelint.record import record

DOCKER, PODMAN = "docker", "podman"
NAMES = {DOCKER: "the Docker daemon", PODMAN: "Podman's service"}
_PEM = ("ca.pem", "cert.pem", "key.pem")


@record
class Address:
    """One daemon's address."""

    kind: str
    """docker or podman."""
    url: str
    """unix://PATH, tcp://HOST:PORT, ssh://... or npipe://..."""
    told_by: str = ""
    """What names the address; empty for the usual place."""
    tls: str = ""
    """The folder with ca.pem, cert.pem and key.pem; empty for no TLS of ours."""
    verify: bool = True
    """Whether the daemon's certificate is checked."""

    @property
    def name(self) -> str:
        """the Docker daemon, Podman's service."""
        return NAMES[self.kind]

    @property
    def path(self) -> str:
        """Of a unix socket; empty for other addresses."""
        return self.url.removeprefix("unix://") if self.url.startswith("unix://") else ""

    @property
    def there(self) -> bool:
        """Whether it is worth asking: somebody named it, or its socket exists."""
        return bool(self.told_by) or not self.path or os.path.exists(self.path)


def address(kind: str) -> Address:
    """Where to find the daemon. UnreadableError when a context is named that cannot be read."""
    return _docker() if kind == DOCKER else _podman()


def _docker() -> Address:
    environment = os.environ
    if host := environment.get("DOCKER_HOST"):
        return named(host, "DOCKER_HOST")
    if context := environment.get("DOCKER_CONTEXT"):
        told_by = "DOCKER_CONTEXT"
    else:
        context, told_by = _current_context(), "the current context"
    if context and context != "default":
        return _of_context(context, told_by)
    return Address(
        DOCKER, "npipe:////./pipe/docker_engine" if sys.platform == "win32" else "unix:///var/run/docker.sock"
    )


def named(host: str, told_by: str) -> Address:
    """The daemon at an address that somebody names, as `docker --host` takes it: TLS by DOCKER_TLS_VERIFY and
    DOCKER_CERT_PATH."""
    verify = bool(os.environ.get("DOCKER_TLS_VERIFY"))
    folder = os.environ.get("DOCKER_CERT_PATH") or (_settings() if verify else "")
    return Address(DOCKER, _url(host), told_by, folder if host.startswith("tcp://") else "", verify)


def _podman() -> Address:
    if host := os.environ.get("CONTAINER_HOST"):
        if host.startswith("ssh://"):
            raise UnreadableError(
                "CONTAINER_HOST leads over ssh, which is not read: forward the socket (ssh -nNT -L "
                "/tmp/podman.sock:/run/podman/podman.sock HOST) and set CONTAINER_HOST=unix:///tmp/podman.sock"
            )
        return Address(PODMAN, _url(host), "CONTAINER_HOST")
    users = os.environ.get("XDG_RUNTIME_DIR") or (f"/run/user/{os.getuid()}" if hasattr(os, "getuid") else "")
    usual = [f"{users}/podman/podman.sock", "/run/podman/podman.sock"]
    return Address(PODMAN, f"unix://{next(filter(os.path.exists, usual), usual[-1])}")


def _url(host: str) -> str:
    """Docker takes a bare path for a socket too."""
    return f"unix://{host}" if host.startswith("/") else host


def _settings() -> str:
    return os.environ.get("DOCKER_CONFIG") or os.path.join(os.path.expanduser("~"), ".docker")


def _current_context() -> str:
    try:
        with open(os.path.join(_settings(), "config.json"), "rb") as file:
            name = json.load(file).get("currentContext")
    except (OSError, ValueError, AttributeError):
        return ""  # Docker warns and goes on with its default
    return name if isinstance(name, str) else ""


def _of_context(name: str, told_by: str) -> Address:
    """contexts/meta/<id>/meta.json and contexts/tls/<id>/docker/, where the id is the name's SHA-256
    (docker/cli, cli/context/store)."""
    identity = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    contexts = os.path.join(_settings(), "contexts")
    told_by = f"{told_by} {name}"
    try:
        with open(os.path.join(contexts, "meta", identity, "meta.json"), "rb") as file:
            endpoint = json.load(file)["Endpoints"]["docker"]
        host, verify = endpoint.get("Host"), endpoint.get("SkipTLSVerify") is not True
    except FileNotFoundError:
        raise UnreadableError(f"{told_by} does not exist; `docker context ls` lists those that do") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UnreadableError(f"{told_by} cannot be read; `docker context inspect` tells more") from None
    if not isinstance(host, str) or not host:
        raise UnreadableError(f"{told_by} names no host; `docker context inspect` tells more")
    folder = os.path.join(contexts, "tls", identity, "docker")
    tls = folder if host.startswith("tcp://") and os.path.isdir(folder) else ""
    return Address(DOCKER, _url(host), told_by, tls, verify)


def certificates(where: Address) -> dict[str, str]:
    """The files of its TLS material that exist, by name. UnreadableError when a certificate has no key or there is
    nothing to check the daemon's with."""
    found = {name: os.path.join(where.tls, name) for name in _PEM if os.path.isfile(os.path.join(where.tls, name))}
    missing = [name for name in _PEM if name not in found]
    if ("cert.pem" in found) != ("key.pem" in found) or (where.verify and "ca.pem" in missing):
        raise UnreadableError(f"{where.told_by}: the TLS material in {where.tls} lacks {', '.join(missing)}")
    return found
