"""What lies in a registry beside images: charts, signatures, attestations, modules, reports."""

from __future__ import annotations

import re

from imagelint.image.document import Document
from imagelint.image.sources.assemble import is_layer
from imagelint.image.sources.graph import INDEXES

IMAGE = "image"
SCHEMA_1 = "schema 1 manifest"
OTHER = "other artifact"
_TAG = re.compile(r"sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})(?:\.([a-z]{1,10}))?\Z")
"""cosign's tags, and the tag of the referrers' list where a registry does not know the question (OCI distribution
specification 1.1, "Referrers Tag Schema")."""
_OF_TAG = {"sig": "signature", "att": "attestation", "sbom": "SBOM", None: "list of referrers"}
_IMAGE_CONFIGS = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
_SCHEMA_1 = re.compile(r"application/vnd\.docker\.distribution\.manifest\.v1\+")
_TYPES = (
    ("helm", "Helm chart"),
    ("simplesigning", "signature"),
    ("notary.signature", "signature"),
    ("dsse.envelope", "attestation"),
    ("in-toto", "attestation"),
    ("sigstore.bundle", "attestation"),
    ("wasm", "WebAssembly module"),
    ("sarif", "SARIF report"),
    ("spdx", "SBOM"),
    ("cyclonedx", "SBOM"),
    ("syft", "SBOM"),
    ("docker.plugin", "Docker plugin"),
)
"""Words in media types, and what has them; the first that is found counts."""


def of_tag(tag: str) -> str:
    """What a tag alone tells; empty where it may be anything."""
    match = _TAG.match(tag)
    return _OF_TAG.get(match[1], OTHER) if match else ""


def of_type(media_type: str) -> str:
    """The same of the media type of a manifest."""
    return SCHEMA_1 if _SCHEMA_1.match(media_type) else ""


def of_manifest(document: Document, media_type: str) -> str:
    """IMAGE, SCHEMA_1, or what else a manifest is of (OCI image specification 1.1, manifest.md, "Guidelines for
    Artifact Usage"). What has a layer of an image is an image, whatever it is called: a container would be made of it.
    """
    kind = document.text("mediaType") or media_type
    if kind in INDEXES or "manifests" in document.value:
        return IMAGE
    if document.value.get("schemaVersion") == 1 or "fsLayers" in document.value:
        return SCHEMA_1
    layers = [part.text("mediaType") for part in document.parts("layers")]
    config = document.part("config").text("mediaType")
    if any(map(is_layer, layers)) or (not layers and config in _IMAGE_CONFIGS):
        return IMAGE
    types = [document.text("artifactType"), config, *layers]
    return next((name for word, name in _TYPES for text in types if word in text), OTHER)


def counted(kind: str, number: int) -> str:
    """3 Helm charts."""
    if number > 1:
        kind = kind.replace("list of", "lists of") if kind.startswith("list of") else f"{kind}s"
    return f"{number} {kind}"
