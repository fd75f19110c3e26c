"""References to images in registries, read as Docker reads them (distribution/reference: regexp.go, normalize.go)."""

from __future__ import annotations

import re

from imagelint.errors import UnreadableError
from imagelint.image.document import is_digest
from imagelint.record import record

DEFAULT_HOST = "docker.io"
_SERVERS = {DEFAULT_HOST: "registry-1.docker.io"}
"""Where a host's registry answers, when not under its own name."""
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::[0-9]{{1,5}})?\Z")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*\Z")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")
_LONGEST = 255
"""Characters of host and name together, as Docker has it."""
_FORM = "[HOST[:PORT]/]NAME[:TAG][@sha256:HEX]"


@record
class Reference:
    """One image in one registry."""

    host: str
    """With its port, as the user gave it."""
    name: str
    tag: str
    digest: str

    @property
    def server(self) -> str:
        """The host that is asked, with its port."""
        return _SERVERS.get(self.host, self.host)

    @property
    def wanted(self) -> str:
        """What names the manifest; a digest wins over a tag, which may have moved since."""
        return self.digest or self.tag

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.host}/{self.name}{tag}{'@' + self.digest if self.digest else ''}"


def parse_reference(text: str) -> Reference:
    """`app` is docker.io/library/app:latest. UnreadableError says what is wrong, without the text itself."""
    if "://" in text:
        raise UnreadableError(f"a reference has no scheme: leave away what stands ahead of the host ({_FORM})")
    rest, at, digest = text.partition("@")
    if at and not is_digest(digest):
        raise UnreadableError(f"behind the @ stands no digest (sha256: and 64 digits from 0 to f): {_FORM}")
    first, slash, path = rest.partition("/")
    if slash and (any(sign in first for sign in ".:[") or first == "localhost" or first.lower() != first):
        host = first
    else:
        host, path = DEFAULT_HOST, rest
    host = DEFAULT_HOST if host == f"index.{DEFAULT_HOST}" else host
    name, colon, tag = path.partition(":")
    if host == DEFAULT_HOST and "/" not in name:
        name = f"library/{name}"
    if len(host) + len(name) > _LONGEST or not _HOST.match(host) or not _NAME.match(name):
        hint = "; a name has no capital letters" if name.lower() != name and _NAME.match(name.lower()) else ""
        raise UnreadableError(f"it is no reference to an image: {_FORM}{hint}")
    if colon and not _TAG.match(tag):
        raise UnreadableError(f"behind the colon stands no tag: {_FORM}")
    return Reference(host, name, tag or ("" if digest else "latest"), digest)
