"""The layers of an image as rows, and the arcs from the layer that brought something to the one that took it away.

Arcs are drawn in rows, not in pixels: the drawing is as wide as 100 and as high as there are layers, and the page
stretches it over the list, whatever the height of a row on that screen.
"""

from __future__ import annotations

from collections.abc import Iterable

from imagelint.engine.amounts import in_words
from imagelint.findings import Finding, LayerInfo, ScannedImage
from imagelint.record import field, record
from imagelint.report.finding import at
from imagelint.report.html.words import line_of, short
from imagelint.report.interface import counted
from imagelint.report.summary import SOURCES

MOST_ROWS = 300
"""Layers of an image that are drawn; engines make no image with more than 127."""
FEW_ROWS = 30
MOST_ARCS = 60
MOST_NAMED = 5
"""Findings that one arc names."""
LEAST_SHARE = 0.6
"""Percent: what is small can still be seen."""
ENDS = ("deleted", "overwritten", "hidden")


@record
class Row:
    """A layer."""

    index: int
    size: int
    """Stored bytes, -1 when they are not known."""
    size_text: str
    share: float = 0
    """Percent of the longest bar."""
    digest: str = ""
    diff_id: str = ""
    origin: str = ""
    created_by: str = ""
    source: str = ""
    """`Dockerfile:4`, where it is known."""
    findings: int = 0
    worst: str = ""
    """The worst severity of them."""
    first: int = 0
    """The number of the worst one, 0 where the page has no room for it."""


@record
class Arc:
    """Findings that one layer brought and another one took away from sight."""

    first: int
    """Indexes of the two layers."""
    last: int
    status: str
    path: str
    ends: str
    """Its line and its two ends, for SVG's `d`."""
    named: list[tuple[int, str]]
    """(number of the finding, its path) of the first ones."""
    more: int = 0


@record
class Drawn:
    """An image of the page; `number` is its place there, from 1."""

    number: int
    name: str
    facts: list[tuple[str, str]]
    rows: list[Row] = field(default_factory=list)
    arcs: list[Arc] = field(default_factory=list)
    left_out: int = 0
    """Layers that are not drawn."""
    arcs_left_out: int = 0

    @property
    def tall(self) -> bool:
        """It is scrolled by itself, so that the findings below it are not pages away."""
        return len(self.rows) > FEW_ROWS


def drawn(number: int, image: ScannedImage, findings: Iterable[tuple[int, Finding]]) -> Drawn:
    """An image with the findings of its target, each with its number on the page, 0 where it is left out."""
    stored = image.layers[:MOST_ROWS]
    rows = {
        layer.index: Row(
            layer.index,
            layer.size,
            in_words(layer.size) if layer.size >= 0 else "size not known",
            digest=layer.digest,
            diff_id=layer.diff_id,
            origin=_origin(image, layer.index),
        )
        for layer in stored
    }
    for layer in stored:
        if layer.made:
            _fill(rows, layer.made)
    largest = max((row.size for row in rows.values()), default=0)
    for row in rows.values():
        if row.size > 0:
            # Bytes of layers differ by the million; the root brings a configuration file and a distribution together.
            row.share = round(max((row.size / largest) ** 0.5 * 100, LEAST_SHARE), 1)
    spans: dict[tuple[int, int, str], list[tuple[int, Finding]]] = {}
    for place, finding in findings:
        if finding.layer and _fill(rows, finding.layer):
            row = rows[finding.layer.index]
            row.findings += 1
            if not row.worst:  # they come with the worst first
                row.worst, row.first = finding.severity.value, place
            if last := _end(rows, finding):
                spans.setdefault((row.index, last.index, finding.status), []).append((place, finding))
    arcs = [_arc(list(rows), *span, together) for span, together in list(spans.items())[:MOST_ARCS]]
    return Drawn(
        number,
        short(image.name),
        [*about(image), *[("Layers", text) for text in [_sizes(list(rows.values()))] if text]],
        list(rows.values()),
        arcs,
        len(image.layers) - len(stored),
        max(len(spans) - MOST_ARCS, 0),
    )


def _fill(rows: dict[int, Row], layer: LayerInfo) -> bool:
    """Tell a row what a finding knows of its layer; False where the layer is none of this image."""
    row = rows.get(layer.index)
    if row is None or (row.diff_id and layer.diff_id and row.diff_id != layer.diff_id):
        return False
    row.created_by = row.created_by or short(layer.created_by or "")
    row.origin = row.origin or layer.origin
    if layer.source and not row.source:
        row.source = line_of(layer.source)
    return True


def _end(rows: dict[int, Row], finding: Finding) -> Row | None:
    """The layer that took away what the finding is about, by its trail."""
    if finding.status not in ENDS:
        return None
    gone = [step for step in finding.trail if step.kind in (*ENDS, "changed") and step.layer]
    # A file that becomes another one is a change of the path, and an end of its bytes.
    by_name = [step for step in gone if step.kind == finding.status] or gone
    last = by_name[-1].layer if by_name else None
    return rows[last.index] if last and _fill(rows, last) else None


def _arc(order: list[int], first: int, last: int, status: str, together: list[tuple[int, Finding]]) -> Arc:
    start, stop = order.index(first) + 0.5, order.index(last) + 0.5
    far = 100 - 130 * (abs(stop - start) / len(order)) ** 0.5  # a cubic curve goes three quarters of the way
    path = f"M100 {start}C{far:.0f} {start} {far:.0f} {stop} 100 {stop}"
    named = [(number, at(finding.location)) for number, finding in together[:MOST_NAMED]]
    ends = f"M100 {start}h0M100 {stop}h0"
    return Arc(first, last, status, path, ends, named, len(together) - len(named))


def _origin(image: ScannedImage, index: int) -> str:
    if image.base_layers < 0:
        return ""
    return "base" if index < image.base_layers else "own"


def about(image: ScannedImage) -> list[tuple[str, str]]:
    """What is known of an image beside its layers, each with its name."""
    access = {True: "can be pulled without credentials", False: "can be pulled with credentials only", None: ""}
    told = [
        ("Read from", SOURCES.get(image.source, image.source)),
        ("Target", short(image.target) if image.target != image.name else ""),
        ("Platform", short(image.platform)),
        ("Digest", short(image.digest)),
        ("Base image", short(image.base or "")),
        ("Access", access[image.public]),
    ]
    return [(name, text) for name, text in told if text]


def _sizes(rows: list[Row]) -> str:
    if not rows:
        return ""
    parts = [f"{counted(len(rows), 'layer')}{_sum(rows)}"]
    groups = {origin: [row for row in rows if row.origin == origin] for origin in ("base", "own")}
    parts += [f"{len(some)} {origin}{_sum(some)}" for origin, some in groups.items() if some]
    return "; ".join(parts)


def _sum(rows: list[Row]) -> str:
    return f", {in_words(sum(row.size for row in rows))} stored" if all(row.size >= 0 for row in rows) else ""
