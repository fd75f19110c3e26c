"""The manifests of an OCI layout: index.json, the indexes below it, and what is no image among them.

OCI image specification 1.1: image-layout.md, image-index.md, manifest.md. BuildKit's attestations: manifests of
platform unknown/unknown with the annotation vnd.docker.reference.type.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from imagelint.errors import UnreadableError
from imagelint.image.document import Document, is_digest, parse, verify
from imagelint.image.model import Attestation, Image
from imagelint.image.sources.assemble import blob_name, configure, first_layers, is_layer, layer_of, opener
from imagelint.image.sources.platform import REFERENCE_DIGEST, REFERENCE_TYPE, Choice, platform_of
from imagelint.image.sources.store import Store, read
from imagelint.stream import limits

INDEXES = frozenset(
    ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
)
MANIFESTS = frozenset(
    ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
)
ACCEPT = sorted(INDEXES | MANIFESTS)
"""What a registry is asked for."""
_CONFIGS = frozenset(("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"))
_STATEMENT, _PREDICATE = "application/vnd.in-toto", "in-toto.io/predicate-type"
"""in-toto attestation framework, "Bundle"; BuildKit's docs/attestations/attestation-storage.md."""
_TAG = "org.opencontainers.image.ref.name"
NAME = "io.containerd.image.name"


@dataclass(slots=True)
class Node:
    """A manifest of an image."""

    digest: str
    document: Document
    platform: str
    tags: list[str]
    described: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """What leads to it, from the top: see Image.described."""
    attestations: list[Attestation] = field(default_factory=list)


@dataclass(slots=True)
class Graph:
    """Every image manifest that a layout leads to, in order, and what could not be read on the way."""

    nodes: dict[str, Node] = field(default_factory=dict)
    incomplete: list[tuple[str, str]] = field(default_factory=list)
    limited: list[tuple[str, str]] = field(default_factory=list)
    attestations: dict[str, list[Attestation]] = field(default_factory=dict)
    """By the digest of the manifest that they are about."""


@dataclass(slots=True)
class _Step:
    """A descriptor on the way, and what was said on the way to it."""

    descriptor: Document
    depth: int
    tags: list[str]
    described: list[tuple[str, dict[str, Any]]]


def read_graph(store: Store, tag: str = "", choice: Choice | None = None) -> Graph:
    """Follow index.json; with a tag, only what has it, and only to the platforms that are chosen. UnreadableError when
    index.json itself is missing or wrong."""
    graph, choice = Graph(), choice or Choice()
    doubled: list[str] = []
    root = Document(parse(read(store, "index.json", "index.json"), "index.json", doubled), "index.json")
    named: dict[object, tuple[Document, list[str]]] = {}
    for number, descriptor in enumerate(choice.among(root.parts("manifests"))):
        tags = _tags(descriptor)
        if not tag or tag in tags:
            digest = descriptor.value.get("digest")
            known = named.setdefault(digest if is_digest(digest) else number, (descriptor, []))[1]
            known += [name for name in tags if name not in known]
    top = [("index", _beside(root, "manifests"))]
    todo = deque(_Step(descriptor, 1, tags, top) for descriptor, tags in named.values())
    if tag and not todo:
        raise UnreadableError(f"no image of the layout has the tag {tag}")
    seen: set[str] = set()
    while todo:
        step = todo.popleft()
        if len(seen) >= limits.MANIFESTS or step.depth > limits.INDEX_DEPTH:
            reason = f"more than {limits.MANIFESTS} manifests, or indexes more than {limits.INDEX_DEPTH} deep"
            graph.incomplete.append(("index.json", reason))
            break
        try:
            todo.extend(_visit(store, graph, step, choice, seen, doubled))
        except UnreadableError as error:
            digest = step.descriptor.value.get("digest")
            graph.incomplete.append((str(digest) if is_digest(digest) else "index.json", str(error)))
    _hand_out(graph, seen)
    graph.limited += [(what, "a key stands twice in it: the last one counts") for what in doubled]
    return graph


