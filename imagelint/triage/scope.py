"""What a scan looked at, as far as entries of a baseline are concerned: what lies elsewhere was not looked for."""

from __future__ import annotations

import os

from imagelint.findings import Report
from imagelint.paths import relative
from imagelint.triage.entries import IN_IMAGE, Entry
from imagelint.triage.images import images_of, repository


class Scope:
    """The images, folders and Dockerfiles that were named as targets."""

    def __init__(self, report: Report, context_only: bool = False) -> None:
        """`context_only`: nothing was reported but secrets in files of build contexts."""
        self._context_only = context_only
        self.images = images_of(report)
        self._names = {repository(target) for target in self.images}
        paths = [_shown(target) for target in report.targets if target not in self.images]
        self._folders = [path for path in paths if os.path.isdir(path)]
        self._files = set(paths)

    def covers(self, entry: Entry) -> bool:
        """Whether the finding of an entry would have been found, were it still there."""
        if entry.place.startswith(IN_IMAGE):
            return not self._context_only and bool(self._names) and (not entry.image or entry.image in self._names)
        path, in_context, _ = entry.place.partition(": ")
        if self._context_only and not in_context:
            return False
        return (path in self._files and not in_context) or any(_below(path, folder) for folder in self._folders)


def _below(path: str, folder: str) -> bool:
    if folder == ".":
        return not path.startswith(("/", "../"))
    return path.startswith(folder.rstrip("/") + "/")


def _shown(target: str) -> str:
    """A path as findings have it: relative to the working directory, where it lies below it."""
    path = os.path.normpath(target)
    if os.path.isabs(path):
        seen = relative(path)
        path = path if seen.startswith("..") else seen
    return path.replace(os.sep, "/")
