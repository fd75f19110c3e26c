"""Comments that `docker build --call=outline` and `--call=targets` show: BuildKit's InvalidDefinitionDescription.

https://docs.docker.com/reference/build-checks/invalid-definition-description/
"""

from __future__ import annotations

from bisect import bisect_left

from imagelint.dockerfile.model import Dockerfile, Instruction


def wrong(dockerfile: Dockerfile, instruction: Instruction) -> str:
    """The name of an ARG or a stage that has comments right above it, of which none begins with that name."""
    name = _name(instruction)
    if not name or not dockerfile.comments:
        return ""
    place = bisect_left(dockerfile.comments, (instruction.span.line, ""))
    line = instruction.span.line - 1
    above: list[str] = []
    while place and dockerfile.comments[place - 1][0] == line:
        place, line = place - 1, line - 1
        above.append(dockerfile.comments[place][1])
    above = [text for text in above if text and not text.startswith(_TO_TOOLS)]
    return name if above and not any(text.split()[0].lower() == name.lower() for text in above) else ""


_TO_TOOLS = ("syntax=", "check=", "escape=", "hadolint ", "checkov:", "imagelint ", "renovate:", "nosemgrep", "tally ")


def _name(instruction: Instruction) -> str:
    if instruction.onbuild:
        return ""
    if instruction.keyword == "ARG":
        return instruction.pairs[0].name if len(instruction.pairs) == 1 else ""
    return instruction.words[2].raw if instruction.keyword == "FROM" and len(instruction.words) == 3 else ""
