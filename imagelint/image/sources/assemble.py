"""From documents to an Image: what every source of manifests and configurations has in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import BinaryIO

from imagelint.errors import UnreadableError
from imagelint.image.document import Document, is_digest, parse, verify
from imagelint.image.history import match, read_history
from imagelint.image.model import Image, Layer
from imagelint.image.sources.store import Store, read
from imagelint.stream import limits

_LAYER = re.compile(
    r"application/vnd\.(?:oci\.image\.layer(?:\.nondistributable)?\.v1\.tar(?:\+gzip|\+zstd)?"
    r"|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.gzip|\.zstd)?)\Z"
)
"""OCI image specification 1.1, media-types.md; Docker's image manifest version 2, schema 2."""
_READ = frozenset(("config", "history"))
"""Parts of the configuration that have a place of their own in an Image."""
_FOREIGN = ("nondistributable", "foreign")


def blob_name(digest: str) -> str:
    """Where a blob lies in a layout. The digest must have passed is_digest."""
    return "blobs/" + digest.replace(":", "/")


def layer_of(index: int, descriptor: Document, store: Store) -> Layer:
    """A layer that a manifest describes. What cannot be read says so when it is opened, so that the others are still
    scanned."""
    digest, media_type = descriptor.text("digest"), descriptor.text("mediaType")
    problem = ""
    if not is_digest(digest):
        digest, problem = "", "the manifest gives no digest that can be checked"
    elif media_type.endswith("+encrypted"):
        problem = "it is encrypted"
    elif not _LAYER.match(media_type):
        problem = "its media type is unknown"
    elif any(word in media_type for word in _FOREIGN) and not store.has(blob_name(digest)):
        problem = "it is a foreign layer, whose bytes lie elsewhere"
    open_ = refuse(problem) if problem else opener(store, blob_name(digest))
    size, repository = descriptor.number("size"), "" if problem else store.repository
    return Layer(index, digest, "", size, media_type, open_, same=digest, repository=repository)


def is_layer(media_type: str) -> bool:
    """Whether a layer of this type is put into a container's filesystem."""
    return _LAYER.match(media_type.removesuffix("+encrypted")) is not None


def opener(store: Store, name: str) -> Callable[[], BinaryIO]:
    """Opens a file of the store."""
    return lambda: store.open(name)


def refuse(reason: str) -> Callable[[], BinaryIO]:
    """Opens nothing, and says why."""

    def open_() -> BinaryIO:
        raise UnreadableError(reason)

    return open_


def first_layers(found: list[Document], image: Image) -> list[Document]:
    """No more layers than are read of one image."""
    if len(found) > limits.LAYERS:
        image.incomplete.append(("layers", f"{len(found)} layers: only the first {limits.LAYERS} were read"))
    return found[: limits.LAYERS]


def configure(image: Image, store: Store, name: str, digest: str) -> None:
    """Fill in what the configuration says. When it cannot be read, the image has none, and its layers are still there.

    `digest` is the one that it must have, or empty.
    """
    what = "the configuration"
    doubled: list[str] = []
    try:
        data = read(store, name, what)
        if digest:
            verify(data, digest, what)
        document = Document(parse(data, what, doubled), what)
        parts = [document.text(key) for key in ("os", "architecture", "variant")]
        config, history = document.part("config").value, read_history(document.value.get("history"))
        diff_ids = document.part("rootfs").texts("diff_ids")
    except UnreadableError as error:
        image.incomplete.append((what, str(error)))
        return
    image.config, image.history = config, history
    image.document = {key: value for key, value in document.value.items() if key not in _READ}
    if any(parts):
        image.platform = "/".join(part for part in parts if part)
    if len(diff_ids) == len(image.layers):
        for layer, diff_id in zip(image.layers, diff_ids, strict=True):
            layer.diff_id = diff_id if is_digest(diff_id) else ""
    else:
        reason = f"{len(diff_ids)} diff_ids and {len(image.layers)} layers: the uncompressed bytes were not compared"
        image.limited.append((what, reason))
    if not_matched := match(history, image.layers):
        image.limited.append((what, not_matched))
    if doubled:
        image.limited.append((what, "a key stands twice in it: the last one counts"))
