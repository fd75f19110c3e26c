"""A client for what a scan asks of a registry: manifests, blobs, referrers (OCI distribution specification 1.1).

It waits where it is told to, follows redirects without credentials, and never leaves TLS behind.
"""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Iterable, Mapping
from contextlib import closing

import httpx

from imagelint.errors import DigestError, UnreadableError
from imagelint.image.document import is_digest, verify
from imagelint.image.sources.reference import Reference
from imagelint.image.sources.registry_answers import plain_type, retry_after, spent
from imagelint.image.sources.registry_auth import PULL, Authority
from imagelint.image.sources.registry_errors import DeniedError, StatusError, cut_reason, lasting, missing
from imagelint.image.sources.registry_network import Route, literal_kind
from imagelint.image.sources.registry_pace import Pace
from imagelint.record import record
from imagelint.stream import limits

_HEADERS = {"User-Agent": "imagelint", "Accept-Encoding": "identity"}
_REDIRECTS = (301, 302, 303, 307, 308)
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}\Z")
_NO_HEAD = (*_REDIRECTS, 405, 501)
_BUSY = (429, 502, 503, 504)


@record
class Answer:
    """A manifest or an index."""

    data: bytes
    digest: str
    media_type: str


@record
class Head:
    """What a registry says of a manifest that it does not send; each may be empty, or -1."""

    digest: str = ""
    media_type: str = ""
    size: int = -1


