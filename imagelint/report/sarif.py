"""SARIF 2.1.0 (with errata 01), as GitHub code scanning takes it.

One run for the whole report. Results are made, encoded and measured one by one, the worst first, so that a large report
takes little memory, and what is over GitHub's limits is the least severe.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from imagelint.findings import Finding, Report, Skip
from imagelint.report.escape import brief, sarif_message
from imagelint.report.interface import RuleText, counted, in_order, texts_of
from imagelint.report.sarif_encode import dump, members
from imagelint.report.sarif_places import ROOT, Places, folders
from imagelint.report.sarif_results import Results
from imagelint.report.sarif_rules import NOTIFICATIONS, Descriptors, sentence

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 25_000
"""Results of a run that GitHub takes."""
MOST_BYTES = 9_000_000
"""GitHub takes 10 MB, compressed; the rest is room for what follows the results."""
MOST_IMAGES, MOST_LAYERS = 1000, 5000
"""Images, and layers of them, whose origin is told; half a megabyte, compressed."""
MOST_SKIPS = 1000
"""Notifications of one kind; a hostile image can make any number of them."""


def render(
    report: Report,
    rules: Mapping[str, RuleText],
    out: TextIO,
    *,
    color: bool = False,
    width: int = 0,
    quiet: bool = False,
) -> None:
    """Write the report as a SARIF log."""
    import sarif_om as om  # heavy: only when a run needs it

    descriptors = Descriptors(om, texts_of(report, rules).values())
    places = Places(folders(report.images))
    run = om.Run(
        tool=om.Tool(driver=descriptors.driver(report.version)),
        taxonomies=descriptors.taxonomies() or None,
        automation_details=om.RunAutomationDetails(id=_category(report)),
        column_kind="unicodeCodePoints",
        properties=_properties(report) or None,
        original_uri_base_ids={ROOT: om.ArtifactLocation(description=om.Message(text="Where imagelint was started."))},
    )
    out.write(f'{{"$schema":{dump(SCHEMA)},"version":"2.1.0","runs":[{{\n')
    out.write("".join(f'"{name}":{text},\n' for name, text in members(run).items()))
    out.write('"results":[')
    written = 0
    for text in _results(report, Results(om, places, descriptors.index), places):
        out.write(("\n" if not written else ",\n") + text)
        written += 1
    out.write("],\n")
    for name, texts in (("artifacts", places.artifacts), ("logicalLocations", places.logical)):
        out.write(f'"{name}":[' + ",\n".join(texts.values()) + "],\n")
    invocation = om.Invocation(
        execution_successful=not report.incomplete,
        tool_execution_notifications=list(_notifications(om, report, len(report.findings) - written)),
    )
    out.write(f'"invocations":[{dump(invocation)}]\n}}]}}\n')


def _results(report: Report, results: Results, places: Places) -> Iterator[str]:
    """The results as JSON, worst first and suppressed ones last, as many as GitHub takes."""
    from isal import isal_zlib  # half of zlib's time

    meter = isal_zlib.compressobj(1)
    size = 0
    ranked = sorted(in_order(report), key=_least)
    for finding in ranked[:MOST_RESULTS]:
        text = dump(results.result(finding))
        yield text
        for piece in (text, *places.fresh):
            size += len(meter.compress(piece.encode()))
        places.fresh.clear()
        if size > MOST_BYTES:
            return


def _properties(report: Report) -> dict[str, object]:
    """The images, and how many findings were kept back since packages brought them."""
    told = {"images": _images(report), "published": report.stats.get("published", 0)}
    return {name: value for name, value in told.items() if value}


def _images(report: Report) -> list[dict[str, object]]:
    """Where each image was read from, and how its layers are stored there."""
    told: list[dict[str, object]] = []
    room = MOST_LAYERS
    for image in report.images[:MOST_IMAGES]:
        room -= len(image.layers)
        layers = [
            _known(index=layer.index, digest=layer.digest, diffId=layer.diff_id, size=layer.size)
            for layer in (image.layers if room >= 0 else ())
        ]
        names = _known(target=brief(image.target), name=brief(image.name), source=image.source)
        facts = _known(digest=brief(image.digest), platform=brief(image.platform), public=image.public)
        facts |= _known(base=brief(image.base or ""), baseLayers=image.base_layers)
        told.append({**names, **facts, "layers": layers})
    return told


def _known(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in ("", None, -1)}


def _least(finding: Finding) -> tuple[bool, int]:
    return bool(finding.suppressed), -finding.severity.rank


def _category(report: Report) -> str:
    """`imagelint/app:latest/`: an upload replaces the last one of its category, so targets have their own."""
    names = [brief(target).strip("/") for target in report.targets]
    name = "+".join(dict.fromkeys(name for name in names if name not in ("", ".")))
    if len(name) > 200:
        name = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"imagelint/{name}/" if name else "imagelint/"


def _notifications(om: Any, report: Report, dropped: int) -> Iterator[Any]:
    if dropped:
        yield _notification(om, "dropped", "warning", f"{counted(dropped, 'result')} left out, the least severe ones.")
    for kind, level, skips in (("incomplete", "error", report.incomplete), ("limited", "warning", report.limited)):
        for skip in skips[:MOST_SKIPS]:
            yield _notification(om, kind, level, _skip(skip))
        if len(skips) > MOST_SKIPS:
            yield _notification(om, kind, level, f"And {len(skips) - MOST_SKIPS} more.")


def _skip(skip: Skip) -> str:
    place = ", ".join(filter(None, (brief(skip.target), brief(skip.place))))
    return sentence(sarif_message(f"{place}: {brief(skip.reason)}" if place else brief(skip.reason)))


def _notification(om: Any, kind: str, level: str, text: str) -> Any:
    number = list(NOTIFICATIONS).index(kind)
    return om.Notification(
        descriptor=om.ReportingDescriptorReference(id=kind, index=number), level=level, message=om.Message(text=text)
    )
