"""Mends that write the same in another form."""

from __future__ import annotations

import re

from imagelint.dockerfile import places
from imagelint.dockerfile.changes import Change, at, end_of, escape_of, line_of, text_of
from imagelint.dockerfile.model import Dockerfile, Span
from imagelint.dockerfile.shell import is_posix
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_instruction import BUILTINS, InstructionSubject, VariableSubject
from imagelint.dockerfile.subjects import ErrorSubject
from imagelint.lazy import Lazy

_QUOTED = r"""'[^'"\\\x00-\x1f\ufffd]*'"""
_ONE = rf"""[\w./:@%+=,-]+|"[^"$`\\\x00-\x1f\ufffd]*"|{_QUOTED}"""
_TEXT = rf"""(?:{_QUOTED}|"[^"\\]*")"""
_WORD = Lazy(_ONE)
_WORDS = Lazy(rf"\s*(?:(?:{_ONE})(?:\s+|$))*")
_STRING = Lazy(_TEXT)
_LIST = Lazy(rf"\[\s*{_TEXT}(?:\s*,\s*{_TEXT})*(\s*,)?\s*\]")
_SWITCH = Lazy(r"""((?:strict-ssl|http\.sslVerify|enableStrictSsl)(?:=|[ \t]+)["']?)(?:false|no|0)\b""", re.I)
_MOST = 1000
"""Stages that use a stage, which are looked at: more of them are written to hurt."""
AUTHORS = "LABEL org.opencontainers.image.authors="


def author_label(instruction: InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """MAINTAINER as a label: the text as it stands, between quotes."""
    data = instruction.instruction
    span = places.exact(instruction, "instruction.text")
    if span is None or span.line != span.end_line or span.line != data.keyword_span.line or data.onbuild:
        return None
    text = text_of(file, span)
    ahead = Span(data.keyword_span.line, data.keyword_span.column, span.line, span.column)
    if re.fullmatch(r'"[^"$\\]+"', text):
        return [(ahead, AUTHORS)]
    special = [span.column + match.start() for match in re.finditer(r'["$\\]', text)]
    if special and escape_of(file) != "\\":
        return None
    escapes: list[Change] = [(at(span.line, column), "\\") for column in special]
    return [(ahead, AUTHORS + '"'), *escapes, (end_of(span), '"')]


def equals_sign(variable: VariableSubject, file: Dockerfile) -> list[Change] | None:
    """`NAME=value` for `NAME value`, in quotes where blanks are part of the value."""
    if not variable.is_legacy or variable.pair.value is None:
        return None
    value = variable.pair.value.span
    text = text_of(file, value)
    line = line_of(file, variable.pair.span.line)
    match = re.compile(r"([^\s=\"'\\]+)([ \t]+)").match(line, variable.pair.span.column - 1)
    if match is None or value.line != variable.pair.span.line or match.end() != value.column - 1:
        return None
    gap = Span(value.line, match.end(1) + 1, value.line, value.column)
    if re.fullmatch(r"""[^\s"'\\`]+|"[^"\\]*"|'[^'\\]*'""", text):
        return [(gap, "=")]
    if re.search(r"[\"'\\`]", text.replace(f"{escape_of(file)}\n", "")):
        return None
    return [(gap, '="'), (end_of(value), '"')]


def env_to_arg(variable: VariableSubject, file: Dockerfile) -> list[Change] | None:
    """ENV of one variable as ARG."""
    data = variable.instruction.instruction
    stage = variable.stage.data
    if len(data.pairs) != 1 or data.stage < 0 or len(stage.used_by) > _MOST:
        return None
    if any(file.stages[number].parent == stage.index for number in stage.used_by):
        return None  # an ARG ends with its stage, and an ENV does not
    changes: list[Change] = [(data.keyword_span, "ARG")]
    if not variable.is_legacy:
        return changes
    form = equals_sign(variable, file)
    return changes + form if form else None


def exec_form(instruction: InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """CMD or ENTRYPOINT as a JSON list, where it needs no shell: signs around each word, whatever stands between."""
    data = instruction.instruction
    span = places.exact(instruction, "instruction.text")
    if span is None or data.form != "shell" or data.heredocs or not is_posix(data.shell):
        return None
    words: list[tuple[Span, str]] = []
    for line, column, text in places.slices(file, span):
        body = text.rstrip()
        body = body.removesuffix(escape_of(file)) if line < span.end_line else body
        if not _WORDS.fullmatch(body):
            return None
        words += [
            (Span(line, column + word.start(), line, column + word.end()), word[0]) for word in _WORD.finditer(body)
        ]
    plain = [text[1:-1] if text[0] in "\"'" else text for _, text in words]
    if not words or not data.commands or data.commands[0].words != plain or plain[0] in BUILTINS:
        return None
    changes: list[Change] = []
    for number, (word, text) in enumerate(words):
        quotes = int(text[0] in "\"'")
        first = Span(word.line, word.column, word.line, word.column + quotes)
        last = Span(word.line, word.end_column - quotes, word.line, word.end_column)
        changes.append((first, ("" if number else "[") + '"'))
        changes.append((last, '"' + ("," if number < len(words) - 1 else "]")))
    return changes


def json_quotes(instruction: InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """Double quotes for single ones, and no comma behind the last string."""
    span = places.exact(instruction, "instruction.text")
    text = text_of(file, span) if span and span.line == span.end_line else ""
    match = _LIST.fullmatch(text)
    if span is None or match is None:
        return None
    signs = [
        (place, place + 1, '"')
        for string in _STRING.finditer(text)
        for place in (string.start(), string.end() - 1)
        if text[place] == "'"
    ]
    signs += [(*match.span(1), "")] if match[1] else []
    return [(Span(span.line, span.column + start, span.line, span.column + end), sign) for start, end, sign in signs]


def expose_last_port(instruction: InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """Of each ADDRESS:PORT:PORT the last port."""
    changes: list[Change] = []
    for word in instruction.instruction.words:
        ahead, colon, port = word.raw.rpartition(":")
        if not colon:
            continue
        if (
            word.span.line != word.span.end_line
            or not re.fullmatch(r"\d+(/(?:tcp|udp|sctp))?", port)
            or "$" in word.raw
        ):
            return None
        start = word.span.column
        changes.append((Span(word.span.line, start, word.span.line, start + len(ahead) + 1), ""))
    return changes


def https(command: CommandSubject, file: Dockerfile) -> list[Change] | None:
    """https:// in the one URL of a command."""
    if len(command.urls) != 1 or not command.urls[0].startswith("http://"):
        return None
    for line, column, text in places.slices(file, command.command.span):
        place = text.find(command.urls[0])
        if place >= 0:
            return [(at(line, column + place + len("http")), "s")]
    return None


def checks_on(command: CommandSubject, file: Dockerfile) -> list[Change] | None:
    """true for the setting of git, npm or yarn that turns the check of certificates off."""
    return [
        (Span(line, column + match.end(1), line, column + match.end()), "true")
        for line, column, text in places.slices(file, command.command.span)
        for match in _SWITCH.finditer(text)
    ]


def meant_keyword(error: ErrorSubject, file: Dockerfile) -> list[Change] | None:
    """The keyword that a misspelt one is nearest to, as the parser names it."""
    match = re.search(r"; did you mean ([A-Z]+)\?$", error.text)
    return [(error.error.span, match[1])] if match else None
