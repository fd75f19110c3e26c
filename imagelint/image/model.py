"""An image as every source yields it (OCI image specification 1.1: config.md, manifest.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from imagelint.image.shared import Shared


@dataclass(slots=True)
class History:
    """One entry of the configuration's history."""

    created_by: str
    comment: str
    empty: bool
    """It made no layer."""
    more: dict[str, Any] = field(default_factory=dict)
    """Everything else that the entry says, its author among it."""


@dataclass(slots=True)
class Layer:
    """One file system change set, not yet read."""

    index: int
    """From 0, the lowest first."""
    digest: str
    """Of the blob as stored, sha256:...; empty when the source does not tell it (old docker save)."""
    diff_id: str
    """Of the uncompressed tar; empty when the configuration does not list it."""
    size: int
    """Of the blob in bytes, -1 when not known."""
    media_type: str
    open: Callable[[], BinaryIO]
    """A new stream of the blob's bytes; each call is independent, so that threads and `extract` can read."""
    history: int = -1
    """Index into Image.history; -1 when the two do not line up."""
    same: str = ""
    """Equal for layers whose bytes lie in one place, so that images of one target read them once; empty when that is
    not known. What the bytes must be (digest, diff_id, size) is compared all the same."""
    repository: str = ""
    """HOST[:PORT]/NAME in a registry from which any machine can open it by its digest (registry_blob.py); empty where
    only this process can, or nobody."""


@dataclass(slots=True)
class Attestation:
    """A document about an image that lies beside it, not yet read: an in-toto statement (provenance, SBOM), a
    signature."""

    digest: str
    size: int
    """Of the blob in bytes, -1 when not known."""
    kind: str
    """The predicate's type, or the media type: what a report calls it."""
    open: Callable[[], BinaryIO]
    """A new stream of the blob's bytes."""


@dataclass(slots=True)
class Image:
    """One platform's configuration, history and layers."""

    name: str
    """A tag or what the user typed."""
    digest: str
    """Of the manifest, or of the configuration where there is no manifest."""
    platform: str
    """os/architecture[/variant]"""
    config: dict[str, Any]
    """The configuration document's `config` part, values not checked."""
    history: list[History] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    annotations: dict[str, str] = field(default_factory=dict)
    """Of the manifest."""
    incomplete: list[tuple[str, str]] = field(default_factory=list)
    """(place, reason) of what the source could not read; text of ours and digests only."""
    limited: list[tuple[str, str]] = field(default_factory=list)
    config_digest: str = ""
    """Of the configuration: an image's id in most engines; empty where its archive does not tell it."""
    tags: list[str] = field(default_factory=list)
    """Every name that the source has for it."""
    target: str = ""
    """What names this image alone, when the user's words name several (all images of a daemon); else empty."""
    shared: Shared | None = None
    """What the images of one target have in common; None for an image that is alone."""
    source: str = ""
    """docker, podman, registry, docker-archive, oci or oci-archive: where the bytes come from."""
    public: bool | None = None
    """Whether it could be pulled without credentials; None where nobody was asked."""
    document: dict[str, Any] = field(default_factory=dict)
    """The configuration document without `config`, `history` and `rootfs`: author, and whatever a builder adds."""
    described: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(what a report calls it, document) of what leads to the configuration and the layers: index, descriptor,
    manifest; without the manifest's own annotations."""
    attestations: list[Attestation] = field(default_factory=list)
