"""JUnit XML, which Jenkins, GitLab, Azure Pipelines and CircleCI show as the result of tests.

Nobody has written a standard; elements and attributes are those that Jenkins' xUnit plugin takes (its junit-10.xsd),
which are what Apache Ant's JUnit task writes and GitLab reads (docs.gitlab.com, "Unit test reports"). A suite is a
target, a case a finding:

    error, warning   <failure>
    note             passes, and says so in <system-out>
    suppressed       <skipped>, with the reason
    not read         <error>
    read in part     <skipped>
    none of these    one case that passes

GitLab compares the cases of two runs by class name and name, and takes only the first of a name: so a name has the
rule, the path and the fingerprint, and no line, which moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TextIO

from imagelint.findings import Finding, Report, Skip, Step
from imagelint.record import record
from imagelint.report.escape import brief
from imagelint.report.interface import STEPS, RuleText, in_order, step_text, texts_of
from imagelint.report.services import LONGEST_PATH, place_text, remedy

DAEMONS = ("docker:", "podman:")
"""Targets that stand for many, each of which has a suite of its own."""
SHORT = 12
"""Characters of a fingerprint, which `imagelint extract` takes."""
MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


@record
class Case:
    """A test case; `result` is failure, error, skipped, or empty where it passes."""

    name: str
    result: str = ""
    kind: str = ""
    message: str = ""
    text: str = ""


def render(
    report: Report,
    rules: Mapping[str, RuleText],
    out: TextIO,
    *,
    color: bool = False,
    width: int = 0,
    quiet: bool = False,
) -> None:
    """Write the document, in ASCII; what XML 1.0 forbids was made visible before."""
    texts = texts_of(report, rules)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="imagelint">\n')
    for target, cases in _suites(report, texts):
        name = _shown(brief(target, LONGEST_PATH) or "imagelint")
        counts = [sum(case.result == result for case in cases) for result in ("failure", "error", "skipped")]
        failures, errors, skipped = counts
        out.write(f'<testsuite name="{name}" tests="{len(cases)}" failures="{failures}"')
        out.write(f' errors="{errors}" skipped="{skipped}">\n')
        names = Names()
        for case in cases:
            out.write(_xml(case, name, names.unused(case.name)))
        out.write("</testsuite>\n")
    out.write("</testsuites>\n")


class Names:
    """The names of the cases of a suite, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def unused(self, name: str) -> str:
        """The name, or `NAME 2` where it is taken."""
        own, number = name, self._numbers.get(name, 1)
        while own in self._numbers:
            number += 1
            own = f"{name} {number}"
        self._numbers[name], self._numbers[own] = number, 1
        return own


def _suites(report: Report, texts: Mapping[str, RuleText]) -> Iterator[tuple[str, list[Case]]]:
    """(target, its cases), the targets as they were named, then the images that they stand for."""
    found: dict[str, list[Case]] = {target: [] for target in report.targets}
    for image in report.images:
        found.setdefault(image.target, [])
    for finding in in_order(report):
        found.setdefault(finding.target, []).append(_case(finding, texts[finding.rule]))
    for skips, result in ((report.incomplete, "error"), (report.limited, "skipped")):
        for skip in skips:
            found.setdefault(skip.target, []).append(_hole(skip, result))
    for target, cases in found.items():
        if cases or target not in DAEMONS or len(found) == 1:
            yield target, cases or [Case("no findings")]


def _case(finding: Finding, rule: RuleText) -> Case:
    path = brief(finding.location.path, LONGEST_PATH)
    name = f"{finding.rule}: {path} ({finding.fingerprint[:SHORT]})"
    message = brief(finding.message, 1000)
    if finding.suppressed:
        why = f"{brief(finding.suppressed)}: {brief(finding.reason)}" if finding.reason else brief(finding.suppressed)
        return Case(name, "skipped", "suppressed", why, f"{finding.severity.value}: {message}")
    lines = [f"{finding.severity.value}: {message}", f"in {place_text(finding)}"]
    if finding.layer and finding.layer.source:
        lines.append(f"made by {brief(finding.layer.source.path, LONGEST_PATH)}:{finding.layer.source.line}")
    lines += [f"{STEPS.get(step.kind, step.kind)}{_where(step)}: {brief(step_text(step))}" for step in finding.trail]
    if mend := remedy(finding, rule):
        lines.append(f"to mend it: {mend}")
    result = "" if finding.severity.value == "note" else "failure"
    return Case(name, result, finding.severity.value, message, "\n".join(lines))


def _where(step: Step) -> str:
    return f" in layer {step.layer.index}" if step.layer and step.layer.index >= 0 else ""


def _hole(skip: Skip, result: str) -> Case:
    what = "not read" if result == "error" else "looked into only in part"
    name = f"{what}: {brief(skip.place or skip.target, LONGEST_PATH)}"
    return Case(name, result, "incomplete" if result == "error" else "limited", brief(skip.reason))


def _xml(case: Case, suite: str, name: str) -> str:
    head = f'<testcase classname="{suite}" name="{_shown(name)}"'
    text = _shown(case.text)
    if case.result:
        kind = f'{case.result} type="{case.kind}" message="{_shown(case.message)}"'
        return f"{head}><{kind}>{text}</{case.result}></testcase>\n"
    return f"{head}><system-out>{text}</system-out></testcase>\n" if text else f"{head}/>\n"


def _shown(text: str) -> str:
    """The text in XML. `[[ATTACHMENT|file]]` in an output has Jenkins and GitLab offer that file of the build."""
    text = text.replace("[[ATTACHMENT|", "[\\x5bATTACHMENT|").translate(MARKUP)
    return text.encode("ascii", "xmlcharrefreplace").decode()
