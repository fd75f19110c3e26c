"""Bytes of a Dockerfile into stages and instructions."""

from __future__ import annotations

import io
import re

from imagelint.dockerfile import shell
from imagelint.dockerfile.arguments import KEYWORDS, Reader, effective
from imagelint.dockerfile.flags import read_flags
from imagelint.dockerfile.located import Located
from imagelint.dockerfile.model import Dockerfile, Instruction, ParseError, Span, Stage, Word
from imagelint.dockerfile.normalise import Body, Normal, normalise
from imagelint.dockerfile.stages import Scopes, link_copies

_BLANKS = " \t\v\f\r"
_KEYWORD = re.compile(r"\s*(\S+)\s*")
_STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*")
_NEVER_TRIGGERS = frozenset({"ONBUILD", "FROM", "MAINTAINER"})
_LONGEST_NAME = 20
"""Letters of a misspelt keyword; HEALTHCHECK has 11."""


def parse(data: bytes) -> Dockerfile:
    """Read any bytes. Never raises: what a build would refuse is in errors, and the rest is there."""
    normal = normalise(data)
    dockerfile = Dockerfile(
        normal.source, normal.lines, normal.directives, comments=normal.comments, errors=normal.errors
    )
    _Parser(dockerfile, normal).run()
    if dockerfile.errors:
        dockerfile.errors = [error for error in dockerfile.errors if not _in_template(error, dockerfile.lines)]
    dockerfile.errors.sort(key=lambda error: (error.span.line, error.span.column))
    return dockerfile


def _in_template(error: ParseError, lines: list[str]) -> bool:
    """What is to be filled in before the build is no mistake: `{{ version }}`, `{% if x %}`, `<%= name %>`."""
    if error.code not in ("unknown-instruction", "bad-syntax", "missing-argument"):
        return False
    line = lines[error.span.line - 1]
    return any(mark in line for mark in ("{{", "{%", "<%"))


def _structure(skeleton: list[str]) -> list[tuple[int, int]]:
    """First and last line (from 0) of each instruction."""
    from dockerfile_parse import DockerfileParser  # heavy: only when a run needs it

    plain = "\n".join(skeleton).encode() + b"\n"
    found = DockerfileParser(fileobj=io.BytesIO(plain)).structure
    return [(item["startline"], item["endline"]) for item in found if item["instruction"] != "COMMENT"]


