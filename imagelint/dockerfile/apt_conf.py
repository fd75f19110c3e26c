"""What a stage writes into apt's own configuration, so that its commands need not say it (apt.conf(5))."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imagelint.dockerfile.model import Instruction
    from imagelint.dockerfile.subject_stage import StageSubject

_FILES = "/etc/apt/apt.conf"
"""The file, and the folder apt.conf.d."""
_SETTINGS = ("Install-Recommends", "Assume-Yes")


def settings(stage: StageSubject) -> dict[str, int]:
    """By setting, the first instruction that makes it, of a parent stage too. A copied file may make all."""
    found = dict(stage.parent.apt_settings) if stage.parent else {}
    for instruction in stage.data.instructions:
        for name in () if instruction.onbuild else _sets(instruction):
            found.setdefault(name, instruction.number)
    return found


def _sets(instruction: Instruction) -> tuple[str, ...]:
    if instruction.keyword in ("COPY", "ADD"):
        words = instruction.words
        return _SETTINGS if words and words[-1].value.startswith(_FILES) and not instruction.heredocs else ()
    if instruction.keyword != "RUN" or _FILES not in instruction.text:
        return ()
    return tuple(name for name in _SETTINGS if name.lower() in instruction.text.lower())
