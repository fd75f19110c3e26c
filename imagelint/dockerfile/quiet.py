"""Findings that a comment of their own Dockerfile keeps quiet: which comment is for which, and which is for none.

A scanned file can weaken its own scan here, so nothing is lost: such a finding stays, marked, with the comment and its
reason, and the report counts them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from imagelint.dockerfile.ignores import ALL, Ignore
from imagelint.dockerfile.subject_ignore import IgnoreSubject
from imagelint.record import field, record

if TYPE_CHECKING:
    from imagelint.dockerfile.model import Dockerfile
    from imagelint.dockerfile.subjects import DockerfileSubject
    from imagelint.engine.compiled import RuleSet
    from imagelint.findings import Finding, SafeText
    from imagelint.secrets.redact import Redactor

LONGEST_REASON = 300
"""Characters of a reason that a report shows."""


@record
class Group:
    """The comments for one rule in one scope."""

    ignore: Ignore
    """The first of them."""
    used: bool = False


@record
class Named:
    """One name in a comment, and the rules that it means."""

    ignore: Ignore
    name: str
    column: int
    rules: list[str]
    groups: list[Group] = field(default_factory=list)


class Quiet:
    """The ignoring comments of one file, at work."""

    def __init__(self, file: Dockerfile, ignores: list[Ignore], rules: RuleSet) -> None:
        self._file, self._rules = file, rules
        self._ends = [max([i.span.end_line, *(h.span.end_line for h in i.heredocs)]) for i in file.instructions]
        self._groups: dict[tuple[str, int, str], Group] = {}
        self._lines: dict[int, Ignore] = {}
        self._reasons: dict[int, SafeText] = {}
        self._named: list[Named] = []
        self._nameless = [ignore for ignore in ignores if not ignore.names]
        for ignore in ignores:
            if ignore.about:
                self._lines.setdefault(ignore.about, ignore)
            for name, column in ignore.names:
                self._add(Named(ignore, name, column, meant(ignore.peer, name, rules)))
        self._pragmas = sorted(self._lines)

    def _add(self, named: Named) -> None:
        scope = named.ignore.scope
        here = self._number(named.ignore.line)
        number = {"instruction": here, "stage": self._stage(here)}.get(scope, 0)
        for rule in named.rules:
            group = self._groups.setdefault((scope, number, rule), Group(named.ignore))
            named.groups.append(group)
        self._named.append(named)

    def _number(self, line: int) -> int:
        """The instruction that a line belongs to: comments belong to the one they stand in, or to the next."""
        return bisect_left(self._ends, line)

    def _stage(self, number: int) -> int:
        made = self._file.instructions[number : number + 1] or self._file.instructions[-1:]
        return made[0].stage if made else -1

    def _inside(self, line: int) -> bool:
        """Whether a comment stands between the lines of an instruction."""
        here = self._file.instructions[self._number(line) :][:1]
        return bool(here) and here[0].span.line < line

    @property
    def rules(self) -> set[str]:
        """Every rule that some comment names."""
        return {rule for _, _, rule in self._groups}

    def mark(self, findings: Iterable[Finding], redactor: Redactor) -> None:
        """Suppress those that a comment is for."""
        for finding in findings:
            if ignore := self.cover(finding.rule, finding.location.line, finding.location.end_line):
                finding.suppressed = f"inline: {ignore.form} on line {ignore.line}"
                if ignore.reason:
                    finding.reason = self._reason(ignore, redactor)

    def cover(self, rule: str, line: int, end_line: int = 0) -> Ignore | None:
        """The comment for a finding of this rule on these lines, the nearest of several; each of them is used now."""
        here = self._number(line)
        keys = (("instruction", here), ("stage", self._stage(here)), ("file", 0))
        groups = [group for scope, number in keys if (group := self._groups.get((scope, number, rule)))]
        for group in groups:
            group.used = True
        if groups:
            return groups[0].ignore
        if not self._pragmas or not self._of_value(rule):
            return None
        at = bisect_left(self._pragmas, line)
        if at < len(self._pragmas) and self._pragmas[at] <= max(line, end_line):
            return self._lines[self._pragmas[at]]
        return None

    def _of_value(self, name: str) -> bool:
        """The rule looks at a value, as detect-secrets does, and not at what becomes of it."""
        rule = self._rules.by_id[name]
        return rule.kind == "secret" or (rule.kind == "variable" and "secrets" in rule.tags)

    def _reason(self, ignore: Ignore, redactor: Redactor) -> SafeText:
        if ignore.line not in self._reasons:
            safe = redactor.safe(ignore.reason)
            if len(safe) > LONGEST_REASON:
                safe = redactor.parts([(safe[:LONGEST_REASON] + "...", True)])
            self._reasons[ignore.line] = safe
        return self._reasons[ignore.line]

    def subjects(self, top: DockerfileSubject) -> Iterator[IgnoreSubject]:
        """One for each name, and for each comment without any; asked for when all findings are marked."""
        for ignore in self._nameless:
            yield IgnoreSubject(top, ignore, "", ignore.column, [], False)
        hints = [HINTS]
        for named in self._named:
            # What such a name is for comes last of all: whether it is of use cannot be known yet.
            about = any(self._rules.by_id[rule].kind == IgnoreSubject.kind for rule in named.rules)
            used = about or any(group.used for group in named.groups)
            inside = self._inside(named.ignore.line)
            yield IgnoreSubject(
                top, named.ignore, named.name, named.column, named.rules, used, inside, self._rules, hints
            )


HINTS = 20
"""Unknown names of a file for which the nearest known one is looked for: that takes milliseconds each."""


def meant(peer: str, name: str, rules: RuleSet) -> list[str]:
    """The ids of the rules that a name means: ours by id or by any peer's id, a peer's by its own only."""
    if peer == "imagelint":
        return [rule.id for rule in rules.named.get(name.lower(), ())]
    of_peer = rules.aliases.get(peer, {})
    if peer == "buildkit" and name == ALL:
        return sorted({rule for found in of_peer.values() for rule in found})
    return of_peer.get(name, [])
