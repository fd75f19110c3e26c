"""Where a stage removes or changes a path: one index a stage, so that many COPY and many rm cost their sum."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from posixpath import join, normpath

from imagelint.dockerfile.model import Instruction, Stage
from imagelint.dockerfile.subject_command import removed_paths
from imagelint.dockerfile.wrappers import program_name

_HOME = "/root"
"""Of the user a build runs as unless it says otherwise."""
_DEPTH = 64
"""A path is looked up once for each of its folders; a deeper one is nobody's secret."""


def absolute(path: str, folder: str) -> str:
    """A path as a build step in this folder means it, without `.` and `..`."""
    for home in ("~/", "$HOME/", "${HOME}/"):
        if path.startswith(home):
            path = f"{_HOME}/{path[len(home) :]}"
    return normpath(join(folder or "/", path)).replace("//", "/")


class Removals:
    """Every path that the RUNs of one stage remove: (number of the instruction, line) in file order."""

    def __init__(
        self, stage: Stage, folders: dict[int, str], paths_of: Callable[[list[str]], list[str]] = removed_paths
    ) -> None:
        """`folders`: the working directory at each instruction, by its number; `paths_of`: from the words of a command
        to the paths that it removes, or changes where that is what is asked for."""
        self._paths_of = paths_of
        self._at: dict[str, list[tuple[int, int]]] = {}
        for instruction in stage.instructions:
            if instruction.keyword == "RUN" and not instruction.onbuild:
                self._read(instruction, folders.get(instruction.number, ""))

    def __bool__(self) -> bool:
        return bool(self._at)

    def _read(self, instruction: Instruction, folder: str) -> None:
        for command in instruction.commands:
            if command.words and program_name(command.words[0]) == "cd" and len(command.words) > 1:
                folder = absolute(command.words[1], folder)
            for path in self._paths_of(command.words):
                self._at.setdefault(absolute(path, folder), []).append((instruction.number, command.span.line))

    def after(self, number: int, path: str) -> int:
        """The line of the first removal of this path, or of a folder it lies in, behind an instruction; 0 for none."""
        found: list[tuple[int, int]] = []
        if path.count("/") > _DEPTH:
            return 0
        while len(path) > 1:
            places = self._at.get(path, [])
            at = bisect_right(places, (number, 1 << 60))
            found += places[at : at + 1]
            path = path.rpartition("/")[0]
        return min(found)[1] if found else 0

    def exactly(self, number: int, path: str) -> int:
        """The line of the first command that names this very path, behind an instruction; 0 for none."""
        places = self._at.get(path, [])
        at = bisect_right(places, (number, 1 << 60))
        return places[at][1] if at < len(places) else 0
