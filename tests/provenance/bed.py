"""Cases, how the engines build them, and how what the product tells of an image is held against the marks in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from imagelint.cli import main
from imagelint.engine.compiled import RuleSet, load
from tests.provenance.template import Dockerfile, Span
from tests.provenance.truth import Mark

LEGACY, BUILDKIT, PODMAN = "legacy", "buildkit", "podman"
ALL = (LEGACY, BUILDKIT, PODMAN)
RULE = """\
id: every-layer
title: a layer
kind: layer
severity: note
when: |
  true
message: "a layer"
remedy: "none is needed"
rationale: |
  Asks for each layer.
examples:
  bad:
    - image: {layers: [[{path: a, content: x}]]}
  good:
    - image: {config: {User: "10001"}}
"""


@dataclass(frozen=True)
class Case:
    """A Dockerfile that is built, and how sure of its lines the product has to be."""

    name: str
    dockerfile: str
    """A template, as the package's docstring tells; `{parent}` is the image of `parent`."""
    parent: str = ""
    """The template of the image that it is built from, which is Dockerfile b."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The context, beside the files that have a mark's name."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    """What else the builder is told."""
    builders: tuple[str, ...] = ALL
    certain: float = 1.0
    """The least share of the marked layers of this Dockerfile, and of its values, whose line has to be told."""
    ending: str = "\n"


@dataclass(frozen=True)
class Built:
    """An image, and what is known of it."""

    case: str
    builder: str
    dockerfile: Dockerfile
    """As it was built."""
    archive: Path
    layers: Sequence[frozenset[Mark]]
    """What each layer says."""
    history: Sequence[str] = ()


@dataclass
class Told:
    """What the product said, held against the marks."""

    right: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    """It could have been told: the instruction stands in the file that was shown."""
    wrong: list[str] = field(default_factory=list)
    silent: int = 0
    """Layers and values of other files, of which it rightly tells no line."""

    @property
    def share(self) -> float:
        """Of what could have been told, how much was."""
        could = len(self.right) + len(self.unsure)
        return len(self.right) / could if could else 1.0

    def __str__(self) -> str:
        lines = [
            f"{len(self.right)} right, {len(self.unsure)} unsure, {len(self.wrong)} wrong, {self.silent} of others"
        ]
        return "\n  ".join([*lines, *self.wrong, *self.unsure])


@cache
def _rules() -> RuleSet:
    """Those of imagelint, and the one of the bed: to read them takes longer than a scan."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "every-layer.yaml").write_text(RULE)
        return load([folder])


def scan(target: str, dockerfile: Path | None) -> dict[str, Any]:
    """The command's JSON for an image; secrets unmasked, since the bed knows by them what it planted. What
    `python -m imagelint` calls is called here, with rules that were read before, for there are hundreds of scans."""
    words = ["scan", "--format", "json", "--no-config", "--show-secrets", "--no-cache"]
    if dockerfile is not None:
        words += ["--dockerfile", str(dockerfile)]
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as errors,
    ):
        patch.setattr("imagelint.scan_options.load", lambda _: _rules())
        with pytest.raises(SystemExit) as ended:
            main([*words, target])
    assert ended.value.code in (0, 1), errors.getvalue()
    report: dict[str, Any] = json.loads(out.getvalue())
    assert report["incomplete"] == [], report["incomplete"]
    return report


def ask(built: Built, shown: Dockerfile, folder: Path, name: str = "Dockerfile") -> Told:
    """What is told of an image with this Dockerfile beside it."""
    path = folder / name
    path.write_bytes(shown.text.encode())
    report = scan(f"docker-archive:{built.archive}", path)
    return judge(report, built, shown, name)


def judge(report: Mapping[str, Any], built: Built, shown: Dockerfile, name: str = "Dockerfile") -> Told:
    """Hold a report against the marks. Each layer counts once, each planted value that lies in no layer, and each
    finding about the configuration; what else is said of a layer, in trails too, has to be right. A value may be told
    by its own instruction, or by the layer in which it lies."""
    told = Told()
    asked = set()
    for finding in report["findings"]:
        layer = finding.get("layer", {})
        value = finding.get("secret", {}).get("value", "")
        identity = built.dockerfile.secrets.get(value) or built.dockerfile.ruled.get(finding["rule"])
        if finding["rule"] == "every-layer":
            asked.add(layer["index"])
            _count(told, layer, _of_layer(layer, built, shown), f"layer {layer['index']}", name)
        elif identity and "index" not in layer:
            _count(told, layer, shown.spans.get(identity), f"value of line {identity}", name)
        for said in _layers(finding):
            expected = {shown.spans.get(identity or 0)} if identity or "index" not in said else set()
            expected |= {_of_layer(said, built, shown)} if "index" in said else set()
            problems = [_wrong(said, span, name) for span in expected]
            if all(problems):
                told.wrong.append(f"{finding['rule']}: {problems[0]}")
    assert asked == set(range(len(built.layers))), f"{asked} of {len(built.layers)} layers were told of"
    return told


def _layers(finding: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every layer or history entry that a finding tells of."""
    for part in (finding, *finding.get("trail", ())):
        if part.get("layer"):
            yield part["layer"]


def _of_layer(said: Mapping[str, Any], built: Built, shown: Dockerfile) -> Span | None:
    """Where the instruction of a layer stands. A layer that several made, or another file, has no line here."""
    marks = built.layers[said["index"]]
    if len(marks) != 1:
        return None
    (mark,) = marks
    return shown.spans.get(mark.identity) if mark.name == shown.name else None


def _count(told: Told, said: Mapping[str, Any], expected: Span | None, what: str, name: str) -> None:
    text = f"{what}, {_place(expected)}: {said.get('certainty')}, {said.get('created_by', '')[:200]!r}"
    if expected is None:
        told.silent += "source" not in said
    elif "source" not in said:
        told.unsure.append(text)
    elif not _wrong(said, expected, name):
        told.right.append(text)


def _wrong(said: Mapping[str, Any], expected: Span | None, name: str) -> str:
    """What is not true of what is said; empty where all is."""
    source, certainty = said.get("source"), said.get("certainty", "")
    if (source is not None) != (certainty in ("exact", "matched")):
        return f"{certainty!r} with the source {source}"
    if source is None:
        return ""
    place = Span(source["line"], source["column"], source["end_line"])
    if expected == place and Path(source["path"]).name == name:
        return ""
    history = said.get("created_by", "")[:200]
    return f"{source['path']}, {_place(place)} is told, {_place(expected)} is true: {history!r}"


def _place(span: Span | None) -> str:
    return f"line {span.line}:{span.column} to {span.end_line}" if span else "no line"
