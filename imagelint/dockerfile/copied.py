"""What becomes of a COPY: what later layers do to it, and what comes along with it from another stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.dockerfile.inherited import inherited
from imagelint.dockerfile.removals import absolute
from imagelint.dockerfile.secret_files import is_secret_file
from imagelint.dockerfile.wrappers import program_name
from imagelint.record import once

if TYPE_CHECKING:
    from imagelint.dockerfile.model import Instruction, Stage
    from imagelint.dockerfile.removals import Removals
    from imagelint.dockerfile.subject_copy import CopySubject
    from imagelint.dockerfile.subject_instruction import InstructionSubject
    from imagelint.dockerfile.subject_stage import StageSubject
    from imagelint.dockerfile.subjects import DockerfileSubject

_TOOLS = frozenset(
    """
    /usr/local/go /usr/lib/go /go /go/pkg /root/go /root/go/pkg /usr/local/cargo /usr/local/rustup /root/.cargo
    /root/.rustup /root/.m2 /root/.gradle /root/.npm /root/.nuget /usr/lib/gcc /usr/include
    /usr/share/maven /opt/maven /opt/gradle /usr/local/lib/node_modules/npm
    """.split()
)
"""Compilers, and the caches of what they fetched."""
_MANAGERS = frozenset(("npm", "yarn", "pnpm"))
_PRODUCTION = ("--production", "--prod", "--omit=dev", "--only=prod", "--only=production", "-P", "--focus")
_MANY = 64
"""Secret files of one stage that are followed; a stage with more is made to hurt."""
_CUT = f"over {_MANY} files named like secrets in a stage: the others are not followed into later stages"


_DEEP = 64
"""A path is looked up once for each of its folders; a deeper one is nobody's secret."""


def _tree(source: str) -> str:
    """The folder that a source brings along: /app for /app, /app/ and /app/*."""
    return "/" + source.removesuffix("*").strip("/")


class StageFlowFacts:
    """What a stage holds for the ones that copy from it."""

    dockerfile: DockerfileSubject
    data: Stage
    folders: dict[int, str]
    parent: StageSubject | None

    if TYPE_CHECKING:

        @property
        def removals(self) -> Removals:
            """See StageSubject."""

        @property
        def tree_changes(self) -> Removals:
            """See StageLayerFacts."""

    @once
    def copied(self) -> list[CopySubject]:
        """Its COPY and ADD, filled as they are made."""
        return []

    @once
    def copied_then_changed(self) -> dict[int, list[str]]:
        """By line: the destinations of which a command there changes owner or mode, all over."""
        found: dict[int, list[str]] = {}
        changes = self.tree_changes
        for copy in self.copied if changes else ():
            if copy.instruction.onbuild or copy.deleted_line or not copy.is_tree:
                continue  # of what is deleted copied-then-removed speaks
            if line := changes.after(copy.number, copy.target):
                found.setdefault(line, []).append(copy.destination)
        return found

    @inherited
    def secrets_left(self) -> list[str]:
        """The absolute paths of files named like secrets that it has at its end."""
        found = [path for path in self.parent.secrets_left if not self.removals.after(-1, path)] if self.parent else []
        for copy in self.copied:
            if copy.secret_sources and not copy.deleted_line and not copy.instruction.onbuild:
                found += copy.secret_targets
            elif copy.carried_secrets and not copy.instruction.onbuild:
                found += (path for path in copy.carried_targets if not self.removals.after(copy.number, path))
        for instruction in self.data.instructions:
            if instruction.keyword == "RUN" and not instruction.onbuild:
                found += self._written(instruction)
        found = list(dict.fromkeys(found))
        if len(found) > _MANY:
            self.dockerfile.file.cuts.setdefault(_CUT, self.data.instructions[0].span.line)
        return found[:_MANY]

    def _written(self, instruction: Instruction) -> list[str]:
        folder = self.folders.get(instruction.number, "")
        paths = (path for command in instruction.commands for path in _writes(command.words, command.writes))
        whole = (absolute(path, folder) for path in paths if is_secret_file(path))
        return [path for path in whole if not self.removals.after(instruction.number - 1, path)]

    @inherited
    def has_dev_modules(self) -> bool:
        """Its last install of Node.js packages took those for developers too, and nothing pruned them."""
        found = (self.parent is not None and self.parent.has_dev_modules) or any(
            copy.dev_modules for copy in self.copied
        )
        if self.data.environment.get("NODE_ENV") == "production":
            return False
        for instruction in self.data.instructions:
            for command in instruction.commands if instruction.keyword == "RUN" else ():
                program = program_name(command.words[0]) if command.words else ""
                if program not in _MANAGERS or {"-g", "--global", "global"} & set(command.words):
                    continue
                if "prune" in command.words or any(word.startswith(_PRODUCTION) for word in command.words):
                    found = False
                elif {"install", "ci", "i"} & set(command.words[1:2]) or command.words == ["yarn"]:
                    found = "NODE_ENV" not in command.assignments
        return found


