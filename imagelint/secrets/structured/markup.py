"""Files of XML: build tools, servers of Java and .NET, property lists, FileZilla's sites.

maven.apache.org/settings.html; learn.microsoft.com/nuget/reference/nuget-config-file;
tomcat.apache.org/tomcat-10.1-doc/realm-howto.html; docs.jboss.org/hibernate; Apple's PropertyList-1.0.dtd
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from imagelint.lazy import Lazy
from imagelint.secrets.names import is_secret_name
from imagelint.secrets.structured.clusters import decoded
from imagelint.secrets.structured.value import GENERAL, HASH, OBSCURED, Cut, Reader, Value

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

_MOST = 50_000
"""Texts and attributes of one file."""
_DEPTH = 64
_ATTRIBUTE = Lazy(r"([\w:.-]{1,100})\s{0,64}=\s{0,64}(?:\"([^\"<]*)\"|'([^'<]*)')")
_TAG = Lazy(r"<[^\s/>]{1,200}(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>")


class Part(NamedTuple):
    """text[start:end] is an attribute's value or an element's text: `element`, `attribute` (or empty), and what the
    element's `key` or `name` says, or the <key> ahead of it in a property list."""

    element: str
    attribute: str
    key: str
    start: int
    end: int
    above: str
    attributes: dict[str, str]


class _Stop(Exception):
    """Entities, or more than is read."""


class _Document:
    """One pass of expat over a file; no entity is ever declared, so none can grow."""

    def __init__(self, text: str) -> None:
        from xml.parsers import expat  # rarely asked for

        self._text = text
        self.parts: list[Part] = []
        self._open: list[tuple[str, dict[str, str], int]] = []
        self._key = ""
        # A character a byte, whatever the document says: Python's codecs are not for a stranger to choose.
        self._parser: XMLParserType = expat.ParserCreate("iso-8859-1")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._refuse
        self._parser.ExternalEntityRefHandler = self._refuse
        self._error = expat.ExpatError

    def read(self) -> Iterator[Part]:
        """What was there up to the first mistake; raises Cut behind that when there is more."""
        cut = False
        try:
            self._parser.Parse(self._text.encode("latin-1", "replace"), True)
        except self._error:
            pass
        except _Stop:
            cut = True
        yield from self.parts
        if cut:
            raise Cut("XML that is too deep or too long, or has entities; patterns alone were searched in its rest")

    def _refuse(self, *_: object) -> int:
        raise _Stop

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.parts) > _MOST or len(self._open) >= _DEPTH:
            raise _Stop
        text, at = self._text, self._parser.CurrentByteIndex
        tag = _TAG.match(text, at)
        element = name.rpartition(":")[2]
        above = self._open[-1][0] if self._open else ""
        key = attributes.get("key") or attributes.get("name") or self._key
        end = tag.end() if tag else at
        for found in _ATTRIBUTE.finditer(text, at, end):
            start, stop = found.span(found.lastindex or 0)
            self.parts.append(Part(element, found[1].rpartition(":")[2], key, start, stop, above, attributes))
        self._open.append((element, attributes, end))

    def _end(self, _name: str) -> None:
        element, attributes, begin = self._open.pop()
        text, at = self._text, self._parser.CurrentByteIndex
        if at > begin and text.find("<", begin, at) in (-1, begin):
            raw = text[begin:at]
            body = raw.strip()
            start = begin + len(raw) - len(raw.lstrip())
            if body.startswith("<![CDATA[") and body.endswith("]]>"):
                body, start = body[9:-3], start + 9
            key = attributes.get("key") or attributes.get("name") or self._key
            above = self._open[-1][0] if self._open else ""
            if body:
                self.parts.append(Part(element, "", key, start, start + len(body), above, attributes))
            self._key = body[:100] if element == "key" else ""


def _reader(judge: Lazy | None = None, rule: str = GENERAL) -> Reader:
    """Attributes and texts whose own name, or whose `key`, promises a secret."""

    def read(text: str) -> Iterator[Value]:
        for part in _Document(text).read():
            name = part.attribute or part.element
            if name.lower() in ("value", "string", "property", "entry", "init-param", "param-value"):
                name = part.key
            if (judge.match(name) is not None) if judge is not None else is_secret_name(name):
                braces = text[part.start] == "{" and text[part.end - 1] == "}"  # as Maven writes what it encrypts
                yield Value(part.start, part.end, rule, name, dropped="encrypted" if braces else "")

    return read


def nuget(text: str) -> Iterator[Value]:
    """`ClearTextPassword`, API keys, and `Password`, which Windows encrypts for its user."""
    for part in _Document(text).read():
        if part.element != "add" or part.attribute != "value":
            continue
        encrypted = part.key == "Password" or part.above == "apikeys"
        if part.key == "ClearTextPassword" or encrypted:
            yield Value(part.start, part.end, GENERAL, part.key, formed=encrypted, encrypted=encrypted)


def filezilla(text: str) -> Iterator[Value]:
    """<Pass>, in base64 or, in old versions, as it is; encrypted behind a master password."""
    for part in _Document(text).read():
        if part.element == "Pass" and not part.attribute:
            how = part.attributes.get("encoding", "")
            said = decoded(text[part.start : part.end]) if how == "base64" else ""
            rule = OBSCURED if how else GENERAL
            yield Value(
                part.start, part.end, rule, "Pass", formed=bool(how), encrypted=how not in ("", "base64"), meaning=said
            )


web_config = _reader()
"""appSettings and identities; the keys that sign and encrypt cookies have a form of their own."""


def unattend(text: str) -> Iterator[Value]:
    """<Value> below an element that is called a password."""
    for part in _Document(text).read():
        if part.element == "Value" and not part.attribute and is_secret_name(part.above):
            yield Value(part.start, part.end, GENERAL, part.above)


_HASHED = Lazy(r"(?:#jbcrypt:)?(\$2[aby]\$\d\d\$[./A-Za-z0-9]{53})\Z")


def jenkins(text: str) -> Iterator[Value]:
    """The hash of a user's password; encrypted credentials are opened by the master key, which is found by itself."""
    for part in _Document(text).read():
        said = text[part.start : part.end]
        if part.element == "passwordHash" and (found := _HASHED.match(said)):
            yield Value(part.start + found.start(1), part.end, HASH, "passwordHash", formed=True)


_MAVEN = _reader(Lazy(r"(?:password|passphrase)\Z"))
_GENERAL = _reader()

READERS: dict[str, Reader] = {
    ".m2/settings.xml conf/settings.xml .m2/settings-security.xml maven/settings.xml": _MAVEN,
    "nuget.config": nuget,
    "sitemanager.xml recentservers.xml filezilla.xml": filezilla,
    "web.config app.config machine.config": web_config,
    "tomcat-users.xml server.xml context.xml hibernate.cfg.xml persistence.xml standalone.xml domain.xml "
    "*.plist applicationcontext.xml log4j2.xml": _GENERAL,
    "unattend.xml autounattend.xml sysprep.xml": unattend,
    "users/*/config.xml": jenkins,
}
