"""The configuration: .imagelint.yaml, or [tool.imagelint] of pyproject.toml, in the working directory; flags win.

A discovered configuration belongs to the repository that is scanned, which must not weaken its own scan: it can name
rules and places to leave out (each is counted in the report), never rule folders, output, secrets to show, hosts to
talk to or limits: a lower one would leave something out, a higher one would cost whoever scans.
"""

from __future__ import annotations

import os

from imagelint.errors import UsageError, nearest
from imagelint.findings import STATUSES
from imagelint.record import field, record

NAMES = (".imagelint.yaml", ".imagelint.yml", "pyproject.toml")
PROFILES = ("default", "strict")
FAIL_ON = ("error", "warning", "note", "never")
LISTS = {"select": None, "ignore": None, "exclude": None, "status": STATUSES}
CHOICES = {"profile": PROFILES, "fail-on": FAIL_ON}
SWITCHES = ("inline-ignores",)
MAX_BYTES = 1 << 20
"""A configuration is a page, not a book."""


@record
class Config:
    """What a configuration file says; empty where it says nothing."""

    file: str = ""
    profile: str = ""
    fail_on: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    """Glob patterns (fnmatch, against the path as reported) of Dockerfiles that a folder scan leaves out."""
    status: tuple[str, ...] = ()
    parameters: dict[str, dict[str, object]] = field(default_factory=dict)
    """Parameters of rules, by rule and name, as they stand there; parameter.checked knows which fit."""
    inline_ignores: bool = True
    """Whether comments of a Dockerfile may keep its findings quiet."""


def discover(folder: str = ".") -> Config:
    """The configuration of a folder, or an empty one."""
    for name in NAMES:
        path = os.path.join(folder, name) if folder != "." else name
        if os.path.isfile(path):
            found = read(path, required=False)
            if found.file:
                return found
    return Config()


def read(path: str, *, required: bool = True) -> Config:
    """Read one file. A pyproject.toml without [tool.imagelint] is an empty configuration, or a mistake when it is
    required."""
    data = _bytes(path)
    if path.endswith(".toml"):
        if b"imagelint" not in data and not required:
            return Config()
        document = _toml(path, data)
        if document is None:
            if required:
                raise UsageError(f"{path}: there is no [tool.imagelint] in it")
            return Config()
    else:
        document = _yaml(path, data)
    return _checked(path, document)


def read_yaml(path: str) -> object:
    """What a YAML file says, in plain data; an empty mapping where it says nothing. UsageError where it is no YAML."""
    return _yaml(path, _bytes(path))


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot read the configuration: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path}: a configuration over {MAX_BYTES >> 20} MiB is not read")
    return data


def _toml(path: str, data: bytes) -> object:
    import tomllib

    try:
        return tomllib.loads(data.decode()).get("tool", {}).get("imagelint")
    except (ValueError, AttributeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from None


def _yaml(path: str, data: bytes) -> object:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(data, Loader=loader) or {}  # noqa: S506 - the loader is a safe one
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UsageError(
            f"{path}{where}: not valid YAML: {getattr(error, 'problem', None) or 'cannot be read'}"
        ) from None


def _checked(path: str, document: object) -> Config:
    if not isinstance(document, dict):
        raise UsageError(f"{path}: a configuration is a mapping of names to values")
    config = Config(file=path)
    for key, value in document.items():
        if key in CHOICES:
            if value not in CHOICES[key]:
                raise UsageError(f"{path}: {key} is one of {', '.join(CHOICES[key])}")
            setattr(config, key.replace("-", "_"), value)
        elif key in LISTS:
            items = [value] if isinstance(value, str) else value
            if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
                raise UsageError(f"{path}: {key} is a list of words")
            allowed = LISTS[key]
            if allowed and (wrong := [item for item in items if item not in allowed]):
                raise UsageError(f"{path}: {key} has no {wrong[0]!r}; it has {', '.join(allowed)}")
            setattr(config, key, tuple(items))
        elif key in SWITCHES:
            if not isinstance(value, bool):
                raise UsageError(f"{path}: {key} is true or false")
            setattr(config, key.replace("-", "_"), value)
        elif key == "parameters":
            named = value.items() if isinstance(value, dict) else [(key, value)]
            for name, parameters in named:
                if not isinstance(parameters, dict) or not all(isinstance(each, str) for each in (name, *parameters)):
                    raise UsageError(
                        f"{path}: parameters has a rule's id, and its own: parameters: {{file-too-long: {{most: 9}}}}"
                    )
            config.parameters = dict(named)
        else:
            known = [*CHOICES, *LISTS, *SWITCHES, "parameters"]
            hint = nearest(str(key), known) or f"; a configuration has {', '.join(known)}"
            raise UsageError(f"{path}: no such setting: {str(key)!r}{hint}")
    return config