class _Parser:
    def __init__(self, dockerfile: Dockerfile, normal: Normal) -> None:
        self.dockerfile, self.normal = dockerfile, normal
        self.scopes = Scopes(dockerfile, normal.escape)
        self.missing_from = False

    def run(self) -> None:
        for first, last in _structure(self.normal.skeleton):
            self.instruction(self.normal.joined(first, last), self.normal.bodies.get(first, []))
        if not self.dockerfile.instructions:
            self.error("empty-file", "the file holds no instructions", Span(1, 1, 1, 1))
        elif not self.dockerfile.stages and not self.missing_from:
            self.error("missing-from", "the file holds no FROM", self.dockerfile.instructions[-1].span)
        link_copies(self.dockerfile, self.scopes.named)
        if self.scopes.budget.cut:
            self.dockerfile.cuts.setdefault(self.scopes.budget.cut, 0)

    def error(self, code: str, text: str, span: Span) -> None:
        self.dockerfile.errors.append(ParseError(code, text, span))

    def instruction(self, where: Located, bodies: list[Body]) -> None:
        end = len(where.text.rstrip())
        where = where.cut(0, end)
        match = _KEYWORD.match(where.text)
        if not match:
            return
        self.check_blank(where, match.end(1))
        begin = match.start(1)
        onbuild = match[1].upper() == "ONBUILD" and match.end() < end
        if onbuild:
            match = _KEYWORD.match(where.text, match.end()) or match
        keyword = match[1].upper()
        instruction = Instruction(
            keyword,
            where.clean(match.end(), end).strip(),
            where.span(begin, end),
            where.span(match.start(1), match.end(1)),
            heredocs=[body.heredoc for body in bodies],
            onbuild=onbuild,
            stage=len(self.dockerfile.stages) - 1,
            shell=self.scopes.shell,
            number=len(self.dockerfile.instructions),
        )
        self.dockerfile.instructions.append(instruction)
        self.check_keyword(instruction)
        instruction.flags, start = read_flags(where, match.end())
        self.check_flags(instruction)
        reader = Reader(instruction, where, self.scopes, self.dockerfile.errors)
        reader.read(start)
        self.take_effect(instruction)
        if self.dockerfile.stages:
            self.dockerfile.stages[-1].instructions.append(instruction)
        for cut in shell.fill(instruction, where, reader.body, reader.strings, bodies):
            self.dockerfile.cuts.setdefault(cut, instruction.span.line)

    def check_blank(self, where: Located, place: int) -> None:
        """Of a blank that is none to BuildKit, such as the no-break space that comes with text from a web page."""
        if place < len(where.text) and where.text[place] not in _BLANKS:
            text = (
                "a blank that is not one of ASCII's, such as a no-break space, does not end the name of an instruction"
            )
            self.error("unknown-instruction", text, where.span(place, place + 1))

    def check_keyword(self, instruction: Instruction) -> None:
        keyword = instruction.keyword
        if keyword not in KEYWORDS:
            self.unknown_instruction(instruction)
        elif instruction.onbuild and keyword in _NEVER_TRIGGERS:
            self.error("bad-syntax", f"ONBUILD cannot put off {keyword}", instruction.keyword_span)
        if (
            not self.dockerfile.stages
            and not self.missing_from
            and (keyword not in ("ARG", "FROM") or instruction.onbuild)
        ):
            self.missing_from = True
            text = f"no FROM stands ahead of {keyword if keyword in KEYWORDS else 'the first instruction'}"
            self.error("missing-from", text, instruction.keyword_span)

    def unknown_instruction(self, instruction: Instruction) -> None:
        """Of unknown ones in a row the first is reported, and misspellings: the others are its tail, or prose."""
        near = _nearest(instruction.keyword)
        before = self.dockerfile.instructions[-2].keyword if instruction.number else "RUN"
        at = instruction.keyword_span
        # As written: the capitals of a secret would not be known for one.
        word = self.dockerfile.lines[at.line - 1][at.column - 1 : at.end_column - 1]
        name = f"`{word}`" if word.isalpha() and len(word) <= _LONGEST_NAME else "what this line begins with"
        text = f"{name} is not an instruction"
        if near:
            text += f"; did you mean {near}?"
        elif instruction.keyword[0] in "&|":
            text += "; is a continuation missing at the end of the line above?"
        if near or before in KEYWORDS:
            self.error("unknown-instruction", text, instruction.keyword_span)

    def check_flags(self, instruction: Instruction) -> None:
        if not instruction.flags or instruction.keyword not in KEYWORDS:
            return
        from imagelint.dockerfile.flag_values import mistakes  # most files have no flags

        for flag, code, text in mistakes(instruction.keyword, instruction.flags):
            self.error(code, text, flag.span)

    def take_effect(self, instruction: Instruction) -> None:
        """What an instruction means for the ones below it."""
        keyword = instruction.keyword
        if instruction.onbuild:
            return
        if keyword == "FROM":
            self.stage(instruction)
        elif keyword == "ENV" and self.dockerfile.stages:
            for pair in instruction.pairs:
                if pair.value is not None:
                    self.scopes.set(pair.name, effective(pair.value))
        elif keyword == "USER" and self.dockerfile.stages:
            self.dockerfile.stages[-1].users += instruction.words
        elif keyword == "SHELL" and instruction.form == "json" and instruction.words:
            self.scopes.shell = tuple(word.value for word in instruction.words)

    def stage(self, instruction: Instruction) -> None:
        words = instruction.words
        span = instruction.keyword_span
        base = words[0] if words else Word("", "", Span(span.end_line, span.end_column, span.end_line, span.end_column))
        name = ""
        if len(words) == 3 and words[1].raw.lower() == "as":
            name = words[2].raw.lower()
            if not _STAGE_NAME.fullmatch(name):
                text = "the name of a stage begins with a letter and goes on with letters, digits, `-`, `_` and `.`"
                self.error("bad-syntax", text, words[2].span)
        elif len(words) > 1:
            self.error("bad-syntax", "FROM takes an image, or an image, AS and a name", words[1].span)
        platform = next((flag.value for flag in instruction.flags if flag.name == "platform"), "")
        if "$" in platform:
            platform = (
                Reader(instruction, Located([]), self.scopes, self.dockerfile.errors).expanded(platform, span).value
            )
        if base.value.lower() in self.scopes.named and base.value not in self.scopes.named:
            self.error("bad-syntax", "FROM finds a stage by its name in small letters only", base.span)
        stage = Stage(len(self.dockerfile.stages), name, base, platform, self.scopes.parent(base.value))
        self.scopes.begin(stage)
        instruction.stage = stage.index
        instruction.shell = self.scopes.shell


def _nearest(keyword: str) -> str:
    """The keyword it may be a misspelling of."""
    if not keyword.isascii() or not keyword.isalpha() or len(keyword) > 16:
        return ""
    from difflib import get_close_matches  # only for a file that does not build

    near = get_close_matches(keyword, sorted(KEYWORDS), 1, 0.66)
    return near[0] if near else ""
