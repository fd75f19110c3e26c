"""The manifests of an OCI layout: index.json, the indexes below it, and what is no image among them.

OCI image specification 1.1: image-layout.md, image-index.md, manifest.md. BuildKit's attestations: manifests of
platform unknown/unknown with the annotation vnd.docker.reference.type.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from imagelint.errors import UnreadableError
from imagelint.image.document import Document, is_digest, parse, verify
from imagelint.image.model import Image
from imagelint.image.sources.assemble import blob_name, configure, first_layers, layer_of
from imagelint.image.sources.platform import REFERENCE_TYPE, Choice, platform_of
from imagelint.image.sources.store import Store, read
from imagelint.stream import limits

INDEXES = frozenset(
    ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
)
MANIFESTS = frozenset(
    ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
)
_CONFIGS = frozenset(("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"))
_TAG = "org.opencontainers.image.ref.name"
NAME = "io.containerd.image.name"


@dataclass(slots=True)
class Node:
    """A manifest of an image."""

    digest: str
    document: Document
    platform: str
    tags: list[str]


@dataclass(slots=True)
class Graph:
    """Every image manifest that a layout leads to, in order, and what could not be read on the way."""

    nodes: dict[str, Node] = field(default_factory=dict)
    incomplete: list[tuple[str, str]] = field(default_factory=list)
    limited: list[tuple[str, str]] = field(default_factory=list)


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
    todo = deque((descriptor, 1, tags) for descriptor, tags in named.values())
    if tag and not todo:
        raise UnreadableError(f"no image of the layout has the tag {tag}")
    seen: set[str] = set()
    while todo:
        descriptor, depth, tags = todo.popleft()
        if len(seen) >= limits.MANIFESTS or depth > limits.INDEX_DEPTH:
            reason = f"more than {limits.MANIFESTS} manifests, or indexes more than {limits.INDEX_DEPTH} deep"
            graph.incomplete.append(("index.json", reason))
            break
        try:
            below = _visit(store, graph, descriptor, tags, seen, doubled)
        except UnreadableError as error:
            digest = descriptor.value.get("digest")
            graph.incomplete.append((str(digest) if is_digest(digest) else "index.json", str(error)))
            continue
        todo.extend((item, depth + 1, tags) for item in choice.among(below))
    graph.limited += [(what, "a key stands twice in it: the last one counts") for what in doubled]
    return graph


def image_of(node: Node, store: Store) -> Image:
    """The image of a manifest; UnreadableError when the manifest has values of wrong types."""
    document = node.document
    name = node.tags[0] if node.tags else node.digest
    image = Image(name, node.digest, node.platform, {}, annotations=document.annotations(), tags=node.tags)
    found = first_layers(document.parts("layers"), image)
    image.layers = [layer_of(index, descriptor, store) for index, descriptor in enumerate(found)]
    digest = document.part("config").text("digest")
    if is_digest(digest):
        configure(image, store, blob_name(digest), digest)
    else:
        image.incomplete.append(("the configuration", "the manifest gives no digest that can be checked"))
    return image


def _visit(
    store: Store, graph: Graph, descriptor: Document, tags: list[str], seen: set[str], doubled: list[str]
) -> list[Document]:
    """Read what a descriptor points to: an image is added to the graph, an index's descriptors are returned."""
    digest = descriptor.text("digest")
    if not is_digest(digest):
        raise UnreadableError("a descriptor gives no digest that can be checked")
    if digest in seen:
        return []
    seen.add(digest)
    if REFERENCE_TYPE in descriptor.annotations() and store.has(blob_name(digest)):
        return []
    data = read(store, blob_name(digest), "the manifest")
    verify(data, digest, "the manifest")
    document = Document(parse(data, "the manifest", doubled), "the manifest")
    kind = document.text("mediaType") or descriptor.text("mediaType")
    if kind in INDEXES or (not kind and "manifests" in document.value):
        return document.parts("manifests")
    if kind and kind not in MANIFESTS:
        raise UnreadableError("its media type is unknown")
    if document.part("config").text("mediaType") not in _CONFIGS:
        graph.limited.append((digest, "it is an artifact and no image"))
        return []
    graph.nodes[digest] = Node(digest, document, platform_of(descriptor), list(tags))
    return []


def _tags(descriptor: Document) -> list[str]:
    """The full name where containerd gives one, and the tag."""
    annotations = descriptor.annotations()
    return [annotations[key] for key in (NAME, _TAG) if annotations.get(key)]
