"""Where reports go: the screen, a pipe, files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from imagelint.errors import STDOUT, UsageError, unwritable
from imagelint.findings import Report
from imagelint.report.interface import FORMATS, Render, RuleText, renderer
from imagelint.report.screen import wants_links

if TYPE_CHECKING:
    from imagelint.engine.compiled import RuleSet

PRECISION = {"default": "high", "strict": "medium", "manual": "low"}
"""SARIF's precision of a rule by its profile: what may be contested is not in the default profile."""


def plan(format_: str, outputs: Sequence[str]) -> list[tuple[str, str]]:
    """(format, file) for each report that is asked for; the file is empty for standard output.

    An output is a file for the format of --format, or FORMAT=FILE. The format of --format goes to the screen unless
    a file takes it.
    """
    planned = []
    for output in outputs:
        name, separator, path = output.partition("=")
        planned.append((name, path) if separator and name in FORMATS else (format_, output))
    if not any(name == format_ for name, _ in planned):
        planned.insert(0, (format_, ""))
    for _, path in planned:
        folder = os.path.dirname(path) or "."
        if path and not os.path.isdir(folder):
            raise UsageError(f"{path}: there is no folder {folder} to write the report to")
    return planned


def write(report: Report, rules: RuleSet, planned: Sequence[tuple[str, str]], *, quiet: bool) -> None:
    """Write the report in every planned format."""
    for name, path in planned:
        texts = Texts(rules, whole=name in ("sarif", "html"))
        render = renderer(name)
        if path:
            to_file(path, render, report, texts, quiet=quiet)
        else:
            from imagelint.report import screen

            color, width = screen.wants_color(sys.stdout), screen.width_of(sys.stdout)
            try:
                render(report, texts, sys.stdout, color=color, width=width, quiet=quiet)
                sys.stdout.flush()
            except BrokenPipeError:
                raise
            except OSError as error:
                raise unwritable(STDOUT, error) from None
    if (report.dropped is not None or report.mended) and not {"terminal", "json"} & {name for name, _ in planned}:
        # Who asked wants to see it, and the format for a service has no place for it.
        from imagelint.report import screen, terminal

        drawn = screen.Screen(False, screen.width_of(sys.stderr), sys.stderr.encoding)
        terminal.write_mended(report, sys.stderr, drawn)
        if report.dropped is not None:
            terminal.write_dropped(report.dropped, sys.stderr, drawn)


def mended(report: Report) -> None:
    """Write what was mended, and what was not read, and nothing else."""
    from imagelint.report import screen, summary, terminal

    drawn = terminal.screen_of(sys.stdout, screen.wants_color(sys.stdout), screen.width_of(sys.stdout))
    terminal.write_mended(report, sys.stdout, drawn)
    for line in summary.summary_lines(report, [], drawn, quiet=True):
        print(drawn.shown(line))


def to_file(path: str, render: Render, report: Report, rules: Mapping[str, RuleText], **shown: Any) -> None:
    """Write a report to a file, as UTF-8; UsageError where that cannot be."""
    try:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            render(report, rules, file, **shown)
    except OSError as error:
        raise unwritable(path, error) from None


class Texts(Mapping[str, RuleText]):
    """The rules' texts as reports need them, each read when it is asked for; `whole`: the long ones too."""

    def __init__(self, rules: RuleSet, whole: bool) -> None:
        self._rules, self._whole = rules, whole

    def __getitem__(self, rule_id: str) -> RuleText:
        rule = self._rules.by_id[rule_id]
        mend = rule.remedy or (rule.fix.title if rule.fix else "")
        if rule.kind == "secret":
            mend = " ".join(rule.texts.revoke.split()).removesuffix(".")
        if not self._whole:
            linked = rule.references if wants_links(sys.stdout) else ()  # from a file that no other screen needs
            return RuleText(id=rule.id, title=rule.title, severity=rule.severity, remedy=mend, references=linked)
        from imagelint.engine.docs import rule_page

        return RuleText(
            id=rule.id,
            title=rule.title,
            severity=rule.severity,
            rationale=rule.rationale,
            references=rule.references,
            tags=rule.tags,
            cwe=rule.cwe,
            security_severity=f"{rule.security_severity:.1f}" if rule.security_severity else "",
            help=rule_page(rule),
            remedy=mend,
            precision=PRECISION[rule.profile],
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules.by_id)

    def __len__(self) -> int:
        return len(self._rules.by_id)
