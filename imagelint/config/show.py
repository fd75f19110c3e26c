"""`imagelint config show`: which settings a scan with these words would have here, and where each comes from."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator

from imagelint.config import Config
from imagelint.config.settings import SETTINGS
from imagelint.record import record
from imagelint.report.escape import no_command, visible
from imagelint.triage.overrides import Override

FLAG, DEFAULT = "flag", "default"


@record
class Row:
    """A setting, its value, and FLAG, DEFAULT, or the file and line that say so."""

    name: str
    value: object
    source: str


def rows(asked: Namespace, config: Config) -> Iterator[Row]:
    """Every setting in the order of the table; `ignore` twice where both say something, since both hold."""
    for name, setting in SETTINGS.items():
        field = name.replace("-", "_")
        said = getattr(config, field) if name in config.given else None
        flag = getattr(asked, field, None)
        if name == "inline-ignores":
            flag = False if asked.no_inline_ignores else None
        if flag not in (None, [], ""):
            yield Row(name, flag, FLAG)
        if name in config.given and (flag in (None, [], "") or name == "ignore"):
            yield Row(name, said, config.given[name])
        elif flag in (None, [], ""):
            yield Row(name, setting.default, DEFAULT)


def as_json(asked: Namespace, config: Config) -> str:
    """One object: `file`, and `settings`, a list of {"name", "value", "from"}."""
    told = [{"name": row.name, "value": _plain(row.value), "from": row.source} for row in rows(asked, config)]
    return json.dumps({"file": config.file, "settings": told}, indent=2, default=str)


def as_text(asked: Namespace, config: Config) -> str:
    """A line for each setting, and one for each override; what a file says is made visible."""
    lines = [f"configuration: {config.file or 'none'}"]
    told = [(row, _short(row.value)) for row in rows(asked, config)]
    wide, far = max(len(row.name) for row, _ in told), min(40, max(len(value) for _, value in told))
    for row, value in told:
        lines.append(f"{row.name:{wide}}  {value:{far}}  {row.source}")
        if row.name == "overrides" and row.source != DEFAULT:
            lines += [f"  {override.place}: {_override(override)}" for override in config.overrides]
    return "\n".join(no_command(visible(line).rstrip()) for line in lines)


def _plain(value: object) -> object:
    if isinstance(value, tuple) and all(isinstance(item, Override) for item in value):
        names = Override.__annotations__
        return [{name: getattr(item, name) for name in names if getattr(item, name)} for item in value]
    return value


def _short(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (tuple, list)):
        if value and isinstance(value[0], Override):
            return str(len(value))
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return json.dumps(value, default=str) if value else "none"
    return str(value)


def _override(override: Override) -> str:
    parts = [", ".join(override.rules)]
    if override.paths:
        parts.append(f"in {', '.join(override.paths)}")
    if override.images:
        parts.append(f"of images {', '.join(override.images)}")
    parts.append("ignored" if override.severity == "ignore" else f"as {override.severity}")
    if override.expires:
        parts.append(f"until {override.expires}")
    return f"{' '.join(parts)}{f': {override.reason}' if override.reason else ''}"
