"""Releases of base images that get no updates any more, by the table in end_of_life.txt."""

from __future__ import annotations

import os
import re
import time
from functools import cache, lru_cache

Releases = dict[str, tuple[str, str]]
"""By their names in tags: (date of the end, name as people write it)."""

_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(?=$|[-_.+a-z])")
_ALPINE = re.compile(r"alpine(\d+\.\d+)")
_LONGEST = 256
"""Characters of a name; registries take no longer one."""
_SUITES = ("debian", "ubuntu")


@cache
def table() -> dict[str, Releases]:
    """The releases of each image, by the name of the image."""
    images: dict[str, Releases] = {}
    releases: Releases = {}
    name = ""
    with open(os.path.join(os.path.dirname(__file__), "end_of_life.txt"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("  "):
                date, *tags = line.split()
                shown = " ".join((name, *tags[:1], *(f"({tag})" for tag in tags[1:2] if tag.isalpha())))
                releases.update((tag, (date, shown)) for tag in tags)
            elif not line.startswith("#") and line.strip():
                name, _, rest = line.partition(": ")
                releases = {}
                images.update((image, releases) for image in rest.partition(" |")[0].split())
    return images


def official(name: str) -> str:
    """The name of an image without what names Docker's own library, on Docker Hub or in a mirror of it."""
    place, library, last = name.rpartition("library/")
    if library and (not place or place.endswith("/")):
        return last
    return re.sub(r"^(?:index\.|registry-1\.)?docker\.io/", "", name)


def ended(name: str, tag: str, today: str = "") -> str:
    """Which release of NAME:TAG is past its end and since when, as a sentence; empty for all else.

    `today`: YYYY-MM-DD, by default the day of the run.
    """
    if len(name) > _LONGEST or len(tag) > _LONGEST:
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
    images = table()
    own = images.get(name, {})
    words = tag.split("-")
    found = [own[word] for word in words[:1] if word in own]
    if not found and (version := _VERSION.match(words[0])):
        parts = version[1].split(".")
        keys = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        found = [own[key] for key in keys if key in own][:1]
    if own or "/" not in name:
        for word in words:
            found += [images[suite][word] for suite in _SUITES if word.isalpha() and word in images[suite]]
            if alpine := _ALPINE.fullmatch(word):
                found += [images["alpine"][key] for key in alpine.groups() if key in images["alpine"]]
    return found
