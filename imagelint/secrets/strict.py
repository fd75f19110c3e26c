"""What only the strict profile reports: what detect-secrets' plugins say of configuration and our own rules do not.

High entropy alone is a weak sign: identifiers, digests and public keys have it too. So these plugins are asked where
people keep settings, their findings come last wherever our own rules see anything, and our filters are put to them.
"""

from __future__ import annotations

from imagelint.lazy import Lazy
from imagelint.secrets import filters, kinds
from imagelint.secrets.confirm import ENTROPY, FORMAT, KEYWORD, Candidate
from imagelint.secrets.grammar import place
from imagelint.secrets.plugins import Plugins, Said
from imagelint.secrets.transformed import Room
from imagelint.stream import limits

RULES = {
    "Base64HighEntropyString": ENTROPY,
    "HexHighEntropyString": ENTROPY,
    "KeywordDetector": KEYWORD,
    "ArtifactoryDetector": FORMAT,
    "CloudantDetector": FORMAT,
    "IbmCosHmacDetector": FORMAT,
    "SoftlayerDetector": FORMAT,
}
"""Each plugin that is asked, and the rule that reports it. For the other formats there are rules of our own, which
prove what they can; a public IP address is no secret."""
DOCKERFILE = "Dockerfile"
"""The name by which the linter asks."""
_LINE_END = Lazy(r"\r\n?|\n")
_PUBLIC = Lazy(
    r"(?:sha[-_]?\d{0,3}|md5|digest|hash|checksum|integrity|revision|commit|etag|fingerprint|thumbprint|cert|public|pub"
    r"|uuid|guid|version|signature)\w{0,16}[\"']?[ \t]{0,4}[:=]?[ \t]{0,4}[\"']?\Z",
    256 | 2,  # ASCII, IGNORECASE
)
"""Names of what looks like chance and is for everyone."""
_BEFORE = 80
"""Characters ahead of a value in which its name stands."""
_AROUND = " \t\"'=:"
"""What the plugin for Artifactory takes along on both sides of a value."""
_NEAR = 4096
"""Characters from the line that a plugin names on, in which the value is looked for."""


class Strict:
    """The plugins, ready for files and values. May be shared between threads."""

    def __init__(self) -> None:
        self._plugins = Plugins(RULES)
        self._rules = {plugin.secret_type: RULES[type(plugin).__name__] for plugin in self._plugins.each}

    @staticmethod
    def wants(path: str) -> bool:
        """Whether a file is configuration, by its name, and no sample of it."""
        return kinds.kind_of(path) in (kinds.CERTAIN, kinds.CONFIG) and not kinds.is_sample(path)

    @staticmethod
    def room() -> Room:
        """For one layer, or for one text."""
        return Room(limits.PLUGIN_WORK)

    def file(self, text: str, filename: str, room: Room, pragmas: bool = True) -> list[Candidate]:
        """The candidates of a whole file, in order, dropped ones too; what was cut is said by the room."""
        said = self._plugins.found(text, filename, room, pragmas)
        if not said:
            return []
        starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
        found = [self._candidate(one, text, filename, starts) for one in said]
        return sorted(found, key=lambda candidate: candidate.start)

    def text(self, text: str, filename: str, name: str) -> list[Candidate]:
        """The candidates of a whole file of this name, if it is configuration, or of the value of a variable."""
        room = self.room()
        if name:
            return self.value(text, name, room)
        if not filename or not self.wants(filename):
            return []
        # A Dockerfile's own comments are for the linter to weigh: what they ignore stays in the report.
        return self.file(text, filename, room, pragmas=filename != DOCKERFILE)

    def value(self, text: str, name: str, room: Room) -> list[Candidate]:
        """The candidates of a variable's value."""
        value = text.strip()
        line = f'{name} = "{value}"'
        return [self._made(one, text, *_span(text, one.value, 0), "") for one in self._plugins.line(line, "", room)]

    def data(self, data: bytes, path: str, room: Room) -> list[Candidate]:
        """The same as `file` for bytes, with offsets in them. What is no UTF-8 is read a character a byte, unless it is
        no text at all."""
        try:
            text = data.decode()
            found = self.file(text, path, room)
            placed = found if text.isascii() else _in_bytes(found, text)
        except UnicodeDecodeError:
            placed = [] if 0 in data else self.file(data.decode("latin-1"), path, room)
        place(placed, data)
        return placed

    def _candidate(self, said: Said, text: str, filename: str, starts: list[int]) -> Candidate:
        said = said._replace(value=said.value.strip(_AROUND))
        line = min(said.line, len(starts)) - 1
        start, end = _span(text, said.value, starts[line])
        if end - start != len(said.value):  # joined, unescaped or decoded: its line stands for it
            end = starts[line + 1] if line + 1 < len(starts) else len(text)
            end = start + len(text[start:end].rstrip())
        return self._made(said, text, start, end, filename)

    def _made(self, said: Said, text: str, start: int, end: int, filename: str) -> Candidate:
        rule = self._rules[said.type]
        dropped = filters.why_no_password("", said.value, kinds.kind_of(filename), True)
        if not dropped and rule == ENTROPY and _PUBLIC.search(text, max(0, start - _BEFORE), start):
            dropped = "public"
        return Candidate(rule, said.value, start, end, dropped=dropped)


def _span(text: str, value: str, start: int) -> tuple[int, int]:
    """Where a value stands, from a line's start on; nowhere: the start alone."""
    at = text.find(value, start, start + _NEAR + len(value))
    return (at, at + len(value)) if at >= 0 else (start, start)


def _in_bytes(found: list[Candidate], text: str) -> list[Candidate]:
    at = offset = 0
    for candidate in found:
        offset += len(text[at : candidate.start].encode())
        at = candidate.start
        size = len(text[at : candidate.end].encode())
        candidate.start, candidate.end = offset, offset + size
    return found
