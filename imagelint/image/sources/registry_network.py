"""The way to a registry: which addresses may be connected to, through which proxy, and how slow a server may be.

A server chooses where its redirects and its token realm lead, so that no name can be trusted with what it stands for:
an address is checked where the connection to it is made.

This module and its neighbours import httpx at once: they are only imported when a registry is asked.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import sys
import time
import urllib.request
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from imagelint.errors import UnreadableError
from imagelint.image.sources.registry_auth import Keys
from imagelint.image.sources.registry_pace import Pace
from imagelint.stream import limits

REACH = {
    "public": {"public"},
    "private": {"public", "private"},
    "loopback": {"public", "private", "loopback"},
    "link-local": {"public", "link-local"},
}
"""Where a registry with an address of one kind may lead. Services that trust whoever can connect to them (the metadata
of a cloud, daemons on loopback) must not be asked in a registry's name."""
_KEPT = 20
"""Connections that are kept for the next request, when nobody says how many there may be."""
_TRIED = 4
"""Addresses of one name that are connected to, one after the other."""


def kind_of(address: str) -> str:
    """loopback, link-local, private or public (RFC 6890)."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_loopback or ip.is_unspecified:
        return "loopback"
    if ip.is_link_local:
        return "link-local"
    return "public" if ip.is_global else "private"


def literal_kind(host: str) -> str:
    """The same of a host, from its name alone; empty for a name that must be looked up."""
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761, section 6.3
        return "loopback"
    try:
        return kind_of(host.strip("[]"))
    except ValueError:
        return ""


class Route(httpx.BaseTransport):
    """Sends requests on behalf of one registry, `home`, through the proxies of the environment; what is on loopback is
    never proxied. Hosts in `unverified` may show any certificate.

    Clients that share it share its connections, what is known of the registry's scheme and tokens, and the pace at
    which it is asked.
    """

    def __init__(self, home: str, unverified: Iterable[str], pace: Pace | None = None) -> None:
        self._home, self._unverified = home, frozenset(unverified)
        self.pace, self.keys = pace or Pace(), Keys()
        self.scheme = ""
        """What the registry speaks where that had to be found out, http or https."""
        self._transports: dict[tuple[int, str, bool], _Transport] = {}
        """Those of a process that this one was forked from stay its own: two must not talk over one connection."""
        self._home_kind = literal_kind(home)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request. UnreadableError when its host must not be asked."""
        host = request.url.host
        proxy = _proxy_for(request.url)
        if proxy and literal_kind(host):
            self._check(host, [literal_kind(host)])
        key = (os.getpid(), proxy, host not in self._unverified)
        if key not in self._transports:
            self._transports[key] = self._made(*key[1:])
        return self._transports[key].handle_request(request)

    def _made(self, proxy: str, verified: bool) -> _Transport:
        try:
            if proxy:
                return _Transport(_Backend(), _trusted(verified), self.pace.connections, proxy)
            return _Transport(_Backend(self), _trusted(verified), self.pace.connections)
        except (ImportError, ValueError, httpx.InvalidURL):
            reason = "the proxy of the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) is none that can be used"
            raise UnreadableError(f"{reason}: give it as http://HOST:PORT") from None

    def allow(self, host: str, addresses: list[str]) -> None:
        """UnreadableError when the registry must not lead to these addresses."""
        if host != self._home:
            self._check(host, [kind_of(address) for address in addresses])

    def _check(self, host: str, kinds: list[str]) -> None:
        if host == self._home:
            return
        if not self._home_kind:
            try:
                found = [kind_of(address) for address in resolve(self._home, 443)]
            except UnreadableError:
                found = ["public"]  # a proxy knows where it is
            self._home_kind = min(found, key=lambda kind: len(REACH[kind]))
        for kind in kinds:
            if kind not in REACH[self._home_kind]:
                raise UnreadableError(f"{self._home} leads to a {kind} address ({host}), which was not asked")


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnreadableError(f"there is no host {host}: check its name and the network") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))[:_TRIED]


def _proxy_for(url: httpx.URL) -> str:
    if literal_kind(url.host) == "loopback" or urllib.request.proxy_bypass(f"{url.host}:{url.port or ''}".rstrip(":")):
        return ""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all") or ""
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _trusted(verified: bool) -> ssl.SSLContext:
    """The system's authorities (SSL_CERT_FILE and SSL_CERT_DIR name others); httpx's own where the system has none."""
    paths = ssl.get_default_verify_paths()
    if verified and not paths.cafile and not paths.capath and not sys.platform.startswith("win"):
        return httpx.create_ssl_context()
    context = ssl.create_default_context()
    if not verified:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class _Transport(httpx.HTTPTransport):
    """httpx's own, over connections of ours."""

    def __init__(
        self, backend: httpcore.NetworkBackend, context: ssl.SSLContext, connections: int, proxy: str = ""
    ) -> None:
        most = httpx.Limits(max_connections=connections or None, max_keepalive_connections=connections or _KEPT)
        super().__init__(verify=context, proxy=proxy or None, limits=most)
        # httpcore documents the parameter network_backend of its pools, which httpx does not hand on.
        self._pool._network_backend = backend


class _Backend(httpcore.SyncBackend):
    """Connects to addresses that a route allows."""

    def __init__(self, route: Route | None = None) -> None:
        self._route = route

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *words: Any, **options: Any
    ) -> httpcore.NetworkStream:
        """Look the name up, check, connect."""
        addresses = resolve(host, port)
        if self._route is not None:
            self._route.allow(host, addresses)
        for last, address in enumerate(addresses, 1 - len(addresses)):
            try:
                return _Stream(super().connect_tcp(address, port, timeout, *words, **options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not last:
                    raise
        raise UnreadableError(f"there is no host {host}: check its name and the network")


class _Stream(httpcore.NetworkStream):
    """A connection whose other end must send at a least rate while it is waited for."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner, self._waited, self._came = inner, 0.0, 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes. UnreadableError when too few came in too long a time."""
        started = time.monotonic()
        data = self._inner.read(max_bytes, timeout)
        self._waited += time.monotonic() - started
        self._came += len(data)
        if self._waited > limits.REGISTRY_SLOW_SECONDS:
            if self._came < limits.REGISTRY_SLOW_BYTES:
                raise UnreadableError(
                    f"the server is too slow: {self._came} bytes in {self._waited:.0f} seconds; try again later"
                )
            self._waited, self._came = 0.0, 0
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """A request, with which the count begins anew."""
        self._waited, self._came = 0.0, 0
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same over TLS."""
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection."""
        return self._inner.get_extra_info(info)
