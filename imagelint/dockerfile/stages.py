"""Stages: which is built from which, and which variables are known where."""

from __future__ import annotations

from collections.abc import Mapping

from imagelint.dockerfile.model import Dockerfile, Flag, Instruction, Stage
from imagelint.dockerfile.words import Budget, expand

PROXY_ARGUMENTS = frozenset(
    name
    for upper in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
    for name in (upper, upper.lower())
)
"""Build arguments that need no ARG."""

LINUX_SHELL = ("/bin/sh", "-c")
WINDOWS_SHELL = ("cmd", "/S", "/C")

MAX_INHERITED = 200_000
"""Variables that all stages of one file together may take over from their parents; a file beyond is made to hurt."""


class Scopes:
    """The variables and the shell of the stage that is being read, and the stages so far."""

    def __init__(self, dockerfile: Dockerfile, escape: str) -> None:
        self.dockerfile, self.escape = dockerfile, escape
        self.budget = Budget()
        self.globals: dict[str, str | None] = dict.fromkeys(PROXY_ARGUMENTS)
        self.environment: dict[str, str] = {}
        self.shell: tuple[str, ...] = LINUX_SHELL
        self.values = self.globals
        """Where `$NAME` is looked up now: ENV and ARG together, of two with one name the later."""
        self.named: dict[str, int] = {}
        self._inherited = 0
        self._ends: list[tuple[dict[str, str | None], tuple[str, ...]]] = []
        """Values and shell at the end of each stage."""

    def expand(self, raw: str, keyword: str) -> tuple[str, bool]:
        """words.expand in the scope of now, for FROM in that of the file; may raise WordError."""
        return expand(raw, self.globals if keyword == "FROM" else self.values, self.escape, self.budget)

    def parent(self, base: str) -> int:
        """The earlier stage that FROM names, by its name in small letters; -1 when there is none."""
        return self.named.get(base, -1)

    def begin(self, stage: Stage) -> None:
        """A FROM was read."""
        self._leave()
        self.environment, self.values = stage.environment, dict.fromkeys(PROXY_ARGUMENTS)
        self.shell = WINDOWS_SHELL if _is_windows(stage) else LINUX_SHELL
        if stage.parent >= 0:
            parent = self.dockerfile.stages[stage.parent]
            values, self.shell = self._ends[stage.parent]
            parent.used_by.add(stage.index)
            self._inherited += len(parent.environment) + len(values)
            if self._inherited <= MAX_INHERITED:
                self.environment.update(parent.environment)
                self.values.update(values)
            else:
                line = stage.base.span.line
                self.dockerfile.cuts.setdefault(f"over {MAX_INHERITED} variables are inherited by stages", line)
        self.dockerfile.stages.append(stage)
        if stage.name:
            self.named[stage.name] = stage.index

    def _leave(self) -> None:
        if self.dockerfile.stages:
            self._ends.append((self.values, self.shell))

    def declare(self, name: str, value: str | None) -> None:
        """An ARG. Ahead of the first FROM it is global; in a stage one without default takes the global's, or leaves
        things as they are. One with a value hides an ENV above it."""
        if not self.dockerfile.stages:
            self.globals[name] = value
            self.dockerfile.arguments[name] = value or ""
            return
        if value is None:
            value = self.globals.get(name)
        if value is not None or name not in self.values:
            self.values[name] = value

    def set(self, name: str, value: str) -> None:
        """An ENV of the stage."""
        self.environment[name] = self.values[name] = value


def _is_windows(stage: Stage) -> bool:
    base = stage.base.value.lower()
    return (
        stage.platform.lower().startswith("windows")
        or "/windows/" in base
        or "nanoserver" in base
        or "servercore" in base
    )


def link_copies(dockerfile: Dockerfile, named: Mapping[str, int]) -> None:
    """Note which stages are copied or mounted from; by name or number, whatever the case."""
    for instruction in dockerfile.instructions:
        if instruction.stage < 0 or instruction.onbuild:
            continue
        for name in _sources(instruction):
            number = int(name) if name.isascii() and name.isdigit() and len(name) < 9 else named.get(name.lower(), -1)
            if 0 <= number < len(dockerfile.stages) and number != instruction.stage:
                dockerfile.stages[number].used_by.add(instruction.stage)


def _sources(instruction: Instruction) -> list[str]:
    if instruction.keyword == "COPY":
        return [flag.value for flag in instruction.flags if flag.name == "from"]
    if instruction.keyword == "RUN":
        return [
            source for flag in instruction.flags if flag.name == "mount" if (source := mount_options(flag).get("from"))
        ]
    return []


def mount_options(flag: Flag) -> dict[str, str]:
    """`type=bind,from=build,target=/x` of RUN --mount, by key; a key without value has an empty one."""
    options: dict[str, str] = {}
    for field in flag.value.split(","):
        key, _, value = field.strip().strip('"').partition("=")
        options[key.lower()] = value
    return options
