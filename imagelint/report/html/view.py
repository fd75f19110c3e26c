"""What the page's template asks for: the head, the images, the findings one by one, the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from imagelint.findings import Finding, Report, Severity, Skip
from imagelint.record import record
from imagelint.report.escape import brief
from imagelint.report.html.entries import Entries, Entry
from imagelint.report.html.layers import Drawn, drawn
from imagelint.report.html.words import Pieces, paragraphs, short
from imagelint.report.interface import RuleText, counted, in_order, texts_of
from imagelint.report.screen import Screen
from imagelint.report.triaged import lines

T = TypeVar("T")
MOST_FINDINGS = 3000
"""The worst ones: more is nothing that somebody reads, and a browser takes a second for each 5,000."""
MOST_SKIPS = 200
MOST_TARGETS = 50
MOST_SETTINGS = 100
MOST_VALUES = 200
"""Values of one facet that can be chosen; the text field finds the others."""
FIGURES = {
    "bytes": "bytes read",
    "unchanged": "images left out, of which nothing is new (--only-changed)",
    "gone": "references of the index that are not in the registry any more",
    "base": "left out, in the base image's layers (--own)",
    "published": "kept back, in files as packages brought them (--show-published)",
}
"""What figures of the scan are called, where their own name says too little."""
FACETS: dict[str, Callable[[Finding], str]] = {
    "Rule": lambda finding: finding.rule,
    "Status": lambda finding: finding.status,
    "Origin": lambda finding: finding.layer.origin if finding.layer else "",
    "Layer": lambda finding: str(finding.layer.index) if finding.layer and finding.layer.index >= 0 else "",
    "Surface": lambda finding: finding.surface,
    "Target": lambda finding: finding.target,
    "Baseline": lambda finding: finding.baseline,
}


@record
class Facet:
    """Something that findings are chosen by."""

    name: str
    values: list[tuple[int, str, int]]
    """(number, value, how many findings of the page have it) each, the most first."""


@record
class RuleShown:
    """The texts of a rule that has findings on the page."""

    number: int
    text: RuleText
    findings: int
    rationale: list[Pieces]
    links: list[str]


class Page:
    """All of a page; entries are made while they are written."""

    def __init__(self, report: Report, rules: Mapping[str, RuleText]) -> None:
        self.report = report
        self.version = report.version
        self.targets = [short(name) for name in report.targets[:MOST_TARGETS]]
        self.more_targets = max(len(report.targets) - MOST_TARGETS, 0)
        self._worst_first = sorted(in_order(report), key=_rank)
        self._shown = self._worst_first[:MOST_FINDINGS]
        self._texts = texts_of(report, rules)
        self.counts = self._counts()
        self.suppressed = sum(bool(finding.suppressed) for finding in report.findings)
        self.holes = [
            holes("Not read, so this report is not complete", "error", report.incomplete),
            holes("Looked into only in part", "warning", report.limited),
        ]
        self.settings = _settings(report)
        self.baselines = list(lines(report, Screen(color=False, width=0, encoding=None)))
        self._facets = Facets(self._shown, FACETS)

    @property
    def title(self) -> str:
        """For the window: what was scanned."""
        return ", ".join(self.targets[:3]) + (" ..." if len(self.report.targets) > 3 else "")

    def entries(self) -> Iterator[Entry]:
        """The worst findings, the worst of them first."""
        made = Entries(self._texts)
        for number, finding in enumerate(self._shown, 1):
            yield made.entry(number, finding, self._facets.key(number - 1))

    def cut(self, number: int) -> None:
        """So many of them are on the page."""
        self._shown = self._shown[:number]

    @property
    def shown(self) -> int:
        """How many findings the page has."""
        return len(self._shown)

    @property
    def left_out(self) -> int:
        """How many it has not."""
        return len(self._worst_first) - len(self._shown)

    def facets(self) -> list[Facet]:
        """By what findings are chosen."""
        return self._facets.of(self.shown)

    def images(self) -> Iterator[Drawn]:
        """The images, each with what was found in it."""
        by_target: dict[str, list[tuple[int, Finding]]] = {}
        for number, finding in enumerate(self._worst_first, 1):
            if finding.layer:
                shown = number if number <= len(self._shown) else 0
                by_target.setdefault(finding.target, []).append((shown, finding))
        for number, image in enumerate(self.report.images, 1):
            yield drawn(number, image, by_target.get(image.target, ()))

    def rules(self) -> Iterator[RuleShown]:
        """Why each rule is one."""
        numbers: dict[str, int] = {}
        for finding in self.report.findings:
            numbers[finding.rule] = numbers.get(finding.rule, 0) + 1
        for number, text in enumerate(self._texts.values(), 1):
            links = [url for url in (text.url, *text.references) if url.startswith(("https://", "http://"))]
            yield RuleShown(number, text, numbers[text.id], paragraphs(text.rationale), list(dict.fromkeys(links)))

    def _counts(self) -> list[tuple[str, int, str]]:
        """(severity, how many, in words) each, without what is suppressed."""
        found = [finding.severity for finding in self.report.findings if not finding.suppressed]
        numbers = [(severity.value, found.count(severity)) for severity in Severity]
        return [(name, number, counted(number, name).partition(" ")[2]) for name, number in numbers]


def _rank(finding: Finding) -> tuple[bool, int, bool]:
    """The worst first, and of them one's own ahead of what came with the base image."""
    base = finding.layer is not None and finding.layer.origin == "base"
    return bool(finding.suppressed), -finding.severity.rank, base


