"""What the parser makes of a Dockerfile: plain data with true spans (lines and columns from 1, end column behind the
last character)."""

from __future__ import annotations

from imagelint.record import field, record


@record
class Span:
    """A stretch of the file as the user wrote it."""

    line: int
    column: int
    end_line: int
    end_column: int


@record
class Word:
    """One word of an instruction: as written, and after quotes are taken off and variables are filled in."""

    raw: str
    value: str
    """Quotes and escapes taken off, known variables expanded; an unknown one stays as `$NAME`."""
    span: Span
    expanded: bool = True
    """Every variable in it was known when the build reaches it (a build argument's default counts)."""


@record
class Flag:
    """--name=value of an instruction; value is empty for a bare flag."""

    name: str
    value: str
    span: Span


@record
class Pair:
    """NAME=value of ENV, ARG or LABEL."""

    name: str
    value: Word | None
    """None for an ARG without default."""
    span: Span


@record
class Heredoc:
    """A here-document of RUN, COPY or ADD."""

    name: str
    body: str
    expand: bool
    strip_tabs: bool
    span: Span
    """The body's lines, without the line that closes it."""


@record
class Command:
    """A simple command of a shell body."""

    words: list[str]
    """Program and arguments, quotes taken off."""
    text: str
    """As written, continuations joined."""
    span: Span
    assignments: dict[str, str] = field(default_factory=dict)
    """NAME=value in front of the program."""
    reads: list[str] = field(default_factory=list)
    """Files by input redirection."""
    writes: list[str] = field(default_factory=list)
    """Files by output redirection."""
    pipes_to: str = ""
    """The program that reads its output, without path; empty when none does."""
    wrapper: str = ""
    """sudo, env, exec ... when this command is what such a program runs; the wrapper is a command of its own too."""


@record
class Instruction:
    """One instruction; for ONBUILD, the inner one with onbuild set."""

    keyword: str
    """In capitals."""
    text: str
    """All behind the keyword (flags too), continuations joined by a blank, comments left out, heredoc bodies not
    included."""
    span: Span
    keyword_span: Span
    words: list[Word] = field(default_factory=list)
    """What stands behind the flags. JSON form: the list's strings. RUN, CMD, ENTRYPOINT in shell form: one word,
    the whole text, as the shell gets it."""
    flags: list[Flag] = field(default_factory=list)
    form: str = ""
    """json or shell, for the instructions that have both (RUN CMD ENTRYPOINT SHELL COPY ADD VOLUME HEALTHCHECK);
    empty for the others."""
    heredocs: list[Heredoc] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    """RUN, and CMD, ENTRYPOINT, HEALTHCHECK CMD: the simple commands, heredoc bodies included."""
    pipes: bool = False
    """Some command's output goes into another one."""
    onbuild: bool = False
    stage: int = -1
    """Index into Dockerfile.stages; -1 ahead of the first FROM."""
    shell: tuple[str, ...] = ("/bin/sh", "-c")
    """The SHELL in force, inherited from the stage below."""
    number: int = 0
    """Its place in the file, from 0."""


@record
class Stage:
    """One FROM and what follows it."""

    index: int
    name: str
    """Lower case; empty when it has none."""
    base: Word
    """The image or stage that FROM names (an empty Word when FROM names nothing)."""
    platform: str
    parent: int
    """The stage it is built from, -1 when the base is an image."""
    instructions: list[Instruction] = field(default_factory=list)
    """FROM itself is the first."""
    environment: dict[str, str] = field(default_factory=dict)
    """ENV at the end of the stage, inherited ones too."""
    users: list[Word] = field(default_factory=list)
    """USER words of this stage, without ONBUILD."""
    used_by: set[int] = field(default_factory=set)
    """Stages that are built from it, or copy or mount from it."""


@record
class ParseError:
    """What a build would refuse, or read otherwise than it looks. The rest of the file is still read."""

    code: str
    """What a build refuses: unknown-instruction, unknown-flag, missing-argument, bad-syntax, bad-directive,
    missing-from, empty-file, open-heredoc, line-too-long, not-utf8, nul-byte. What it takes: byte-order-mark, crlf (in
    a here-document), empty-continuation, late-directive (`# syntax=` below another comment), misspelt-directive.
    """
    text: str
    """One line, with what was expected."""
    span: Span


@record
class Dockerfile:
    """A parsed Dockerfile."""

    source: str
    """The text as decoded (a BOM removed, line ends as written): spans point into it."""
    lines: list[str]
    """source.split at line ends, without them."""
    directives: dict[str, str] = field(default_factory=dict)
    instructions: list[Instruction] = field(default_factory=list)
    """All of them, in file order, ahead of the first FROM too."""
    stages: list[Stage] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)
    """Global ARGs (ahead of the first FROM) with their defaults."""
    comments: list[tuple[int, str]] = field(default_factory=list)
    """(line, text without #) of each comment line outside heredocs."""
    errors: list[ParseError] = field(default_factory=list)
    cuts: dict[str, int] = field(default_factory=dict)
    """What was not followed to its end, as a sentence, with the line of the first time; found while facts are asked
    for, too."""
