"""The script that ENTRYPOINT or CMD starts, followed back to the file of the build context that a COPY makes it of."""

from __future__ import annotations

from posixpath import basename
from typing import TYPE_CHECKING

from imagelint.dockerfile.removals import absolute

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_copy import CopySubject
    from imagelint.dockerfile.subject_instruction import InstructionSubject
    from imagelint.dockerfile.subjects import StageSubject
    from imagelint.dockerfile.tree import Entry

_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where Docker looks for a name without a slash, unless ENV PATH says otherwise."""
_CHANGERS = ("chmod", "install", "setfacl", "cp ", "mv ", "rsync")


def not_executable(instruction: InstructionSubject) -> str:
    """The path in the context of the script that the instruction runs, when nobody may run it and no later line seems
    to change that; empty otherwise, or when it is not known."""
    made = _made(instruction)
    if made is None:
        return ""
    copy, entry = made
    if entry.mode & 0o111 or copy.chmod or entry.sort != "file":
        return ""
    return "" if _changed(instruction.stage, copy, instruction.words[0]) else entry.path


def _made(instruction: InstructionSubject) -> tuple[CopySubject, Entry] | None:
    """The COPY that makes the program of a JSON form, and what it makes it of."""
    words = instruction.words
    if instruction.form != "json" or not words or "$" in words[0] or instruction.dockerfile.context is None:
        return None
    program = words[0]
    if "/" in program:
        names = [absolute(program, instruction.workdir or "/")]
    else:
        names = [f"{folder}/{program}" for folder in _PATH]
    stage: StageSubject | None = instruction.stage
    while stage is not None:
        for copy in reversed(stage.copied):
            for name in names:
                known, entry = _source(copy, name)
                if known:
                    return (copy, entry) if entry is not None else None
        stage = stage.parent
    return None


def _source(copy: CopySubject, name: str) -> tuple[bool, Entry | None]:
    """Whether a COPY may make the file of this name, and of what, if that is known."""
    target = absolute(copy.destination, copy.instruction.workdir or "/").rstrip("/")
    if not name.startswith(target + "/") and name != target:
        return False, None
    below = name[len(target) + 1 :]
    if copy.taken is None or copy.is_archive:
        return True, None
    for entry, place in copy.taken.files:
        if place == below or (not place and below == basename(entry.path)):
            return True, entry
    return False, None


def _changed(stage: StageSubject | None, copy: CopySubject, program: str) -> bool:
    """Whether a RUN behind the COPY says something that may make the file executable."""
    while stage is not None:
        for instruction in stage.data.instructions:
            if instruction.keyword != "RUN" or (
                stage is copy.stage and instruction.number < copy.instruction.instruction.number
            ):
                continue
            text = instruction.text + "".join(document.body for document in instruction.heredocs)
            if any(word in text for word in _CHANGERS) or basename(program) in text:
                return True
        if stage is copy.stage:
            break
        stage = stage.parent
    return False
