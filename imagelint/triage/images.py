"""What triage calls an image: by what the user named, never by what the image says of itself."""

from __future__ import annotations

from imagelint.findings import Report
from imagelint.lazy import Lazy

_SOURCE = Lazy(r"(?:docker|podman|registry|docker-archive|oci|oci-archive):(?=.)")


def images_of(report: Report) -> set[str]:
    """The targets that are images."""
    return {str(image.target) for image in report.images}


def without_source(target: str) -> str:
    """`registry.example.org/app:1` of `registry:registry.example.org/app:1`."""
    source = _SOURCE.match(target)
    return target[source.end() :] if source else target


def repository(target: str) -> str:
    """The name of an image without its source, tag and digest."""
    folder, slash, last = without_source(target).partition("@")[0].rpartition("/")
    return folder + slash + last.partition(":")[0]
