"""The images that an engine keeps, as subjects of rules of kind `stored`."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from imagelint.engine.amounts import in_words
from imagelint.host.given import NOTHING, settings
from imagelint.image.sources.answers import as_map, number, plain_id, text, words
from imagelint.record import field, record

SHORT = 12
"""Digits of an id, as `docker images` shows them."""
_NONE = "<none>"
"""What stands for a name that is missing."""
_NEVER = 946_684_800
"""Seconds: the year 2000. Who builds for bytes that come out the same each time writes down 1970 or 1980."""
_DAY = 86_400
_LONGEST = 255
"""Characters of a name."""
_PROJECT, _SERVICE = "com.docker.compose.project", "com.docker.compose.service"
_CONTENT = re.compile(r"\b(?:file|dir|multi):[0-9a-f]{64}\b")


@record
class Stored:
    """One image. What each fact means stands in imagelint/engine/vocabulary_host.py."""

    kind = "stored"
    index_instruction = ""
    index_program = ""

    id: str
    """64 digits, of the configuration or, on containerd's store, of the manifest."""
    tags: list[str] = field(default_factory=list)
    repositories: list[str] = field(default_factory=list)
    """Of its digests: NAME@sha256:... each."""
    created: int = 0
    """Seconds since 1970."""
    size: int = 0
    """Bytes with all layers, unpacked."""
    layers: tuple[str, ...] = ()
    """Diff_ids, the lowest first."""
    platform: str = ""
    made: frozenset[int] = NOTHING
    """What its history says of each step, as numbers."""
    built_as: tuple[str, ...] = ()
    """The names that Compose gives an image that it builds, by its labels."""
    settings: frozenset[int] = NOTHING
    """Of its configuration, as imagelint.host.given has them."""
    had_name: bool = False
    """The engine noted a day when it was given a name."""
    running: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    started_as: list[str] = field(default_factory=list)
    """By which names its containers were made."""
    was: str = ""
    certain: bool = False
    superseded: bool = False
    replaced_by: str = ""
    builds: int = 0
    frees: int = 0
    secrets: int = 0

    @property
    def name(self) -> str:
        return self.tags[0] if self.tags else self.id[:SHORT]

    @property
    def dangling(self) -> bool:
        return not self.tags and not self.repositories

    @property
    def used(self) -> bool:
        """Whether a container needs it, a stopped one too."""
        return bool(self.running or self.stopped)

    @property
    def size_text(self) -> str:
        return in_words(self.size)

    @property
    def frees_text(self) -> str:
        return in_words(self.frees)

    @property
    def secrets_text(self) -> str:
        return "1 secret" if self.secrets == 1 else f"{self.secrets} secrets"

    @property
    def age_days(self) -> int:
        return max(int(time.time()) - self.created, 0) // _DAY if self.created >= _NEVER else 0


def stored(listed: dict[str, Any], inspected: dict[str, Any]) -> Stored:
    """From an item of GET /images/json, and the answer to GET /images/ID/json."""
    config, root = as_map(inspected.get("Config")), as_map(inspected.get("RootFS"))
    parts = [text(inspected.get(key)) for key in ("Os", "Architecture", "Variant")]
    tagged = text(as_map(inspected.get("Metadata")).get("LastTagTime"))
    return Stored(
        id=plain_id(text(listed.get("Id"))),
        tags=[tag for tag in words(listed.get("RepoTags")) if tag and not tag.startswith(_NONE)],
        repositories=[name for name in words(listed.get("RepoDigests")) if name and not name.startswith(_NONE)],
        created=number(listed.get("Created")) or _seconds(text(inspected.get("Created"))),
        size=max(number(inspected.get("Size")) or number(listed.get("Size")), 0),
        layers=tuple(words(root.get("Layers"))),
        platform="/".join(filter(None, parts)),
        built_as=_built_as(as_map(config.get("Labels"))),
        settings=settings(config),
        had_name=tagged > "0001-01-02",
    )


def steps(history: list[Any]) -> frozenset[int]:
    """The answer to GET /images/ID/history as numbers, without what changes with each build: the digest of what the
    legacy builder copies."""
    return frozenset(hash(_CONTENT.sub("", text(as_map(entry).get("CreatedBy")))) for entry in history)


def chains(layers: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What an engine keeps a layer as: itself on all that lie below it (OCI image specification 1.1, config.md,
    "Layer ChainID")."""
    return (layers[: index + 1] for index in range(len(layers)))


def _built_as(labels: dict[str, Any]) -> tuple[str, ...]:
    """PROJECT-SERVICE (Compose 2) and PROJECT_SERVICE (the first one)."""
    project, service = text(labels.get(_PROJECT)), text(labels.get(_SERVICE))
    if not project or not service or len(project) + len(service) > _LONGEST:
        return ()
    return (f"{project}-{service}", f"{project}_{service}")


def _seconds(day: str) -> int:
    try:
        return int(datetime.fromisoformat(day[:19] + "+00:00").timestamp())
    except (ValueError, OverflowError):
        return 0
