"""Variables whose values are certain, whoever builds: those that an ENV of the file sets.

What an ARG sets is the caller's, and what the base image sets is not known.
"""

from __future__ import annotations

from imagelint.dockerfile.arguments import AS_WRITTEN
from imagelint.dockerfile.model import Dockerfile, Instruction, Stage
from imagelint.dockerfile.words import Budget, WordError, expand

MOST_STAGES = 64
"""Beyond, nothing is certain: each stage takes over what its parent has."""


class Certain:
    """Goes through a file, stage by stage and instruction by instruction."""

    def __init__(self, file: Dockerfile) -> None:
        self._escape, self._budget = file.directives.get("escape", "\\"), Budget()
        self._few = len(file.stages) <= MOST_STAGES
        self._values: dict[str, str | None] = {}
        self._ends: list[dict[str, str | None]] = []
        """Of the stages, in order; of the one that is read now too."""

    def begin(self, stage: Stage) -> None:
        """A stage begins."""
        self._values = dict(self._ends[stage.parent]) if stage.parent >= 0 else {}
        self._ends.append(self._values)

    def fills(self, instruction: Instruction) -> bool:
        """Whether a build fills variables in here."""
        return instruction.keyword not in AS_WRITTEN and not instruction.onbuild

    def filled(self, raw: str) -> str:
        """A word as written, with the variables filled in whose values are certain. As it is where it has others in
        more than their name (`${NAME:-x}`)."""
        value, known = self._expanded(raw) if "$" in raw and self._values else (raw, True)
        return value if known or "{" not in raw else raw

    def learn(self, instruction: Instruction) -> None:
        """What an instruction sets for those below it."""
        if instruction.onbuild or instruction.keyword not in ("ENV", "ARG"):
            return
        found: list[tuple[str, str, bool]] = []
        for pair in instruction.pairs if self._few else ():
            raw = pair.value.raw if pair.value is not None else ""
            value, known = self._expanded(raw)
            # what looks like a variable in a value may be one, or the text of one that was quoted
            found.append((pair.name, value, known and "$" not in value and instruction.keyword == "ENV"))
        for name, value, known in found:
            self._values.pop(name, None)
            if known:
                self._values[name] = value

    def _expanded(self, raw: str) -> tuple[str, bool]:
        try:
            return expand(raw, self._values, self._escape, self._budget)
        except WordError:
            return raw, False
