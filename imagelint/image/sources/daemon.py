"""Images of a Docker daemon, or of Podman's service, as `docker save` gives them.

A save is one tar stream whose manifest.json comes last in every layout, and before version 25 nothing ahead of it tells
a layer from another file; layers are read two at a time, and `extract` reads one of them again. So the stream goes to
one temporary file without a name (limits.ARCHIVE_BYTES), which is then read as any archive: one way to read an image,
whatever it comes from. On a disk of 1 GB/s that costs less than the scan itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate

from imagelint.errors import UnreadableError
from imagelint.image.model import Image
from imagelint.image.origin import Known
from imagelint.image.progress import Progress
from imagelint.image.request import ANY, Request
from imagelint.image.shared import Shared
from imagelint.image.sources.answers import items
from imagelint.image.sources.daemon_address import address
from imagelint.image.sources.daemon_client import Daemon
from imagelint.image.sources.docker_archive import saved
from imagelint.image.sources.layer_sizes import layer_sizes
from imagelint.record import record
from imagelint.stream import limits

_NONE = "<none>"
"""Ahead of the colon: an image without a tag."""


@record
class Local:
    """An image that a daemon has."""

    name: str
    """A tag, or its id."""
    tagged: bool
    """It has a tag."""
    platform: str
    size: int
    """In bytes, unpacked; what it shares with others counts."""
    layers: tuple[str, ...]
    """Diff_ids."""
    sizes: tuple[int, ...] = ()
    """Of the layers, in bytes, unpacked; empty where that is not known."""


def images(
    kind: str, reference: str, request: Request = ANY, progress: Progress | None = None
) -> Iterator[Image | tuple[str, str]]:
    """The image of a name or an id; with an empty reference all images, narrowed by the request's filters. A tuple is
    (image, reason) for one of several that was not read.

    UnreadableError, or AbsentError, says why there is none at all, in one line.
    """
    daemon = Daemon(address(kind))
    if reference:
        yield from _named(daemon, reference, request, progress)
    else:
        yield from _all(daemon, request, progress)


def _named(daemon: Daemon, reference: str, request: Request, progress: Progress | None) -> Iterator[Image]:
    known = local(reference, True, daemon.inspect(reference))
    wanted = _wanted(request)
    if wanted and not _same(wanted, known.platform) and not daemon.chooses_platforms:
        raise UnreadableError(f"there is no image for {wanted}; {daemon.where.name} has it for {known.platform}")
    for image in saved(daemon.save([reference], wanted, progress), request):
        image.source, image.name = daemon.where.kind, image.tags[0] if image.tags else reference
        yield image


def _all(daemon: Daemon, request: Request, progress: Progress | None) -> Iterator[Image | tuple[str, str]]:
    found: list[Local] = []
    for item in daemon.list(request.filters):
        tags = [tag for tag in item.get("RepoTags") or () if isinstance(tag, str) and not tag.startswith(_NONE)]
        name = tags[0] if tags else str(item.get("Id", ""))
        try:
            image = local(name, bool(tags), daemon.inspect(name))
            with suppress(UnreadableError):  # what it weighs is of no use but for batches
                image.sizes = tuple(layer_sizes(items(daemon.history(name)), len(image.layers)))
            found.append(image)
        except UnreadableError as error:
            yield name, str(error)
    wanted = _wanted(request)
    found = [image for image in found if not wanted or _same(wanted, image.platform)]
    if not found:
        narrowed = "that is asked for" if request.filters or wanted else "at all"
        raise UnreadableError(f"{daemon.where.name} has no image {narrowed}")
    yield from together(daemon, found, request, progress)


def together(
    daemon: Daemon, found: list[Local], request: Request = ANY, progress: Progress | None = None
) -> Iterator[Image | tuple[str, str]]:
    """Images of one daemon, which read the layers that they have in common once. A tuple is (image, reason) for one
    that was not read."""
    # Images on one base are neighbours, so that its layers are sent and held for as short as may be.
    found = sorted(found, key=lambda image: (image.layers, image.name))
    shared = Shared(diff_id for image in found for diff_id in image.layers)
    shared.known = [Known((image.name,), image.layers) for image in found if image.tagged]
    while found:
        batch, sent = [found.pop(0)], _Sent()
        sent.add(batch[0])
        while found and sent.bytes + sent.more(found[0]) <= limits.SAVE_BYTES:
            sent.add(found[0])
            batch.append(found.pop(0))
        yield from _batch(daemon, batch, request, shared, progress)


def _batch(
    daemon: Daemon, batch: Sequence[Local], request: Request, shared: Shared, progress: Progress | None
) -> Iterator[Image | tuple[str, str]]:
    """Images that are saved together, so that the daemon sends what they share once."""
    try:
        there = saved(daemon.save([image.name for image in batch], _wanted(request), progress), request)
    except UnreadableError as error:
        if len(batch) == 1:
            yield batch[0].name, str(error)
            return
        for one in batch:  # one of them may have been removed meanwhile
            yield from _batch(daemon, [one], request, shared, progress)
        return
    left = {one.name: one for one in batch}
    alone = len(there) == 1
    found: list[Image] = []
    for image in there:
        # Who asks for one image gets that one, or its platforms.
        only = batch[0].name if len(batch) == 1 and (alone or not image.tags) else ""
        name = _which(image, left) or only
        if not name:
            continue  # it is asked for by itself, or was not asked for
        image.name = name
        image.source, image.target, image.shared = daemon.where.kind, f"{daemon.where.kind}:{image.name}", shared
        for layer in image.layers:
            layer.same = layer.diff_id  # of one daemon, which keeps a layer once
        left.pop(name, None)
        found.append(image)
    there.clear()
    shared.coming(found)
    while found:
        yield found.pop(0)
    shared.coming(())  # and with their layers goes the temporary file
    for name, one in sorted(left.items()):
        if len(batch) > 1:
            yield from _batch(daemon, [one], request, shared, progress)
        else:
            yield name, f"{daemon.where.name} did not send it"


def _which(image: Image, asked: Collection[str]) -> str:
    """Under which of these names an image of an archive was asked for: a tag, or its id, which is the digest of its
    configuration or, on containerd's store, of its manifest. Empty where none is told."""
    return next((name for name in (*image.tags, image.config_digest, image.digest) if name in asked), "")


