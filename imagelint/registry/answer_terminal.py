"""An answer for people: the totals, the groups as tables, the images, and what was not read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from imagelint.registry.answers import Answer, Group, HoleRow, ImageRow, Numbers
from imagelint.report.escape import brief, visible
from imagelint.report.interface import counted
from imagelint.report.screen import Screen, cells, fit

TITLES = {
    "fingerprint": "in most images",
    "base": "by what brings it",
    "rule": "by rule",
    "repository": "by repository",
    "layer": "by layer",
}
FEW, MOST = 10, 500
"""Rows of a group in an overview, and of one that was asked for."""
MOST_IMAGES = 200
MOST_HOLES = 50
LEAST = 16
"""Columns that a name keeps on a narrow screen."""
DIGITS = 16
"""Of a fingerprint, which are enough for --fingerprint."""
_NUMBERS = ("images", "findings", "error", "warning", "note")


def write_terminal(answer: Answer, out: TextIO, screen: Screen) -> None:
    """Write it all."""
    for line in _lines(answer, screen):
        out.write(screen.shown(line.rstrip()) + "\n")


def _lines(answer: Answer, screen: Screen) -> Iterator[str]:
    yield f"{screen.paint(screen.line, 'frame')} {screen.paint(visible(answer.index), 'bold')}"
    if answer.asked:
        yield "  " + ", ".join(f"{name} {brief(value, 120)}" for name, value in answer.asked.items())
    yield ""
    yield from _totals(answer, screen)
    for by, groups in answer.groups.items():
        if groups:
            yield ""
            yield from _groups(by, groups, MOST if answer.by else FEW, screen)
    images = [image for image in answer.images if image.numbers.all]
    if images and not answer.by:
        yield ""
        yield from _images(images, screen)
    yield from _holes("not read", "error", [hole for hole in answer.holes if hole.kind == "incomplete"], screen)
    yield from _holes("read in part", "warning", [hole for hole in answer.holes if hole.kind != "incomplete"], screen)
    if answer.gone:
        yield ""
        yield screen.paint(f"  not in the registry any more ({len(answer.gone)})", "bold")
        for name, since in answer.gone[:MOST_HOLES]:
            yield from screen.wrap(f"  {brief(name)}, since {brief(since, 20)}", 0, 4)
        yield from _more(len(answer.gone) - MOST_HOLES)


def _totals(answer: Answer, screen: Screen) -> Iterator[str]:
    hit = sum(1 for image in answer.images if image.numbers.all)
    repositories = len({image.repository for image in answer.images})
    where = f"{repositories} {'repository' if repositories == 1 else 'repositories'}"
    images = f"{counted(len(answer.images), 'image')} in {where}, {hit} of them with findings"
    yield from screen.wrap(f"  {images}", 0, 2)
    parts = [
        screen.paint(counted(number, name), name) if number else counted(number, name)
        for name, number in _by_severity(answer.totals)
    ]
    yield f"  {', '.join(parts)}"
    quiet = f"; {answer.suppressed} more suppressed" if answer.suppressed else ""
    different = f"{counted(answer.totals.all, 'finding')} in all, {answer.fingerprints} different{quiet}"
    yield from screen.wrap(f"  {different}", 0, 2)


def _groups(by: str, groups: Sequence[Group], most: int, screen: Screen) -> Iterator[str]:
    """A table with the numbers in front, where a long name does not move them."""
    yield screen.paint(f"  {TITLES.get(by) or visible(f'by {by}')}", "bold")
    shown = groups[:most]
    rows = [[str(one) for one in (group.images, *_row(group.numbers))] for group in shown]
    names = [(brief(_short(by, group.name), 240) or "(empty)", brief(group.about, 240)) for group in shown]
    yield from _table(list(_NUMBERS), rows, names, screen)
    yield from _more(len(groups) - most)


def _images(images: Sequence[ImageRow], screen: Screen) -> Iterator[str]:
    yield screen.paint("  images", "bold")
    ranked = sorted(images, key=lambda image: tuple(-number for _, number in _by_severity(image.numbers)))
    shown = ranked[:MOST_IMAGES]
    rows = [[str(one) for one in _row(image.numbers)] for image in shown]
    yield from _table(list(_NUMBERS[1:]), rows, [_named(image) for image in shown], screen)
    yield from _more(len(ranked) - MOST_IMAGES)


def _named(image: ImageRow) -> tuple[str, str]:
    """The first reference; the other tags, the platform and the base behind it."""
    tags = [name.rpartition(":")[2] for name in image.references[1:]]
    also = f"also {', '.join(tags[:3])}{' ...' if len(tags) > 3 else ''}" if tags else ""
    gone = f"gone since {image.gone}" if image.gone else ""
    base = f"on {image.base}" if image.base else ""
    return brief(image.name, 240), brief(", ".join(filter(None, (also, image.platform, base, gone))), 240)


def _table(head: list[str], rows: list[list[str]], names: list[tuple[str, str]], screen: Screen) -> Iterator[str]:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def numbers(row: list[str]) -> str:
        return "  " + "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) + "  "

    yield screen.paint(numbers(head), "dim")
    for row, (name, about) in zip(rows, names, strict=True):
        start = numbers(row)
        room = max(screen.width - len(start), LEAST) if screen.width else 0
        name = fit(name, room) if room else name
        left = room - cells(name) - 2 if room else 1
        if about and room and left < LEAST:
            yield start + name
            yield " " * len(start) + screen.paint(fit(about, room), "dim")
        else:
            yield start + name + (f"  {screen.paint(fit(about, left) if room else about, 'dim')}" if about else "")


def _holes(title: str, style: str, holes: Sequence[HoleRow], screen: Screen) -> Iterator[str]:
    if not holes:
        return
    yield ""
    yield screen.paint(f"  {title} ({len(holes)})", style)
    for hole in holes[:MOST_HOLES]:
        place = ", ".join(brief(text) for text in (hole.reference, hole.place) if text)
        yield from screen.wrap(f"  {place}: {brief(hole.reason)}", 0, 4)
    yield from _more(len(holes) - MOST_HOLES)


def _more(number: int) -> Iterator[str]:
    if number > 0:
        yield f"  and {number} more, which --format json lists"


def _short(by: str, name: str) -> str:
    if by == "fingerprint":
        return name[:DIGITS]
    return name[:19] if by == "layer" and name.startswith("sha256:") else name


def _row(numbers: Numbers) -> tuple[int, int, int, int]:
    return numbers.all, numbers.error, numbers.warning, numbers.note


def _by_severity(numbers: Numbers) -> list[tuple[str, int]]:
    return [("error", numbers.error), ("warning", numbers.warning), ("note", numbers.note)]
