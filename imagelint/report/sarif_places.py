"""Where a SARIF result lies: files, regions, and image > layer > file."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from imagelint.findings import Finding, Frame, LayerInfo, Location, Place, ScannedImage
from imagelint.paths import relative
from imagelint.report.escape import brief, shorten, uri_path, visible
from imagelint.report.sarif_encode import Coded, dump
from imagelint.report.services import in_image

ROOT = "%SRCROOT%"
LONGEST_NAME = 300
"""Characters of a path in an image that a URI takes over; a longer one keeps its beginning and a hash."""
LONGEST_LINE = 400
"""Characters of one line of a snippet."""

REFERENCES = ("docker", "podman", "registry")
"""Sources whose targets are image references; those of the others are paths."""
TAGGED = re.compile(r"(?::[\w.-]+)?(?:@[\w+.]+:[0-9a-fA-F]+)?$", re.ASCII)
"""The end of an image reference that says which version it is."""
PREFIXES = ("", "sha256", *REFERENCES, *(f"{source}:sha256" for source in REFERENCES))
"""What is left where a reference is a digest alone."""
NOWHERE = LayerInfo()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of the run: its number, and its location as JSON."""

    number: int
    location: Coded


@dataclass(frozen=True, slots=True)
class Physical:
    """A place in a file, as JSON."""

    artifact: Artifact
    text: Coded


class Places:
    """The artifacts and logical locations of a run, each once, as JSON.

    Written without sarif-om's objects: a result has a dozen of them, and they would take half of its time.
    """

    def __init__(self, folders: Mapping[str, str]) -> None:
        self.folders = folders
        self.artifacts: dict[str, Coded] = {}
        self.logical: dict[str, Coded] = {}
        self.fresh: list[str] = []
        """What was added since somebody last took it."""
        self._files: dict[tuple[str | None, str], Artifact] = {}
        """By the image, where it is one, and the path in a target's own words."""
        self._numbers: dict[str, int] = {}
        self._references: dict[tuple[str, int, str, str | None], tuple[str, Coded]] = {}

    def primary(self, finding: Finding) -> Physical:
        """The line of a file; for an image, the line that made its layer, or else a path below the image's name."""
        layer = layer_of(finding)
        if layer is None:
            return self.file(finding.location, finding.frame)
        if layer.source:
            return self.file(layer.source, finding.frame)
        return self.inside(finding.target, finding.location)

    def place(self, finding: Finding, place: Place) -> Physical:
        """One of the other places of a secret."""
        at = Location(place.path, place.line)
        return self.inside(finding.target, at) if in_image(finding) else self.file(at)

    def file(self, at: Location, frame: Frame | None = None) -> Physical:
        """A place in a file of the source tree."""
        key = (None, at.path)
        if key not in self._files:
            path = relative(at.path).replace(os.sep, "/") if os.path.isabs(at.path) else at.path
            self._files[key] = self._artifact(uri_path(path), ROOT)
        return self._physical(self._files[key], at, frame)

    def inside(self, target: str, at: Location) -> Physical:
        """A path in an image: app/root/.ssh/id_rsa. A colon would make a scheme of what stands ahead of it."""
        key = (target, at.path)
        if key not in self._files:
            folder = _clipped(self.folders.get(target, target)).replace(":", "_")
            self._files[key] = self._artifact(uri_path(f"{folder}/{_clipped(at.path)}"), "")
        return self._physical(self._files[key], at)

    def _physical(self, artifact: Artifact, at: Location, frame: Frame | None = None) -> Physical:
        """All four numbers, which GitHub asks for; what is not known is the beginning of the file or of the line."""
        line, column = max(at.line, 1), max(at.column, 1)
        end_line = max(at.end_line, line)
        end = max(at.end_column, 1) if end_line > line else max(at.end_column, column)
        snippet = _snippet(frame, line, end_line) if frame and at.line else ""
        told = f',"snippet":{{"text":{dump(snippet)}}}' if snippet else ""
        region = f'"startLine":{line},"startColumn":{column},"endLine":{end_line},"endColumn":{end}{told}'
        return Physical(artifact, Coded(f'{{"artifactLocation":{artifact.location},"region":{{{region}}}}}'))

    def layer(self, target: str, layer: LayerInfo) -> Coded:
        """The logical location of a layer; of the image itself for what no layer made."""
        return self._layer(target, layer)[1]

    def entry(self, target: str, layer: LayerInfo, path: str) -> Coded:
        """The logical location of a path in a layer, or of a part of the configuration."""
        key = (target, layer.index, layer.diff_id, path)
        if key not in self._references:
            above = self._layer(target, layer)[0]
            name = brief(_clipped(path))
            kind = "file" if layer.index >= 0 else "member"
            self._references[key] = self._logical(f"{above}/{name}", name, kind, self._numbers[above])
        return self._references[key][1]

    def _layer(self, target: str, layer: LayerInfo) -> tuple[str, Coded]:
        """Its full name, and the reference to it."""
        key = (target, layer.index, layer.diff_id, None)
        if key not in self._references:
            image = brief(target)
            self._references[key] = self._logical(image, image, "image", -1)
            if layer.index >= 0:
                name = brief(layer.diff_id or f"layer {layer.index}")
                self._references[key] = self._logical(f"{image}/{name}", name, "layer", self._numbers[image])
        return self._references[key]

    def _logical(self, full: str, name: str, kind: str, parent: int) -> tuple[str, Coded]:
        told = dump(full)
        if full not in self.logical:
            self._numbers[full] = len(self.logical)
            above = f',"parentIndex":{parent}' if parent >= 0 else ""
            self.logical[full] = Coded(f'{{"name":{dump(name)},"fullyQualifiedName":{told},"kind":"{kind}"{above}}}')
            self.fresh.append(self.logical[full])
        return full, Coded(f'{{"index":{self._numbers[full]},"fullyQualifiedName":{told}}}')

    def _artifact(self, uri: str, base: str) -> Artifact:
        told = f'"uri":{dump(uri or "unnamed")}' + (f',"uriBaseId":"{base}"' if base else "")
        if told not in self.artifacts:
            self._numbers[told] = len(self.artifacts)
            self.artifacts[told] = Coded(f'{{"location":{{{told}}},"roles":["analysisTarget"]}}')
            self.fresh.append(self.artifacts[told])
        number = self._numbers[told]
        return Artifact(number, Coded(f'{{{told},"index":{number}}}'))


