"""Images as they were judged in an earlier run, where nothing that decides it changed."""

from __future__ import annotations

from imagelint.errors import DamagedError
from imagelint.image.certificates import today
from imagelint.image.keeping import Keeping, key_of
from imagelint.image.lint import Result
from imagelint.image.model import Image
from imagelint.image.result_rows import Judged, pack, unpack
from imagelint.record import record


@record
class Remembered:
    """What is kept of the images of a target."""

    keeping: Keeping
    rules: str
    """By what images are judged: the digest of rules and options."""

    def find(self, image: Image, beside: object) -> Result | None:
        """What was found in an image; `beside` has what else decides it, and is neither its own nor rules."""
        if image.incomplete:
            return None
        data = self.keeping.find_image(image, key_of(self.rules, beside))
        try:
            one = unpack(data) if data is not None else None
        except DamagedError:
            return None
        if one is None or (one.until and today() > one.until):
            return None
        return Result(
            one.findings, limited=one.limited, mixed=set(one.mixed), image=one.image, labels=one.labels, kept=True
        )

    def keep(self, result: Result, image: Image, beside: object) -> None:
        """Keep what was found, if nothing was missing."""
        if result.image is None or result.incomplete:
            return
        mixed = sorted(result.mixed)
        judged = Judged(result.findings, result.limited, result.image, mixed, result.until, result.labels)
        self.keeping.keep_image(image, key_of(self.rules, beside), pack(judged))
