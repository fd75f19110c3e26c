"""A report for each image, in a folder: written when the image is done, whole or not at all."""

from __future__ import annotations

import filecmp
import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from imagelint.errors import UsageError, unwritable
from imagelint.findings import Report
from imagelint.report.interface import renderer
from imagelint.report.write import Texts

if TYPE_CHECKING:
    from imagelint.engine.compiled import RuleSet

ENDS = {
    "sarif": ".sarif",
    "json": ".json",
    "html": ".html",
    "gitlab": ".gitlab.json",
    "junit": ".xml",
    "github": ".github.txt",
    "terminal": ".txt",
}
"""How the name of a file ends, by the report's format."""
LONGEST = 100
"""Characters of a reference in a file's name: with the rest it stays below 143, which is what eCryptfs takes."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:[.-]|\Z)", re.I)
"""What Windows takes for a device, whatever the name ends with."""


def name_of(reference: str, digest: str, platform: str, format_: str) -> str:
    """The name of an image's file: readable, and another one for each reference, digest and platform.

    It is a name on every file system, and of one folder: letters, digits, dots, dashes and underscores, no dot at its
    beginning; what differs in case only differs in the digits at its end too.
    """
    key = "".join(f"{len(text)}:{text}" for text in (reference, digest, platform))
    own = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    readable = _UNSAFE.sub("_", reference.partition("@")[0]).strip("._-")[:LONGEST].rstrip(".")
    readable = f"_{readable}" if _RESERVED.match(readable) else readable
    short = _UNSAFE.sub("_", digest.rpartition(":")[2][:12])
    return "-".join(filter(None, (readable, short, own))) + ENDS[format_]


class Folder:
    """Where reports are put, in one format or several."""

    def __init__(self, path: str, formats: Sequence[str], rules: RuleSet) -> None:
        """The folder is made where it is missing; UsageError where it cannot be, or is none."""
        self.path, self.formats, self._rules = path, list(formats), rules
        try:
            os.makedirs(path, exist_ok=True)
        except FileExistsError:
            raise UsageError(f"{path}: --output-dir is for a folder, and this is none: name another place") from None
        except OSError as error:
            raise unwritable(path, error) from None

    def has(self, reference: str, digest: str, platform: str) -> bool:
        """Whether every format of an image's report is there."""
        return all(os.path.isfile(self._place(reference, digest, platform, format_)) for format_ in self.formats)

    def write(self, report: Report, reference: str, digest: str, platform: str) -> list[str]:
        """Write an image's report in every format; the paths. A file that says the same already is left as it is,
        with its time. UsageError where it cannot be written; what was there is there still."""
        return [self._write(report, format_, reference, digest, platform) for format_ in self.formats]

    def _write(self, report: Report, format_: str, reference: str, digest: str, platform: str) -> str:
        place = self._place(reference, digest, platform, format_)
        draft = os.path.join(self.path, f".{os.path.basename(place)}.{os.getpid()}")
        texts = Texts(self._rules, whole=format_ in ("sarif", "html"), linked=format_ == "github")
        try:
            with suppress(FileNotFoundError):
                os.unlink(draft)  # of a killed run that had the same number
            # Neither is a link followed: the draft is new, and a link at its place is replaced by it.
            with open(draft, "x", encoding="utf-8", newline="\n") as file:
                renderer(format_)(report, texts, file)
            if not os.path.islink(place) and os.path.isfile(place) and filecmp.cmp(draft, place, shallow=False):
                os.unlink(draft)
            else:
                os.replace(draft, place)
        except OSError as error:
            raise unwritable(place, error) from None
        finally:
            with suppress(OSError):
                os.unlink(draft)
        return place

    def _place(self, reference: str, digest: str, platform: str, format_: str) -> str:
        return os.path.join(self.path, name_of(reference, digest, platform, format_))
