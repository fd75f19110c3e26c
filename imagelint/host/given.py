"""What was said when a container was made, and not by its image: an engine tells both as one configuration."""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any

from imagelint.image.sources.answers import as_map, words

_COMMANDS = ("Entrypoint", "Cmd")
NOTHING: frozenset[int] = frozenset()


def settings(config: dict[str, Any]) -> frozenset[int]:
    """What an image's configuration sets, each part as a number: there may be megabytes of it, in many images."""
    marks = {_mark("Env", item) for item in words(config.get("Env"))}
    marks |= {_mark("Labels", item) for item in as_map(config.get("Labels")).items()}
    marks |= {_mark(key, config.get(key)) for key in _COMMANDS}
    return frozenset(marks | {_mark("Healthcheck", _check(config))})


def given(config: dict[str, Any], of_image: Container[int]) -> dict[str, Any]:
    """The parts of a container's configuration that its image does not set so, by their keys: Env, Labels, Entrypoint,
    Cmd, Healthcheck."""
    labels = as_map(config.get("Labels"))
    parts: dict[str, Any] = {
        "Env": [item for item in words(config.get("Env")) if _mark("Env", item) not in of_image],
        "Labels": {name: value for name, value in labels.items() if _mark("Labels", (name, value)) not in of_image},
    }
    for key in _COMMANDS:
        if (value := config.get(key)) and _mark(key, value) not in of_image:
            parts[key] = value
    if (check := _check(config)) and _mark("Healthcheck", check) not in of_image:
        parts["Healthcheck"] = {"Test": check}
    return parts


def _check(config: dict[str, Any]) -> list[str]:
    return words(as_map(config.get("Healthcheck")).get("Test"))


def _mark(key: str, value: Any) -> int:
    return hash((key, value if isinstance(value, str) else json.dumps(value)))
