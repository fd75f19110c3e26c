"""What is asked of an engine about its containers and images: by GET alone, so that nothing changes there.

Docker Engine API (docs.docker.com/reference/api/engine/version/v1.41); Podman's service answers the same paths
(docs.podman.io/en/latest/_static/api.html, "compat"). Answers are bounded, and may be of any type all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from imagelint.errors import UnreadableError, UsageError
from imagelint.image.sources.answers import as_map, items, plain_id, text
from imagelint.image.sources.daemon_address import NAMES, PODMAN, Address, address, named
from imagelint.image.sources.daemon_client import Daemon
from imagelint.image.sources.daemon_errors import plainly
from imagelint.stream import limits

_WAIT = 60
"""Seconds without a byte; the first of `system df` may take that long, since it adds up what lies on the disk."""
_BETWEEN = re.compile(r"[\s,]*")
_TAGGED = json.dumps({"type": ["image"], "event": ["tag"]})


def find(word: str) -> Address:
    """Where the engine is that the user names: docker, podman or an address. UsageError for another word."""
    if word in NAMES:
        return address(word)
    if "://" in word or word.startswith("/"):
        return named(word, "as you say")
    raise UsageError(
        f"there is no engine {word!r}: it is docker, podman or an address (unix:///run/docker.sock, tcp://HOST:2376)"
    )


class Engine(Daemon):
    """An engine that has answered."""

    def __init__(self, where: Address) -> None:
        """AbsentError and UnreadableError as of a Daemon. Who listens at an address of the user's says so itself."""
        super().__init__(where)
        parts = items(as_map(self.ask("/version")).get("Components"))
        if where.told_by and any(text(as_map(part).get("Name")).startswith("Podman") for part in parts):
            where.kind = PODMAN

    @property
    def kind(self) -> str:
        """docker or podman."""
        return self.where.kind

    def ask(self, path: str, **asked: str) -> Any:
        """What it answers to a GET; None where it has nothing of that name."""
        data = self._read(path, asked)
        if data is None:
            return None
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise UnreadableError(f"{self.where.name} answers to {path.split('/')[1]} with something else") from None

    def each(self, path: str, **asked: str) -> Iterator[dict[str, Any]]:
        """The objects of a list, made one by one: there may be thousands."""
        words = (self._read(path, asked) or b"").decode("utf-8", "replace").strip()
        at, reader = 1, json.JSONDecoder()
        try:
            while words.startswith("[") and (at := _after(words, at)) < len(words) and words[at] != "]":
                item, at = reader.raw_decode(words, at)
                if isinstance(item, dict):
                    yield item
        except (ValueError, RecursionError):
            raise UnreadableError(f"{self.where.name} answers to {path.split('/')[1]} with something else") from None

    def container(self, identity: str) -> dict[str, Any] | None:
        """What it knows of a container; None when that is gone."""
        found = self.ask(f"/containers/{identity}/json")
        return None if found is None else as_map(found)

    def image(self, identity: str) -> dict[str, Any] | None:
        """What it knows of an image; None when that is gone."""
        found = self.ask(f"/images/{identity}/json")
        return None if found is None else as_map(found)

    def tagged(self, now: str) -> list[tuple[str, str]]:
        """(id, name) of the names given since the engine began to remember, the oldest first: Docker keeps the last 256
        events. `now` is the time by its own clock (SystemTime of GET /info): asked for a later one, it would wait.
        Nothing where it does not tell."""
        try:
            until = f"{datetime.fromisoformat(now).timestamp():.6f}"  # it takes no other form
        except (ValueError, OverflowError):
            return []
        asked = {"since": "0", "until": until, "filters": _TAGGED}
        try:
            data = self._read("/events", asked) or b""
        except UnreadableError:
            return []  # the journal of events may be off
        found = []
        for line in data.splitlines():
            try:
                actor = as_map(as_map(json.loads(line)).get("Actor"))
            except (ValueError, RecursionError):
                continue
            name = text(as_map(actor.get("Attributes")).get("name"))
            found.append((plain_id(text(actor.get("ID"))), name))
        return [(identity, name) for identity, name in found if identity and name]

    def _read(self, path: str, asked: dict[str, str]) -> bytes | None:
        url = f"{self._api.base_url}/v{self._api.api_version}{path}"
        data = bytearray()
        with plainly(self.where):
            answer = self._api.get(url, params=asked, stream=True, timeout=_WAIT)
        with answer, plainly(self.where):  # in this order: why it refuses is read before the answer is closed
            if answer.status_code == 404:
                return None
            answer.raise_for_status()
            for piece in answer.iter_content(1 << 16):
                data += piece
                if len(data) > limits.ENGINE_ANSWER:
                    most = limits.ENGINE_ANSWER >> 20
                    raise UnreadableError(f"{self.where.name} answers with over {most} MiB to {path.split('/')[1]}")
        return bytes(data)


def _after(words: str, at: int) -> int:
    """Where the next item of a list begins."""
    found = _BETWEEN.match(words, at)
    return found.end() if found else at
