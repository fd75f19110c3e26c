"""A parsed Dockerfile as subjects with facts, in file order. The facts are declared in imagelint.engine.vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from imagelint.dockerfile import casing
from imagelint.dockerfile.model import Dockerfile, ParseError, Span, Stage, Word
from imagelint.dockerfile.stage_graph import FileGraphFacts
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_copy import CopySubject
from imagelint.dockerfile.subject_ignore import IgnoreSubject
from imagelint.dockerfile.subject_instruction import InstructionSubject, VariableSubject
from imagelint.dockerfile.subject_stage import GENERATIONS, StageSubject
from imagelint.dockerfile.words import Budget
from imagelint.lazy import Lazy
from imagelint.record import once

if TYPE_CHECKING:
    from imagelint.dockerfile.context import Context
    from imagelint.dockerfile.registry import Registry

_HIDDEN = Lazy("[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff]")
"""Bidirectional controls and characters without width: a reader sees another text than the build (CVE-2021-42574)."""

_APT_UPDATE = Lazy(r"\bapt(?:-get|itude)?(?:\s+-\S+)*\s+update\b")


class DockerfileSubject(FileGraphFacts):
    """See the kind `dockerfile` of imagelint.engine.vocabulary for the facts."""

    kind = "dockerfile"
    index_instruction = index_program = ""

    def __init__(
        self, dockerfile: Dockerfile, path: str, context: Context | None, registry: Registry | None = None
    ) -> None:
        self.file = dockerfile
        self.path = path
        self.context = context
        self.registry = registry
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
    def lines(self) -> int:
        stripped = (line.lstrip() for line in self.file.lines)
        return sum(1 for line in stripped if line and line[0] != "#")

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
        stages.append(made := StageSubject(top, stage, parent))
        if made.generation > GENERATIONS:
            top.file.cuts.setdefault(f"stages upon stages are looked through {GENERATIONS} deep", stage.base.span.line)
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


def subjects(
    dockerfile: Dockerfile, path: str, context: Context | None = None, registry: Registry | None = None
) -> Iterator[Subject]:
    """Every subject, the outer ones first; `path` is the file's name as the user gave it."""
    top = DockerfileSubject(dockerfile, path, context, registry)
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
