"""The configuration: .imagelint.yaml, or [tool.imagelint] of pyproject.toml, in the working directory; flags win.

A discovered configuration belongs to the repository that is scanned, which must not weaken its own scan: it can name
rules, places and known findings to keep quiet (each is counted in the report), never rule folders, output, secrets to
show, hosts to talk to or limits: a lower one would leave something out, a higher one would cost whoever scans.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from imagelint.record import field, record

if TYPE_CHECKING:
    from imagelint.triage.overrides import Override

NAMES = (".imagelint.yaml", ".imagelint.yml", "pyproject.toml")
PROFILES = ("default", "strict")
FAIL_ON = ("error", "warning", "note", "never")
MAX_JOBS = 64


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
    baseline: tuple[str, ...] = ()
    """Files of known findings, below the configuration's folder."""
    overrides: tuple[Override, ...] = ()
    given: dict[str, str] = field(default_factory=dict)
    """The settings that stand in the file, and where: file and line, or key."""


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
    required. UsageError where something in it is wrong, with its line, or in TOML its key."""
    from imagelint.config.document import load  # only where there is a file
    from imagelint.config.reader import checked

    document = load(path, required=required)
    return Config() if document is None else checked(document, Config(file=path))


def read_yaml(path: str) -> object:
    """What a YAML file says, in plain data; an empty mapping where it says nothing. UsageError where it is no YAML."""
    from imagelint.config.document import load

    document = load(path, required=True)
    return document.data if document is not None else {}
