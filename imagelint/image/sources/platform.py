"""Which platforms of an image are wanted, and which there are (OCI image specification 1.1, image-index.md,
"platform")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from imagelint.errors import UnreadableError, UsageError
from imagelint.image.document import Document
from imagelint.image.model import Image

ALL = "all"
UNKNOWN = "unknown/unknown"
"""What BuildKit gives to attestations, which run nowhere."""
REFERENCE_TYPE, REFERENCE_DIGEST = "vnd.docker.reference.type", "vnd.docker.reference.digest"
_SHOWN = 20
"""Platforms that a message lists: no image has so many by far."""
_PLATFORM = re.compile(r"[a-z0-9_.-]{1,32}(?:/[a-z0-9_.-]{1,32}){1,2}\Z", re.IGNORECASE)
_MACHINES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "i686": "386",
    "armhf": "arm/v7",
    "armv7l": "arm/v7",
    "armel": "arm/v6",
    "armv6l": "arm/v6",
}
"""Other names of architectures (containerd/platforms: database.go; uname -m)."""
_USUAL = {"arm64": "v8", "arm": "v7", "amd64": "v1"}
"""The variant that is meant where none is given (the same)."""


def platform_of(descriptor: Document) -> str:
    """os/architecture[/variant] of a descriptor, or empty."""
    value = descriptor.value.get("platform")
    parts = [value.get(key) for key in ("os", "architecture", "variant")] if isinstance(value, dict) else []
    return "/".join(part for part in parts if isinstance(part, str) and part)


def machine() -> str:
    """The platform whose images this machine runs: on macOS and Windows too they are for Linux."""
    import platform  # heavy: only when a registry is asked

    name = platform.machine().lower()
    return f"linux/{_MACHINES.get(name, name)}"


def matches(wanted: str, there: str) -> bool:
    """Whether a platform is the wanted one; without a variant, every variant is."""
    system, architecture, variant = _parts(wanted)
    other = _parts(there)
    usual = _USUAL.get(architecture, "")
    return (system, architecture) == other[:2] and (not variant or variant == (other[2] or usual))


def serves(wanted: str, there: str) -> bool:
    """Whether an image for a platform runs on the wanted one: on the same system and processor, of which later
    variants run what is for earlier ones (containerd/platforms: compare.go)."""
    system, architecture, variant = _parts(wanted)
    other = _parts(there)
    if (system, architecture) != other[:2]:
        return False
    usual = _USUAL.get(architecture, "")
    have = other[2] or usual
    if not variant or variant == have:
        return True
    return bool(re.fullmatch(r"v\d", variant) and re.fullmatch(r"v\d", have)) and have < variant


def is_platform(text: str) -> bool:
    """Whether it is OS/ARCHITECTURE[/VARIANT]."""
    return _PLATFORM.match(text) is not None


class Choice:
    """What is asked for: one platform, `all`, or nothing. Nothing means every image there is, or, where `preferred`
    is given, that one of several, else the first.

    UsageError when the words are no platform.
    """

    def __init__(self, asked: str = "", preferred: str = "") -> None:
        if asked and asked != ALL and not _PLATFORM.match(asked):
            raise UsageError(f"--platform {asked[:100]!r}: give OS/ARCHITECTURE[/VARIANT], as linux/arm64, or {ALL}")
        self._asked = "" if asked == ALL else asked
        self._preferred = "" if asked else preferred
        self._there: dict[str, None] = {}

    def among(self, descriptors: Sequence[Document]) -> list[Document]:
        """The descriptors of an index that may lead to a wanted image. Those of other platforms are left unread, and
        with them what is attested of them; those that name no platform may be anything."""
        known: dict[int, str] = {}
        for number, descriptor in enumerate(descriptors):
            name = platform_of(descriptor)
            if name and name != UNKNOWN and not _annotation(descriptor, REFERENCE_TYPE):
                known[number] = name
        self._note(known.values())
        wanted = self._of(list(known.values()))
        kept = [number for number, name in known.items() if name in wanted]
        left = set(known).difference(kept[:1] if self._preferred else kept)
        digests = [descriptors[number].value.get("digest") for number in left]
        return [
            descriptor
            for number, descriptor in enumerate(descriptors)
            if number not in left and _annotation(descriptor, REFERENCE_DIGEST) not in digests
        ]

    def pick(self, images: list[Image]) -> list[Image]:
        """The wanted ones of all images that were found, by what their configurations say. UnreadableError lists which
        platforms there are when there is no such one."""
        self._note(image.platform for image in images)
        wanted = self._of([image.platform for image in images])
        kept = [image for image in images if image.platform in wanted or not image.platform]
        if self._asked and not kept and self._there and not self._of(list(self._there)):
            raise UnreadableError(f"there is no image for {self._asked}; there are {self._listed(self._there)}")
        if self._preferred and kept:
            kept = kept[:1]
            if others := [name for name in self._there if name != kept[0].platform]:
                reason = f"not read: {self._listed(others)}; --platform {ALL} reads every one"
                kept[0].limited.append(("other platforms", reason))
        return kept

    def _of(self, names: Sequence[str]) -> set[str]:
        if self._asked:
            return {name for name in names if matches(self._asked, name)}
        if self._preferred:
            return set([name for name in names if matches(self._preferred, name)][:1] or names[:1])
        return set(names)

    def _note(self, names: Iterable[str]) -> None:
        for name in names:
            if len(self._there) < _SHOWN and _PLATFORM.match(name):
                self._there[name] = None

    def _listed(self, names: Iterable[str]) -> str:
        return ", ".join(sorted(names))


def _annotation(descriptor: Document, key: str) -> str:
    value = descriptor.value.get("annotations")
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _parts(platform: str) -> tuple[str, str, str]:
    """os, architecture, variant, under their usual names."""
    system, _, rest = platform.lower().partition("/")
    architecture, _, variant = rest.partition("/")
    architecture, _, implied = _MACHINES.get(architecture, architecture).partition("/")
    variant = variant or implied
    return system, architecture, f"v{variant}" if variant.isdecimal() else variant
