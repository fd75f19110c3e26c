"""Archives of `docker save` and `podman save`, of every layout that Docker has written.

Before 25: <id>/layer.tar, and links between equal layers; 25 to 28: blobs/ with uncompressed layers beside
manifest.json and index.json; 29, on containerd's store: the same with compressed layers, and attestations in the
index. manifest.json leads, because it names exactly the images that were saved; index.json adds their digests.
"""

from __future__ import annotations

import re

from imagelint.errors import UnreadableError
from imagelint.image.document import Document, is_digest, parse
from imagelint.image.model import Image, Layer
from imagelint.image.request import ANY, Request
from imagelint.image.sources.assemble import configure, opener
from imagelint.image.sources.graph import Node, describe, read_graph
from imagelint.image.sources.oci_layout import images_of
from imagelint.image.sources.platform import Choice
from imagelint.image.sources.store import Archive, read
from imagelint.stream import limits

_BLOB = re.compile(r"blobs/(sha256|sha512)/([0-9a-f]+)\Z")
_CONFIG = re.compile(r"([0-9a-f]{64})\.json\Z")


def images(path: str, request: Request = ANY) -> list[Image]:
    """Every image of an archive, plain or compressed. UnreadableError when it is no image archive or its manifest.json
    is wrong."""
    return saved(Archive(path), request)


def saved(archive: Archive, request: Request = ANY) -> list[Image]:
    """The same for an archive that is open."""
    if not archive.has("manifest.json"):
        if archive.has("index.json"):
            return images_of(archive, request=request)
        if archive.incomplete:
            raise UnreadableError(f"{archive.incomplete}; what was read has neither manifest.json nor index.json")
        raise UnreadableError("it holds neither manifest.json nor index.json, so it is not an image archive")
    doubled: list[str] = []
    items = parse(read(archive, "manifest.json", "manifest.json"), "manifest.json", doubled)
    if not isinstance(items, list):
        raise UnreadableError("manifest.json is not a list of images")
    nodes, limited = _nodes(archive)
    found = [_image(archive, Document(item, "manifest.json"), nodes) for item in items[: limits.MANIFESTS]]
    if not found:
        raise UnreadableError("manifest.json lists no image")
    found = Choice(request.platform).pick(found)
    if len(items) > limits.MANIFESTS:
        reason = f"{len(items)} images: only the first {limits.MANIFESTS} were read"
        found[0].incomplete.append(("manifest.json", reason))
    if archive.incomplete:
        found[0].incomplete.append(("the archive", archive.incomplete))
    if doubled:
        found[0].limited.append(("manifest.json", "a key stands twice in it: the last one counts"))
    found[0].limited += limited
    return found


def _nodes(archive: Archive) -> tuple[dict[str, Node], list[tuple[str, str]]]:
    """The manifests of index.json by their configuration's digest; it only adds to manifest.json, so a wrong one ends
    nothing."""
    if not archive.has("index.json"):
        return {}, []
    try:
        graph = read_graph(archive)
        return {node.document.part("config").text("digest"): node for node in graph.nodes.values()}, []
    except UnreadableError as error:
        return {}, [("index.json", str(error))]


def _image(archive: Archive, item: Document, nodes: dict[str, Node]) -> Image:
    name, paths, tags = item.text("Config"), item.texts("Layers"), item.texts("RepoTags")
    digest = _digest(name)
    node = nodes.get(digest)
    image = Image(
        tags[0] if tags else digest or name, node.digest if node else digest, "", {}, tags=tags, source="docker-archive"
    )
    image.config_digest = digest
    if node is not None:
        describe(image, node)
    image.described.append(("manifest.json", item.value))
    if len(paths) > limits.LAYERS:
        image.incomplete.append(("layers", f"{len(paths)} layers: only the first {limits.LAYERS} were read"))
    image.layers = [
        Layer(index, _digest(path), "", archive.size_of(path), "", opener(archive, path), same=archive.place_of(path))
        for index, path in enumerate(paths[: limits.LAYERS])
    ]
    if node is not None:
        described = node.document.parts("layers")
        if [part.text("digest") for part in described] == [layer.digest for layer in image.layers]:
            for layer, part in zip(image.layers, described, strict=True):
                layer.media_type = part.text("mediaType")
    configure(image, archive, name, digest)
    return image


def _digest(path: str) -> str:
    """The digest that a member's name promises: blobs/sha256/HEX, or HEX.json for the configuration of the old layout;
    else empty."""
    if match := _BLOB.match(path):
        digest = f"{match[1]}:{match[2]}"
    elif match := _CONFIG.match(path):
        digest = f"sha256:{match[1]}"
    else:
        return ""
    return digest if is_digest(digest) else ""
