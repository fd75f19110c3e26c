"""Who asks: nobody first, then the user of Docker's configuration (OCI distribution specification 1.1; Docker's token
authentication specification; RFC 6750, RFC 7617).

Credentials go to the registry and to the one token server that it names, and nowhere else.
"""

from __future__ import annotations

import base64
import json
import os
import re
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

import httpx

from imagelint.errors import UnreadableError
from imagelint.image.document import Document, parse
from imagelint.image.sources.reference import Reference
from imagelint.image.sources.registry_errors import DeniedError
from imagelint.record import field, record
from imagelint.secrets.second_opinion import with_requests
from imagelint.stream import limits

_CHALLENGE = re.compile(r'([A-Za-z]\w*)=(?:"([^"]*)"|([^\s,"]+))|([A-Za-z]\w*)')
_SCOPE = re.compile(r"repository:[a-z0-9][a-z0-9._/-]{0,254}:pull\Z")
"""What may be asked for: a registry that names another scope could get hold of more than it needs."""
_CATALOGUE = "registry:catalog:*"
PULL = "pull"
"""What a token must allow for reading."""
_TOKEN = re.compile(r"[\x21-\x7e]+\Z")
_CLIENT = "imagelint"


@record
class Credentials:
    """A user's name and password, or an identity token (OAuth2's refresh token)."""

    user: str = field(default_factory=str, repr=False)
    password: str = field(default_factory=str, repr=False)
    identity: str = field(default_factory=str, repr=False)

    @property
    def basic(self) -> str:
        """As a header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


T = TypeVar("T")
Ask = Callable[[str, str, dict[str, str], dict[str, str]], tuple[int, bytes]]
"""Sends method, URL, headers and form to a token server: status and body."""


class Keys:
    """What was learned of the credentials for one registry, by all clients that share a route to it: hundreds of
    repositories are not worth hundreds of calls of a helper program, nor is each image worth a token of its own."""

    def __init__(self) -> None:
        self.headers: dict[tuple[str, str, bool], str] = {}
        """(repository, actions, whether with credentials) -> the newest header."""
        self.closed: set[str] = set()
        """Repositories that gave something to the user that they give to nobody in particular."""
        self.throttled = False
        """It answers no more to nobody in particular, and does to the user."""
        self.basic = ""
        """The header that serves all repositories, where the registry wants the password itself."""
        self.realms: dict[str, str] = {}
        """Repository -> its token server."""
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._found: tuple[Credentials | None, str] | None = None
        self._wrong = ""

    def credentials(self, host: str) -> tuple[Credentials | None, str]:
        """Those for the registry, looked up once, and the file that was read."""
        with self._lock:
            if self._wrong:
                raise UnreadableError(self._wrong)
            if self._found is None:
                try:
                    self._found = _look_up(host)
                except UnreadableError as error:
                    self._wrong = str(error)
                    raise
            return self._found

    def lock(self, name: str) -> threading.Lock:
        """The lock of a repository: one thread asks for its token, the others take that."""
        with self._lock:
            return self._locks.setdefault(name, threading.Lock())


class Authority:
    """The Authorization header for one repository (with an empty name: for the list of repositories): none at first,
    and a new one each time that the old is refused."""

    def __init__(
        self, reference: Reference, ask: Ask, url: Callable[[str], httpx.URL], keys: Keys, actions: str = PULL
    ) -> None:
        """`actions` are what a token is asked for (`pull,push`, `delete`)."""
        self._reference, self._ask, self._url, self._keys, self.actions = reference, ask, url, keys, actions
        self._credentials: Credentials | None = None
        self.where = ""
        """Which file the credentials were looked for in; empty until then."""

    @property
    def header(self) -> str:
        """What is sent."""
        return self._keys.headers.get((self._reference.name, self.actions, self.known), self._keys.basic * self.known)

    @property
    def known(self) -> bool:
        """Whether there are credentials."""
        return self._credentials is not None

    def look_up(self) -> bool:
        """From now on with credentials; False when there are none."""
        self._credentials, self.where = self._keys.credentials(self._reference.host)
        return self._credentials is not None

    def permitted(self, ask: Callable[[], T]) -> tuple[T, bool | None]:
        """What `ask` gives to nobody in particular, or else to the user; and whether it is given to everyone (None:
        not known). DeniedError when to neither."""
        closed = self._reference.name in self._keys.closed
        if (closed or self._keys.throttled) and self.look_up():
            return ask(), False if closed else None
        try:
            return ask(), True
        except DeniedError as error:
            if not self.look_up():
                raise self.denied() if error.status in (401, 403) else error from None
            found = ask()
            if error.status == 429:
                self._keys.throttled = True
                return found, None
            self._keys.closed.add(self._reference.name)
            return found, False

    def renew(self, challenges: Sequence[str], refused: str) -> None:
        """A new header after a 401; `refused` is the one that was sent. DeniedError when there is none to be had."""
        name = self._reference.name
        with self._keys.lock(name):
            if self.header != refused:
                return  # another thread has been here
            known = _challenges(challenges)
            if "bearer" in known:
                header = "Bearer " + self._token(known["bearer"])
            elif "basic" in known and self._credentials is not None and self._credentials.user:
                if refused:
                    raise self.denied()
                header = self._keys.basic = self._credentials.basic
            else:
                raise self.denied()
            self._keys.headers[name, self.actions, self.known] = header

    def denied(self) -> DeniedError:
        """Why there was no access."""
        reference = self._reference
        name = reference.name or "its list of repositories"
        if self._credentials is not None:
            return DeniedError(
                f"{reference.host} does not let in to {name} with the credentials of {self.where}: "
                f"`docker login {reference.host}` writes new ones",
                401,
            )
        maybe = ", if there is such a repository" if reference.name else ""
        looked = f"; there are none for it in {self.where}" if self.where else ""
        return DeniedError(
            f"{reference.host} wants credentials for {name}{maybe}{looked}: "
            f"`docker login {reference.host}` writes them",
            401,
        )

    def _token(self, challenge: dict[str, str]) -> str:
        realm, name = self._url(challenge.get("realm", "")), self._reference.name
        place = f"{realm.host}:{realm.port or ''}"
        if self._keys.realms.setdefault(name, place) != place:
            raise UnreadableError(f"{self._reference.host} names a second token server, which was not asked")
        scope = challenge.get("scope", "")
        if not name:
            scope = _CATALOGUE
        elif self.actions != PULL or not _SCOPE.match(scope):
            scope = f"repository:{name}:{self.actions}"
        asked = {"service": challenge.get("service", ""), "scope": scope}
        known = self._credentials
        if known is not None and known.identity:
            form = {**asked, "grant_type": "refresh_token", "refresh_token": known.identity, "client_id": _CLIENT}
            status, body = self._ask("POST", str(realm), {}, form)
        else:
            url = str(realm.copy_merge_params(asked))
            status, body = self._ask("GET", url, {"Authorization": known.basic} if known is not None else {}, {})
        if status in (400, 401, 403, 404):
            raise self.denied()
        if status != 200:
            raise UnreadableError(f"the token server of {self._reference.host} answers with status {status}")
        answer = Document(parse(body, "the token server's answer"), "the token server's answer")
        token = answer.text("token") or answer.text("access_token")
        if not _TOKEN.match(token):
            raise UnreadableError("the token server's answer holds no token")
        return token


def _challenges(headers: Sequence[str]) -> dict[str, dict[str, str]]:
    """scheme -> parameters; of several of one scheme the first (RFC 9110, section 11.6.1)."""
    found: dict[str, dict[str, str]] = {}
    for header in headers:
        parameters: dict[str, str] = {}
        for match in _CHALLENGE.finditer(header):
            if match[4]:
                parameters = {}
                found.setdefault(match[4].lower(), parameters)
            else:
                parameters[match[1].lower()] = match[2] if match[2] is not None else match[3]
    return found


def _look_up(host: str) -> tuple[Credentials | None, str]:
    """The credentials for a registry, and the file that was read; a helper program may have been asked."""
    with with_requests():
        from docker import auth  # heavy: only when a registry wants credentials
        from docker.utils import config

    folder = os.environ.get("DOCKER_CONFIG") or os.path.join(os.path.expanduser("~"), ".docker")
    path = config.find_config_file() or os.path.join(folder, "config.json")
    if not os.path.exists(path):
        return None, path
    try:
        with open(path, "rb") as file:
            document = json.loads(file.read(limits.DOCUMENT))
        known = auth.load_config(config_dict=document)
        helper = auth.get_credential_store(known, host)
    except Exception:  # whatever is wrong with the file: the texts of these errors may quote it
        raise UnreadableError(f"{path} is no configuration of Docker that can be read: mend or remove it") from None
    try:
        with warnings.catch_warnings(action="ignore"):
            entry = auth.resolve_authconfig(known, host)
    except Exception:  # the same for what a helper program says
        reason = f"the credential helper docker-credential-{helper}, which {path} names, is not there or failed"
        raise UnreadableError(f"{reason}: try `docker login {host}`") from None
    values = {key.lower(): value for key, value in (entry or {}).items() if isinstance(value, str)}
    found = Credentials(values.get("username", ""), values.get("password", ""), values.get("identitytoken", ""))
    return (found if found.identity or found.user else None), path
