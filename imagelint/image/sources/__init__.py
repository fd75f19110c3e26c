"""Where an image's bytes come from: each file yields the same Image."""

from __future__ import annotations

import os
import re

from imagelint.errors import UnreadableError

_MEMBER = re.compile(
    rb"(?:blobs(?:/.*)?|oci-layout|index\.json|manifest\.json|repositories|[0-9a-f]{64}(?:\.json|/.*)?)\Z"
)
"""What the first member of an image archive is called, in every layout that Docker writes."""


def recognise(path: str) -> str:
    """What a path is, from its content: docker-archive, oci (a folder), oci-archive, or empty.

    Of a compressed archive only the start is read: it counts as docker-archive, which reads an OCI layout in a tar as
    well. In any other, the members may be in any order and the layers of any name, as other builders have them.
    """
    if os.path.isdir(path):
        return "oci" if os.path.isfile(os.path.join(path, "oci-layout")) else ""
    if not os.path.isfile(path):
        return ""
    from imagelint.image.sources.store import Archive  # brings the stream rooms: not for a Dockerfile
    from imagelint.stream.blob import Blob
    from imagelint.stream.tar import BLOCK, TarReader

    try:
        with open(path, "rb") as file:
            blob, start = Blob(file), memoryview(bytearray(16 * BLOCK))
            first = TarReader().feed(start[: blob.readinto(start)], 0)
        if not first:
            return ""
        if blob.compression:
            return "docker-archive" if _MEMBER.match(first[0].path) else ""
        archive = Archive(path)
    except (OSError, UnreadableError):
        return ""
    if archive.has("manifest.json"):
        return "docker-archive"
    return "oci-archive" if archive.has("index.json") else ""
