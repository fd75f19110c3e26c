"""The page over all images of an index: which are worst, what most of them share, which bases bring it.

It is made as a report's page is (report/html): whole on this side, nothing asked of a network, its own style and script
by their hash. Where the reports of the images lie beside it, it leads there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TextIO
from urllib.parse import quote

from imagelint import __version__
from imagelint.record import record
from imagelint.registry.answer_terminal import DIGITS, MOST, TITLES
from imagelint.registry.answers import SEVERITIES, Answer, Group, HoleRow, ImageRow
from imagelint.registry.writing import name_of
from imagelint.report.escape import brief
from imagelint.report.html import ROOM, fitting, write
from imagelint.report.html.view import MOST_SKIPS, Facet, Facets, Holes
from imagelint.report.html.words import short
from imagelint.report.interface import counted

MOST_ROWS = 20
"""Of a table of an overview."""
MOST_IMAGES = 5000
"""The worst ones: a browser takes a second for each 5,000."""
MOST_REFERENCES = 20
MOST_LABELS = 20
FACET_LABELS, FACET_VALUES = 4, 100
"""Labels that images are chosen by, and how many values such a label has at most: a team, and no commit."""
NONE = "none"


@record
class Table:
    """Findings in groups."""

    title: str
    what: str
    """What a group's name is."""
    rows: list[Group]
    left_out: int


@record
class Shown:
    """An image of the page; `number` is its place there, from 1."""

    number: int
    image: ImageRow
    name: str
    worst: str
    key: str
    """Its numbers in each facet."""
    counts: list[tuple[str, str]]
    """(severity, in words) of what there is."""
    facts: list[tuple[str, str]]
    top: list[tuple[str, str, str, str]]
    """(severity, rule, message, how many) each."""
    report: str
    """The address of its own report; empty where none lies beside the page."""


class Page:
    """All of the page; images are made while they are written."""

    def __init__(self, answer: Answer, folder: str) -> None:
        """`folder` is where the page goes; empty: not known."""
        self.answer = answer
        self.index = short(os.path.basename(answer.index))
        self.asked = [(name, short(value)) for name, value in answer.asked.items()]
        self._folder = folder
        self._ranked = sorted(answer.images, key=_rank)[:MOST_IMAGES]
        self._facets = Facets(self._ranked, _facets(self._ranked))
        self.shown = len(self._ranked)
        self.hit = sum(1 for image in answer.images if image.numbers.all)
        numbers = [(name, getattr(answer.totals, name)) for name in SEVERITIES]
        self.counts = [(name, number, counted(number, name).partition(" ")[2]) for name, number in numbers]
        self.choices = [*SEVERITIES, NONE]
        self.tables = [_table(by, groups, bool(answer.by)) for by, groups in answer.groups.items() if groups]
        self.holes = [
            _holes("Not read, so the numbers are not complete", "error", answer.holes, ("incomplete",)),
            _holes("Looked into only in part", "warning", answer.holes, ("limited",)),
        ]
        self.gone = [(short(name), short(since)) for name, since in answer.gone[:MOST_SKIPS]]

    def images(self) -> Iterator[Shown]:
        """The worst first."""
        for number, image in enumerate(self._ranked, 1):
            counts = [(name, counted(count, name)) for name in SEVERITIES if (count := getattr(image.numbers, name))]
            top = [(severity, rule, short(message), _times(count)) for severity, rule, message, count in image.top]
            worst, key = image.numbers.worst or NONE, self._facets.key(number - 1)
            yield Shown(number, image, short(image.name), worst, key, counts, _facts(image), top, self._address(image))

    def facets(self) -> list[Facet]:
        """By what images are chosen."""
        return self._facets.of(self.shown)

    def cut(self, number: int) -> None:
        """So many images are on the page."""
        self.shown = number

    def _address(self, image: ImageRow) -> str:
        """Of the first report that lies beside the page, a page itself if there is one."""
        if not self._folder:
            return ""
        for format_ in ("html", "sarif", "json"):
            for reference in image.references[:MOST_REFERENCES]:
                name = name_of(reference, image.digest, image.platform, format_)
                if os.path.isfile(os.path.join(self._folder, name)):
                    return quote(name)
        return ""


def write_html(answer: Answer, out: TextIO, folder: str = "") -> None:
    """Write the page, which goes into a folder. What has no room on it is counted there."""
    page = Page(answer, folder)
    made = fitting("overview_image.html", "shown", page.images(), ROOM)
    page.cut(len(made))
    write(out, "overview.html", __version__, ("page.css", "size.css", "overview.css"), page=page, made=made)


def _rank(image: ImageRow) -> tuple[object, ...]:
    return (*(-getattr(image.numbers, name) for name in SEVERITIES), -image.incomplete, image.name)


def _facets(images: list[ImageRow]) -> dict[str, Callable[[ImageRow], str]]:
    """What images differ in: repository, base, platform, and the labels that say the same of many."""
    known: dict[str, dict[str, int]] = {}
    for image in images:
        for name, value in image.labels.items():
            values = known.setdefault(name, {})
            values[value] = values.get(value, 0) + 1
    few = [name for name, values in known.items() if 1 < len(values) <= FACET_VALUES and len(values) < len(images)]
    ranked = sorted(few, key=lambda name: (-sum(known[name].values()), len(known[name]), name))
    found: dict[str, Callable[[ImageRow], str]] = {
        "Repository": lambda image: image.repository,
        "Base": lambda image: image.base,
        "Platform": lambda image: image.platform,
        "Read": lambda image: "in part" if image.incomplete or image.limited else "whole",
    }
    for name in ranked[:FACET_LABELS]:
        found[f"Label {short(name)}"] = lambda image, name=name: image.labels.get(name, "")  # type: ignore[misc]
    return found


def _facts(image: ImageRow) -> list[tuple[str, str]]:
    tags = [short(name) for name in image.references[1:MOST_REFERENCES]]
    more = len(image.references) - MOST_REFERENCES
    rows = [
        ("also", ", ".join(tags) + (f" and {more} more" if more > 0 else "")),
        ("digest", image.digest),
        ("platform", image.platform),
        ("base image", image.base),
        ("scanned", image.scanned),
        ("not in the registry since", image.gone),
        ("suppressed", str(image.suppressed or "")),
        ("not read", counted(image.incomplete, "thing") if image.incomplete else ""),
        ("read in part", counted(image.limited, "thing") if image.limited else ""),
        *((f"label {name}", value or "(empty)") for name, value in list(image.labels.items())[:MOST_LABELS]),
    ]
    return [(short(name), short(text)) for name, text in rows if text]


def _times(count: int) -> str:
    return f"{count} times" if count > 1 else ""


def _table(by: str, groups: list[Group], asked: bool) -> Table:
    most = MOST if asked else MOST_ROWS
    rows = [
        Group(
            short(group.name[:DIGITS] if by == "fingerprint" else group.name) or "(empty)",
            short(group.about),
            group.images,
            group.fingerprints,
            group.numbers,
        )
        for group in groups[:most]
    ]
    title = TITLES.get(by) or f"by {short(by)}"
    return Table(title[0].upper() + title[1:], short(by)[:1].upper() + short(by)[1:], rows, len(groups) - len(rows))


def _holes(title: str, sort: str, holes: list[HoleRow], kinds: tuple[str, ...]) -> Holes:
    here = [hole for hole in holes if hole.kind in kinds]
    told = [
        (", ".join(filter(None, (short(hole.reference), short(hole.place)))), brief(hole.reason))
        for hole in here[:MOST_SKIPS]
    ]
    return Holes(title, sort, len(here), told)
