"""Which stage needs which, and which images a file takes something from without a FROM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.dockerfile.inherited import inherited
from imagelint.dockerfile.stages import mount_options
from imagelint.record import once

if TYPE_CHECKING:
    from imagelint.dockerfile.model import Dockerfile, Instruction, Stage
    from imagelint.dockerfile.subject_stage import StageSubject
    from imagelint.dockerfile.subjects import DockerfileSubject

_MAKES_FILES = frozenset(("ADD", "COPY", "RUN", "WORKDIR", "ONBUILD"))


def circles(file: Dockerfile) -> dict[int, list[int]]:
    """The stages that need each other in a circle, by the first of them; a build refuses such a file.

    Tarjan's strongly connected components, without recursion: a file may have thousands of stages.
    """
    if not any(user < stage.index for stage in file.stages for user in stage.used_by):
        return {}  # nobody takes from a later one, as in every file that builds
    needs: dict[int, list[int]] = {stage.index: [] for stage in file.stages}
    for stage in file.stages:
        for user in stage.used_by:
            needs[user].append(stage.index)
    found: dict[int, list[int]] = {}
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []
    on_path: set[int] = set()
    for root in needs:
        work = [(root, 0)] if root not in number else []
        while work:
            stage_, at = work.pop()
            if at == 0:
                number[stage_] = low[stage_] = len(number)
                path.append(stage_)
                on_path.add(stage_)
            elif (child := needs[stage_][at - 1]) in on_path:
                low[stage_] = min(low[stage_], low[child])
            if at < len(needs[stage_]):
                work.append((stage_, at + 1))
                if needs[stage_][at] not in number:
                    work.append((needs[stage_][at], 0))
            elif low[stage_] == number[stage_]:
                ring = [path.pop()]
                while ring[-1] != stage_:
                    ring.append(path.pop())
                on_path.difference_update(ring)
                if len(ring) > 1:
                    found[min(ring)] = sorted(ring)
    return found


class FileGraphFacts:
    """What a Dockerfile's stages know of each other."""

    file: Dockerfile
    _names: dict[str, int]

    @once
    def all_stages(self) -> list[StageSubject]:
        """Its stages, filled as they are made."""
        return []

    @once
    def circles(self) -> dict[int, list[int]]:
        """See circles."""
        return circles(self.file)

    @once
    def circling(self) -> frozenset[int]:
        """The stages that are in a circle."""
        return frozenset(stage for ring in self.circles.values() for stage in ring)

    def has_stage(self, name: str) -> bool:
        """Whether a stage has this name, in any case."""
        return name.lower() in self._names


class StageGraphFacts:
    """The facts of a stage about the others."""

    data: Stage
    dockerfile: DockerfileSubject
    index: int
    parent: StageSubject | None

    @property
    def circle(self) -> list[str]:
        stages = self.dockerfile.file.stages
        return [stages[n].name or str(n) for n in self.dockerfile.circles.get(self.index, [])]

    @property
    def in_circle(self) -> bool:
        return self.index in self.dockerfile.circling

    @property
    def name_raw(self) -> str:
        """Its name as written; empty when it has none."""
        words = self.data.instructions[0].words if self.data.instructions else []
        return words[2].raw if self.data.name and len(words) > 2 else ""

    @inherited
    def is_empty(self) -> bool:
        """It is scratch, and nothing is put into it."""
        if any(i.keyword in _MAKES_FILES for i in self.data.instructions):
            return False
        return self.parent.is_empty if self.parent else self.data.base.value == "scratch"


class MountFacts:
    """The facts of a RUN about the images that it mounts from."""

    instruction: Instruction
    dockerfile: DockerfileSubject
    stage: StageSubject

    @once
    def mount_images(self) -> list[str]:
        """What --mount=from names besides the stages of the file; variables and numbers left out."""
        if self.instruction.keyword != "RUN":
            return []
        sources = (mount_options(flag).get("from", "") for flag in self.instruction.flags if flag.name == "mount")
        return [
            name
            for name in sources
            if name and "$" not in name and not name.isdigit() and not self.dockerfile.has_stage(name)
        ]
