"""The images that --base and --compare name, read as any target is, but for their layers' bytes."""

from __future__ import annotations

from imagelint import targets
from imagelint.image.model import Image
from imagelint.image.origin import SCRATCH, Known
from imagelint.image.progress import Progress
from imagelint.image.request import Request

SEVERAL = "it names several images: name one of them"
NO_LAYERS = "its configuration does not tell its layers"


def the_image(name: str, platform: str, request: Request, progress: Progress | None = None) -> Image | str:
    """The one image of this platform that a target names, or why it is not known."""
    if name.rstrip(":") in targets.DAEMONS and name.endswith(":"):
        return SEVERAL  # at once: a daemon would send them all
    request = Request(platform or request.platform, request.insecure)
    found: dict[tuple[str, ...], Image] = {}
    reason = ""
    for item in targets.expand(name, request, progress=progress):
        if isinstance(item, targets.Hole):
            reason = reason or item.reason
        elif isinstance(item, targets.Source):
            return "it is a Dockerfile, not an image"
        else:
            diff_ids = tuple(layer.diff_id for layer in item.layers)
            if "" in diff_ids:
                reason = next((f"{place}: {why}" for place, why in item.incomplete), NO_LAYERS)
                continue
            found[diff_ids] = item
            if len(found) > 1:
                return SEVERAL
    return next(iter(found.values()), reason or "it names no image")


class Bases:
    """What is known of it, asked once for each platform."""

    def __init__(self, name: str, request: Request, progress: Progress | None = None) -> None:
        """`name` is anything that a target may be; `scratch` is no image at all."""
        self.name, self._request, self._progress = name, request, progress
        self._known: dict[str, Known | str] = {}

    def of(self, platform: str) -> Known | str:
        """The base image of an image for this platform, or why it is not known."""
        if platform not in self._known:
            self._known[platform] = self._look(platform)
        return self._known[platform]

    def _look(self, platform: str) -> Known | str:
        if self.name == SCRATCH:
            return Known((SCRATCH,), ())
        image = the_image(self.name, platform, self._request, self._progress)
        return image if isinstance(image, str) else self._of(image)

    def _of(self, image: Image) -> Known:
        """By a tag that says more than a version, or else as the user named it."""
        prefix, _, rest = self.name.partition(":")
        typed = rest if rest and prefix in (*targets.DAEMONS, "registry") else self.name
        named = [tag for tag in image.tags[:1] if ":" in tag]
        return Known.of(image, *named, typed)
