"""What the rows of a case in the table of the grammar say about the image that is built: its configuration, so that a
real engine can be asked whether it agrees."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import Any

from tests.dockerfile.grammar_table import Row

CONFIGURING = frozenset(
    ("FROM", "ARG", "ENV", "LABEL", "CMD", "ENTRYPOINT", "SHELL", "WORKDIR", "USER", "EXPOSE", "VOLUME", "STOPSIGNAL")
) | {"HEALTHCHECK", "MAINTAINER"}
"""Instructions that run nothing and copy nothing: a build of them needs no base and takes no time."""

_SHELL = ["/bin/sh", "-c"]
_SECONDS = {"s": 1, "m": 60}
UNKNOWN = None
"""A value that only the build knows."""


def configuration(rows: Iterable[Row]) -> dict[str, Any]:
    """As `docker image inspect` has it under Config, plus Author; only the keys that the rows speak of."""
    stages: dict[str, dict[str, Any]] = {}
    config: dict[str, Any] = {}
    for row in rows:
        keyword, words = next(iter(row.items()))
        values: Any = row.get("values", words)
        if keyword == "FROM":
            config = {key: _copy(value) for key, value in stages.get(values[0] or "", {}).items()}
            if len(values) == 3:
                stages[values[2].lower()] = config
        elif keyword.startswith("ONBUILD "):
            continue
        else:
            _apply(config, keyword, values, row)
    return config


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, dict | list) else value


def _apply(config: dict[str, Any], keyword: str, values: list[Any], row: Row) -> None:
    listed = row.get("form") == "json"
    if keyword in ("ENV", "LABEL"):
        pairs = config.setdefault("Env" if keyword == "ENV" else "Labels", {})
        pairs.update(zip(values[::2], values[1::2], strict=True))
    elif keyword in ("CMD", "ENTRYPOINT"):
        config["Cmd" if keyword == "CMD" else "Entrypoint"] = (
            values if listed else [*config.get("Shell", _SHELL), *(values or [""])]
        )
    elif keyword == "SHELL":
        config["Shell"] = values
    elif keyword == "WORKDIR":
        config["WorkingDir"] = posixpath.normpath(posixpath.join(config.get("WorkingDir", "/"), values[0]))
    elif keyword == "EXPOSE":
        config.setdefault("ExposedPorts", set()).update(port for value in values for port in _ports(value))
    elif keyword == "VOLUME":
        config.setdefault("Volumes", set()).update(values)
    elif keyword == "HEALTHCHECK":
        config["Healthcheck"] = _healthcheck(values, listed, row.get("flags", ()))
    elif keyword != "ARG":
        config[{"USER": "User", "STOPSIGNAL": "StopSignal", "MAINTAINER": "Author"}[keyword]] = values[0]


def _ports(value: str) -> Iterable[str]:
    for word in value.split():
        ports, _, protocol = word.partition("/")
        first, _, last = ports.partition("-")
        for port in range(int(first), int(last or first) + 1):
            yield f"{port}/{protocol or 'tcp'}"


def _healthcheck(values: list[str], listed: bool, flags: Iterable[str]) -> dict[str, Any]:
    if values[0].upper() == "NONE":
        return {"Test": ["NONE"]}
    check: dict[str, Any] = {"Test": ["CMD" if listed else "CMD-SHELL", *values[1:]]}
    for flag in flags:
        name, _, value = flag.removeprefix("--").partition("=")
        key = "".join(part.capitalize() for part in name.split("-"))
        match = re.fullmatch(r"(\d+)([sm])", value)
        check[key] = int(match[1]) * _SECONDS[match[2]] * 10**9 if match else int(value)
    return check


def inspected(image: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """These keys of an answer of `docker image inspect`, in the form of `configuration`."""
    config = {**image["Config"], "Author": image["Author"]}
    env = dict(pair.split("=", 1) for pair in config["Env"] or ())
    env.pop("PATH", None)  # BuildKit sets one
    config["Env"] = env
    for key in ("ExposedPorts", "Volumes"):
        config[key] = set(config.get(key) or ())
    return {key: config.get(key) for key in keys}
