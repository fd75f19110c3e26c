"""A name without a prefix: an image of a daemon, or else of a registry."""

from __future__ import annotations

import re

from imagelint.errors import AbsentError, UnreadableError
from imagelint.image.model import Image
from imagelint.image.progress import Progress
from imagelint.image.request import ANY, Request
from imagelint.image.sources.daemon_address import DOCKER, NAMES, PODMAN, address
from imagelint.record import field, record

_COMPONENT = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{{1,5}})?/)?{_COMPONENT}(?:/{_COMPONENT})*"
    r"(?P<tag>:\w[\w.-]{0,127})?(?P<digest>@[a-z0-9]+:[0-9a-f]{32,})?",
    re.ASCII,
)
"""[HOST[:PORT]/]NAME[:TAG][@DIGEST] (distribution/reference, regexp.go)."""
_FILE = re.compile(
    r"\.(?:tar|tgz|tbz2?|txz|gz|bz2|xz|zst|zip|oci|img|iso|json|ya?ml|toml|txt|md|sh|lock|dockerfile|containerfile)\Z",
    re.IGNORECASE,
)
"""How files end that a user may mean. An image whose name or tag ends so needs its prefix."""


def is_name(words: str) -> bool:
    """Whether a word that is no path names an image, and does not look like a path that is mistyped: those begin with
    ./, ../, / or ~, hold a backslash or a blank, or end as files do."""
    return bool(_REFERENCE.fullmatch(words)) and not _FILE.search(words)


def is_exact(words: str) -> bool:
    """Whether the name has a tag or a digest. A registry is asked only for such a one: a word alone may be a mistyped
    path, and is nobody else's business."""
    found = _REFERENCE.fullmatch(words)
    return found is not None and bool(found["tag"] or found["digest"])


@record
class Local:
    """What the daemons of this machine say to a name."""

    images: list[Image | tuple[str, str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    """Why it is in none of those that were asked, or cannot be read."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Those that could not be asked, and why: they may have another image of this name."""


def look(words: str, request: Request = ANY, progress: Progress | None = None) -> Local:
    """The image from the Docker daemon, else from Podman."""
    from imagelint.image.sources.daemon import images

    local = Local()
    for kind in (DOCKER, PODMAN):
        try:
            if not address(kind).there:
                local.reasons.append(f"{NAMES[kind]} is not running")
                continue
            local.images = list(images(kind, words, request, progress))
            break
        except AbsentError as error:
            local.reasons.append(str(error).partition(";")[0])
        except UnreadableError as error:
            local.reasons.append(str(error))
            local.refused.append((NAMES[kind], str(error)))
    for image in local.images:
        if isinstance(image, Image):
            image.limited += local.refused
    return local
