"""Findings as the page shows them."""

from __future__ import annotations

from imagelint.findings import FILES, Finding, LayerInfo
from imagelint.record import field, record
from imagelint.report.escape import brief
from imagelint.report.finding import at
from imagelint.report.html.words import Line, Pieces, line_of, lines, short, spans
from imagelint.report.interface import STATUS, STEPS, RuleText, other_places, step_text

MOST_PLACES = 20
MOST_STEPS = 24
CERTAIN = {
    "exact": "the build wrote it down",
    "matched": "the only instruction that fits the history",
    "uncertain": "the line is not certain",
}


@record
class Told:
    """One fact of a finding: what it is called, what it says, and what is said beside that."""

    name: str
    text: str
    note: str = ""
    code: bool = False


@record
class Moment:
    """One step of a trail."""

    kind: str
    name: str
    layer: str
    text: str
    source: str


@record
class Entry:
    """A finding; `number` is its place on the page, from 1."""

    number: int
    severity: str
    message: Pieces
    rule: str
    rule_number: int
    where: str
    badges: list[str]
    facets: str
    """The numbers of its values in the page's facets, with blanks between."""
    facts: list[Told]
    suppressed: bool
    frame: list[Line] = field(default_factory=list)
    trail: list[Moment] = field(default_factory=list)
    places: list[tuple[str, str]] = field(default_factory=list)
    """(where, what else is known of it) each."""
    places_title: str = ""
    more_places: int = 0
    remedy: Pieces = field(default_factory=list)
    fix: str = ""


class Entries:
    """Makes the entries of one page."""

    def __init__(self, texts: dict[str, RuleText]) -> None:
        self._texts = texts
        self._rules = {id_: number for number, id_ in enumerate(texts, 1)}

    def entry(self, number: int, finding: Finding, facets: str) -> Entry:
        """The finding, as the page's nth."""
        rule, others = self._texts[finding.rule], other_places(finding)
        entry = Entry(
            number,
            finding.severity.value,
            spans(brief(finding.message)),
            finding.rule,
            self._rules[finding.rule],
            _where(finding),
            _badges(finding),
            facets,
            _facts(finding),
            bool(finding.suppressed),
            trail=[_moment(step.kind, step_text(step), step.layer) for step in finding.trail[:MOST_STEPS]],
            places=[
                (
                    short(place.path) + (f":{place.line}" if place.line else ""),
                    ", ".join(filter(None, [_numbered(place.layer), place.status, place.surface])),
                )
                for place in others[:MOST_PLACES]
            ],
            places_title="Lies in" if finding.surface == "context" else "Also in",
            more_places=max(len(others) - MOST_PLACES, 0),
            remedy=spans(brief(finding.remedy or rule.remedy)),
        )
        if finding.fix:
            safe = "a safe fix" if finding.fix.safety == "safe" else "an unsafe fix: read it first"
            entry.fix = f"{brief(finding.fix.title)} ({safe})"
        if finding.frame:
            entry.frame = lines(finding.frame)
        return entry


def _where(finding: Finding) -> str:
    place = at(finding.location)
    if finding.layer is None and finding.surface in FILES and finding.surface != "context":
        return place
    return f"{short(finding.target)}: {place}"


def _badges(finding: Finding) -> list[str]:
    layer = finding.layer
    told = [
        line_of(layer.source) if layer and layer.source else "",
        finding.status if finding.status != "present" else "",
        _numbered(layer.index) if layer else "",
        {"base": "base image", "own": ""}.get(layer.origin, "") if layer else "",
        "new" if finding.baseline == "new" else "",
        "suppressed" if finding.suppressed else "",
    ]
    return [text for text in told if text]


def _facts(finding: Finding) -> list[Told]:
    layer = finding.layer
    among = "" if finding.target in ("", finding.location.path) else short(finding.target)
    told = [Told("Where", at(finding.location), among, code=True)]
    if layer:
        origin = {"base": "of the base image", "own": "of this image"}.get(layer.origin, "")
        if layer.index >= 0:
            told.append(Told("Layer", f"{layer.index}", ", ".join(filter(None, [short(layer.diff_id)[:19], origin]))))
        elif layer.history >= 0:
            told.append(Told("History", f"entry {layer.history}", origin))
        if layer.created_by:
            told.append(Told("Created by", brief(layer.created_by), code=True))
        if layer.source:
            told.append(Told("Dockerfile line", line_of(layer.source), CERTAIN.get(layer.certainty, ""), code=True))
        elif layer.certainty:
            told.append(Told("Dockerfile line", "not known", CERTAIN.get(layer.certainty, "")))
    if finding.status:
        inside = layer is not None and layer.index >= 0
        told.append(Told("Status", finding.status, STATUS.get(finding.status, "") if inside else ""))
    if finding.surface not in ("", "dockerfile"):
        told.append(Told("Surface", short(finding.surface)))
    if secret := finding.secret:
        notes = ", ".join([secret.confidence, *(["encrypted"] if secret.encrypted else [])])
        value = secret.masked if secret.value is None else secret.value
        told.append(Told("Secret", f"{short(secret.type)} {short(value)}", notes, code=True))
    if finding.published:
        told.append(Told("Published", "the file is, byte for byte, what its package brought"))
    if finding.baseline:
        told.append(Told("Baseline", finding.baseline))
    if finding.suppressed:
        told.append(Told("Suppressed", brief(finding.suppressed), brief(finding.reason or "")))
    told.append(Told("Fingerprint", finding.fingerprint, code=True))
    return told


def _moment(kind: str, text: str, layer: LayerInfo | None) -> Moment:
    source = line_of(layer.source) if layer and layer.source else ""
    return Moment(kind, STEPS.get(kind, kind), _numbered(layer.index) if layer else "", short(text), source)


def _numbered(index: int) -> str:
    return f"layer {index}" if index >= 0 else ""
