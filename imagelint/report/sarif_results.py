"""One finding as a SARIF result."""

from __future__ import annotations

import hashlib
from typing import Any

from imagelint.findings import Finding, Place, Step
from imagelint.report.escape import brief, encodable, sarif_message
from imagelint.report.interface import STEPS, counted, other_places, step_text
from imagelint.report.sarif_encode import Coded, dump
from imagelint.report.sarif_places import Physical, Places, layer_of
from imagelint.report.sarif_rules import sentence
from imagelint.report.services import about, in_image, source_of

MOST_RELATED = 100
"""Related locations of a result: GitHub takes 1,000 locations and shows 100."""
MOST_MESSAGES = 1000
"""Messages of steps that are kept for the next finding."""
NAMED = 5
"""Other places that the message links to."""
UNCERTAIN = "The line is not known: no instruction of the Dockerfile fits its history, or several do."


class Results:
    """Findings to results; equal ones are told apart by a number.

    The steps and places of a result, of which there may be two hundred, are written without sarif-om's objects.
    """

    def __init__(self, om: Any, places: Places, rule_index: dict[str, int]) -> None:
        self.om, self.places, self.rule_index = om, places, rule_index
        self._seen: dict[tuple[str, int], int] = {}
        self._messages: dict[tuple[str, int, str], Coded] = {}

    def result(self, finding: Finding) -> Any:
        """The result of a finding."""
        om = self.om
        physical = self.places.primary(finding)
        layer = layer_of(finding)
        entry = self.places.entry(finding.target, layer, finding.location.path) if layer else None
        steps = finding.trail[:MOST_RELATED]
        trail = [(step, self._at(step, physical), self._told(step)) for step in steps]
        others = other_places(finding)
        related = [self._step(finding, number, *step) for number, step in enumerate(trail, 1)]
        kept = others[: MOST_RELATED - len(related)]
        related += [self._place(finding, place, number) for number, place in enumerate(kept, len(related) + 1)]
        return om.Result(
            rule_id=finding.rule,
            rule_index=self.rule_index[finding.rule],
            level=finding.severity.value,
            kind="fail",
            message=om.Message(text=_message(finding, steps, others, kept)),
            locations=[om.Location(physical_location=physical.text, logical_locations=[entry] if entry else None)],
            related_locations=related or None,
            code_flows=[_flow(trail)] if steps else None,
            partial_fingerprints={
                "primaryLocationLineHash": self._line_hash(finding, physical.artifact.number),
                "imagelint/v1": finding.fingerprint,
            },
            baseline_state=finding.baseline or None,
            fixes=[self._fix(finding, physical)] if _mendable(finding) else None,
            suppressions=[self._suppression(finding)] if finding.suppressed else None,
            properties=_properties(finding) or None,
        )

    def _line_hash(self, finding: Finding, file: int) -> str:
        """What GitHub tells alerts of one rule in one file apart by, the same in the next run.

        The fingerprint alone, since it outlives what a place does not: other lines, layers, tags and digests. Equal
        ones in one file (of two platforms of an image) are numbered.
        """
        digest = hashlib.sha256(f"{finding.rule}\0{finding.fingerprint}".encode()).hexdigest()[:16]
        self._seen[digest, file] = self._seen.get((digest, file), 0) + 1
        return f"{digest}:{self._seen[digest, file]}"

    def _told(self, step: Step) -> Coded:
        """The message of a step; findings of one layer share theirs."""
        key = (step.kind, step.layer.index if step.layer else -1, step_text(step))
        if key not in self._messages:
            if len(self._messages) >= MOST_MESSAGES:
                self._messages.clear()
            self._messages[key] = Coded(f'{{"text":{dump(_step_text(step))}}}')
        return self._messages[key]

    def _at(self, step: Step, physical: Physical) -> Coded:
        """The line that made a step's layer, or else the finding's own place."""
        return self.places.file(step.layer.source).text if step.layer and step.layer.source else physical.text

    def _step(self, finding: Finding, number: int, step: Step, at: Coded, message: Coded) -> Coded:
        layer = f',"logicalLocations":[{self.places.layer(finding.target, step.layer)}]' if step.layer else ""
        return Coded(f'{{"id":{number},"physicalLocation":{at}{layer},"message":{message}}}')

    def _place(self, finding: Finding, place: Place, number: int) -> Coded:
        at, message = self.places.place(finding, place).text, dump(_place_text(finding, place))
        return Coded(f'{{"id":{number},"physicalLocation":{at},"message":{{"text":{message}}}}}')

    def _fix(self, finding: Finding, physical: Physical) -> Any:
        om, fix = self.om, finding.fix
        assert fix is not None  # noqa: S101 - only asked for findings that have one
        replacements = [
            om.Replacement(
                deleted_region=om.Region(
                    start_line=edit.line, start_column=edit.column, end_line=edit.end_line, end_column=edit.end_column
                ),
                # Not made visible: this text goes into the file as it is, and JSON escapes what a screen must not see.
                inserted_content=om.ArtifactContent(text=encodable(edit.text)),
            )
            for edit in fix.edits
        ]
        return om.Fix(
            description=om.Message(text=sentence(sarif_message(brief(fix.title)))),
            artifact_changes=[
                om.ArtifactChange(artifact_location=physical.artifact.location, replacements=replacements)
            ],
        )

    def _suppression(self, finding: Finding) -> Any:
        by = finding.suppressed
        kind = "inSource" if by.startswith("inline") else "external"
        why = f"{finding.reason} ({by})" if finding.reason else by
        return self.om.Suppression(kind=kind, state="accepted", justification=brief(why))


