"""What BuildKit puts beside an image, around a layout that has none: an index with the image's manifest and one whose
layers are in-toto statements (BuildKit's docs/attestations/attestation-storage.md, slsa-provenance.md)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.imagemaker import OCI, OCI_REF, blob, dumps, write

PROVENANCE = "https://slsa.dev/provenance/v0.2"
SPDX = "https://spdx.dev/Document"
STATEMENT = "application/vnd.in-toto+json"


def provenance(
    arguments: Mapping[str, str] | None = None,
    dockerfile: str = "",
    env: list[str] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> dict[str, Any]:
    """A statement of mode=max: build arguments, the Dockerfile, and the steps with their environment and files."""
    steps: list[dict[str, Any]] = [
        {"id": "step0", "op": {"Op": {"exec": {"meta": {"args": ["/bin/sh", "-c", "make"], "env": env or []}}}}}
    ]
    for path, content in (files or {}).items():
        made = {"mkfile": {"path": path, "data": base64.b64encode(content).decode()}}
        steps.append({"id": "step1", "op": {"Op": {"file": {"actions": [{"Action": made}]}}}})
    source = {
        "filename": "Dockerfile",
        "data": base64.b64encode(dockerfile.encode()).decode(),
        "language": "Dockerfile",
    }
    return {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": PROVENANCE,
        "subject": [{"name": "pkg:docker/app@1", "digest": {"sha256": "0" * 64}}],
        "predicate": {
            "buildType": "https://mobyproject.org/buildkit@v1",
            "invocation": {
                "parameters": {
                    "frontend": "dockerfile.v0",
                    "args": {f"build-arg:{name}": value for name, value in (arguments or {}).items()},
                }
            },
            "buildConfig": {"llbDefinition": steps},
            "metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"source": {"infos": [source]}}},
        },
    }


def attested(layout: Path, *statements: tuple[str, bytes], missing: bool = False, **change: Any) -> Path:
    """Put statements (predicate type, bytes) beside the layout's only image; `change` is of their descriptor."""
    files: dict[str, bytes | str] = {}
    top = json.loads((layout / "index.json").read_bytes())
    image = top["manifests"][0]
    tag = image.pop("annotations", {}).get(OCI_REF, "image")
    layers = []
    for predicate, data in statements:
        kept: dict[str, bytes | str] = {}
        layers.append({**blob(kept, data, STATEMENT), "annotations": {"in-toto.io/predicate-type": predicate}})
        files |= {} if missing else kept
    config = blob(files, dumps({"architecture": "unknown", "os": "unknown", "config": {}}), OCI + "config.v1+json")
    document = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": config, "layers": layers}
    beside = {
        **blob(files, dumps(document), OCI + "manifest.v1+json"),
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": image["digest"],
        },
        **change,
    }
    index = {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": [image, beside]}
    described = {**blob(files, dumps(index), OCI + "index.v1+json"), "annotations": {OCI_REF: tag}}
    files["index.json"] = dumps({"schemaVersion": 2, "manifests": [described]})
    return write(layout, files)