def layer_of(finding: Finding) -> LayerInfo | None:
    """Where in an image a finding lies, with nothing said of the layer where that is not known; None for a file."""
    return finding.layer or (NOWHERE if in_image(finding) else None)


def folders(images: Iterable[ScannedImage]) -> dict[str, str]:
    """What stands for each image ahead of its paths: its name without tag and digest, so that an alert outlives the
    next tag. Images of one name, and files, keep all of theirs."""
    named = {image.target: TAGGED.sub("", image.target) for image in images if image.source in REFERENCES}
    alike = Counter(named.values())
    return {target: name for target, name in named.items() if alike[name] == 1 and name not in PREFIXES}


def _clipped(path: str) -> str:
    if len(path) <= LONGEST_NAME:
        return path
    digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{shorten(path, LONGEST_NAME)}~{digest}"


def _snippet(frame: Frame, first: int, last: int) -> str:
    """The marked part of the masked lines, or the whole lines where nothing is marked."""
    lines: list[str] = list(frame.lines[max(first - frame.first_line, 0) : max(last - frame.first_line + 1, 0)])
    marks = {line: (column, end) for line, column, end in frame.marks}
    if lines and last in marks:
        lines[-1] = lines[-1][: max(marks[last][1] - 1, 0)]
    if lines and first in marks:
        lines[0] = lines[0][max(marks[first][0] - 1, 0) :]
    return "\n".join("\t".join(map(visible, shorten(line, LONGEST_LINE).split("\t"))) for line in lines)
