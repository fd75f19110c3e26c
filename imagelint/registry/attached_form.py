"""What an attached report looks like in a registry: an artifact that refers to its image.

OCI image specification 1.1, manifest.md ("Guidelines for Artifact Usage": an empty configuration, `artifactType`,
`subject`); OCI distribution specification 1.1 ("Listing Referrers", "Referrers Tag Schema").
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from imagelint.image.document import Document

SARIF = "application/sarif+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CREATED = "org.opencontainers.image.created"
VERSION = "io.imagelint.version"
"""Ours alone have it: which imagelint made the report."""
RULES = "io.imagelint.rules"
"""What the image was judged by: a digest of rules and options."""
MOST_BYTES = 24 << 20
"""Of a report that is attached, or read again: some ten thousand findings, which take 250 MiB when they are read."""
EMPTY = b"{}"
"""The configuration of what has none."""


def digest_of(data: bytes) -> str:
    """sha256, as registries name what they keep."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def manifest(subject: dict[str, Any], sarif: bytes, annotations: dict[str, str]) -> bytes:
    """The artifact's manifest; `subject` is the descriptor of the image's."""
    empty = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest_of(EMPTY), "size": len(EMPTY)}
    named = {"org.opencontainers.image.title": "imagelint.sarif"}
    layer = {"mediaType": SARIF, "digest": digest_of(sarif), "size": len(sarif), "annotations": named}
    whole: dict[str, Any] = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": SARIF}
    whole |= {"config": {**empty, "data": "e30="}, "layers": [layer]}
    return json.dumps({**whole, "subject": subject, "annotations": annotations}).encode()


def descriptor(data: bytes) -> dict[str, Any]:
    """Of such a manifest, as a list of referrers has it."""
    told = {"mediaType": MANIFEST, "digest": digest_of(data), "size": len(data), "artifactType": SARIF}
    return {**told, "annotations": json.loads(data)["annotations"]}


def is_sarif(found: Document) -> bool:
    """Whether a descriptor or a manifest says of itself that it is SARIF."""
    kind = found.value.get("artifactType")
    if kind in (None, ""):  # as of clients that are older than artifactType
        config = found.value.get("config")
        kind = config.get("mediaType") if isinstance(config, dict) else None
    return kind == SARIF


def is_ours(found: Document) -> bool:
    """Whether it says that imagelint made it. Anybody who may push can say so."""
    told = found.value.get("annotations")
    return is_sarif(found) and isinstance(told, dict) and isinstance(told.get(VERSION), str)