class _Sent:
    """What a daemon sends of images that are saved together: each layer once, as often as it lies on the same ones."""

    def __init__(self) -> None:
        self.bytes = 0
        self._layers: set[int] = set()

    def more(self, image: Local) -> int:
        """How much one more image adds."""
        if len(image.sizes) != len(image.layers):
            return image.size
        there = zip(_chain(image.layers), image.sizes, strict=True)
        return sum(size for layer, size in there if layer not in self._layers)

    def add(self, image: Local) -> None:
        """It is sent, too."""
        self.bytes += self.more(image)
        self._layers.update(_chain(image.layers))


def _chain(layers: Sequence[str]) -> Iterator[int]:
    """Numbers for the layers that are equal where all below are (hash(), so in this process alone)."""
    return accumulate(map(hash, layers), lambda below, layer: hash((below, layer)))


def local(name: str, tagged: bool, inspected: dict[str, object]) -> Local:
    """What is known of an image, of whatever types the daemon's answer is."""
    parts = [inspected.get(key) for key in ("Os", "Architecture", "Variant")]
    root, size = inspected.get("RootFS"), inspected.get("Size")
    layers = root.get("Layers") if isinstance(root, dict) else None
    return Local(
        name,
        tagged,
        "/".join(part for part in parts if isinstance(part, str) and part),
        size if isinstance(size, int) else 0,
        tuple(filter(None, map(str, layers))) if isinstance(layers, list) else (),
    )


def _wanted(request: Request) -> str:
    return "" if request.platform == "all" else request.platform


def _same(wanted: str, there: str) -> bool:
    """Whether system and architecture are; of variants the archive's configuration knows more."""
    return wanted.split("/")[:2] == there.split("/")[:2]
