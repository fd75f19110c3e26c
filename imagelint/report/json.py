"""The document for programs: everything the report has, in a stable order.

It is ASCII, so valid UTF-8, with every control and bidirectional character escaped by JSON itself; a byte that is no
text stands as `\\xff`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TextIO

from imagelint.findings import (
    Dropped,
    Finding,
    LayerInfo,
    Location,
    MendedFile,
    Report,
    ScannedImage,
    Skip,
    StoredLayer,
)
from imagelint.report.escape import encodable, json_without_commands
from imagelint.report.interface import RuleText, in_order, ranked

Object = dict[str, object]
_UNKNOWN = {"line": 0, "column": 0, "end_line": 0, "end_column": 0}
_UNKNOWN |= {"layer": -1, "index": -1, "size": -1, "base_layers": -1}


def render(
    report: Report,
    rules: Mapping[str, RuleText],
    out: TextIO,
    *,
    color: bool = False,
    width: int = 0,
    quiet: bool = False,
) -> None:
    """Write the report as one JSON object, a finding at a time, so that a large report is never held twice."""
    head = {
        "version": report.version,
        "targets": report.targets,
        "images": [image_object(image) for image in report.images],
    }
    tail = {
        "incomplete": [skip_object(skip) for skip in report.incomplete],
        "limited": [skip_object(skip) for skip in report.limited],
        "config": report.config,
        "stats": report.stats,
    }
    if report.dropped is not None:
        tail |= {"dropped": dict(ranked(report.dropped)), "dropped_places": _dropped_places(report.dropped)}
    if report.mended:
        tail["mended"] = [_mended(file) for file in report.mended]
    if report.baseline:
        from imagelint.report.triaged import baseline_object  # only where one was given

        tail["baseline"] = [baseline_object(use) for use in report.baseline]
    out.write("{\n")
    for name, value in head.items():
        out.write(f' "{name}": {dump(value)},\n')
    out.write(' "findings": [')
    separator = "\n  "
    for finding in in_order(report):
        out.write(separator + dump(finding_object(finding)))
        separator = ",\n  "
    out.write("],\n" if separator == "\n  " else "\n ],\n")
    out.write(",\n".join(f' "{name}": {dump(value)}' for name, value in tail.items()))
    out.write("\n}\n")


def finding_object(finding: Finding) -> Object:
    """One finding; keys that do not apply are left out."""
    layer, secret, fix = finding.layer, finding.secret, finding.fix
    result: Object = {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "target": finding.target,
        **_location(finding.location),
        "surface": finding.surface,
        "layer": layer and layer_object(layer),
        "status": finding.status,
        "trail": [
            present({"kind": s.kind, "text": s.text, "layer": s.layer and layer_object(s.layer)}) for s in finding.trail
        ],
    }
    if secret:
        told = {"type": secret.type, "masked": secret.masked, "fingerprint": secret.fingerprint}
        result["secret"] = told if secret.value is None else {**told, "value": secret.value}
    result["places"] = [
        present({"path": p.path, "line": p.line, "layer": p.layer, "status": p.status, "surface": p.surface})
        for p in finding.places
    ]
    if fix:
        edits = [
            {"line": e.line, "column": e.column, "end_line": e.end_line, "end_column": e.end_column, "text": e.text}
            for e in fix.edits
        ]
        result["fix"] = {"title": fix.title, "safety": fix.safety, "edits": edits}
    if finding.published:
        result["published"] = True
    result |= {"remedy": finding.remedy, "baseline": finding.baseline}
    result |= {"fingerprint": finding.fingerprint, "suppressed": finding.suppressed, "reason": finding.reason}
    return present(result)


def _location(location: Location) -> Object:
    result: Object = {"path": location.path}
    if location.line:
        result |= {
            "line": location.line,
            "column": location.column,
            "end_line": location.end_line,
            "end_column": location.end_column,
        }
    return present(result)


def layer_object(layer: LayerInfo) -> Object:
    """A layer, or an entry of the history, as findings name it."""
    return present(
        {
            "index": layer.index,
            "diff_id": layer.diff_id,
            "created_by": layer.created_by,
            "origin": layer.origin,
            "source": layer.source and _location(layer.source),
            "certainty": layer.certainty,
        }
    )


def stored_object(layer: StoredLayer) -> Object:
    """A layer as its source stores it, with how findings name it."""
    told = present({"index": layer.index, "digest": layer.digest, "diff_id": layer.diff_id, "size": layer.size})
    return told | (layer_object(layer.made) if layer.made else {})


def image_object(image: ScannedImage) -> Object:
    """One image as its source has it; `public` only where a registry was asked."""
    layers = list(map(stored_object, image.layers))
    told: Object = {"target": image.target, "name": image.name, "source": image.source, "digest": image.digest}
    told |= {"platform": image.platform, "public": image.public, "base": image.base, "base_layers": image.base_layers}
    return {**present(told), "layers": layers}


def skip_object(skip: Skip) -> Object:
    """What was not read, or not looked into."""
    return {"target": skip.target, "place": skip.place, "reason": skip.reason}


def _mended(file: MendedFile) -> Object:
    told = {"path": file.path, "rules": file.rules, "written": file.written}
    return told | present({"reason": file.reason, "diff": list(file.diff)})


def _dropped_places(dropped: Dropped) -> Object:
    return {
        why: [
            present({"target": place.target, "path": place.path, "line": place.line, "layer": place.layer})
            for place in dropped.places[why]
        ]
        for why, _ in ranked(dropped)
    }


def present(given: Object) -> Object:
    """Without what does not apply: None, empty texts and lists, a line that is not known (0), no layer (-1)."""
    return {
        key: value
        for key, value in given.items()
        if value not in (None, "", []) and (key not in _UNKNOWN or value != _UNKNOWN[key])
    }


def dump(value: object) -> str:
    """JSON in ASCII, in which no text is a command of a build server."""
    text = _encode(value)
    if "\\ud" in text:  # a surrogate, of a pair or alone
        text = _encode(_clean(value))
    return json_without_commands(text)


def _clean(value: object) -> object:
    """The value in JSON's types, with no text that UTF-8 cannot hold."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    return value if value is None or isinstance(value, (bool, int, float)) else encodable(str(value))


_encode = json.JSONEncoder(default=_clean).encode
"""One encoder for all findings: json.dumps makes one each time."""
