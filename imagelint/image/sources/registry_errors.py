"""What goes wrong with a registry, each in one line that says what to do."""

from __future__ import annotations

import json
import ssl

import httpx

from imagelint.errors import UnreadableError
from imagelint.image.sources.reference import Reference
from imagelint.stream import limits


class StatusError(UnreadableError):
    """The registry did not give what was asked for."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status
        """Of its answer."""


class DeniedError(StatusError):
    """With other credentials it might: 401 (403 too), 404 or 429."""


def lasting(error: httpx.TransportError) -> bool:
    """Whether another try would end the same way."""
    return any(isinstance(cause, ssl.SSLError) for cause in _causes(error))


def cut_reason(error: httpx.TransportError, host: str) -> str:
    """Why a connection failed."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = cause.verify_message.rstrip(".") or "nobody vouches for it"
            return (
                f"the certificate of {host} is not trusted ({why}): name its authority's certificate in SSL_CERT_FILE, "
                f"or give --insecure-registry {host}"
            )
        if isinstance(cause, ssl.SSLError):
            return (
                f"{host} does not speak TLS, and plain HTTP is only used with --insecure-registry {host}"
                if cause.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
                else f"TLS with {host} failed ({cause.reason or 'no reason given'})"
            )
        if isinstance(cause, ConnectionRefusedError):
            return f"nothing answers at {host}: check the host and its port, and that the registry runs"
    if isinstance(error, httpx.ProxyError):
        return f"the proxy of the environment does not let through to {host}"
    if isinstance(error, httpx.ConnectTimeout):
        return f"{host} did not take a connection within {limits.REGISTRY_CONNECT:.0f} seconds"
    if isinstance(error, httpx.ConnectError):
        return f"{host} cannot be reached: check the host, the network and the proxy"
    if isinstance(error, httpx.TimeoutException):
        return f"{host} sent nothing for {limits.REGISTRY_SILENCE:.0f} seconds"
    return f"{host} cut the connection"


def missing(reference: Reference, path: str, body: bytes) -> DeniedError:
    """For 404: what is not there (OCI distribution specification 1.1, "Error Codes")."""
    if not path.startswith("manifests/"):
        return DeniedError(f"{reference.host} does not have it", 404)
    if path.removeprefix("manifests/") != reference.wanted:
        return DeniedError(f"{reference.host} does not have this manifest", 404)
    codes = _codes(body)
    where = f"{reference.host}/{reference.name}"
    if "NAME_UNKNOWN" in codes:
        return DeniedError(f"there is no repository {where}, or only for those who may see it: check its name", 404)
    what = f"image with the digest {reference.digest}" if reference.digest else f"tag {reference.tag}"
    return DeniedError(f"there is no {what} in {where}, or only for those who may see it: check the name", 404)


def _codes(body: bytes) -> list[str]:
    try:
        return [str(item["code"]) for item in json.loads(body)["errors"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _causes(error: httpx.TransportError) -> list[BaseException]:
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None and len(causes) < 8:
        causes.append(cause)
    return causes
