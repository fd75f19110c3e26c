"""From what the user typed to what is read: Dockerfiles and images."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from itertools import chain
from typing import TYPE_CHECKING

from imagelint.errors import UnreadableError
from imagelint.image.request import ANY, Request
from imagelint.lazy import Lazy
from imagelint.paths import lies_below, relative
from imagelint.record import record
from imagelint.stream.magic import START, is_archive

if TYPE_CHECKING:
    from typing import BinaryIO

    from imagelint.image.model import Image
    from imagelint.image.progress import Progress
    from imagelint.tracked import Tracked

DOCKERFILE = re.compile(r"^(?:dockerfile|containerfile)(?:[._-][^/]*)?$|\.(?:dockerfile|containerfile)$", re.IGNORECASE)
NOT_DOCKERFILE = Lazy(
    r"\.(?:dockerignore|md|rst|txt|html?|py|go|js|ts|rs|rb|java|c|h|sh|p[lm]|sw[a-p]|orig|rej|bak|ya?ml|json|so|pyd|dll|dylib)$|~$",
    re.IGNORECASE,
)
"""Dockerfile.dockerignore, dockerfile.py and dockerfile.abi3.so are named like a Dockerfile and are none."""
MAX_DOCKERFILE = 4 << 20
"""Bytes. The largest of 1,296 Dockerfiles from the field has 60 KB; what is larger is no Dockerfile."""
DAEMONS = ("docker", "podman")
PREFIXES = (*DAEMONS, "registry", "docker-archive", "oci", "oci-archive")
MISSING = "there is no such file or folder"
SAVE = "docker save -o FILE IMAGE"


@record
class Source:
    """A Dockerfile's path and bytes."""

    path: str
    data: bytes


@record
class Hole:
    """Something that a target names and that was not read: where, and why."""

    place: str
    reason: str
    limited: bool = False
    """It was left aside on purpose, and the rest of the target does not hang on it."""


def expand(
    target: str,
    request: Request = ANY,
    exclude: Sequence[str] = (),
    stdin_name: str = "Dockerfile",
    progress: Progress | None = None,
    tracked: Tracked | None = None,
    force_exclude: bool = False,
) -> Iterator[Source | Image | Hole]:
    """All that a target names, one by one, so that a hole never keeps the rest from being read. `progress` is told of
    what a source must fetch first. With `tracked`, folders are read as far as git tracks what lies in them."""
    if target == "-":
        yield from _standard_input(sys.stdin.buffer, stdin_name, request)
        return
    prefix, colon, rest = target.partition(":")
    named = rest or (colon and prefix in DAEMONS)
    if prefix in PREFIXES and named and not os.path.exists(target):
        yield from _images(prefix, rest, request, progress)
        return
    if not target:
        yield Hole('""', "the target is empty; is a variable not set?")
        return
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        yield from _bare(target, request, progress)
        return
    except (OSError, ValueError) as error:
        yield Hole(target, f"cannot be read: {getattr(error, 'strerror', None) or 'the name is not a path'}")
        return
    if stat.S_ISDIR(mode):
        if os.path.isfile(os.path.join(target, "oci-layout")):
            yield from _images("oci", target, request)
        else:
            yield from _folder(target, exclude, tracked)
    elif not stat.S_ISREG(mode):
        yield Hole(target, "is neither a file nor a folder")
    elif not (force_exclude and _excluded(_shown(target), exclude)):
        yield from _by_content(target, request)


def _standard_input(stream: BinaryIO, name: str, request: Request) -> Iterator[Source | Image | Hole]:
    """A Dockerfile, or what `docker save` writes to a pipe: it is kept in a temporary file, since it is not read in its
    order."""
    start = stream.read(START)
    if not is_archive(start):
        yield _bounded(name, start + stream.read(MAX_DOCKERFILE + 1 - len(start)))
        return
    from imagelint.image.sources.docker_archive import saved
    from imagelint.image.sources.store import Archive, spooled
    from imagelint.stream.limits import WINDOW

    try:
        yield from _together(saved(Archive(spooled(chain((start,), iter(lambda: stream.read(WINDOW), b"")))), request))
    except UnreadableError as error:
        yield Hole("-", str(error))
    except OSError as error:
        yield Hole("-", f"cannot be read: {error.strerror or 'input/output error'}")


