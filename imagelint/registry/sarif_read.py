"""A SARIF log of ours, back into a Report.

It comes out of a registry, where whoever may push can write it: its size, its depth and every type are checked, its
texts are masked like any text of a target, and what has no meaning here is left out. What SARIF does not carry stays
out too: the marked lines of a source, and fixes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from imagelint.errors import UnreadableError
from imagelint.findings import (
    FILES,
    STATUSES,
    Finding,
    LayerInfo,
    Location,
    Place,
    SafeText,
    Secret,
    Severity,
    Skip,
    Step,
)
from imagelint.image.document import is_digest
from imagelint.image.secrets import SURFACES
from imagelint.record import field, record
from imagelint.registry.sarif_texts import Told, halves, place, step, told
from imagelint.report.escape import brief
from imagelint.secrets.redact import Redactor, plain

MOST_RESULTS = 25_000
"""As many as we write."""
MOST_STEPS = 100
LONGEST = 20_000
"""Characters of a text: ours have a message and a remedy of 1,000 each, and some links."""
TOOL = "imagelint"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,99}\Z")
_FINGERPRINT = re.compile(r"[0-9a-f]{32}\Z")
_CONFIDENCE = ("proved", "likely", "possible")
_NOWHERE = (1, 1, 1, 1)
"""The region of what has no line: SARIF has no other way to say it (report/sarif_places.py)."""
_LINED = ("file", "archive")
"""Surfaces where it is the first line, of a secret at least: those have no columns there."""


@record
class Log:
    """What a log tells of one image."""

    version: str
    findings: list[Finding] = field(default_factory=list)
    incomplete: list[Skip] = field(default_factory=list)
    limited: list[Skip] = field(default_factory=list)
    base: SafeText | None = None
    base_layers: int = -1
    strange: int = 0
    """Results that no imagelint writes, which are left out."""


def parse(data: bytes) -> dict[str, Any]:
    """The only run of a log of ours. UnreadableError for anything else."""
    try:
        log = json.loads(data)
    except RecursionError:
        raise UnreadableError("the attached report is nested too deeply") from None
    except ValueError:  # JSONDecodeError, UnicodeDecodeError, a number of too many digits
        raise UnreadableError("the attached report is not JSON") from None
    runs = _list(_dict(log).get("runs"))
    if not isinstance(log, dict) or log.get("version") != "2.1.0" or len(runs) != 1 or not isinstance(runs[0], dict):
        raise UnreadableError("the attached report is no SARIF 2.1.0 with one run")
    driver = _dict(_dict(runs[0].get("tool")).get("driver"))
    if driver.get("name") != TOOL:
        raise UnreadableError("the attached report was made by another tool, and only imagelint's are read")
    return runs[0]


class Reader:
    """Reads the run of one image's report."""

    def __init__(self, redactor: Redactor, target: str, diff_ids: list[str]) -> None:
        """`diff_ids` are those of the image's layers, as its own configuration has them."""
        self._redactor, self._diff_ids = redactor, diff_ids
        self._safe, self._target = redactor.safe, redactor.safe(target)

    def read(self, run: dict[str, Any]) -> Log:
        """Everything that it tells."""
        version = _text(_dict(_dict(run.get("tool")).get("driver")).get("version"))
        found = Log(version if re.fullmatch(r"[0-9A-Za-z.+-]{1,40}", version) else "")
        results = _list(run.get("results"))
        for result in results[:MOST_RESULTS]:
            finding = self._finding(_dict(result))
            if finding is None:
                found.strange += 1
            else:
                found.findings.append(finding)
        found.strange += max(len(results) - MOST_RESULTS, 0)
        self._holes(run, found)
        for image in _list(_dict(run.get("properties")).get("images"))[:1]:
            base = _text(_dict(image).get("base"))
            found.base = self._safe(base) if base else None
            found.base_layers = _number(_dict(image).get("baseLayers"), -1)
        return found

    def _finding(self, result: dict[str, Any]) -> Finding | None:
        """None for what no imagelint writes of an image."""
        rule, level = _text(result.get("ruleId")), _text(result.get("level"))
        fingerprint = _text(_dict(result.get("partialFingerprints")).get("imagelint/v1"))
        known = _dict(result.get("properties"))
        text, path = _text(_dict(result.get("message")).get("text")), _text(known.get("path"))
        if not (_ID.match(rule) and _FINGERPRINT.match(fingerprint) and text):
            return None
        if level not in ("error", "warning", "note"):
            return None
        said = told(text, _text(known.get("image")))
        physical = _dict(_dict(next(iter(_list(result.get("locations"))), None)).get("physicalLocation"))
        artifact, surface = _dict(physical.get("artifactLocation")), _one_of(known.get("surface"), SURFACES)
        region = _region(physical, surface in _LINED and "secretType" in known)
        layer = self._layer(known)
        if artifact.get("uriBaseId"):  # the line of a source that made the layer
            layer.source = Location(self._safe(unquote(_text(artifact.get("uri")))), *region)
            region = (0, 0, 0, 0)
        status = _text(known.get("status"))
        quiet = _dict(next(iter(_list(result.get("suppressions"))), None))
        return Finding(
            rule=rule,
            severity=Severity(level),
            message=self._redactor.parts(zip(halves(said.message), (True, False), strict=True)),
            target=self._target,
            location=Location(self._safe(path), *region),
            fingerprint=fingerprint,
            surface=surface,
            layer=None if layer == LayerInfo() and surface not in FILES else layer,
            status=status if status in STATUSES else "",
            trail=tuple(self._trail(result)),
            secret=self._secret(known, fingerprint),
            places=tuple(self._places(result, path, region[0], layer)),
            suppressed=self._safe(_text(quiet.get("justification"))) or "suppressed" if quiet else "",
            published=known.get("published") is True,
            remedy=self._safe(said.remedy) if said.remedy else None,
            baseline=_one_of(result.get("baselineState"), ("new", "unchanged")),
        )

    def _layer(self, known: dict[str, Any]) -> LayerInfo:
        diff_id = _text(known.get("diffId"))
        made = _text(known.get("createdBy"))
        return LayerInfo(
            _number(known.get("layer"), -1),
            diff_id if is_digest(diff_id) else "",
            self._safe(made) if made else None,
            _one_of(known.get("origin"), ("base", "own")),
            certainty=_one_of(known.get("certainty"), ("exact", "matched", "uncertain")),
        )

    def _secret(self, known: dict[str, Any], fingerprint: str) -> Secret | None:
        kind, masked = _text(known.get("secretType")), _text(known.get("masked"))
        if not (kind and masked):
            return None
        confidence = _one_of(known.get("confidence"), _CONFIDENCE) or "likely"
        return Secret(self._safe(brief(kind, 100)), self._safe(masked), fingerprint, confidence)

    def _trail(self, result: dict[str, Any]) -> Iterator[Step]:
        flow = _dict(next(iter(_list(result.get("codeFlows"))), None))
        thread = _dict(next(iter(_list(flow.get("threadFlows"))), None))
        for item in _list(thread.get("locations"))[:MOST_STEPS]:
            if (one := step(_message(_dict(item).get("location")))) is not None:
                index, kind, text = one
                diff_id = self._diff_ids[index] if 0 <= index < len(self._diff_ids) else ""
                yield Step(kind, self._safe(text), LayerInfo(index, diff_id) if index >= 0 else None)

    def _places(self, result: dict[str, Any], path: str, line: int, layer: LayerInfo) -> Iterator[Place]:
        """Behind the steps of the trail; a finding's own place stands in no list of SARIF's, and first in ours."""
        others = []
        for item in _list(result.get("relatedLocations"))[:MOST_STEPS]:
            if (one := place(_message(item))) is not None:
                at = _region(_dict(_dict(item).get("physicalLocation")), one.surface in _LINED)[0]
                surface = one.surface if one.surface in SURFACES else SURFACES[0]
                others.append(Place(self._safe(one.path), at, one.layer, one.status, surface))
        if others:
            known = _dict(result.get("properties"))
            status = _one_of(known.get("status"), STATUSES)
            surface = _one_of(known.get("surface"), SURFACES) or SURFACES[0]
            yield Place(self._safe(path), line, layer.index, status, surface)
            yield from others

    def _holes(self, run: dict[str, Any], found: Log) -> None:
        """Notifications, and the plain word that something was not read."""
        invocation = _dict(next(iter(_list(run.get("invocations"))), None))
        for item in _list(invocation.get("toolExecutionNotifications"))[:MOST_RESULTS]:
            kind = _dict(_dict(item).get("descriptor")).get("id")
            text = _unlinked(_message(item))
            for own in (", ", ": "):
                text = text.removeprefix(f"{brief(self._target)}{own}")
            skip = Skip(self._target, plain(""), self._safe(text))
            (found.incomplete if kind == "incomplete" else found.limited).append(skip)
        if invocation.get("executionSuccessful") is not True and not found.incomplete:
            found.incomplete.append(Skip(self._target, plain(""), plain("the attached report says it is not complete")))


def _message(item: object) -> str:
    return _text(_dict(_dict(item).get("message")).get("text"))


def _unlinked(text: str) -> str:
    return Told.unescaped(text)


def _region(physical: dict[str, Any], lined: bool = False) -> tuple[int, int, int, int]:
    """Line, column, end line, end column; 0 of what is not known."""
    region = _dict(physical.get("region"))
    numbers = [_number(region.get(key), 0) for key in ("startLine", "startColumn", "endLine", "endColumn")]
    at = (numbers[0], numbers[1], numbers[2], numbers[3])
    return ((1, 0, 0, 0) if lined else (0, 0, 0, 0)) if at == _NOWHERE else at


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """One that is too long is left out as a whole: of half a secret nobody can say that it is one."""
    return value if isinstance(value, str) and len(value) <= LONGEST else ""


def _number(value: object, default: int) -> int:
    """A number that a place in a file, or a layer, may have."""
    return value if type(value) is int and 0 <= value < 1 << 31 else default


def _one_of(value: object, known: tuple[str, ...]) -> str:
    return value if isinstance(value, str) and value in known else ""
