"""Releases of base images that get no updates any more, by the table in end_of_life.txt."""

from __future__ import annotations

import os
import re
import time
from functools import cache, lru_cache

from imagelint.lazy import Lazy

Releases = dict[str, tuple[str, str]]
"""By their names in tags: (date of the end, name as people write it)."""

_VERSION = Lazy(r"v?(\d+(?:\.\d+)*)(?=$|[-_.+a-z])")
_ALPINE = Lazy(r"alpine(\d+\.\d+)")
_LONGEST = 256
"""Characters of a name; registries take no longer one."""
_SUITES = ("debian", "ubuntu")


@cache
def _sections() -> dict[str, str]:
    """The part of the table about each image, by the name of the image."""
    images: dict[str, str] = {}
    with open(os.path.join(os.path.dirname(__file__), "end_of_life.txt"), encoding="utf-8") as file:
        for section in file.read().split("\n\n"):
            if not section.startswith("#"):
                named = section[: section.index("\n")].partition(": ")[2].partition(" |")[0]
                images.update(dict.fromkeys(named.split(), section))
    return images


@cache
def releases(image: str) -> Releases:
    """The releases of an image; empty for one that is not in the table."""
    found: Releases = {}
    head, *lines = _sections().get(image, "").splitlines() or [""]
    name = head.partition(": ")[0]
    for line in lines:
        date, *tags = line.split()
        shown = " ".join((name, *tags[:1], *(f"({tag})" for tag in tags[1:2] if tag.isalpha())))
        found.update((tag, (date, shown)) for tag in tags)
    return found


def images() -> tuple[str, ...]:
    """The names of the images in the table."""
    return tuple(_sections())


def official(name: str) -> str:
    """The name of an image without what names Docker's own library, on Docker Hub or in a mirror of it."""
    if "/" not in name:
        return name
    place, library, last = name.rpartition("library/")
    if library and (not place or place.endswith("/")):
        return last
    return re.sub(r"^(?:index\.|registry-1\.)?docker\.io/", "", name)


def ended(name: str, tag: str, today: str = "") -> str:
    """Which release of NAME:TAG is past its end and since when, as a sentence; empty for all else.

    `today`: YYYY-MM-DD, by default the day of the run.
    """
    if tag in ("", "latest") or len(name) > _LONGEST or len(tag) > _LONGEST:
        return ""
    return _ended(official(name), tag, today or time.strftime("%Y-%m-%d", time.gmtime()))


@lru_cache(maxsize=1024)
def _ended(name: str, tag: str, today: str) -> str:
    for date, release in _releases(name, tag):
        if date < today:
            return f"{release} reached its end of life on {date}"
    return ""


def _releases(name: str, tag: str) -> list[tuple[str, str]]:
    """What the tag says of the image itself, then of the distribution below it: python:3.8-slim-buster says both."""
    own = releases(name)
    words = tag.split("-")
    found = [own[word] for word in words[:1] if word in own]
    if not found and (version := _VERSION.match(words[0])):
        parts = version[1].split(".")
        keys = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        found = [own[key] for key in keys if key in own][:1]
    if own or "/" not in name:
        for word in words:
            found += [releases(suite)[word] for suite in _SUITES if word.isalpha() and word in releases(suite)]
            if alpine := _ALPINE.fullmatch(word):
                found += [releases("alpine")[key] for key in alpine.groups() if key in releases("alpine")]
    return found
