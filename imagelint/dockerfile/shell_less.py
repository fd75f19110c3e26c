"""Instructions in shell form where no shell can be: in a stage from scratch into which nothing has brought one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.dockerfile.removals import absolute
from imagelint.dockerfile.stages import LINUX_SHELL

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_instruction import InstructionSubject
    from imagelint.dockerfile.subject_stage import StageSubject

_MAY_HOLD_IT = frozenset(("/", "/bin", "/bin/sh", "/usr", "/usr/bin"))
"""Destinations that may bring /bin/sh, or the folder that /bin links to."""
_NEVER = 1 << 30
_WITH_SHELL = frozenset(("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"))
_HARMLESS_MOUNTS = ("type=cache", "type=secret", "type=ssh", "type=tmpfs")


def lacks_shell(instruction: InstructionSubject) -> bool:
    """It is certain that /bin/sh, which the shell form needs, is not there."""
    data = instruction.instruction
    if instruction.keyword not in _WITH_SHELL or data.form != "shell" or not data.words or data.onbuild:
        return False
    if data.shell != LINUX_SHELL or instruction.stage.index < 0:
        return False
    if any(not mount.startswith(_HARMLESS_MOUNTS) for mount in instruction.mounts):
        return False
    return data.number < instruction.stage.shell_comes


def shell_comes(stage: StageSubject) -> int:
    """The number of the instruction that may bring a shell into a stage from scratch; -1: its parent may have one."""
    if stage.parent is not None and stage.parent.shell_comes < _NEVER:
        return -1
    for data in stage.data.instructions:
        if data.onbuild:
            continue
        if data.keyword in ("COPY", "ADD"):
            place = absolute(data.words[-1].value, stage.folders.get(data.number, "")) if data.words else "/"
            if place in _MAY_HOLD_IT or "$" in place:
                return data.number
        elif data.keyword == "RUN" and data.form == "json":
            return data.number
    return _NEVER
