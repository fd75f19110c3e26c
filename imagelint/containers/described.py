"""A file that says how containers are started, as its readers hand it on."""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections.abc import Iterable

from imagelint.containers.model import Container
from imagelint.dockerfile.ignores import MARKS, Ignore, read
from imagelint.dockerfile.model import Dockerfile, Instruction, Span
from imagelint.lazy import Lazy
from imagelint.record import field, record

_COMMENT = Lazy(rf"(?:^|[ \t])#+[ \t]*((?:{'|'.join(MARKS)}).*)$")
_PAGE_COMMENT = Lazy(rf"<!--[ \t]*((?:{'|'.join(MARKS)}).*?)[ \t]*-->")

WHOLE = "service"
"""Marks the item that stands for all of its container."""


@record
class Value:
    """A text that a container is given, which may be a secret by its name. It stays out of the repr."""

    name: str
    """Of the variable, the label, the build argument."""
    text: str = field(repr=False)
    span: Span
    part: str
    """Where it stands: environment, label, build argument."""


@record
class Described:
    """One file: its containers, and what else is looked at in it."""

    path: str
    file: Dockerfile
    """Its text and lines. The instructions are what a comment may be for: a service's name, each of its keys, a
    command; those of one container have one stage."""
    origin: str
    """compose, script, page, env-file"""
    containers: list[Container] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    parts: list[tuple[int, int, str]] = field(default_factory=list)
    """(first line, last line, where) of stretches of which a finding of a secret says what they are."""
    limited: list[tuple[str, str]] = field(default_factory=list)
    """(place, reason) of what was not looked into."""

    @property
    def surface(self) -> str:
        """What findings say they lie in."""
        return "compose" if self.origin in ("compose", "env-file") else "command"

    def item(self, span: Span, stage: int, *, whole: bool = False) -> None:
        """Something that a comment may be for. `whole`: a comment for it is for all of its container."""
        self.file.instructions.append(Instruction(WHOLE if whole else "", "", span, span, stage=stage))

    def ignores(self) -> list[Ignore]:
        """The comments that ignore rules. One for a service's name is for the service."""
        file = self.file
        if not file.comments and "pragma" not in file.source:
            return []
        file.instructions.sort(key=lambda item: (item.span.end_line, item.span.line))
        if self.origin == "page":  # <!-- is as good as #
            file = Dockerfile(
                file.source, [line.replace("<!--", "#   ") for line in file.lines], comments=file.comments
            )
        found = read(file)
        ends = [item.span.end_line for item in self.file.instructions]
        for ignore in found:
            for item in self.file.instructions[(at := bisect_left(ends, ignore.line)) : at + 1]:
                if ignore.scope == "instruction" and item.keyword == WHOLE:
                    ignore.scope = "stage"
        return found


def described(path: str, source: str, origin: str) -> Described:
    """A file without its containers yet."""
    lines = [line.removesuffix("\r") for line in source.split("\n")]
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    file = Dockerfile(source, lines)
    if any(mark in source for mark in MARKS):
        file.comments = list(_comments(lines, origin))
    return Described(path, file, origin)


def _comments(lines: list[str], origin: str) -> Iterable[tuple[int, str]]:
    comment = _PAGE_COMMENT if origin == "page" else _COMMENT
    for number, line in enumerate(lines, 1):
        if found := comment.search(line):
            yield number, found[1].strip()


def decode(data: bytes) -> str:
    """The text of a file; what is no UTF-8 is replaced, and a NUL, which would cut a string of C, too."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(encoding, "replace").replace("\0", "\ufffd")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").replace("\0", "\ufffd")
