"""Images as they were judged in an earlier run, where nothing that decides it changed."""

from __future__ import annotations

from imagelint.errors import DamagedError
from imagelint.image.certificates import today
from imagelint.image.keeping import Keeping, key_of
from imagelint.image.lint import Result
from imagelint.image.model import Image
from imagelint.image.result_rows import Judged, pack, unpack, until
from imagelint.record import record


@record
class Remembered:
    """What is kept of the images of a target."""

    keeping: Keeping
    rules: str
    """By what images are judged: the digest of rules and options."""

    def knows(self, image: Image, beside: object) -> bool:
        """Whether `find` finds something."""
        data = self._data(image, beside)
        try:
            return data is not None and not _over(until(data))
        except DamagedError:
            return False

    def find(self, image: Image, beside: object) -> Result | None:
        """What was found in an image; `beside` has what else decides it, and is neither its own nor rules."""
        data = self._data(image, beside)
        try:
            one = unpack(data) if data is not None else None
        except DamagedError:
            return None
        if one is None or _over(one.until):
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

    def _data(self, image: Image, beside: object) -> bytes | None:
        return self.keeping.find_image(image, key_of(self.rules, beside)) if not image.incomplete else None


def _over(until: str) -> bool:
    """Whether the last day on which the same would be found is over; empty for never."""
    return bool(until) and today() > until
