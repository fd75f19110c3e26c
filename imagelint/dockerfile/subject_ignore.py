"""A comment that ignores a rule as a subject: rules look at these when all other findings are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.dockerfile.model import Span
from imagelint.engine.selection import SHELLCHECK
from imagelint.errors import nearest
from imagelint.record import once

if TYPE_CHECKING:
    from imagelint.dockerfile.ignores import Ignore
    from imagelint.dockerfile.subjects import DockerfileSubject
    from imagelint.engine.compiled import RuleSet

_LONGEST = 60
"""Characters of a name; the longest id of ours has 40."""


class IgnoreSubject:
    """See the kind `ignore` of imagelint.engine.vocabulary for the facts."""

    kind = "ignore"
    index_instruction = index_program = ""

    def __init__(
        self,
        dockerfile: DockerfileSubject,
        ignore: Ignore,
        name: str,
        column: int,
        rules: list[str],
        used: bool,
        inside: bool = False,
        known: RuleSet | None = None,
        hints: list[int] | None = None,
    ) -> None:
        self.dockerfile, self.data, self.column = dockerfile, ignore, column
        self.peer, self.form, self.scope = ignore.peer, ignore.form, ignore.scope
        self.name, self.rules, self.used, self.inside = name, rules, used, inside
        self.takes_reason, self.has_reason = ignore.takes_reason, ignore.reason != ""
        self.first = not ignore.names or column == ignore.names[0][1]
        self._known, self._hints = known, hints if hints is not None else [0]

    @property
    def span(self) -> Span:
        """The name; of a comment that names nothing, all of it."""
        data = self.data
        if not self.name:
            return Span(data.line, data.column, data.line, data.end_column)
        return Span(data.line, self.column, data.line, self.column + len(self.name))

    @property
    def entry(self) -> Span | None:
        """What to take away so that the rule is no more ignored: the name with its comma, or the only one's whole line.

        None for a peer's comment, which its own program may need, and inside an instruction, where a line is not
        taken away by itself.
        """
        data = self.data
        if self.peer != "imagelint" or not self.name:
            return None
        columns = [column for _, column in data.names]
        place = columns.index(self.column)
        if place + 1 < len(columns):
            return Span(data.line, self.column, data.line, columns[place + 1])
        if place:
            before, at = data.names[place - 1]
            return Span(data.line, at + len(before), data.line, self.span.end_column)
        file = self.dockerfile.file
        unended = data.line == len(file.lines) and not file.source.endswith("\n")
        return None if self.inside or unended else Span(data.line, 1, data.line + 1, 1)

    @once
    def problem(self) -> str:
        """Empty where it is one of our rules, or a check of the peer or of ShellCheck that none stands for."""
        from imagelint.engine import peers

        if not self.name or self.rules or peers.has(self.peer, self.name) or SHELLCHECK.fullmatch(self.name):
            return self.data.problem
        name = self.name if len(self.name) <= _LONGEST else f"{self.name[:_LONGEST]}..."
        who = "there is no rule" if self.peer == "imagelint" else f"{peers.NAMES.get(self.peer, self.peer)} has no rule"
        return f"{who} `{name}`{self._hint()}"

    def _hint(self) -> str:
        if self._known is None or self._hints[0] <= 0 or len(self.name) > _LONGEST:
            return ""
        from imagelint.engine import peers

        self._hints[0] -= 1
        if self.peer == "imagelint":
            return nearest(self.name.lower(), self._known.named)
        return nearest(self.name, [*self._known.aliases.get(self.peer, ()), *peers.ids(self.peer)])
