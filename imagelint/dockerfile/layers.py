"""What layers store twice or in vain: files that a later layer deletes or changes, and steps that run too often."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from imagelint.dockerfile.inherited import inherited
from imagelint.dockerfile.removals import Removals, absolute
from imagelint.dockerfile.wrappers import program_name
from imagelint.lazy import Lazy
from imagelint.record import once

if TYPE_CHECKING:
    from imagelint.dockerfile.model import Instruction, Stage
    from imagelint.dockerfile.subject_command import CommandSubject
    from imagelint.dockerfile.subject_stage import StageSubject
    from imagelint.dockerfile.subjects import DockerfileSubject

_CACHES = Lazy(
    r"(?:/tmp|/var/tmp|/var/cache|/var/lib/apt/lists|/var/lib/cache|/var/log|(?:/root|~|\$HOME|\$\{HOME\})/\.(?:cache|npm|cpanm))(?:/|$)"
)
"""Folders that only hold what can go."""
_CLEANERS = frozenset(
    """
    apt-get clean|apt-get autoclean|apt-get autoremove|apt clean|apt autoclean|apt autoremove|aptitude clean
    yum clean|dnf clean|microdnf clean|tdnf clean|zypper clean|apk cache|npm cache|yarn cache|pip cache|conda clean
    """.replace("\n", "|")
    .replace("|    ", "|")
    .strip()
    .split("|")
)
_NEUTRAL = frozenset(("set", "echo", "true", ":", "cd", "sync", "du", "ls"))

_INSTALLS = {
    "npm": frozenset(("ci", "install", "i")),
    "yarn": frozenset(("", "install")),
    "pnpm": frozenset(("install", "i")),
    "bun": frozenset(("install", "i")),
    "pip": frozenset(("install",)),
    "bundle": frozenset(("", "install")),
    "go": frozenset(("mod",)),
    "composer": frozenset(("install",)),
    "poetry": frozenset(("install",)),
    "pipenv": frozenset(("install", "sync")),
    "uv": frozenset(("sync",)),
    "cargo": frozenset(("fetch",)),
    "dotnet": frozenset(("restore",)),
    "mvn": frozenset(("dependency:go-offline", "dependency:resolve", "dependency:resolve-plugins")),
    "gradle": frozenset(("dependencies",)),
    "pdm": frozenset(("install", "sync")),
    "mix": frozenset(("deps.get",)),
    "flutter": frozenset(("pub",)),
    "dart": frozenset(("pub",)),
}
"""What fetches the dependencies that a manifest names, by program."""
_SAME = {"pip3": "pip", "mvnw": "mvn", "gradlew": "gradle"}
_SECOND = {"go": "download", "flutter": "get", "dart": "get"}
"""The word behind the first one: `go mod download`, `dart pub get`."""
_MANY = 64
"""Installs of one stage that are looked at; a stage with more is made to hurt."""
_CUT = f"over {_MANY} installs of dependencies in a stage: the others are not held against what is copied"
_NOT_WITH = frozenset("--offline --global -g --prefer-offline --version --help -h -v".split())


def changed_trees(words: list[str]) -> list[str]:
    """The paths below which a command gives every file another owner or mode."""
    if len(words) < 4 or program_name(words[0]) not in ("chown", "chmod", "chgrp"):
        return []
    if not any(word == "--recursive" or re.match(r"-[A-Za-z]*R", word) for word in words[1:]):
        return []
    return [word.removesuffix("/*").rstrip("/") or word for word in words[1:] if not word.startswith("-")][1:]


def changed_files(words: list[str]) -> list[str]:
    """The paths of which a chmod changes the mode."""
    if len(words) < 3 or program_name(words[0]) != "chmod":
        return []
    return [word for word in words[1:] if not re.match(r"-[A-Za-z-]", word)][1:]


def installs(words: list[str]) -> str:
    """The program, when a command fetches the dependencies that a manifest of the project names; else empty."""
    program = program_name(words[0]) if words else ""
    arguments = words[1:]
    if program.startswith("python") and arguments[:2] == ["-m", "pip"]:
        program, arguments = "pip", arguments[2:]
    if program == "uv" and arguments[:1] == ["pip"]:
        program, arguments = "pip", arguments[1:]
    program = _SAME.get(program, program)
    plain = [word for word in arguments if not word.startswith("-")]
    if program not in _INSTALLS or (plain[0] if plain else "") not in _INSTALLS[program]:
        return ""
    if not _NOT_WITH.isdisjoint(arguments):
        return ""
    if program == "pip":
        named = {"-r", "--requirement"} & set(arguments) or any(re.match(r"-r.|--requirement=", a) for a in arguments)
        return program if named and not {"-e", "--editable", "."} & set(arguments) else ""
    if program in _SECOND:
        return program if plain[1:2] == [_SECOND[program]] else ""
    packages = plain[1:] if program in ("npm", "pnpm", "bun", "pipenv") else []
    return program if not packages else ""


class StageLayerFacts:
    """Indexes of a stage, made when somebody asks."""

    dockerfile: DockerfileSubject
    data: Stage
    folders: dict[int, str]
    parent: StageSubject | None

    @once
    def tree_changes(self) -> Removals:
        """Where its RUNs change owner or mode of whole trees."""
        return Removals(self.data, self.folders, changed_trees)

    @once
    def mode_changes(self) -> Removals:
        """Where its RUNs change the mode of single files."""
        return Removals(self.data, self.folders, changed_files)

    @once
    def dependency_installs(self) -> list[tuple[int, str, int, str]]:
        """(number of the instruction, program, line, text), in file order; without those that keep a cache mounted."""
        found = (
            (instruction.number, program, command.span.line, command.text)
            for instruction in self.data.instructions
            if instruction.keyword == "RUN" and not instruction.onbuild
            for command in instruction.commands
            if (program := installs(command.words)) and not _mounts_cache(instruction)
        )
        many = list(islice(found, _MANY + 1))
        if len(many) > _MANY:
            self.dockerfile.file.cuts.setdefault(_CUT, many.pop()[2])
        return many

    def first_install(self, number: int) -> tuple[int, str]:
        """(line, text) of the first that stands behind an instruction and that nothing ahead of it prepared."""
        before: set[str] = set(self._inherited_installs)
        for place, program, line, text in self.dependency_installs:
            if place < number:
                before.add(program)
            elif program not in before:
                return line, text
        return 0, ""

    @inherited
    def _inherited_installs(self) -> frozenset[str]:
        if self.parent is None:
            return frozenset()
        return self.parent._inherited_installs | {program for _, program, _, _ in self.parent.dependency_installs}


def _mounts_cache(instruction: Instruction) -> bool:
    return any(flag.name == "mount" and "type=cache" in flag.value for flag in instruction.flags)


class LayerFacts:
    """The facts of a RUN about what its layer keeps."""

    instruction: Instruction
    stage: StageSubject
    workdir: str

    if TYPE_CHECKING:

        @property
        def subjects(self) -> list[CommandSubject]:
            """See InstructionSubject."""

    @once
    def deleted_later(self) -> list[str]:
        """Files that it fetches and keeps, and that a later RUN of the stage deletes."""
        return [path for path, _ in self._deleted]

    @property
    def deleted_line(self) -> int:
        """The line of the first of these deletions, or 0."""
        return min((line for _, line in self._deleted), default=0)

    @once
    def _deleted(self) -> list[tuple[str, int]]:
        removals = self.stage.removals
        if not removals or self.instruction.keyword != "RUN":
            return []
        found: list[tuple[str, int]] = []
        folder = self.workdir
        for command in self.subjects:
            if command.program == "cd" and command.args:
                folder = absolute(command.args[0], folder)
            for path in command.downloads:
                whole = absolute(path, folder)
                inside = removals.after(self.instruction.number - 1, whole)
                line = removals.after(self.instruction.number, whole)
                if line and line == inside:
                    found.append((path, line))
        return found

    @property
    def changes_copied(self) -> list[str]:
        if self.instruction.keyword != "RUN" or self.instruction.onbuild:
            return []
        changed = self.stage.copied_then_changed
        lines = {command.span.line for command in self.instruction.commands} if changed else ()
        return list(dict.fromkeys(name for line in sorted(lines) for name in changed.get(line, ())))

    @once
    def only_cleans(self) -> bool:
        """It does nothing but delete caches, which earlier layers keep all the same."""
        if self.instruction.keyword != "RUN" or self.instruction.onbuild:
            return False
        found = False
        for command in self.subjects:
            verdict = _cleans(command)
            if verdict is False:
                return False
            found = found or verdict is True
        return found


def _cleans(command: CommandSubject) -> bool | None:
    """None for a command that neither cleans nor does anything else."""
    if command.program in _NEUTRAL and not command.writes:
        return None
    if command.program == "rm":
        return bool(command.removes) and all(_CACHES.match(path) for path in command.removes)
    return f"{command.program} {command.subcommand}" in _CLEANERS
