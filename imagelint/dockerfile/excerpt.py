"""The lines around a place of the file, masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.dockerfile.model import Dockerfile, Span
from imagelint.findings import Frame, Location, SafeText
from imagelint.record import record
from imagelint.secrets.redact import RedactedSource, plain

if TYPE_CHECKING:
    from imagelint.engine.evaluate import Hit
    from imagelint.engine.rule import Rule
    from imagelint.secrets.redact import Redactor

CONTEXT = 2
"""Lines shown ahead of a place, and behind it."""
MOST = 8
"""Lines of the place itself that are shown."""

LONG = 160
"""Characters of a fact that a message shows; the frame shows the rest."""


class Excerpts:
    """Locations and frames of one file."""

    def __init__(self, file: Dockerfile, masked: RedactedSource, path: SafeText) -> None:
        self._file, self._masked, self._path = file, masked, path

    def location(self, span: Span) -> Location:
        """Where a span is in the file as the user wrote it."""
        return Location(self._path, span.line, span.column, span.end_line, span.end_column)

    def frame(self, span: Span) -> Frame:
        """The masked lines around a span; a long one is shown as far as MOST lines."""
        lines = self._masked.lines
        last = min(max(span.line, span.end_line), span.line + MOST - 1, len(lines), len(self._file.lines))
        first = max(1, span.line - CONTEXT)
        marks = tuple(mark for line in range(span.line, last + 1) if (mark := self._mark(span, line)))
        end = min(last + CONTEXT, len(lines))
        if end == len(lines) > last and not lines[-1]:
            end -= 1  # nothing stands behind the last line end
        return Frame(first, tuple(lines[first - 1 : end]), marks)

    def _mark(self, span: Span, line: int) -> tuple[int, int, int] | None:
        """(line, column, end column) in the masked text; None for a line that holds nothing but blanks."""
        text = self._file.lines[line - 1]
        start = span.column if line == span.line else len(text) - len(text.lstrip()) + 1
        end = span.end_column if line == span.end_line else len(text.rstrip()) + 1
        column = self._masked.column(line, start)
        end_column = self._masked.column(line, end)
        if end <= start and line != span.line:
            return None
        return line, column, max(end_column, column)


@record
class Page:
    """What all findings of one file are made from."""

    path: str
    target: SafeText
    redactor: Redactor
    excerpts: Excerpts
    secrets: dict[str, Rule]
    """The chosen rules for secrets, by id."""
    show: bool
    """A secret's value belongs to its finding."""

    def message(self, hit: Hit) -> SafeText:
        """What a rule says. Long facts are cut, and masked before that: half a secret would not be known for one."""
        parts = []
        for text, theirs in hit.parts:
            if theirs and len(text) > LONG:
                text = self.redactor.safe(text)[:LONG] + "..."
            parts.append((" ".join(text.split("\n")) if theirs else text, theirs))
        return self.redactor.parts(parts) or plain(hit.rule.title)