def _by_content(path: str, request: Request) -> Iterator[Source | Image | Hole]:
    """A file that is an image, or else must be a Dockerfile."""
    try:
        with open(path, "rb") as stream:
            start = stream.read(START)
            if not is_archive(start):
                if b"\0" in start and not named_like_one(os.path.basename(path)):
                    yield Hole(
                        path, f"is a binary file, neither a Dockerfile nor an archive of an image ({SAVE} makes one)"
                    )
                    return
                yield _bounded(_shown(path), start + stream.read(MAX_DOCKERFILE + 1))
                return
    except OSError as error:
        yield Hole(path, f"cannot be read: {error.strerror}")
        return
    from imagelint.image.sources import recognise

    kind = recognise(path)
    yield from _images(kind, path, request) if kind else (_file(path),)


def _bare(target: str, request: Request, progress: Progress | None) -> Iterator[Image | Hole]:
    """What is no path: an image of a daemon, or else of a registry, unless it looks like a path that is mistyped."""
    from imagelint.image.sources import bare

    if named_like_one(os.path.basename(target)) or not bare.is_name(target):
        yield Hole(target, f"{MISSING}; an image is named docker:NAME, podman:NAME or registry:NAME")
        return
    local = bare.look(target, request, progress)
    if local.images:
        yield from map(_or_hole, local.images)
        return
    reasons = "; ".join(local.reasons)
    if not bare.is_exact(target):
        also = f"a registry is asked only for a name with a tag ({target}:latest), or for registry:{target}"
        yield Hole(target, f"{MISSING}, and no image of this name here: {reasons}; {also}")
        return
    for item in _images("registry", target, request):
        if isinstance(item, Hole):
            item.reason = f"{MISSING}, and no image of this name: {reasons}; {item.reason}"
        else:
            item.limited += local.refused
        yield item


def _excluded(shown: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(shown, pattern) for pattern in patterns)


def _folder(top: str, exclude: Sequence[str], tracked: Tracked | None) -> Iterator[Source | Hole]:
    """Every Dockerfile below a folder, in the order of names; .git and folders behind links are not entered."""
    holes: list[Hole] = []
    found = False
    keep = tracked.below(top) if tracked is not None else None

    def unreadable(error: OSError) -> None:
        holes.append(Hole(_shown(str(error.filename)), f"cannot be read: {error.strerror}"))

    for folder, folders, files in os.walk(top, onerror=unreadable):
        if keep is not None:
            ahead = "" if folder == top else os.path.relpath(folder, top).replace(os.sep, "/") + "/"
            folders[:] = [name for name in folders if keep(ahead + name)]
            files = [name for name in files if keep(ahead + name)]
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(files):
            if not named_like_one(name):
                continue
            path = os.path.join(folder, name)
            shown = _shown(path)
            if _excluded(shown, exclude):
                continue
            found = True
            yield from _link(top, path) if os.path.islink(path) else (_file(path),)
    yield from holes
    if not found and not holes:
        yield Hole(
            top,
            "there is no Dockerfile below it (Dockerfile, Containerfile, x.dockerfile ...); a file with another name "
            "is read when you name it",
            limited=keep is not None,  # who asks for what is committed may ask ahead of the first one
        )