def _flow(trail: list[tuple[Step, Coded, Coded]]) -> Coded:
    """The code flow (SARIF 2.1.0 section 3.36): the same steps as the related locations, in their order."""
    steps = [
        f'{{"location":{{"physicalLocation":{at},"message":{message}}},"executionOrder":{number},'
        f'"importance":"{"essential" if step.kind in ("introduced", "shipped") else "important"}"}}'
        for number, (step, at, message) in enumerate(trail, 1)
    ]
    return Coded(f'{{"threadFlows":[{{"locations":[{",".join(steps)}]}}]}}')


def _mendable(finding: Finding) -> bool:
    """Whether there are edits, and a file of the source tree that they belong to."""
    return bool(finding.fix and finding.fix.edits and source_of(finding))


def _message(finding: Finding, steps: tuple[Step, ...], others: list[Place], kept: list[Place]) -> str:
    """The message, the image that it is about, links to the steps and the other places, and how to mend it."""
    parts = [sentence(sarif_message(brief(finding.message, 1000)))]
    if layer := layer_of(finding):
        where = f"layer {layer.index}" if layer.index >= 0 else "the configuration"
        base = " of the base image" if layer.origin == "base" else ""
        status = f", {finding.status}" if finding.status else ""
        parts.append(f"In {about(sarif_message(brief(finding.target)))}, {where}{base}{status}.")
        if layer.certainty == "uncertain":
            parts.append(UNCERTAIN)
    if finding.published:
        parts.append("The file is, byte for byte, what its package brought.")
    if steps:
        links = [
            f"[{STEPS.get(step.kind, step.kind)}]({number}){_in_layer(step)}" for number, step in enumerate(steps, 1)
        ]
        parts.append(f"Trail: {', '.join(links)}.")
    if others:
        named = kept[:NAMED]
        links = [f"[{_name(finding, place)}]({number})" for number, place in enumerate(named, len(steps) + 1)]
        if more := len(others) - len(named):
            links.append(counted(more, "more place"))
        how = "Lies in" if finding.surface == "context" else "Also on" if _same_file(finding, others[0]) else "Also in"
        parts.append(f"{how} {', '.join(links)}.")
    if finding.remedy:
        parts.append(sentence(sarif_message(brief(finding.remedy, 1000))))
    return " ".join(parts)


def _step_text(step: Step) -> str:
    return sarif_message(f"{STEPS.get(step.kind, step.kind)}{_in_layer(step)}: {brief(step_text(step))}")


def _in_layer(step: Step) -> str:
    return f" in layer {step.layer.index}" if step.layer and step.layer.index >= 0 else ""


def _name(finding: Finding, place: Place) -> str:
    return f"line {place.line}" if _same_file(finding, place) else sarif_message(brief(place.path, 100))


def _same_file(finding: Finding, place: Place) -> bool:
    return not in_image(finding) and place.path == finding.location.path


def _place_text(finding: Finding, place: Place) -> str:
    if _same_file(finding, place):
        return f"also on line {place.line}"
    notes = [f"layer {place.layer}" if place.layer >= 0 else "", place.status, place.surface]
    how = "lies" if place.surface == "context" else "also"
    return sarif_message(", ".join(filter(None, [f"{how} in {brief(place.path)}", *notes])))


def _properties(finding: Finding) -> dict[str, object]:
    layer, secret = layer_of(finding), finding.secret
    known: dict[str, object] = {"surface": finding.surface, "status": finding.status}
    if layer:
        known |= {
            "image": brief(finding.target),
            "diffId": layer.diff_id,
            "origin": layer.origin,
            "certainty": layer.certainty,
        }
        known |= {"createdBy": brief(layer.created_by or ""), "path": brief(finding.location.path)}
        if layer.index >= 0:
            known["layer"] = layer.index
    if secret:
        known |= {"secretType": secret.type, "masked": brief(secret.masked), "confidence": secret.confidence}
    if finding.published:
        known["published"] = True
    return {name: value for name, value in known.items() if value != ""}
