"""The way to a Dask scheduler: its address, TLS, and a client that says in one line what is wrong."""

from __future__ import annotations

import logging
import socket
import ssl
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from imagelint.errors import AbsentError, UsageError
from imagelint.image.sources.registry_network import literal_kind
from imagelint.record import record

if TYPE_CHECKING:
    from distributed import Client

CONNECT = 10.0
"""Seconds until a scheduler must have answered."""
_PAUSE = 0.25
_FORM = "tcp://HOST:PORT, or tls://HOST:PORT where it is not on this machine"
_FILES = (("--dask-ca", "ca"), ("--dask-cert", "certificate"), ("--dask-key", "key"))
_LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application", "asyncio")


@record
class Tls:
    """Files in PEM: whom to trust, and who we are. All are given, or none."""

    ca: str = ""
    certificate: str = ""
    key: str = ""


class Cluster:
    """One scheduler, as the user named it."""

    def __init__(self, address: str, tls: Tls | None = None, plain: bool = False) -> None:
        """`plain`: also off this machine without TLS. UsageError for what is no address, for files that are not there,
        and where the extra is not installed; nothing is asked yet."""
        self._tls = tls if tls is not None and any((tls.ca, tls.certificate, tls.key)) else None
        self.address = _checked(address, self._tls, plain)
        try:
            import cryptography  # noqa: F401 - asked for here, so that nothing has been read yet
            import distributed  # noqa: F401
        except ImportError:
            raise UsageError("--dask needs further packages: pip install 'imagelint[dask]'") from None

    def connect(self, seconds: float = CONNECT) -> Client:
        """A new client, which is the caller's to close. AbsentError when there is no scheduler that lets us in within
        so many seconds: it may have been started just now."""
        from distributed import Client

        self._knock(time.monotonic() + seconds)
        try:
            with warnings.catch_warnings(action="ignore"):  # of versions of packages that no layer needs
                return Client(
                    self.address, security=self._security(), timeout=CONNECT, set_as_default=False, name="imagelint"
                )
        except Exception as error:  # whatever it is, there is no client
            raise AbsentError(self._no_way(error)) from None

    def _knock(self, until: float) -> None:
        parts = urlsplit(self.address)
        while True:
            try:
                socket.create_connection((parts.hostname or "", parts.port or 0), CONNECT).close()
                return
            except OSError:
                if time.monotonic() > until:
                    port = self.address.rpartition(":")[2]
                    starts = f"`dask scheduler --port {port}`, and its workers by `dask worker {self.address}`"
                    absent = f"no Dask scheduler answers at {self.address}: check the address, or start one by {starts}"
                    raise AbsentError(absent) from None
                time.sleep(_PAUSE)

    def _security(self) -> Any:
        if self._tls is None:
            return None
        from distributed.security import Security

        return Security(
            require_encryption=True,
            tls_ca_file=self._tls.ca,
            tls_client_cert=self._tls.certificate,
            tls_client_key=self._tls.key,
        )

    def _no_way(self, error: BaseException) -> str:
        """Why somebody answers, and there is no connection all the same."""
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLError):
                why = getattr(cause, "verify_message", "") or cause.reason or "no reason given"
                files = "do --dask-ca, --dask-cert and --dask-key belong to its authority?"
                return f"the Dask scheduler at {self.address} and this command do not trust each other ({why}): {files}"
            cause = cause.__cause__ or cause.__context__
        mend = "is it one, does it speak TLS (tls://), and has it the same version of Dask?"
        return f"what answers at {self.address} is no Dask scheduler that this command can talk to: {mend}"


@contextmanager
def quiet() -> Iterator[None]:
    """Within, Dask logs nothing in this process: of what went wrong we tell in one line, and it in fifty."""
    import distributed  # noqa: F401 - which sets the levels when it is imported

    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _checked(text: str, tls: Tls | None, plain: bool) -> str:
    """The address as Dask wants it. UsageError never quotes what could hold a password."""
    try:
        parts = urlsplit(text)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port or 0
    except ValueError:
        raise UsageError(f"--dask takes the address of a Dask scheduler: {_FORM}") from None
    if "@" in parts.netloc:
        raise UsageError("--dask takes no user and no password: who may use a scheduler is told by certificates")
    if scheme not in ("tcp", "tls") or not host or not port or parts.path.strip("/") or parts.query or parts.fragment:
        raise UsageError(f"--dask takes the address of a Dask scheduler: {_FORM}")
    address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    if scheme == "tcp" and tls is not None:
        raise UsageError(f"there are certificates for the scheduler, and tcp:// uses none: name it tls{address[3:]}")
    if scheme == "tcp" and not plain and literal_kind(host) != "loopback":
        mend = f"name it tls{address[3:]}, with --dask-ca, --dask-cert and --dask-key, or give --dask-plain"
        raise UsageError(f"{address} is not on this machine, and without TLS anyone on the way is a worker: {mend}")
    if scheme == "tls":
        _check_files(tls or Tls())
    return address


def _check_files(tls: Tls) -> None:
    for option, name in _FILES:
        path = getattr(tls, name)
        if not path:
            raise UsageError(f"tls:// needs {option}: a file in PEM")
        try:
            with open(path, "rb") as file:
                readable = b"-----BEGIN " in file.read(1 << 20)
        except OSError as error:
            raise UsageError(f"{option} {path}: it cannot be read: {error.strerror}") from None
        if not readable:
            raise UsageError(f"{option} {path}: it is no file in PEM")
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(tls.ca)
    except (ssl.SSLError, ValueError):
        raise UsageError(f"--dask-ca {tls.ca}: it holds no certificate that can be read") from None
    try:
        # A key with a password would be asked for on the terminal, in the middle of a run.
        context.load_cert_chain(tls.certificate, tls.key, lambda: "")
    except (ssl.SSLError, ValueError):
        reason = "they do not belong together, or the key has a password"
        raise UsageError(f"--dask-cert {tls.certificate} and --dask-key {tls.key}: {reason}") from None