class Client:
    """Asks for one repository. Threads may share it."""

    def __init__(
        self,
        reference: Reference,
        insecure: Iterable[str] = (),
        seconds: float = math.inf,
        route: Route | None = None,
        pace: Pace | None = None,
        actions: str = PULL,
    ) -> None:
        """`seconds` from now on nothing more is asked, or waited for; UnreadableError then. `route` is that of another
        client of the same host, whose connections and tokens are used again; `pace` is that of a new one. A reference
        without a name is for the registry itself, which has a list of repositories. `actions` are what a token is asked
        for."""
        self.reference = reference
        self._seconds, self._until = seconds, time.monotonic() + seconds
        try:
            self._home = httpx.URL(f"https://{reference.server}")
            host = _host(self._home)
        except (httpx.InvalidURL, ValueError):
            raise UnreadableError("the host of the reference is none, or its port is not from 1 to 65535") from None
        named = {name.lower() for name in insecure}
        self._insecure = {name for name in named if ":" not in name}
        """Hosts that may be asked without TLS."""
        if reference.server.lower() in named:
            self._insecure.add(host)
        if literal_kind(host) == "loopback":
            self._insecure |= {"localhost", "127.0.0.1", "::1", host}
        self.route = route or Route(host, self._insecure, pace)
        self.authority = Authority(reference, self._ask, self._url, self.route.keys, actions)
        self._reached = False
        self._cuts = 0
        self._waited = 0.0

    def within(self, seconds: float) -> None:
        """From now on, and not from when it was made: nothing more is asked, or waited for, after so many seconds."""
        self._seconds, self._until = seconds, time.monotonic() + seconds
        self._cuts, self._waited = 0, 0.0

    def manifest(self, wanted: str, accept: Iterable[str]) -> Answer:
        """A manifest by tag or digest, whole and verified. DeniedError when it is not given to whom asks."""
        data, headers = self.document(f"manifests/{wanted}", accept)
        told, media_type = headers.get("docker-content-digest", ""), headers.get("content-type", "")
        digest = wanted if is_digest(wanted) else f"sha256:{hashlib.sha256(data).hexdigest()}"
        verify(data, digest, "the manifest")
        if is_digest(told) and told != digest:
            try:
                verify(data, told, "the manifest")  # by another algorithm
            except DigestError as error:
                raise DigestError(f"{error}, which Docker-Content-Digest promises") from None
        return Answer(data, digest, plain_type(media_type))

    def document(self, path: str, accept: Iterable[str], what: str = "the manifest") -> tuple[bytes, httpx.Headers]:
        """A document below the repository, whole, and what its headers say; DeniedError as for `open`. `what` names it
        in errors."""
        cuts = 0
        while True:
            try:
                with closing(self.open(path, {"Accept": ", ".join(accept)})) as response:
                    data = self._body(response, limits.DOCUMENT, what)
                self.route.pace.answered(well=True)
                return data, response.headers
            except httpx.TransportError as error:
                cuts = self.cut(error, cuts)

    def digest(self, wanted: str, accept: Iterable[str]) -> str:
        """The digest that the registry gives for a tag; see `head`."""
        return self.head(wanted, accept).digest

    def head(self, wanted: str, accept: Iterable[str]) -> Head:
        """What the registry says of a tag, by a HEAD, which Docker Hub does not count as a pull. Empty where it says
        nothing, or does not know HEAD. DeniedError as for `open`."""
        path, cuts = f"manifests/{wanted}", 0
        while True:
            try:
                with closing(self._answer("HEAD", path, {"Accept": ", ".join(accept)})) as response:
                    if response.status_code in _NO_HEAD:
                        return Head()
                    if response.status_code != 200:
                        raise self._refusal(response, path)
                    spent(response)
                    self.route.pace.answered(well=True)
                    told, headers = response.headers.get("docker-content-digest", ""), response.headers
                    size = headers.get("content-length", "")
                    return Head(
                        told if is_digest(told) else "",
                        plain_type(headers.get("content-type", "")),
                        int(size) if size.isdecimal() and len(size) < 19 else -1,
                    )
            except httpx.TransportError as error:
                cuts = self.cut(error, cuts)

    def there(self, path: str, headers: Mapping[str, str] | None = None) -> None:
        """Ask whether there is something below the repository. Raises what `open` raises."""
        spent(self.open(path, headers, "HEAD"))

    def open(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> httpx.Response:
        """The answer to a request below the repository, its body not yet read. DeniedError for 401, 403, 404 and 429;
        httpx.TransportError when the connection is cut."""
        response = self._answer(method, path, headers or {})
        if response.status_code in (200, 206) or (method == "HEAD" and response.status_code in _REDIRECTS):
            return response
        try:
            raise self._refusal(response, path)
        finally:
            spent(response)

    def _answer(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> httpx.Response:
        """Whatever is answered below the repository, in the end."""
        self._settle()
        return self._answer_at(
            method, self._home.join("/".join(filter(None, ("/v2", self.reference.name, path)))), headers, content
        )

    def _answer_at(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes | None = None
    ) -> httpx.Response:
        """The same of a place that may be elsewhere; after a 401 it is asked once more, with a new header."""
        header = self.authority.header if self._at_home(url) else ""
        response = self._follow(method, url, headers, header, content)
        if response.status_code == 401 and self._at_home(url) and self._at_home(response.url):
            spent(response)
            self.authority.renew(response.headers.get_list("www-authenticate"), header)
            response = self._follow(method, url, headers, self.authority.header, content)
        return response

    def cut(self, error: httpx.TransportError, cuts: int) -> int:
        """After a cut, the number of cuts so far of what is being read. UnreadableError when there were too many, or
        nobody has answered at all."""
        self._cuts += 1
        url = error.request.url
        home = self._at_home(url)
        reason = cut_reason(error, self.reference.server if home else url.netloc.decode("ascii"))
        if home:
            self.route.pace.answered(well=False)
        if lasting(error) or (isinstance(error, (httpx.ConnectError, httpx.ProxyError)) and not self._reached):
            raise UnreadableError(reason) from None
        if cuts >= limits.REGISTRY_CUTS or self._cuts > limits.REGISTRY_CUTS_IN_ALL:
            raise UnreadableError(f"{reason}, {cuts + 1} times: try again later") from None
        self.route.pace.rest(0.1 * 2**cuts)
        return cuts + 1

    def _settle(self) -> None:
        """Find out, once, which scheme a host speaks that may be asked without TLS."""
        schemes = ["https", "http"] if self._home.host in self._insecure else ["https"]
        if literal_kind(self._home.host) == "loopback":
            schemes.reverse()  # nobody listens in between, and a plain server may wait long for the end of a handshake
        if self.route.scheme:
            schemes = [self.route.scheme]
        if len(schemes) == 1:
            if self._home.scheme != schemes[0]:
                self._home = self._home.copy_with(scheme=schemes[0])
            return
        for scheme in schemes:
            home = self._home.copy_with(scheme=scheme)
            try:
                answer = self._once("GET", home.join("/v2/"), {})
                status = answer.status_code
                spent(answer)
            except httpx.TransportError as error:
                if scheme == schemes[-1]:
                    raise UnreadableError(cut_reason(error, self.reference.server)) from None
                continue
            if status != 400 or scheme == schemes[-1]:  # 400: what TLS servers say to plain HTTP
                self._home, self.route.scheme = home, scheme
                return

    def _follow(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], authorization: str, content: bytes | None = None
    ) -> httpx.Response:
        """Send, and go where the answers lead; the credentials stay with the registry."""
        allowed = {"Authorization": authorization} if authorization else {}
        response = self._send(method, url, {**headers, **allowed}, content=content)
        for _ in range(limits.REGISTRY_REDIRECTS):
            location = response.headers.get("location", "")
            if method == "HEAD" or response.status_code not in _REDIRECTS or not location:
                return response
            spent(response)
            target = self._url(location, response.url)
            response = self._send(method, target, headers, content=content)
        response.close()
        raise UnreadableError(f"{self.reference.host} leads on more than {limits.REGISTRY_REDIRECTS} times")

    def _send(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Send, and wait as long as is asked for, within bounds; what fails for once is asked again."""
        least, tries = 1.0, 0
        pace = self.route.pace
        while True:
            response = self._once(method, url, headers, form, content)
            status, later = response.status_code, response.headers.get("retry-after", "")
            self._reached = True
            if status == 500 and tries < limits.REGISTRY_TRIES:
                pace.answered(well=False)
                spent(response)
                tries += 1
                pace.rest(0.1 * 2**tries)
                continue
            seconds = max(least, retry_after(later))
            wait = min(limits.REGISTRY_WAIT - self._waited, self._until - time.monotonic())
            everybody = status == 429 or bool(later)
            if status not in _BUSY:
                return response
            if seconds > wait or (everybody and not pace.hold(seconds)):
                pace.answered(well=False)
                return response
            spent(response)
            self._waited += seconds
            if not everybody:
                pace.rest(seconds)
            least *= 2

    def _once(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """One request. No httpx.Client, which would keep cookies and look at redirects by itself. For a connection that
        others have it is waited for as long as they have it."""
        self.route.pace.turn(self.reference.host, self._left())
        left = self._left()
        free = None if left == math.inf else left
        timeout = httpx.Timeout(
            min(limits.REGISTRY_SILENCE, left), connect=min(limits.REGISTRY_CONNECT, left), pool=free
        )
        request = httpx.Request(
            method,
            url,
            headers={**_HEADERS, **headers},
            data=form,
            content=content,
            extensions={"timeout": timeout.as_dict()},
        )
        try:
            response = self.route.handle_request(request)
        except httpx.TransportError as error:
            error.request = request
            raise
        response.request = request
        return response

    def _url(self, text: str, base: httpx.URL | None = None) -> httpx.URL:
        """Where the registry leads to, from `base` or in all. UnreadableError where it must not; to which addresses it
        may, Route knows."""
        host = self.reference.host
        try:
            url = httpx.URL(text) if base is None else base.join(text)
            name = _host(url)
        except (httpx.InvalidURL, ValueError):
            raise UnreadableError(f"{host} leads to what is no URL") from None
        if url.scheme not in ("http", "https") or not _HOST.match(name) or url.userinfo:
            raise UnreadableError(f"{host} leads to what is no place on the web (a {url.scheme or 'nameless'} URL)")
        plain = (base or self._home).scheme == "http" and name in {self._home.host, *self._insecure}
        if url.scheme == "http" and not plain:
            raise UnreadableError(f"{host} leads to plain HTTP, where anyone can read and change what is sent")
        return url

    def _ask(self, method: str, url: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, bytes]:
        """Ask a token server. It may not lead on: what is sent is the user's password."""
        what = "the token server's answer"
        cuts = 0
        while True:
            try:
                with closing(self._send(method, httpx.URL(url), headers, form)) as response:
                    return response.status_code, self._body(response, limits.REGISTRY_ANSWER, what)
            except httpx.TransportError as error:
                cuts += 1
                if cuts > limits.REGISTRY_TRIES or lasting(error) or isinstance(error, httpx.ConnectError):
                    reason = cut_reason(error, httpx.URL(url).host)
                    raise UnreadableError(f"the token server: {reason}") from None
                self.route.pace.rest(0.1 * 2**cuts)

    def _left(self) -> float:
        """Seconds that are left. UnreadableError when there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise UnreadableError(f"{self.reference.host} took over {self._seconds:.0f} seconds: try again later")
        return left

    def _at_home(self, url: httpx.URL) -> bool:
        return (url.scheme, url.host, url.port) == (self._home.scheme, self._home.host, self._home.port)

    def _body(self, response: httpx.Response, limit: int, what: str) -> bytes:
        """A whole body, which must not be larger."""
        data = bytearray()
        for part in response.iter_raw():
            self._left()
            data += part
            if len(data) > limit:
                raise UnreadableError(f"{what} has more than {limit} bytes")
        return bytes(data)

    def _refusal(self, response: httpx.Response, path: str) -> UnreadableError:
        reference, status = self.reference, response.status_code
        if status in (401, 403, 404) and not self._at_home(response.url):
            return UnreadableError(f"{reference.host} leads to a place that does not give it (status {status})")
        if status in (401, 403):
            return self.authority.denied()
        if status == 404:
            return missing(reference, path, self._body(response, limits.REGISTRY_ANSWER, "the registry's answer"))
        if status == 429:
            return DeniedError(
                f"{reference.host} answers no more requests for now (too many were made): try again later, or "
                f"`docker login {reference.host}` for a higher limit",
                429,
            )
        if status in _BUSY:
            return UnreadableError(f"{reference.host} is not available now (status {status}): try again later")
        return StatusError(f"{reference.host} answers with status {status}", status)


def _host(url: httpx.URL) -> str:
    """ValueError for a name that cannot be decoded (RFC 5891), and for a port that is none."""
    if (url.port or 0) > 65535:
        raise ValueError("a port has 16 bits")
    return url.host
