"""A Dockerfile as the history of an image is held against it: plain data, made by imagelint/made_from.py, since this
room knows no Dockerfiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from imagelint.findings import Frame, Location
from imagelint.record import field, record

if TYPE_CHECKING:
    from imagelint.secrets.confirm import Detector
    from imagelint.secrets.redact import Redactor

Framer = Callable[[Location], Frame]
"""The masked lines around a place of one Dockerfile."""


@record
class Made:
    """One instruction but FROM, and its place: lines and columns from 1, the end column behind the last character."""

    keyword: str
    """In capitals; of ONBUILD, the inner one."""
    text: str
    """All behind the keyword, flags too, continuations joined, without the bodies of here-documents."""
    words: list[str]
    """What stands behind the flags; of RUN, CMD and ENTRYPOINT in shell form one word. Of JSON its strings, else as
    written; where a build fills variables in, those that an ENV of the file sets are."""
    line: int
    column: int
    end_line: int
    end_column: int
    """Of the whole instruction: the line that closes its last here-document belongs to it."""
    pairs: list[tuple[str, str]] = field(default_factory=list)
    """Name and value, as words are, of ENV, LABEL and ARG; an ARG without default has an empty value."""
    bodies: list[tuple[str, str]] = field(default_factory=list)
    """Name and body of each here-document."""
    json: bool = False
    onbuild: bool = False
    shell: tuple[str, ...] = ("/bin/sh", "-c")


@record
class RecipeStage:
    """One stage."""

    name: str
    """Small letters; empty when it has none."""
    parent: int
    """The stage that it is built from; -1 for an image."""
    scratch: bool
    """It is built from nothing."""
    made: list[Made] = field(default_factory=list)
    base: str = ""
    """The image that FROM names; empty for a stage, and where a build argument decides."""
    line: int = 0
    """Of FROM."""


@record
class Recipe:
    """A Dockerfile."""

    path: str
    """What a report calls it."""
    data: bytes = field(repr=False)
    stages: list[RecipeStage] = field(default_factory=list)
    framer: Callable[[Detector, Redactor], Framer] | None = None
    """Masks the file, once it is known that a line of it is shown. What the redactor was told before is masked too."""
