"""OCI image layouts: a folder, or the same in a tar (OCI image specification 1.1, image-layout.md)."""

from __future__ import annotations

import os

from imagelint.errors import UnreadableError
from imagelint.image.model import Image
from imagelint.image.request import ANY, Request
from imagelint.image.sources.graph import image_of, read_graph
from imagelint.image.sources.platform import Choice
from imagelint.image.sources.store import Archive, Folder, Store


def images(path: str, tag: str = "", request: Request = ANY) -> list[Image]:
    """Every image of a layout, one for each platform, or of the platform that is asked for; with a tag
    (org.opencontainers.image.ref.name), only those that have it.

    Attestations are left aside. UnreadableError when there is no image at all; what is missing beside one is in its
    `incomplete`.
    """
    return images_of(Folder(path) if os.path.isdir(path) else Archive(path), tag, request)


def images_of(
    store: Store, tag: str = "", request: Request = ANY, *, preferred: str = "", what: str = "the layout"
) -> list[Image]:
    """The same for a store that is open; `preferred` is the platform to take of several when none is asked for."""
    choice = Choice(request.platform, preferred)
    graph = read_graph(store, tag, choice)
    found: list[Image] = []
    for node in graph.nodes.values():
        try:
            found.append(image_of(node, store))
        except UnreadableError as error:
            graph.incomplete.append((node.digest, str(error)))
    found = choice.pick(found)
    if not found:
        reasons = "; ".join(f"{place}: {reason}" for place, reason in graph.incomplete[:3])
        raise UnreadableError(f"{what} holds no image that can be read" + (f" ({reasons})" if reasons else ""))
    for image in found:
        image.source = "oci-archive" if isinstance(store, Archive) else "oci"
    found[0].incomplete += graph.incomplete
    found[0].limited += graph.limited
    if isinstance(store, Archive) and store.incomplete:
        found[0].incomplete.append(("the archive", store.incomplete))
    return found