def _link(top: str, path: str) -> Iterator[Source | Hole]:
    """A Dockerfile that is a link: read when it stays in the folder, once, and never followed out of it."""
    real, root = os.path.realpath(path), os.path.realpath(top)
    if not lies_below(real, root) or not os.path.isfile(real):
        yield Hole(_shown(path), "is a link that leads out of the folder or nowhere; it was not followed", limited=True)
    elif not named_like_one(os.path.basename(real)):
        yield _file(path)


def named_like_one(name: str) -> bool:
    """Whether a folder scan reads a file of this name as a Dockerfile."""
    return bool(DOCKERFILE.search(name)) and not NOT_DOCKERFILE.search(name)


def dockerfile(path: str) -> Source | Hole:
    """A file that is to be read as a Dockerfile, whatever its name is."""
    return _file(path)


def place(target: str) -> str:
    """The archive, or the folder of a layout, that a target names; empty for what is neither."""
    prefix, _, rest = target.partition(":")
    if prefix in ("docker-archive", "oci-archive", "oci") and rest and not os.path.exists(target):
        target = _path_and_tag(rest)[0] if prefix == "oci" else rest
    return target if os.path.isfile(target) or os.path.isfile(os.path.join(target, "oci-layout")) else ""


def _file(path: str) -> Source | Hole:
    shown = _shown(path)
    try:
        with _opened(path) as stream:
            return _bounded(shown, stream.read(MAX_DOCKERFILE + 1))
    except OSError as error:
        return Hole(shown, f"cannot be read: {error.strerror}")


def _opened(path: str) -> BinaryIO:
    """A regular file; OSError for anything else, at once: a named pipe would be waited for until somebody writes."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(0, "it is not a regular file")
    return open(handle, "rb")


def _bounded(path: str, data: bytes) -> Source | Hole:
    if is_archive(data[:START]):
        return Hole(path, f"is an archive, but not one of an image, or it is damaged; this makes a new one: {SAVE}")
    if len(data) > MAX_DOCKERFILE:
        return Hole(path, f"has over {MAX_DOCKERFILE >> 20} MiB: neither an image archive nor a Dockerfile")
    return Source(path, data)


def _shown(path: str) -> str:
    """A path as reports give it: relative to the working directory where it lies below it, with forward slashes."""
    if path != os.path.normpath(path) or os.path.isabs(path):
        seen = relative(path)
        path = path if seen.startswith("..") else seen
    return path.replace(os.sep, "/")


def _path_and_tag(words: str) -> tuple[str, str]:
    """PATH or PATH:TAG, either of which may hold colons: the longest path that exists."""
    at = len(words)
    while at > 0 and not os.path.exists(words[:at]):
        at = words.rfind(":", 0, at)
    return (words[:at], words[at + 1 :]) if at > 0 else (words, "")


def _together(images: list[Image]) -> list[Image]:
    """All images of a target, which read the layers that they have in common once."""
    from imagelint.image.shared import share

    share(images)
    return images


def _or_hole(found: Image | tuple[str, str]) -> Image | Hole:
    """What a source gives, where a tuple is one of several images that was not read."""
    return Hole(*found) if isinstance(found, tuple) else found


def _images(prefix: str, rest: str, request: Request, progress: Progress | None = None) -> Iterator[Image | Hole]:
    try:
        if prefix in ("docker-archive", "oci-archive"):
            from imagelint.image.sources.docker_archive import images

            yield from _together(images(rest, request))
        elif prefix == "oci":
            from imagelint.image.sources.oci_layout import images as layout_images

            yield from _together(layout_images(*_path_and_tag(rest), request))
        elif prefix == "registry":
            from imagelint.image.sources.registry import images as registry_images

            yield from _together(registry_images(rest, request))
        else:
            from imagelint.image.sources.daemon import images as daemon_images

            yield from map(_or_hole, daemon_images(prefix, rest, request, progress))
    except UnreadableError as error:
        yield Hole(rest or f"{prefix}:", str(error))
    except OSError as error:
        yield Hole(rest, f"cannot be read: {error.strerror or 'input/output error'}")
