"""A parsed Dockerfile as subjects with facts, in file order. The facts are declared in imagelint.engine.vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from imagelint.dockerfile import base_arguments, casing, end_of_life, image_names
from imagelint.dockerfile.accounts import Accounts, dropped_groups, idle_users
from imagelint.dockerfile.copied import StageFlowFacts
from imagelint.dockerfile.labels import StageLabelFacts
from imagelint.dockerfile.layers import StageLayerFacts
from imagelint.dockerfile.model import Dockerfile, ParseError, Span, Stage, Word
from imagelint.dockerfile.removals import Removals, absolute
from imagelint.dockerfile.runtime import StageRuntimeFacts
from imagelint.dockerfile.stage_graph import FileGraphFacts, StageGraphFacts
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_copy import CopySubject
from imagelint.dockerfile.subject_ignore import IgnoreSubject
from imagelint.dockerfile.subject_instruction import InstructionSubject, VariableSubject, shell_name
from imagelint.dockerfile.words import Budget
from imagelint.dockerfile.wrappers import program_name
from imagelint.record import once
from imagelint.secrets.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.context import Context

_HIDDEN = Lazy("[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff]")
"""Bidirectional controls and characters without width: a reader sees another text than the build (CVE-2021-42574)."""

_APT_UPDATE = Lazy(r"\bapt(?:-get|itude)?(?:\s+-\S+)*\s+update\b")


_GENERATIONS = 64
"""How far up from stage to stage a variable is looked for."""


class DockerfileSubject(FileGraphFacts):
    """See the kind `dockerfile` of imagelint.engine.vocabulary for the facts."""

    kind = "dockerfile"
    index_instruction = index_program = ""

    def __init__(self, dockerfile: Dockerfile, path: str, context: Context | None) -> None:
        self.file = dockerfile
        self.path = path
        self.context = context
        self.directives = list(dockerfile.directives)
        self.syntax = dockerfile.directives.get("syntax", "")
        self.errors = len(dockerfile.errors)
        self.stages = len(dockerfile.stages)
        self.arguments = list(dockerfile.arguments)
        self.budget = Budget()
        self._names: dict[str, int] = {}
        for stage in dockerfile.stages:
            if stage.name:
                self._names.setdefault(stage.name, stage.index)

    @once
    def all_arguments(self) -> frozenset[str]:
        """The names of the build arguments of all stages, and of those ahead of them."""
        return frozenset(p.name for i in self.file.instructions if i.keyword == "ARG" for p in i.pairs)

    @property
    def stage_names(self) -> list[str]:
        return [stage.name for stage in self.file.stages if stage.name]

    @property
    def keywords(self) -> list[str]:
        return [instruction.keyword for instruction in self.file.instructions]

    @once
    def mostly_small(self) -> bool:
        """More of its keywords are in small letters than in capitals."""
        return casing.mostly_small(self.file)

    @once
    def leans_on_lists(self) -> dict[int, int]:
        """For each stage with a RUN that uses apt and updates nothing, the number of the last such RUN."""
        found = {}
        for data in self.file.instructions:
            if data.keyword == "RUN":
                text = "\n".join([data.text, *(heredoc.body for heredoc in data.heredocs)])
                if "apt" in text and not _APT_UPDATE.search(text):
                    found[data.stage] = data.number
        return found

    @property
    def ends_with_newline(self) -> bool:
        return self.file.source.endswith("\n") or not self.file.source

    def stage_number(self, name: str, here: int) -> int:
        """The index of the stage that --from names at stage `here`, by name or by number; -1 when there is none."""
        if name.isascii() and name.isdigit() and len(name) < 6:
            return int(name) if int(name) < self.stages else -1
        if 0 <= here < self.stages and name and self.file.stages[here].name == name:
            return here
        return self._names.get(name, -1)


class ErrorSubject:
    """See the kind `error` of imagelint.engine.vocabulary for the facts."""

    kind = "error"
    index_instruction = index_program = ""

    def __init__(self, dockerfile: DockerfileSubject, error: ParseError) -> None:
        self.dockerfile = dockerfile
        self.error = error
        self.code = error.code
        self.text = error.text
        self.line = error.span.line


class StageSubject(StageLabelFacts, StageRuntimeFacts, StageGraphFacts, StageLayerFacts, StageFlowFacts):
    """See the kind `stage` of imagelint.engine.vocabulary for the facts. A parent is made before its children."""

    kind = "stage"
    index_instruction = index_program = ""

    def __init__(self, dockerfile: DockerfileSubject, stage: Stage, parent: StageSubject | None) -> None:
        self.dockerfile = dockerfile
        self.data = stage
        self.parent = parent
        self.index = stage.index
        self.name = stage.name
        self.base = stage.base.value
        self.base_raw = stage.base.raw
        self.base_known = stage.base.expanded
        flags = stage.instructions[0].flags if stage.instructions else []
        self.platform = next((flag.value for flag in flags if flag.name == "platform"), "")
        self.final = stage.index == dockerfile.stages - 1 >= 0
        self.used = self.ships = self.final
        self.user_word: Word | None = stage.users[-1] if stage.users else parent.user_word if parent else None
        self.counts: dict[str, int] = {}
        for instruction in stage.instructions:
            if not instruction.onbuild:
                self.counts[instruction.keyword] = self.counts.get(instruction.keyword, 0) + 1
        self._says: frozenset[str] = frozenset(self.counts) | (parent._says if parent else frozenset())
        self.copied: list[CopySubject] = []
        """Its COPYs and ADDs, as far as they are made."""
        self.duplicate_name = stage.name != "" and dockerfile._names.get(stage.name) != stage.index
        self.steps: list[InstructionSubject] = []
        """Its RUN, CMD and ENTRYPOINT, without ONBUILD: what a fact asks that follows data from one to the next."""
        self.folders: dict[int, str] = {}
        self.last_folder: str = parent.last_folder if parent else ""
        self._follow_workdir()
        self.root: StageSubject = parent.root if parent else self
        self.shell_comes = _shell_comes(self) if self.root.base_is_scratch else -1

    def _follow_workdir(self) -> None:
        for instruction in self.data.instructions:
            self.folders[instruction.number] = self.last_folder
            if instruction.keyword == "WORKDIR" and instruction.words and not instruction.onbuild:
                word = instruction.words[0].value
                hidden = word.startswith("$") or re.match(r"[A-Za-z]:", word)
                self.last_folder = word if hidden else absolute(word, self.last_folder)

    @once
    def removals(self) -> Removals:
        """Where its RUNs remove what."""
        return Removals(self.data, self.folders)

    @once
    def first_hiding(self) -> int:
        """The number of its first RUN in which a pipe may hide a failure; -1 when there is none."""
        pipes = (i for i in self.data.instructions if i.pipes and i.keyword == "RUN" and not i.onbuild)
        texts = ((i.number, [*i.shell, i.text, *(heredoc.body for heredoc in i.heredocs)]) for i in pipes)
        return next((number for number, said in texts if not any("pipefail" in text for text in said)), -1)

    @once
    def given(self) -> frozenset[str]:
        """The names of its ARGs that have no default: whoever builds gives their values."""
        return frozenset(
            p.name for i in self.data.instructions if i.keyword == "ARG" for p in i.pairs if p.value is None
        )

    @once
    def arguments(self) -> frozenset[str]:
        """The names of its ARGs."""
        return frozenset(p.name for i in self.data.instructions if i.keyword == "ARG" for p in i.pairs)

    @once
    def declared(self) -> frozenset[str]:
        """The names of its ARGs and ENVs, inherited ones too."""
        return self.arguments | frozenset(self.data.environment)

    @once
    def _reference(self) -> tuple[str, str, str]:
        name, _, digest = self.base.partition("@")
        folder, slash, last = name.rpartition("/")
        last, _, tag = last.partition(":")
        return folder + slash + last, tag, digest

    @property
    def base_name(self) -> str:
        return self._reference[0]

    @property
    def base_tag(self) -> str:
        return self._reference[1]

    @property
    def base_digest(self) -> str:
        return self._reference[2]

    @property
    def base_is_stage(self) -> bool:
        return self.parent is not None

    @property
    def base_is_scratch(self) -> bool:
        return self.base == "scratch"

    @property
    def end_of_life(self) -> str:
        return end_of_life.ended(self.base_name, self.base_tag) if self.base_tag and self.parent is None else ""

    @property
    def abandoned(self) -> str:
        return image_names.abandoned(self.base_name, self.base_tag) if self.parent is None else ""

    @property
    def base_meant(self) -> str:
        return image_names.meant(self.base_name) if self.parent is None else ""

    @once
    def accounts(self) -> Accounts:
        """What its RUNs do to users."""
        return Accounts(self.data)

    @property
    def idle_users(self) -> list[str]:
        return idle_users(self)

    @property
    def dropped_groups(self) -> list[str]:
        return dropped_groups(self)

    @property
    def as_cased(self) -> str:
        first = self.data.instructions[:1]
        return casing.as_cased(self.dockerfile.file, first[0]) if first else ""

    @once
    def undeclared(self) -> list[str]:
        return base_arguments.undeclared(self.dockerfile.file, self.data)

    @property
    def needs_argument(self) -> bool:
        return base_arguments.needs_argument(self.dockerfile.file, self.data, self.dockerfile.budget)

    @property
    def user_raw(self) -> str:
        return self.user_word.raw if self.user_word else ""

    @property
    def user(self) -> str:
        return self.user_word.value.partition(":")[0] if self.user_word else ""

    @property
    def user_is_root(self) -> bool:
        return re.fullmatch(r"root|0+", self.user) is not None

    @property
    def user_is_numeric(self) -> bool:
        return self.user.isascii() and self.user.isdigit()

    @property
    def has_user(self) -> bool:
        return self.user_word is not None

    @property
    def has_healthcheck(self) -> bool:
        return "HEALTHCHECK" in self._says

    @property
    def has_entrypoint(self) -> bool:
        return "ENTRYPOINT" in self._says

    @property
    def has_cmd(self) -> bool:
        return "CMD" in self._says

    @property
    def has_workdir(self) -> bool:
        return "WORKDIR" in self._says

    @property
    def shell(self) -> str:
        return shell_name(self.data.instructions[-1].shell) if self.data.instructions else "sh"

    @once
    def last_checkout(self) -> tuple[int, int]:
        """See clones.last_checkout."""
        from imagelint.dockerfile.clones import last_checkout

        return last_checkout(self)

    @once
    def unchecked_downloads(self) -> dict[tuple[int, int], CommandSubject]:
        """See downloads.unchecked."""
        from imagelint.dockerfile.downloads import unchecked

        return unchecked(self)

    @once
    def copied_archives(self) -> dict[str, tuple[int, str]]:
        """See archives.copied."""
        from imagelint.dockerfile.archives import copied

        return copied(self)

    @once
    def _set_at(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for instruction in self.data.instructions:
            if instruction.keyword in ("ARG", "ENV") and not instruction.onbuild:
                for pair in instruction.pairs:
                    found.setdefault(pair.name, instruction.number)
        return found

    def sets(self, name: str, number: int) -> bool:
        """It or a parent sets this variable or build argument ahead of the instruction of this number."""
        if self._set_at.get(name, number) < number:
            return True
        stage = self.parent
        for _ in range(_GENERATIONS):
            if stage is None:
                return False
            if name in stage._set_at:
                return True
            stage = stage.parent
        return True

    @property
    def runs(self) -> int:
        return self.counts.get("RUN", 0)

    @property
    def copies(self) -> int:
        return self.counts.get("COPY", 0) + self.counts.get("ADD", 0)

    @property
    def cmds(self) -> int:
        return self.counts.get("CMD", 0)

    @property
    def entrypoints(self) -> int:
        return self.counts.get("ENTRYPOINT", 0)

    @property
    def healthchecks(self) -> int:
        return self.counts.get("HEALTHCHECK", 0)

    @property
    def programs(self) -> list[str]:
        commands = (c for i in self.data.instructions if i.keyword == "RUN" for c in i.commands if c.words)
        return list(dict.fromkeys(program_name(c.words[0]) for c in commands))

    @property
    def labels(self) -> list[str]:
        return [p.name for i in self.data.instructions if i.keyword == "LABEL" for p in i.pairs]

    @property
    def environment(self) -> list[str]:
        return list(self.data.environment)


def _shell_comes(stage: StageSubject) -> int:
    from imagelint.dockerfile.shell_less import shell_comes

    return shell_comes(stage)


Subject: TypeAlias = (
    DockerfileSubject
    | ErrorSubject
    | StageSubject
    | InstructionSubject
    | VariableSubject
    | CommandSubject
    | CopySubject
    | IgnoreSubject
)


def _stages(top: DockerfileSubject) -> list[StageSubject]:
    stages = top.all_stages
    for stage in top.file.stages:
        parent = stages[stage.parent] if 0 <= stage.parent < len(stages) else None
        stages.append(StageSubject(top, stage, parent))
    for subject in reversed(stages):
        users = [stages[n] for n in subject.data.used_by if subject.index < n < len(stages)]
        subject.used = subject.final or any(other.used for other in users)
        subject.ships = subject.final or not users or any(other.ships for other in users if other.parent is subject)
    return stages


def _hidden(dockerfile: Dockerfile) -> Iterator[ParseError]:
    if not dockerfile.source.isascii():
        for number, line in enumerate(dockerfile.lines, 1):
            if found := _HIDDEN.search(line):
                at = found.start() + 1
                yield ParseError("hidden-character", f"U+{ord(found[0]):04X}", Span(number, at, number, at + 1))


def subjects(dockerfile: Dockerfile, path: str, context: Context | None = None) -> Iterator[Subject]:
    """Every subject, the outer ones first; `path` is the file's name as the user gave it."""
    top = DockerfileSubject(dockerfile, path, context)
    yield top
    for error in [*dockerfile.errors, *_hidden(dockerfile)]:
        yield ErrorSubject(top, error)
    stages = _stages(top)
    yield from stages
    nowhere = Word("", "", Span(0, 0, 0, 0))
    ahead = StageSubject(top, Stage(-1, "", nowhere, "", -1), None)
    previous = ""
    user: dict[int, str] = {}
    seen: dict[tuple[int, str], int] = {}
    for data in dockerfile.instructions:
        stage = stages[data.stage] if 0 <= data.stage < len(stages) else ahead
        subject = InstructionSubject(stage, data, casing.keyword(dockerfile, data))
        if not data.onbuild:
            seen[stage.index, data.keyword] = subject.occurrence = seen.get((stage.index, data.keyword), 0) + 1
            subject.last_of_keyword = subject.occurrence == stage.counts.get(data.keyword, 0)
        inherited = stage.parent.user if stage.parent else ""
        subject.user = user.get(stage.index, inherited)
        subject.workdir = stage.folders.get(data.number, "")
        subject.previous = previous
        previous = data.keyword
        if data.keyword == "USER" and data.words and not data.onbuild:
            user[stage.index] = data.words[0].value.partition(":")[0]
        if data.keyword in ("RUN", "CMD", "ENTRYPOINT") and not data.onbuild:
            stage.steps.append(subject)
        yield subject
        yield from subject.subjects
        if data.keyword in ("COPY", "ADD"):
            stage.copied.append(copy := CopySubject(subject))
            yield copy
        for place, pair in enumerate(data.pairs):
            yield VariableSubject(subject, pair, place)
