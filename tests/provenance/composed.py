"""Images that the engines here cannot build, put together with the history that a newer builder writes."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.attested import PROVENANCE, attested
from tests.imagemaker import Recipe, docker_archive, dumps, oci_layout
from tests.provenance import truth
from tests.provenance.bed import Built
from tests.provenance.template import Dockerfile, Span, write

PROVENANCE_1 = "https://slsa.dev/provenance/v1"
BASE_LAYER = [{"path": "etc/motd", "content": "of the base"}]
BASE_HISTORY = {"created_by": "/bin/sh -c #(nop) ADD file:0123456789abcdef in / "}


@dataclass(frozen=True)
class Step:
    """One entry of a history: which instruction wrote it, by its place from FROM on, what it says, with `{mark}` and
    `{secret}`, and the files that it puts into a layer; None where it makes none."""

    at: int
    created_by: str
    files: tuple[str, ...] | None = ("{mark}",)


def compose(name: str, template: str, steps: Sequence[Step], folder: Path, comment: str = "") -> tuple[Built, Recipe]:
    """The image of a template, on a base of one layer, as a `docker save` archive; and its recipe."""
    file = write("a", template, {"base": "base:1"})
    layers: list[Sequence[Mapping[str, Any]]] = [BASE_LAYER]
    history: list[str | Mapping[str, Any]] = [BASE_HISTORY]
    config: dict[str, Any] = {}
    secrets = {identity: value for value, identity in file.secrets.items()}
    for step in steps:
        identity = file.identities[step.at]
        filled = step.created_by.replace("{mark}", f"mark_a_{identity}").replace("{secret}", secrets.get(identity, ""))
        entry: dict[str, Any] = {"created_by": filled, "comment": comment} if comment else {"created_by": filled}
        if step.files is None:
            entry["empty_layer"] = True
            words = filled.removeprefix("/bin/sh -c #(nop)").strip()
            if words.startswith("ENV "):
                config.setdefault("Env", []).append(words.removeprefix("ENV "))
            elif words.startswith("USER "):
                config["User"] = words.removeprefix("USER ")
        else:
            paths = [path.replace("{mark}", f"mark_a_{identity}") for path in step.files]
            layers.append([{"path": path, "content": path} for path in paths])
        history.append(entry)
    recipe = Recipe(layers=layers, config=config, history=history)
    archive = docker_archive(folder / "composed.tar", recipe)
    return Built(name, "composed", file, archive, _marks(recipe, file), truth.history(archive)), recipe


def _marks(recipe: Recipe, file: Dockerfile) -> list[frozenset[truth.Mark]]:
    found = []
    for data in recipe.tars():
        with tarfile.open(fileobj=io.BytesIO(data)) as layer:
            found.append(truth.of_layer(layer, {"a": file}))
    return found


def layout(recipe: Recipe, folder: Path) -> Path:
    """The image as an OCI layout of gzip-compressed layers."""
    return oci_layout(folder / "layout", recipe)


def attest(
    folder: Path, recipe: Recipe, file: Dockerfile, chains: Sequence[tuple[Span | None, Sequence[int]]], **change: Any
) -> Path:
    """The layout with a provenance statement of mode=max beside the image (BuildKit's docs/attestations/
    slsa-definitions.md, and solver/llbsolver/provenance/buildconfig.go): `chains` has, for each step, the lines of its
    instruction, and the layers of its result, the lowest first, by their places in the image.

    `change` is of the predicate's own parts: `version` 0.2 or 1, `data` of the embedded Dockerfile, `locations`,
    `layers`."""
    path = layout(recipe, folder)
    index = json.loads((path / "index.json").read_bytes())
    manifest = json.loads((path / "blobs" / index["manifests"][0]["digest"].replace(":", "/")).read_bytes())
    described = manifest["layers"]
    locations = {
        f"step{number}": {"locations": [{"ranges": [_range(span)]}]} for number, (span, _) in enumerate(chains) if span
    }
    layers = {f"step{number}:0": [[described[at] for at in chain]] for number, (_, chain) in enumerate(chains) if chain}
    source = {
        "filename": "Dockerfile",
        "language": "Dockerfile",
        "data": base64.b64encode(file.text.encode()).decode(),
    }
    metadata = {
        "source": {"locations": change.get("locations", locations), "infos": [{**source, **change.get("info", {})}]},
        "layers": change.get("layers", layers),
    }
    steps = [{"id": f"step{number}", "op": {"Op": {}}} for number in range(len(chains))]
    if change.get("version") == 1:
        predicate: dict[str, Any] = {
            "buildDefinition": {
                "buildType": "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
                "externalParameters": {"configSource": {"path": "Dockerfile"}},
                "internalParameters": {"buildConfig": {"llbDefinition": steps}},
            },
            "runDetails": {"metadata": {"buildkit_metadata": metadata}},
        }
    else:
        predicate = {
            "buildType": "https://mobyproject.org/buildkit@v1",
            "buildConfig": {"llbDefinition": steps},
            "metadata": {"https://mobyproject.org/buildkit@v1#metadata": metadata},
        }
    kind = PROVENANCE_1 if change.get("version") == 1 else PROVENANCE
    statement = {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": kind, "predicate": predicate}
    return attested(path, (kind, dumps(statement)))


def _range(span: Span) -> dict[str, Any]:
    return {"start": {"line": span.line}, "end": {"line": span.end_line}}
