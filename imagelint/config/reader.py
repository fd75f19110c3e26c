"""What a configuration file says, checked against the table of settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from imagelint.config.document import Document, Way
from imagelint.config.settings import FLAGS_ONLY, OVERRIDE, SETTINGS, Setting
from imagelint.errors import nearest
from imagelint.paths import lies_below

if TYPE_CHECKING:
    from imagelint.config import Config
    from imagelint.triage.overrides import Override

MOST_PATTERNS = 2000
"""Of all overrides: each may be put to every finding."""


def checked(document: Document, config: Config) -> Config:
    """The configuration, filled with what the document says; UsageError for the first mistake."""
    if not isinstance(document.data, dict):
        raise document.mistake((), "a configuration is a mapping of names to values")
    for key, value in document.data.items():
        setting = _known(document, (), key, SETTINGS, "such setting", "a configuration")
        if setting.kind == "overrides":
            config.overrides = _overrides(document, value)
        elif setting.kind == "parameters":
            config.parameters = _parameters(document, value)
        else:
            setattr(config, key.replace("-", "_"), _value(document, (key,), value, setting))
    config.baseline = tuple(_below(document, number, name) for number, name in enumerate(config.baseline))
    config.given = {key: document.at((key,)) for key in document.data}
    return config


def _known(document: Document, way: Way, key: object, table: Mapping[str, Setting], what: str, whose: str) -> Setting:
    setting = table.get(key) if isinstance(key, str) else None
    if setting is None:
        name = str(key)[:100]
        hint = nearest(name, table) or f"; {whose} has {', '.join(table)}"
        if name in FLAGS_ONLY:
            hint = f"; --{name} is for the command line only, since a configuration belongs to what is scanned"
        raise document.mistake((*way, str(key)), f"no {what}: {name!r}{hint}")
    return setting


def _value(document: Document, way: Way, value: Any, setting: Setting) -> Any:
    name = way[-1]
    if setting.kind == "word":
        if value not in setting.choices:
            hint = nearest(value, setting.choices) if isinstance(value, str) else ""
            raise document.mistake(way, f"{name} is one of {', '.join(setting.choices)}{hint}")
    elif setting.kind == "switch":
        if not isinstance(value, bool):
            raise document.mistake(way, f"{name} is true or false")
    elif setting.kind == "text":
        if not isinstance(value, str) or not value.strip():
            raise document.mistake(way, f"{name} is a text")
    elif setting.kind == "day":
        return _day(document, way, value)
    else:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise document.mistake(way, f"{name} is a list of words")
        for number, item in enumerate(items):
            if setting.choices and item not in setting.choices:
                raise document.mistake((*way, number), f"{name} has no {item!r}; it has {', '.join(setting.choices)}")
        return tuple(items)
    return value


def _day(document: Document, way: Way, value: Any) -> str:
    from imagelint.triage.entries import day

    try:
        return day(value.isoformat() if type(value) is date else value if isinstance(value, str) else "")
    except ValueError:
        raise document.mistake(way, f"{way[-1]} is a day, as 2027-01-31") from None


def _parameters(document: Document, value: Any) -> dict[str, dict[str, object]]:
    named = value.items() if isinstance(value, dict) else [("parameters", value)]
    for name, parameters in named:
        if not isinstance(parameters, dict) or not all(isinstance(each, str) for each in (name, *parameters)):
            raise document.mistake(
                ("parameters", name),
                "parameters has a rule's id, and its own: parameters: {file-too-long: {most: 9}}",
            )
    return dict(named)


def _below(document: Document, number: int, name: str) -> str:
    """A file that the configuration names, as a path: it lies below its folder, so that nobody's else is read."""
    folder = os.path.dirname(document.path)
    path = os.path.normpath(os.path.join(folder, name))
    inside, top = os.path.realpath(path), os.path.realpath(folder or ".")
    if os.path.isabs(name) or not lies_below(inside, top):
        way = ("baseline", number) if isinstance(document.data["baseline"], list) else ("baseline",)
        raise document.mistake(way, "a baseline lies below the folder of the configuration; --baseline takes any")
    return path


def _overrides(document: Document, value: Any) -> tuple[Override, ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise document.mistake(("overrides",), "overrides is a list, each with rules, paths, severity, reason")
    made = tuple(_override(document, ("overrides", number), item) for number, item in enumerate(value))
    if sum(1 + len(override.paths) + len(override.images) for override in made) > MOST_PATTERNS:
        raise document.mistake(("overrides",), f"overrides with over {MOST_PATTERNS} patterns are not read")
    return made


def _override(document: Document, way: Way, item: dict[Any, Any]) -> Override:
    from imagelint.triage.overrides import Override, bad_pattern

    told: dict[str, Any] = {}
    for key, value in item.items():
        setting = _known(document, way, key, OVERRIDE, "such key of an override", "it")
        told[key] = _value(document, (*way, key), value, setting)
        if setting.kind == "words" and not told[key]:
            raise document.mistake((*way, key), f"{key} is empty")
    if "rules" not in told:
        raise document.mistake(way, "an override names its rules; `ignore` and `exclude` are for more than that")
    if told.setdefault("severity", "ignore") == "ignore" and "reason" not in told:
        raise document.mistake(way, "an override that ignores needs a reason")
    for key in ("paths", "images"):
        for number, pattern in enumerate(told.get(key, ())):
            if why := bad_pattern(pattern):
                raise document.mistake((*way, key, number), f"{pattern!r} is no pattern: {why}")
    return Override(document.at(way), **told)
