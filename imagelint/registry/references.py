"""The words of `imagelint registry`: registries, repositories, images, and files that list them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence

from imagelint.errors import UnreadableError, UsageError
from imagelint.image.sources.reference import DEFAULT_HOST, Reference, parse_reference
from imagelint.record import record
from imagelint.stream import limits
from imagelint.targets import Hole

FORM = "HOST[:PORT][/REPOSITORY[:TAG|@DIGEST]], or HOST/PREFIX/*"
FILE = "@"
"""What stands ahead of the name of a file of references."""
_PREFIX = "registry:"
"""How `imagelint scan` names images of registries."""
_GLOB = re.compile(r"[*?\[]")
_HOST = re.compile(r"(?:\[[^\]/]*\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?\Z")
_FULL = re.compile(r"localhost:|.*\..*:|\[")
"""What is a host with its port, wherever it stands."""
_STDIN = "-"
_SHOWN = 20
"""Lines of a file that are told one by one to be wrong."""


@record
class Ask:
    """What one word names: an image, a repository, all repositories of a registry, or some of them."""

    place: str
    """Where it stands: the word itself, or FILE:LINE."""
    host: str
    name: str = ""
    """The repository; empty for all of them."""
    glob: str = ""
    """Of all repositories those whose names this pattern fits."""
    tag: str = ""
    digest: str = ""

    @property
    def one(self) -> Reference | None:
        """The image, when it names one."""
        return Reference(self.host, self.name, self.tag, self.digest) if self.tag or self.digest else None


def asked(words: Sequence[str]) -> tuple[list[Ask], list[Hole]]:
    """What the words name, in order and each once, and which lines of files name nothing. UsageError for a word that
    names nothing, and for a file that cannot be read."""
    found: dict[tuple[str, ...], Ask] = {}
    holes: list[Hole] = []
    for word in words:
        path = word.removeprefix(FILE)
        if word.startswith(FILE) or word == _STDIN:
            for item in _listed(path):
                if isinstance(item, Hole):
                    holes.append(item)
                else:
                    found.setdefault(_key(item), item)
            continue
        try:
            item = parse(word)
        except UnreadableError as error:
            raise UsageError(f"{word[:100]!r}: {error}") from None
        found.setdefault(_key(item), item)
    return list(found.values()), holes


def parse(word: str, place: str = "") -> Ask:
    """What a word names, or a line of a file at a `place`. UnreadableError says what is wrong, without the word itself.

    A word begins with a registry. Lines come from lists that others make, where redis:7 is an image of Docker Hub.
    """
    if "://" in word:
        raise UnreadableError(
            f"a registry is named without a scheme: leave away what stands ahead of the host ({FORM})"
        )
    rest = word.removeprefix(_PREFIX)
    if rest == word or not _is_host(rest.partition("/")[0]):
        rest = word  # a host may be called registry
    first, _, path = rest.partition("/")
    if not _is_host(first) or (place and rest == first and ":" in first and not _FULL.match(first)):
        return _of_hub(rest, place or word)
    place = place or word
    host = parse_reference(f"{first}/a/b").host
    if not path:
        return Ask(place, host)
    if _GLOB.search(path):
        return Ask(place, host, glob=_pattern(path))
    if path.endswith("/"):
        raise UnreadableError(f"it ends in a slash: {first}/{path[:100]}* names all repositories below it")
    reference = parse_reference(rest)
    whole = not reference.digest and ":" not in path
    return Ask(place, host, reference.name, tag="" if whole else reference.tag, digest=reference.digest)


def _pattern(path: str) -> str:
    if "@" in path or ":" in path:
        raise UnreadableError("a pattern is of repositories, without a tag: --tag-glob has one of tags")
    return path


def _of_hub(word: str, place: str) -> Ask:
    """A name without a registry is one of Docker Hub, as Docker reads it; with a tag, so that nobody lists all tags of
    a repository that was meant to be a host."""
    reference = parse_reference(word)
    if not reference.digest and ":" not in word:
        raise UnreadableError(
            f"it names no registry: {FORM}; {DEFAULT_HOST}/{reference.name} is a repository of Docker Hub"
        )
    return Ask(place, reference.host, reference.name, tag=reference.tag, digest=reference.digest)


def _is_host(first: str) -> bool:
    """Whether it can only be a host: it has a dot, a port, or is localhost."""
    if not _HOST.match(first):
        return False
    try:
        host = parse_reference(f"{first}/a/b").host
    except UnreadableError:
        return False
    return host != DEFAULT_HOST or first.endswith(DEFAULT_HOST)


def _key(item: Ask) -> tuple[str, ...]:
    return item.host.lower(), item.name, item.glob, item.tag, item.digest


def _listed(path: str) -> Iterator[Ask | Hole]:
    """What each line of a file names; what stands behind a # is a remark. Bounded by limits.REFERENCES_FILE."""
    shown = "standard input" if path == _STDIN else path
    wrong = 0
    for number, line in enumerate(_read(path, shown).splitlines(), 1):
        word = line.partition(b"#")[0].strip()
        if not word:
            continue
        place = f"{shown}:{number}"
        try:
            yield parse(_text(word), place)
        except UnreadableError as error:
            wrong += 1
            if wrong <= _SHOWN:
                yield Hole(place, str(error))
    if wrong > _SHOWN:
        yield Hole(shown, f"{wrong - _SHOWN} more of its lines are no references: one of {FORM} a line, # for remarks")


def _text(word: bytes) -> str:
    try:
        text = word.decode("ascii")
    except UnicodeDecodeError:
        raise UnreadableError("a reference has only letters, digits and signs of ASCII") from None
    if not text.replace("\t", " ").isprintable():
        raise UnreadableError("there is a control character in it")
    if text.split() != [text]:
        raise UnreadableError("there is more than one word: give one reference a line, # for remarks")
    if text.startswith(FILE):
        raise UnreadableError("a file of references names no other file")
    return text


def _read(path: str, shown: str) -> bytes:
    if not path:
        raise UsageError("@ names no file: @FILE, or @- for standard input")
    try:
        if path == _STDIN:
            data = sys.stdin.buffer.read(limits.REFERENCES_FILE + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(limits.REFERENCES_FILE + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name is no path"
        raise UsageError(f"{shown[:200]}: the file of references cannot be read: {why}") from None
    if len(data) > limits.REFERENCES_FILE:
        raise UsageError(
            f"{shown[:200]}: the file of references has over {limits.REFERENCES_FILE >> 20} MiB: divide it"
        )
    if b"\0" in data:
        raise UsageError(f"{shown[:200]}: it is binary, and no file of references: one of {FORM} a line")
    return data.removeprefix(b"\xef\xbb\xbf")