def _writes(words: list[str], redirected: list[str]) -> list[str]:
    tee = words[1:] if words and program_name(words[0]) == "tee" else []
    return [*redirected, *(word for word in tee if not word.startswith("-"))]


class CopyFlowFacts:
    """The facts of a COPY about what happens before and after it."""

    instruction: InstructionSubject
    stage: StageSubject
    dockerfile: DockerfileSubject
    sources: list[str]
    destination: str
    from_: str
    from_stage: bool

    if TYPE_CHECKING:

        @property
        def secret_sources(self) -> list[str]:
            """See CopySubject."""

        @property
        def copies_context(self) -> bool:
            """See CopySubject."""

    @property
    def number(self) -> int:
        """Of its instruction in the file."""
        return self.instruction.instruction.number

    @property
    def is_tree(self) -> bool:
        """It may bring many files: a source is a folder as far as its name tells, or a pattern."""
        names = [source.rstrip("/").rpartition("/")[2] for source in self.sources]
        return any(
            source.endswith("/") or "*" in name or name in ("", ".", "..") or not name.count(".", 1)
            for source, name in zip(self.sources, names, strict=True)
        )

    @once
    def target(self) -> str:
        """Its destination as an absolute path."""
        return absolute(self.destination, self.instruction.workdir)

    @property
    def secret_targets(self) -> list[str]:
        """Where its secret sources may come to lie: at the destination or, if that is a folder, in it."""
        names = [source.rstrip("/").rpartition("/")[2] for source in self.secret_sources]
        inside = [f"{self.target.rstrip('/')}/{name}" for name in names]
        return inside if self.destination.endswith("/") or len(self.sources) > 1 else [self.target, *inside]

    @property
    def mode_change_line(self) -> int:
        changes = self.stage.mode_changes
        if not changes:
            return 0
        names = [source.rstrip("/").rpartition("/")[2] for source in self.sources]
        paths = [f"{self.target.rstrip('/')}/{name}" for name in names]
        if not self.destination.endswith("/") and len(self.sources) == 1:
            paths.append(self.target)
        return min((line for path in paths if (line := changes.exactly(self.number, path))), default=0)

    @once
    def _install(self) -> tuple[int, str]:
        return self.stage.first_install(self.number) if self.copies_context else (0, "")

    @property
    def install_line(self) -> int:
        return self._install[0]

    @property
    def install_text(self) -> str:
        return self._install[1]

    @once
    def source_stage(self) -> StageSubject | None:
        """The earlier stage that it copies from."""
        if not self.from_stage:
            return None
        return self.dockerfile.all_stages[self.dockerfile.stage_number(self.from_, self.stage.index)]

    @property
    def from_number(self) -> bool:
        return self.from_stage and self.from_.isdigit()

    @property
    def from_name(self) -> str:
        return self.source_stage.name if self.source_stage else ""

    @property
    def from_empty(self) -> bool:
        return self.source_stage is not None and self.source_stage.is_empty

    @once
    def carried_secrets(self) -> list[str]:
        if self.source_stage is None or not self.source_stage.secrets_left:
            return []
        trees = {_tree(source) for source in self.sources}
        return [path for path in self.source_stage.secrets_left if _lies_in(path, trees)]

    @property
    def carried_targets(self) -> list[str]:
        """Where the carried secrets come to lie."""
        found: list[str] = []
        for path in self.carried_secrets:
            for tree in map(_tree, self.sources):
                if path == tree:
                    name = path.rpartition("/")[2]
                    found.append(f"{self.target.rstrip('/')}/{name}" if self.destination.endswith("/") else self.target)
                elif path.startswith(tree.rstrip("/") + "/"):
                    found.append(self.target.rstrip("/") + path[len(tree.rstrip("/")) :])
        return found[:_MANY]

    @property
    def tools(self) -> list[str]:
        return [source for source in self.sources if _tree(source) in _TOOLS] if self.from_stage else []

    @property
    def dev_modules(self) -> bool:
        if self.source_stage is None or not any(s.rstrip("/*").endswith("node_modules") for s in self.sources):
            return False
        return self.source_stage.has_dev_modules


def _lies_in(path: str, trees: set[str]) -> bool:
    """Whether a path is one of these, or lies below one."""
    if path.count("/") > _DEEP:
        return False
    while path and path not in trees:
        path = path.rpartition("/")[0]
    return path != "" or "/" in trees
