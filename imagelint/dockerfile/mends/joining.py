"""Mends that put commands of RUNs together with &&."""

from __future__ import annotations

import re

from imagelint.dockerfile.changes import Change, between, end_of, escape_of, line_of, start_of
from imagelint.dockerfile.grammar import bash
from imagelint.dockerfile.model import Dockerfile, Instruction
from imagelint.dockerfile.shell import is_posix
from imagelint.dockerfile.subject_instruction import InstructionSubject
from imagelint.dockerfile.wrappers import program_name

_MOST = 64
"""Stages that are looked at, and stages below them: more of them are written to hurt."""
_STAYS = frozenset("cd export set unset source . umask ulimit alias shopt exec exit trap eval pushd popd".split())
"""What a shell does for the commands behind it: a RUN begins without."""


def behind(run: InstructionSubject, command: str) -> list[Change] | None:
    """`&& command` behind the last command of a RUN, as its other lines are written."""
    return [(end_of(run.instruction.span), run.joint + command)] if run.joint else None


def drop_lists(run: InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """The package lists of apt away, where no later RUN installs from them, in this stage or in one built on it."""
    leaning, own = run.dockerfile.leans_on_lists, run.stage.index
    if len(leaning) > _MOST or leaning.get(own, -1) > run.instruction.number:
        return None
    if any(_stands_on(stage, own, file) for stage in leaning if stage > own):
        return None
    return behind(run, "rm -rf /var/lib/apt/lists/*")


def _stands_on(stage: int, other: int, file: Dockerfile) -> bool:
    """Whether a stage is built on another one, at any distance; true where that is too far to tell."""
    for _ in range(_MOST):
        if stage <= other:
            return stage == other
        stage = file.stages[stage].parent
    return True


def joint(run: InstructionSubject, file: Dockerfile) -> str:
    """What stands between the last command of a RUN and one more; empty where none may follow."""
    programs = run.programs
    if not _joinable(run.instruction) or not {"sudo", "exec"}.isdisjoint(programs) or programs[-1:] == ["exit"]:
        return ""
    return _joint(run.instruction, file)


def next_run(run: InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """This RUN and the one on the line behind it."""
    number = run.instruction.number + 1
    return _joined(run.instruction, file.instructions[number], file) if number < len(file.instructions) else None


def previous_run(run: InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """This RUN and the one on the line ahead of it."""
    number = run.instruction.number - 1
    return _joined(file.instructions[number], run.instruction, file) if number >= 0 else None


def _joined(first: Instruction, second: Instruction, file: Dockerfile) -> list[Change] | None:
    if first.flags or second.flags or first.shell != second.shell or first.span.end_line + 1 != second.span.line:
        return None
    if not _joinable(first) or not _joinable(second) or line_of(file, second.span.line)[: second.span.column - 1]:
        return None
    # `a; b` and `a || b` would read otherwise behind another command, and what `cd` does ends with its RUN.
    if re.search(r";|\|\||&(?!&)|\n", second.text.replace("&&", "")):
        return None
    if any(not c.words or program_name(c.words[0]) in _STAYS for c in first.commands):
        return None
    if second.words[0].span.line != second.span.line:
        return None
    escape = escape_of(file)
    gap = between(first.span, start_of(second.words[0].span))
    return [(gap, f" {escape}\n{_indent(first, file) or '    '}&& ")]


def _joinable(run: Instruction) -> bool:
    """Its text is shell that a `&&` may follow, or stand ahead of."""
    if run.keyword != "RUN" or run.form != "shell" or run.heredocs or run.onbuild or not is_posix(run.shell):
        return False
    text = run.words[0].value if run.words else ""
    if not text or text[-1] in ";&|\\" or re.search(r"(?:^|\s)#|<<", text):
        return False
    from tree_sitter import Parser  # heavy, and here already for the commands

    return not Parser(bash()).parse(text.encode("utf-8", "surrogatepass")).root_node.has_error


def _joint(run: Instruction, file: Dockerfile) -> str:
    span = run.span
    if span.line == span.end_line:
        return " && "
    escape = escape_of(file)
    above = [line_of(file, line).rstrip().removesuffix(escape) for line in range(span.line, span.end_line)]
    last = line_of(file, span.end_line)
    if any(line.rstrip().endswith("&&") for line in above) and not last.lstrip().startswith("&&"):
        indent = next(
            (
                _blanks(below)
                for line, below in zip(above, [*above[1:], last], strict=True)
                if line.rstrip().endswith("&&")
            ),
            _blanks(last),
        )
        return f" && {escape}\n{indent}"
    return f" {escape}\n{_indent(run, file)}&& "


def _indent(run: Instruction, file: Dockerfile) -> str:
    """The blanks ahead of the last && that begins a line, or else of the last line; none of a RUN of one line."""
    lines = [line_of(file, line) for line in range(run.span.line + 1, run.span.end_line + 1)]
    leading = [line for line in lines if line.lstrip().startswith("&&")]
    return _blanks((leading or lines or [""])[-1])


def _blanks(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