def image_of(node: Node, store: Store) -> Image:
    """The image of a manifest; UnreadableError when the manifest has values of wrong types."""
    document = node.document
    name = node.tags[0] if node.tags else node.digest
    image = Image(name, node.digest, node.platform, {}, tags=node.tags)
    describe(image, node)
    found = first_layers(document.parts("layers"), image)
    image.layers = [layer_of(index, descriptor, store) for index, descriptor in enumerate(found)]
    digest = document.part("config").text("digest")
    if is_digest(digest):
        image.config_digest = digest
        configure(image, store, blob_name(digest), digest)
    else:
        image.incomplete.append(("the configuration", "the manifest gives no digest that can be checked"))
    return image


def describe(image: Image, node: Node) -> None:
    """What a manifest, and what leads to it, says of an image."""
    image.annotations = node.document.annotations()
    image.described = [*node.described, ("manifest", _beside(node.document, "annotations"))]
    image.attestations = node.attestations


def manifest_of(descriptor: Document, store: Store, doubled: list[str] | None = None) -> Document:
    """The manifest or index that a descriptor points to, verified."""
    digest = descriptor.text("digest")
    if not is_digest(digest):
        raise UnreadableError("a descriptor gives no digest that can be checked")
    data = read(store, blob_name(digest), "the manifest")
    verify(data, digest, "the manifest")
    return Document(parse(data, "the manifest", doubled), "the manifest")


def attestations_of(document: Document, store: Store) -> list[Attestation]:
    """The documents in the layers of an attestation's manifest."""
    found = []
    for part in document.parts("layers")[: limits.LAYERS]:
        digest = part.text("digest")
        if not is_digest(digest):
            raise UnreadableError("the manifest of an attestation gives no digest that can be checked")
        kind = part.annotations().get(_PREDICATE) or part.text("mediaType")
        found.append(Attestation(digest, part.number("size"), kind, opener(store, blob_name(digest))))
    return found


def _visit(store: Store, graph: Graph, step: _Step, choice: Choice, seen: set[str], doubled: list[str]) -> list[_Step]:
    """Read what a descriptor points to: an image is added to the graph, an index's descriptors are returned."""
    descriptor = step.descriptor
    digest = descriptor.text("digest")
    if digest in seen:
        return []
    seen.add(digest)
    document = manifest_of(descriptor, store, doubled)
    described = [*step.described, ("descriptor", descriptor.value)]
    kind = document.text("mediaType") or descriptor.text("mediaType")
    if kind in INDEXES or (not kind and "manifests" in document.value):
        described.append(("index", _beside(document, "manifests")))
        below = choice.among(document.parts("manifests"))
        return [_Step(item, step.depth + 1, step.tags, described) for item in below]
    if kind and kind not in MANIFESTS:
        raise UnreadableError("its media type is unknown")
    if about := _about(descriptor, document):
        graph.attestations.setdefault(about, []).extend(attestations_of(document, store))
    elif document.part("config").text("mediaType") not in _CONFIGS:
        graph.limited.append((digest, "it is an artifact and no image"))
    else:
        platform = platform_of(descriptor)
        graph.nodes[digest] = Node(digest, document, platform, list(step.tags), described)
    return []


def _about(descriptor: Document, document: Document) -> str:
    """The digest of the manifest that an attestation is about; empty for what is none. What has a layer of an image is
    an image, whatever it is called: a container would be made of it."""
    types = [part.text("mediaType") for part in document.parts("layers")]
    if any(map(is_layer, types)):
        return ""
    annotations, subject = descriptor.annotations(), document.part("subject").text("digest")
    if REFERENCE_TYPE in annotations or subject or any(kind.startswith(_STATEMENT) for kind in types):
        return annotations.get(REFERENCE_DIGEST) or subject or "nothing"
    return ""


def _hand_out(graph: Graph, seen: set[str]) -> None:
    """Attestations to their images, and those of nothing that there is to the first one."""
    for about, found in graph.attestations.items():
        node = graph.nodes.get(about)
        if node is None and about not in seen:
            node = next(iter(graph.nodes.values()), None)
        if node is not None:
            node.attestations += found


def _beside(document: Document, key: str) -> dict[str, Any]:
    """What a document says besides this key."""
    return {name: value for name, value in document.value.items() if name != key}


def _tags(descriptor: Document) -> list[str]:
    """The full name where containerd gives one, and the tag."""
    annotations = descriptor.annotations()
    return [annotations[key] for key in (NAME, _TAG) if annotations.get(key)]
