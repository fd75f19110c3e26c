"""--resolve: what registries say of the images that Dockerfiles name.

Whoever wrote a Dockerfile chose the names in it, and a host may be one of the network that it is scanned in: nobody is
asked but the registries that the user named. What can be known of one reference is asked once a run, in bounded time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, overload

from imagelint.errors import DigestError, UnreadableError, UsageError
from imagelint.image.request import Request
from imagelint.image.sources.platform import is_platform, serves
from imagelint.image.sources.reference import DEFAULT_HOST, parse_reference
from imagelint.record import once
from imagelint.stream import limits

if TYPE_CHECKING:
    from imagelint.image.sources.registry_lookup import Lookup

_OF_THE_IMAGE = (401, 404)
"""Of DeniedError.status."""
Told = list[tuple[str, str]]
"""(place, reason) each."""


class Resolver:
    """A dockerfile.registry.Registry over the network."""

    def __init__(self, hosts: Iterable[str], request: Request) -> None:
        """UsageError where a host is none."""
        self._hosts = frozenset(map(_host, hosts))
        self._insecure = request.insecure
        self.platform = request.platform if is_platform(request.platform) else ""
        self._digests: dict[str, str] = {}
        self._platforms: dict[str, tuple[str, ...]] = {}
        self._asked, self._until = 0, 0.0
        self._incomplete: Told = []
        self._failed: set[str] = set()
        """Registries that are asked no more."""
        self._left: dict[str, tuple[str, int]] = {}
        """Why images were left out: the place of the first, and how many."""

    def digest(self, image: str, place: str = "") -> str:
        """See dockerfile.registry.Registry."""
        if image not in self._digests:
            found = self._digests[image] = self._ask(image, place, "digest") or ""
            if found and "@" not in image:
                self._digests[f"{image}@{found}"] = found  # what a fix makes of it
        return self._digests[image]

    def others(self, image: str, platform: str, place: str = "") -> list[str]:
        """See dockerfile.registry.Registry."""
        if not is_platform(platform) or not (digest := self.digest(image, place)):
            return []
        exact = f"{image.partition('@')[0]}@{digest}"
        if exact not in self._platforms:
            self._platforms[exact] = self._ask(exact, place, "platforms") or ()
        there = self._platforms[exact]
        return [] if any(serves(platform, one) for one in there) else list(there)

    def told(self) -> tuple[Told, Told]:
        """What could not be known (incomplete), and what was not asked on purpose (limited)."""
        return self._incomplete, [
            (place, f"{number} image{'s' * (number > 1)} {why}") for why, (place, number) in self._left.items()
        ]

    @overload
    def _ask(self, image: str, place: str, what: Literal["digest"]) -> str | None: ...
    @overload
    def _ask(self, image: str, place: str, what: Literal["platforms"]) -> tuple[str, ...] | None: ...
    def _ask(self, image: str, place: str, what: Literal["digest", "platforms"]) -> object:
        """The answer; None where there is none, and why is kept to be told."""
        host, now = "", time.monotonic()
        try:
            reference = parse_reference(image)
            host = reference.host.lower()
            if why := self._no(host, now):
                self._leave(place, why)
                return None
            self._asked += 1
            seconds = min(limits.RESOLVE_IMAGE_SECONDS, self._until - now)
            lookup = self._lookup
            return lookup.digest(reference, seconds) if what == "digest" else lookup.platforms(reference, seconds)
        except UnreadableError as error:
            # What an image lacks says nothing of the others; a registry that is not there, or busy, has none of them.
            if getattr(error, "status", 0) not in _OF_THE_IMAGE and not isinstance(error, DigestError):
                self._failed.add(host)
            if len(self._incomplete) < limits.RESOLVE_IMAGES:
                self._incomplete.append((place, str(error)))
            else:
                self._leave(place, "more could not be looked up")
            return None

    def _no(self, host: str, now: float) -> str:
        """Why a registry is not asked; empty when it is."""
        if host not in self._hosts:
            return f"of {host}, which was not asked: --resolve {host} asks it"
        self._until = self._until or now + limits.RESOLVE_SECONDS
        if host in self._failed:
            return f"of {host} not looked up, since it failed for another one"
        if self._asked >= limits.RESOLVE_IMAGES:
            return f"not looked up: one run asks {limits.RESOLVE_IMAGES} times (--limit resolve-images=NUMBER)"
        if now >= self._until:
            return f"not looked up: nothing is asked after {limits.RESOLVE_SECONDS:.0f} seconds; scan fewer files"
        return ""

    def _leave(self, place: str, why: str) -> None:
        why = why if why in self._left or len(self._left) < limits.LIMITED else "of still more registries, not asked"
        first, number = self._left.get(why, (place, 0))
        self._left[why] = (first, number + 1)

    @once
    def _lookup(self) -> Lookup:
        from imagelint.image.sources.registry_lookup import Lookup  # heavy: only when a registry is asked

        return Lookup(self._insecure)


def _host(word: str) -> str:
    """A registry's host, as references have it."""
    hint = f"name a registry, as HOST[:PORT]; {DEFAULT_HOST} is Docker Hub"
    if os.path.isfile(word):
        raise UsageError(f"--resolve {word[:100]!r} is a file: {hint}")
    try:
        host = parse_reference(f"{word}/a/b").host.lower()
    except UnreadableError:
        host = ""
    if host not in (word.lower(), DEFAULT_HOST) or not word.lower().endswith(host):
        raise UsageError(f"--resolve {word[:100]!r}: {hint}")
    return host
