"""The script that ENTRYPOINT or CMD starts, followed back to the file of the build context that a COPY makes it of."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename
from typing import TYPE_CHECKING

from imagelint.dockerfile.removals import absolute

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_copy import CopySubject
    from imagelint.dockerfile.subject_instruction import InstructionSubject
    from imagelint.dockerfile.subject_stage import StageSubject
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


def left_out(instruction: InstructionSubject) -> str:
    """The path in the context of what the instruction runs, when a COPY would bring it, .dockerignore leaves it out,
    and nothing behind that COPY could make it; empty otherwise, or when it is not known."""
    for stage, copy, name in _reaching(instruction):
        if copy.taken is None or copy.is_archive:
            return ""
        target = _target(copy)
        below = name[len(target) + 1 :]
        if any(below in (place, basename(entry.path)) for entry, place in copy.taken.files):
            return ""
        if path := _ignored(copy, below):
            return "" if _runs(instruction.stage, stage, copy) else path
    return ""


def _ignored(copy: CopySubject, below: str) -> str:
    """The path of a file that the COPY would bring to this place, if it were not left out."""
    context = copy.instruction.dockerfile.context
    for source in copy.sources if context is not None and below else ():
        folder = context.tree.at(source) if context is not None else None
        if folder is None or context is None or folder.sort != "dir":
            continue
        path = f"{folder.path}/{below}" if folder.path else below
        found = context.tree.named(path)
        if found is not None and found.sort == "file" and context.ignore.along(path)[0]:
            return path
    return ""


def _runs(last: StageSubject | None, stage: StageSubject, copy: CopySubject) -> bool:
    """Whether a RUN stands behind the COPY, up to the end of the stage that starts the program."""
    while last is not None:
        first = copy.instruction.instruction.number if last is stage else -1
        if any(i.keyword == "RUN" and i.number > first for i in last.data.instructions):
            return True
        last = last.parent if last is not stage else None
    return False


def _reaching(instruction: InstructionSubject) -> Iterator[tuple[StageSubject, CopySubject, str]]:
    """The COPYs that may make the program of a JSON form, the last first, and the path it would have."""
    words = instruction.words
    if instruction.form != "json" or not words or "$" in words[0] or instruction.dockerfile.context is None:
        return
    program = words[0]
    if "/" in program:
        names = [absolute(program, instruction.workdir or "/")]
    else:
        names = [f"{folder}/{program}" for folder in _PATH]
    stage: StageSubject | None = instruction.stage
    while stage is not None:
        for copy in reversed(stage.copied):
            for name in names:
                target = _target(copy)
                if name.startswith(target + "/") or name == target:
                    yield stage, copy, name
        stage = stage.parent


def _target(copy: CopySubject) -> str:
    return absolute(copy.destination, copy.instruction.workdir or "/").rstrip("/")


def _made(instruction: InstructionSubject) -> tuple[CopySubject, Entry] | None:
    """The COPY that makes the program, and what it makes it of."""
    for _, copy, name in _reaching(instruction):
        if copy.taken is None or copy.is_archive:
            return None
        below = name[len(_target(copy)) + 1 :]
        for entry, place in copy.taken.files:
            if place == below or (not place and below == basename(entry.path)):
                return copy, entry
    return None


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
