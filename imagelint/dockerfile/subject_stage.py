"""One stage of a Dockerfile as a subject, with what it inherits from the stage it stands on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagelint.dockerfile import base_arguments, casing, end_of_life, image_names
from imagelint.dockerfile.accounts import Accounts, dropped_groups, idle_users
from imagelint.dockerfile.copied import StageFlowFacts
from imagelint.dockerfile.inherited import inherited
from imagelint.dockerfile.labels import StageLabelFacts
from imagelint.dockerfile.layers import StageLayerFacts
from imagelint.dockerfile.model import Stage, Word
from imagelint.dockerfile.order import Early, StageOrderFacts, early_arguments
from imagelint.dockerfile.removals import Removals, absolute
from imagelint.dockerfile.runtime import StageRuntimeFacts
from imagelint.dockerfile.stage_graph import StageGraphFacts
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_copy import CopySubject
from imagelint.dockerfile.subject_instruction import InstructionSubject, shell_name
from imagelint.dockerfile.wrappers import program_name
from imagelint.record import once

if TYPE_CHECKING:
    from imagelint.dockerfile.subjects import DockerfileSubject

GENERATIONS = 64
"""How far up from stage to stage a variable is looked for."""


class StageSubject(
    StageLabelFacts, StageRuntimeFacts, StageGraphFacts, StageLayerFacts, StageFlowFacts, StageOrderFacts
):
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
        self.generation: int = parent.generation + 1 if parent else 1
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
        """The names of its ARGs that have no default, or an empty one: whoever builds gives their values."""
        pairs = (p for i in self.data.instructions if i.keyword == "ARG" for p in i.pairs)
        return frozenset(p.name for p in pairs if p.value is None or not p.value.value)

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
    def base_registry(self) -> str:
        return image_names.registry(self.base) if self.parent is None and not self.base_is_scratch else ""

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

    @property
    def built_for(self) -> str:
        if self.dockerfile.registry is None:
            return ""
        from imagelint.dockerfile.registry import built_for  # only with --resolve

        return built_for(self)

    @once
    def other_platforms(self) -> list[str]:
        if self.dockerfile.registry is None:
            return []
        from imagelint.dockerfile.registry import other_platforms  # only with --resolve

        return other_platforms(self)

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

    @inherited
    def apt_settings(self) -> dict[str, int]:
        """See apt_conf.settings."""
        from imagelint.dockerfile.apt_conf import settings

        return settings(self)

    @once
    def early_arguments(self) -> dict[int, Early]:
        """See order.early_arguments."""
        return early_arguments(self)

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
        for _ in range(GENERATIONS):
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