@record
class Holes:
    """What was not read, or not looked into."""

    title: str
    sort: str
    total: int
    told: list[tuple[str, str]]
    """(where, why) each."""


def holes(title: str, sort: str, skips: list[Skip]) -> Holes:
    """The first of them, and how many there are. `sort` is the class of the section: error or warning."""
    told = [
        (", ".join(filter(None, [short(skip.target), short(skip.place)])), brief(skip.reason))
        for skip in skips[:MOST_SKIPS]
    ]
    return Holes(title, sort, len(skips), told)


def _settings(report: Report) -> list[tuple[str, str]]:
    """The configuration, the baseline and the figures of the scan."""
    rows = [(str(name), _plain(value)) for name, value in report.config.items()]
    compared: dict[str, int] = {}
    for finding in report.findings:
        if finding.baseline:
            compared[finding.baseline] = compared.get(finding.baseline, 0) + 1
    if compared:
        rows.append(("against the baseline", ", ".join(f"{number} {name}" for name, number in compared.items())))
    rows += [(FIGURES.get(name, name.replace("_", " ")), f"{value:,}") for name, value in report.stats.items() if value]
    return [(short(name), brief(text)) for name, text in rows[:MOST_SETTINGS]]


def _plain(value: object) -> str:
    """A setting as people write it down: `ignore: sudo, apt-key; quieted: 2`."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(item)}" for name, item in value.items())
    if isinstance(value, list):
        nested = any(isinstance(item, dict) for item in value)
        return (" | " if nested else ", ").join(map(_plain, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


class Facets(Generic[T]):
    """In what findings (or images, on the overview) differ, and each one's numbers in that."""

    def __init__(self, things: list[T], facets: Mapping[str, Callable[[T], str]]) -> None:
        self._columns: dict[str, tuple[list[str], list[int]]] = {}
        """Name of the facet -> its values, and each thing's number among them."""
        for name, value_of in facets.items():
            numbers: dict[str, int] = {}
            column = [numbers.setdefault(value_of(thing), len(numbers)) for thing in things]
            if len(numbers) > 1:
                self._columns[name] = list(numbers), column

    def key(self, at: int) -> str:
        """The numbers of one, by its place in the list."""
        return " ".join(str(column[at]) for _, column in self._columns.values())

    def of(self, first: int) -> list[Facet]:
        """The facets of the first ones, values that most have ahead."""
        return [Facet(name, _values(values, column[:first])) for name, (values, column) in self._columns.items()]


def _values(values: list[str], column: list[int]) -> list[tuple[int, str, int]]:
    counts: dict[int, int] = {}
    for number in column:
        counts[number] = counts.get(number, 0) + 1
    ranked = sorted(counts, key=lambda number: (-counts[number], values[number]))
    return [(number, short(values[number]) or "(none)", counts[number]) for number in ranked[:MOST_VALUES]]
