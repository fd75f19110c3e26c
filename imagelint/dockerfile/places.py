"""Where in the file the parts of a subject stand: what a rule underlines (`at`) and what its fix changes.

The names of the parts are listed in imagelint.engine.vocabulary.SPANS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from imagelint.dockerfile.model import Dockerfile, Flag, Instruction, Span, Word
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_copy import CopySubject
from imagelint.dockerfile.subject_ignore import IgnoreSubject
from imagelint.dockerfile.subject_instruction import InstructionSubject, VariableSubject
from imagelint.dockerfile.subject_stage import StageSubject
from imagelint.dockerfile.subjects import DockerfileSubject, ErrorSubject, Subject

_LOOK = 4096
"""How many characters of a command are searched for its subcommand."""


def whole(subject: Subject) -> Span:
    """The subject itself; line 0 for what stands nowhere."""
    if isinstance(subject, ErrorSubject):
        return subject.error.span
    if isinstance(subject, StageSubject):
        return subject.data.instructions[0].span if subject.data.instructions else subject.data.base.span
    if isinstance(subject, InstructionSubject):
        return subject.instruction.span
    if isinstance(subject, VariableSubject):
        return subject.pair.span
    if isinstance(subject, CommandSubject):
        return subject.command.span
    if isinstance(subject, CopySubject):
        return subject.instruction.instruction.span
    if isinstance(subject, IgnoreSubject):
        return subject.span
    return Span(1, 1, 1, 1)


def find(subject: Subject, part: str) -> Span:
    """The place of a part; of the whole subject when the part is missing or cannot be told apart."""
    return exact(subject, part) or whole(subject)


def exact(subject: Subject, part: str) -> Span | None:
    """The place of a part, or None when it is missing or cannot be told apart."""
    kind, _, name = part.partition(".")
    owner: Subject = subject if not part or kind == subject.kind else getattr(subject, kind)
    if not name:
        return whole(owner)
    if isinstance(owner, StageSubject):
        return _of_stage(owner, name)
    if isinstance(owner, InstructionSubject):
        return owner.instruction.keyword_span if name == "keyword" else _text(owner.instruction)
    if isinstance(owner, VariableSubject):
        return _of_variable(owner, name)
    if isinstance(owner, CommandSubject):
        return _of_command(owner, name)
    if isinstance(owner, CopySubject):
        return _of_copy(owner, name)
    if isinstance(owner, IgnoreSubject):
        return owner.entry
    return None


def _of_stage(stage: StageSubject, name: str) -> Span | None:
    if name == "user":
        return stage.user_word.span if stage.user_word else None
    if not stage.data.instructions:
        return None
    first = stage.data.instructions[0]
    if name == "platform":
        return _flag(first.flags, "platform")
    if name in ("name", "as"):
        return first.words[2 if name == "name" else 1].span if len(first.words) > 2 else None
    return stage.data.base.span if first.words else None


def _text(instruction: Instruction) -> Span | None:
    parts = [flag.span for flag in instruction.flags[:1]] + [word.span for word in instruction.words[:1]]
    parts += [pair.span for pair in instruction.pairs[:1]]
    if not parts:
        return None
    first = min(parts, key=lambda span: (span.line, span.column))
    end = instruction.span
    return Span(first.line, first.column, end.end_line, end.end_column)


def _of_variable(variable: VariableSubject, name: str) -> Span | None:
    span = variable.pair.span
    if name == "name":
        return Span(span.line, span.column, span.line, span.column + len(variable.name))
    return variable.pair.value.span if variable.pair.value else None


def _of_copy(copy: CopySubject, name: str) -> Span | None:
    words = copy.instruction.instruction.words
    if name == "destination":
        return words[-1].span if words else None
    if name == "sources":
        return _around(copy.source_words)
    if name == "secret_sources":
        return copy.secret_words[0].span if copy.secret_words else None
    return _flag(copy.instruction.instruction.flags, name)


def _of_command(command: CommandSubject, name: str) -> Span | None:
    place = 0 if name == "program" else command.subcommand_place
    words = command.command.words
    if (place == 0) != (name == "program") or (place == 0 and words[:1] != [command.program]):
        return None
    for number, (span, text) in enumerate(tokens(command)):
        if number >= len(words) or text != words[number]:
            return None
        if number == place:
            return span
    return None


def tokens(command: CommandSubject) -> Iterable[tuple[Span, str]]:
    """The words of a command as they stand in the file, as far as blanks alone tell them apart."""
    file = command.dockerfile.file
    for line, column, text in slices(file, command.command.span):
        for match in re.finditer(r"\S+", text):
            if match[0] != "\\" and match[0] != file.directives.get("escape", "\\"):
                start = column + match.start()
                yield Span(line, start, line, start + len(match[0])), match[0]


def slices(file: Dockerfile, span: Span) -> Iterable[tuple[int, int, str]]:
    """(line, column, text) of each line of a span, comments left out, up to a bound."""
    left = _LOOK
    for line in range(span.line, span.end_line + 1):
        column = span.column if line == span.line else 1
        end = span.end_column - 1 if line == span.end_line else None
        text = file.lines[line - 1][column - 1 : end]
        if text.lstrip().startswith("#") and line > span.line:
            continue
        yield line, column, text[:left]
        left -= len(text)
        if left <= 0:
            return


def _around(words: list[Word]) -> Span | None:
    if not words:
        return None
    first, last = words[0].span, words[-1].span
    return Span(first.line, first.column, last.end_line, last.end_column)


def _flag(flags: list[Flag], name: str) -> Span | None:
    return next((flag.span for flag in flags if flag.name == name), None)


def known(subject: Subject) -> tuple[str, str, str]:
    """(stage, text, detail) of a subject, none of them the number of a line or of a stage: what a fingerprint is made
    of. As little of the file as tells it apart, so that a new tag of the base, or another command mended in the same
    RUN, leaves it as it is."""
    if isinstance(subject, DockerfileSubject):
        return "", "", ""
    if isinstance(subject, ErrorSubject):
        return "", subject.code, subject.text
    if isinstance(subject, IgnoreSubject):
        return "", subject.name, subject.form
    if isinstance(subject, StageSubject):
        return subject.name, subject.base_name, ""
    stage = subject.stage.name
    if isinstance(subject, InstructionSubject):
        return stage, subject.text, subject.keyword
    if isinstance(subject, VariableSubject):
        return stage, subject.name, subject.instruction.keyword
    if isinstance(subject, CommandSubject):
        return stage, subject.text, subject.program
    return stage, subject.instruction.text, subject.destination
