"""Images as systems: what the rules of images say of some layers, one call each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.evaluate import Engine
from imagelint.findings import Finding
from imagelint.image.lint import lint
from imagelint.image.sources.docker_archive import images
from imagelint.secrets.confirm import Detector
from tests.imagemaker import Recipe, docker_archive

Layer = Sequence[Mapping[str, Any]] | bytes


@cache
def rules() -> RuleSet:
    return load()


def findings(
    folder: Path, *layers: Layer, config: Mapping[str, Any] | None = None, limited: Sequence[str] = (), **more: Any
) -> list[Finding]:
    """Everything that both profiles find in an image, secrets too; nothing may fault, or be left out but for these
    reasons."""
    recipe = Recipe(layers, {"User": "10001", **(config or {})}, **more)
    (image,) = images(str(docker_archive(folder / "image.tar", recipe, layout="25")))
    engine = Engine(rules(), {rule.id for rule in rules().rules if rule.profile != "manual"})
    detector = Detector([rule for rule in rules().rules if rule.kind == "secret"])
    result = lint(image, engine, detector, target="app.tar", show=False)
    assert (engine.faults, result.incomplete, [reason for _, reason in result.limited]) == ([], [], [*limited])
    return result.findings


def told(folder: Path, rule: str, *layers: Layer, **more: Any) -> list[tuple[str, str]]:
    """(path, message) of the findings of one rule."""
    found = (finding for finding in findings(folder, *layers, **more) if finding.rule == rule)
    return [(str(finding.location.path), str(finding.message)) for finding in found]


def program(path: str, content: str | bytes = "\x7fELF", **more: Any) -> dict[str, Any]:
    """A file that may be run."""
    return {"path": path, "mode": 0o755, "content": content, **more}


def link(path: str, to: str, kind: str = "symlink") -> dict[str, Any]:
    """A link that may be run."""
    return {"path": path, "type": kind, "link": to, "mode": 0o777 if kind == "symlink" else 0o755}
