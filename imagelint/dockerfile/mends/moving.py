"""Mends that say with an instruction of its own what stood inside another one."""

from __future__ import annotations

import re

from imagelint.dockerfile.changes import Change, between, end_of, is_blank, line_of, start_of, text_of, whole_lines
from imagelint.dockerfile.model import Dockerfile, Instruction, Span
from imagelint.dockerfile.shell import is_posix
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_instruction import InstructionSubject, VariableSubject
from imagelint.dockerfile.values import references

_FOLDER = r"[A-Za-z0-9_./+@-]+"
_MOST = 1000
"""Instructions of a stage, and stages that use it, that are looked at: more of them are written to hurt."""
_MOST_PARENTS = 64
"""Stages below a stage that are looked at."""
_PIPEFAIL = {
    "alpine": '["/bin/ash", "-eo", "pipefail", "-c"]',
    "": '["/bin/bash", "-o", "pipefail", "-c"]',
}
"""busybox has no bash; its ash knows pipefail."""


def cd_to_workdir(instruction: InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """WORKDIR for the cd that a RUN begins with."""
    data = instruction.instruction
    line = line_of(file, data.span.line)
    match = re.compile(rf"(RUN[ \t]+cd[ \t]+)({_FOLDER})(?=\s|&&|$)", re.I).match(line, data.span.column - 1)
    if match is None or data.flags or data.heredocs or data.onbuild or not is_posix(data.shell):
        return None
    if match[2].startswith("-") or not (match[2].startswith("/") or instruction.workdir):
        return None  # where it leads to is known to the base image only
    head = Span(data.span.line, match.start(1) + 1, data.span.line, match.end(1) + 1)
    end = Span(data.span.line, match.end(2) + 1, data.span.end_line, data.span.end_column)
    if len(data.commands) == 1:
        return None if text_of(file, end) else [(head, "WORKDIR ")]
    gap = Span(end.line, end.column, data.commands[1].span.line, data.commands[1].span.column)
    ahead, both, behind = text_of(file, gap).partition("&&")
    if not both or not is_blank(file, ahead) or not is_blank(file, behind):
        return None
    return [(head, "WORKDIR "), (gap, "\nRUN ")]


def own_instruction(variable: VariableSubject, file: Dockerfile) -> list[Change] | None:
    """A variable of ENV, and those behind it, in an ENV of their own."""
    data = variable.instruction.instruction
    if not variable.place or data.onbuild:
        return None
    gap = between(data.pairs[variable.place - 1].span, variable.pair.span)
    return [(gap, "\nENV ")] if is_blank(file, text_of(file, gap)) else None


def secret_mount(variable: VariableSubject, file: Dockerfile) -> list[Change] | None:
    """A secret mount for each RUN that names a build argument, which goes; None where something else needs it.

    `env=` needs version 1.10 of the frontend: https://docs.docker.com/reference/dockerfile/#run---mounttypesecret
    """
    arg, stage = variable.instruction.instruction, variable.stage.data
    if max(len(stage.instructions), len(stage.used_by)) > _MOST:
        return None
    if any(file.stages[number].parent == stage.index for number in stage.used_by):
        return None
    if len(arg.pairs) != 1 or arg.onbuild or (gone := whole_lines(file, arg)) is None:
        return None
    changes = [gone]
    for other in stage.instructions:
        if other.number == arg.number or not _names(other, variable.name):
            continue
        mounts = any(flag.name == "mount" and "type=secret" in flag.value for flag in other.flags)
        if other.keyword != "RUN" or other.form != "shell" or other.onbuild or other.number < arg.number or mounts:
            return None
        changes.append((end_of(other.keyword_span), f" --mount=type=secret,id={variable.name},env={variable.name}"))
    return changes if len(changes) > 1 else None


def _names(instruction: Instruction, name: str) -> bool:
    texts = [instruction.text, *(heredoc.body for heredoc in instruction.heredocs)]
    return any(name in text and name in references(text) for text in texts) or any(
        pair.name == name for pair in instruction.pairs
    )


def shell_instruction(command: CommandSubject, file: Dockerfile) -> list[Change] | None:
    """SHELL for a RUN that does nothing but link /bin/sh to another shell."""
    data = command.instruction.instruction
    words = command.command.words
    plain = len(data.commands) == 1 and not data.flags and not data.onbuild and data.span.line == data.span.end_line
    if not plain or len(words) != 4 or not re.fullmatch(r"/[\w/.-]+", words[2]) or len(data.text.split()) != 4:
        return None
    return [(data.span, f'SHELL ["{words[2]}", "-c"]')]


def shell_with_pipefail(instruction: InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """SHELL with pipefail ahead of the first RUN that needs it; the others, and the stages built on this one, have it
    from there."""
    data, stage = instruction.instruction, instruction.stage
    if data.onbuild or data.shell not in (("/bin/sh", "-c"), ("/bin/bash", "-c")):
        return None
    if line_of(file, data.span.line)[: data.span.column - 1]:
        return None
    above = stage
    for _ in range(_MOST_PARENTS):
        if above.parent is None:
            break
        above = above.parent
        if above.first_hiding >= 0:
            return None
    if stage.first_hiding != data.number or above.parent is not None:
        return None
    root = above.base_name
    if "busybox" in root or not root:
        return None
    alpine = "alpine" in root or "alpine" in above.base_tag
    kind = "alpine" if alpine and data.shell[0] == "/bin/sh" else ""
    return [(start_of(data.span), f"SHELL {_PIPEFAIL[kind]}\n")]
