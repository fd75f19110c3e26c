"""From the fix of a rule to edits of the file; only where the part to change stands in the file as the rule thinks.

A fix puts signs and words around what the file says, and copies little of it: so nothing that a mask would destroy, or
a decoder has replaced, has to be written again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagelint.dockerfile import places
from imagelint.dockerfile.changes import Change, blank_ahead, line_of, text_of, then
from imagelint.dockerfile.model import Dockerfile, Span
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_instruction import InstructionSubject
from imagelint.engine.message import pieces
from imagelint.findings import Edit, Fix
from imagelint.secrets.redact import plain

if TYPE_CHECKING:
    from imagelint.dockerfile.subjects import Subject
    from imagelint.engine.rule import Rule, Step
    from imagelint.secrets.redact import Redactor


def fix(rule: Rule, subject: Subject, file: Dockerfile, redactor: Redactor) -> Fix | None:
    """The fix of a rule for a subject; None when the rule has none, or none that would be right here."""
    if rule.fix is None:
        return None
    edits: list[Edit] = []
    for step in rule.fix.steps:
        changes = _changes(step, rule.kind, subject, file)
        if not changes:
            return None
        for span, text in changes:
            before = text_of(file, span) if text else ""
            if before and text.lower() == before.lower() and redactor.safe(before) != before:
                return None  # a secret in other letters
            shown = redactor.safe(text) if any(map(str.isalnum, text)) else plain(text)
            if shown != text or "\ufffd" in text:
                return None  # a secret, which a mask would destroy, or a byte that is no UTF-8
            edits.append(Edit(span.line, span.column, span.end_line, span.end_column, shown))
    return Fix(plain(rule.fix.title), rule.fix.safety, tuple(edits))


def _changes(step: Step, kind: str, subject: Subject, file: Dockerfile) -> list[Change] | None:
    if step.action == "make":
        from imagelint.dockerfile.mends import mend  # only for a finding that has one

        return mend(step.part)(subject, file)
    if step.action == "drop":
        return _drop(subject, step.words, file) if isinstance(subject, CommandSubject) else None
    parts = pieces(step.text, kind, subject) if step.text else []
    if any(piece == "" for piece, _ in parts):
        return None  # a fact that does not apply
    text = "".join(piece for piece, _ in parts)
    if step.action == "join":
        return _join(subject, text)
    span = places.exact(subject, step.part)
    if span is None or not span.line or not _plain(file, span, step.action):
        return None
    if step.action == "mode":
        return _mode(file, span, int(step.text, 8))
    if step.action == "before":
        span = Span(span.line, span.column, span.line, span.column)
    elif step.action == "after":
        span = Span(span.end_line, span.end_column, span.end_line, span.end_column)
    elif step.action == "remove":
        span = _with_blank(file, span)
    return [(span, text)]


def _plain(file: Dockerfile, span: Span, action: str) -> bool:
    """One line, and for an insertion no quotes that it would have to go into; or a whole line to take away."""
    if span.line != span.end_line:
        return action == "remove" and (span.column, span.end_line, span.end_column) == (1, span.line + 1, 1)
    text = file.lines[span.line - 1][span.column - 1 : span.end_column - 1]
    return text != "" and (action not in ("before", "after") or not set(text) & set("\"'"))


def _with_blank(file: Dockerfile, span: Span) -> Span:
    """Of a flag, the blanks behind it too."""
    if span.end_line != span.line:
        return span
    text = line_of(file, span.line)
    end = span.end_column
    if text.startswith("--", span.column - 1):
        while end <= len(text) and text[end - 1] in " \t":
            end += 1
    return Span(span.line, span.column, span.line, end)


def _mode(file: Dockerfile, span: Span, bits: int) -> list[Change] | None:
    """The octal number at the end of a part, without some bits, in as many digits."""
    match = re.search(r"(?:^|=)([0-7]{3,5})$", line_of(file, span.line)[span.column - 1 : span.end_column - 1])
    if match is None or not int(match[1], 8) & bits:
        return None
    start = span.column + match.start(1)
    number = f"{int(match[1], 8) & ~bits:0{len(match[1])}o}"
    return [(Span(span.line, start, span.line, span.end_column), number)]


def _join(subject: Subject, command: str) -> list[Change] | None:
    from imagelint.dockerfile.mends.joining import behind

    if isinstance(subject, InstructionSubject):
        return behind(subject, command)
    if isinstance(subject, CommandSubject) and not subject.command.wrapper:
        return behind(subject.instruction, command)
    return None


def _drop(command: CommandSubject, options: tuple[str, ...], file: Dockerfile) -> list[Change] | None:
    """Take options out, with their values where they have one, and letters out of -abc; None unless all were found."""
    words = command.command.words
    left = sum(flag in options for flag in command.flags)
    changes: list[Change] = []
    tokens = list(places.tokens(command))[: len(words)]
    skip = False
    for number, (span, text) in enumerate(tokens):
        if text != words[number]:
            break
        if skip:
            skip = False
            continue
        if text.partition("=")[0] in options:
            last = number
            if text in command.takes_value and number + 1 < len(tokens) and tokens[number + 1][1] == words[number + 1]:
                last, skip = number + 1, True
            if (change := blank_ahead(file, then(span, tokens[last][0]))) is None:
                return None
            changes.append(change)
            left -= 1
        elif place := _letter(text, options, command.takes_value):
            changes.append((Span(span.line, span.column + place, span.line, span.column + place + 1), ""))
            left -= 1
    return changes if left == 0 else None


def _letter(text: str, options: tuple[str, ...], takes_value: frozenset[str]) -> int:
    """Where in -abc a letter of the options stands; 0 when none does."""
    if re.fullmatch(r"-[A-Za-z]{2,}", text):
        for place, letter in enumerate(text[1:], 1):
            if f"-{letter}" in options:
                return place
            if f"-{letter}" in takes_value:
                break
    return 0
