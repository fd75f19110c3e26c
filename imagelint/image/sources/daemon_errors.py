"""What the Docker SDK raises, told in one line that says what to do."""

from __future__ import annotations

import errno
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imagelint.errors import AbsentError, UnreadableError
from imagelint.image.sources.daemon_address import DOCKER, Address

_LONGEST = 300
"""Characters of a daemon's own words that are shown."""
_START = {
    "docker": "start it (`systemctl start docker`, Docker Desktop), or set DOCKER_HOST to where it listens",
    "podman": "start it (`systemctl --user start podman.socket`, or `podman system service --time=0`), or set "
    "CONTAINER_HOST to where it listens",
}
_ACCESS = {
    "docker": "run as root or as a member of the group docker, or set DOCKER_HOST to a daemon of your own",
    "podman": "run as the socket's owner, or set CONTAINER_HOST to a service of your own",
}
_NOBODY = (errno.ENOENT, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN)


@contextmanager
def plainly(where: Address, reference: str = "", *, saving: bool = False) -> Iterator[None]:
    """Every failure of the SDK and of what it stands on as an UnreadableError; AbsentError where nothing answers, or
    has the image. `saving`: the answer has begun."""
    try:
        yield
    except UnreadableError:
        raise
    except Exception as error:
        raise _told(error, where, reference, saving) from None


def _told(error: Exception, where: Address, reference: str, saving: bool) -> UnreadableError:
    from docker import errors  # heavy: only when a run needs it
    from requests.exceptions import HTTPError

    answered = next((cause for cause in _causes(error) if isinstance(cause, HTTPError)), None)
    if isinstance(error, errors.InvalidVersion):
        return UnreadableError(f"{where.name} at {where.url} is too old: the Docker SDK needs API 1.24 or newer")
    if answered is not None and answered.response is not None:
        status, words = answered.response.status_code, _words(answered.response.content)
        if status == 404 and reference:
            pull = "docker pull" if where.kind == DOCKER else "podman pull"
            return AbsentError(
                f"{where.name} has no image {reference}; `{pull} {reference}` fetches it, and registry:{reference} "
                "scans it where it is"
            )
        return UnreadableError(f"{where.name} refuses with status {status}: {words}")
    return _unanswered(error, where, saving)


def _unanswered(error: Exception, where: Address, saving: bool) -> UnreadableError:
    told_by = f" ({where.told_by})" if where.told_by else ""
    place = f"{where.path or where.url}{told_by}"
    causes = list(_causes(error))
    codes = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if saving:
        return UnreadableError(f"the connection to {where.name} broke while it sent the image; is it still running?")
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            reason = getattr(cause, "verify_message", "") or cause.reason or "no agreement"
            return UnreadableError(
                f"TLS with {place} failed: {reason}; DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or the context, say how"
            )
    if codes & {errno.EACCES, errno.EPERM}:
        return UnreadableError(f"no permission to ask {where.name} at {place}: {_ACCESS[where.kind]}")
    if codes.intersection(_NOBODY):
        return AbsentError(f"{where.name} is not running: nothing listens at {place}; {_START[where.kind]}")
    names = {type(cause).__name__ for cause in causes}
    if where.url.startswith("ssh://"):
        return UnreadableError(
            f"{where.name} cannot be asked over ssh ({where.told_by}): pip install 'docker[ssh]', or forward the "
            "socket (ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST) and set DOCKER_HOST=unix:///tmp/docker.sock"
        )
    if any("Timeout" in name for name in names) or TimeoutError in map(type, causes):
        return UnreadableError(f"{where.name} at {place} does not answer")
    if {"gaierror", "NameResolutionError"} & names:
        return AbsentError(f"{where.name} is not running: there is no host of the name in {place}")
    kind = type(causes[-1]).__name__
    return UnreadableError(
        f"{where.name} at {place} cannot be asked: {kind}; {_START[where.kind].partition(', or ')[2]}"
    )


def _words(body: bytes) -> str:
    """What an error's body says, on one line."""
    try:
        text = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        text = body.decode("utf-8", "replace")
    return " ".join(text.split())[:_LONGEST] or "no reason given"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those it was made of, the outermost first: requests and urllib3 hand causes on as arguments."""
    todo, seen = [error], set[int]()
    while todo and len(seen) < 50:
        at = todo.pop(0)
        if id(at) in seen:
            continue
        seen.add(id(at))
        yield at
        inner = [at.__cause__, at.__context__, getattr(at, "reason", None), *at.args]
        todo += [item for item in inner if isinstance(item, BaseException)]
