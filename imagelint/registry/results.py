"""Where the report of each image goes when it is done: a folder, an index, the image's own registry, or all three."""

from __future__ import annotations

import threading
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from imagelint.errors import UnreadableError, UsageError
from imagelint.findings import Report, SafeText, ScannedImage, Skip
from imagelint.image.request import Request
from imagelint.image.sources.registry_errors import DeniedError
from imagelint.registry.index import Index, Placed
from imagelint.registry.index_rows import repository_of
from imagelint.registry.writing import Folder
from imagelint.report.interface import FORMATS, counted
from imagelint.report.write import Texts
from imagelint.secrets.redact import plain

if TYPE_CHECKING:
    from imagelint.engine.compiled import RuleSet
    from imagelint.registry.attach import Attacher


def add_arguments(parser: ArgumentParser) -> None:
    """Where a scan of many images puts what it finds."""
    add = parser.add_argument
    add("--output-dir", default="", metavar="DIR", help="write a report for each image into this folder, as it is done")
    each = f"the formats of those: {', '.join(FORMATS)}; repeatable, or with commas (default: sarif)"
    add("--each", action="extend", type=_formats, default=[], metavar="FORMAT", help=each)
    kept = "keep what is found in this file, for `imagelint registry report` and for the next scan"
    add("--index", default="", metavar="FILE", help=kept)
    pushed = "put each image's report beside it in its registry, as SARIF that refers to it; needs the right to push"
    add("--attach", action="store_true", help=pushed)


class Results:
    """Takes images that are done. Threads may share it; close it at the end."""

    def __init__(self, asked: Namespace, rules: RuleSet, request: Request) -> None:
        """`asked` has what add_arguments adds. UsageError and UnreadableError for places that cannot be written."""
        if asked.each and not asked.output_dir:
            raise UsageError("--each is for the reports of single images: give --output-dir too")
        if (asked.attach or asked.index) and getattr(asked, "show_secrets", False):
            raise UsageError("--show-secrets shows values, which neither an index nor a registry must hold")
        self._rules = rules
        self.folder = (
            Folder(asked.output_dir, list(dict.fromkeys(asked.each)) or ["sarif"], rules) if asked.output_dir else None
        )
        self.index = Index(asked.index) if asked.index else None
        self._attacher = _attacher(request) if asked.attach else None
        self._refused: dict[str, int] = {}
        """Repositories that nobody may push to here, and how many reports were not attached for that."""
        self._lock = threading.Lock()
        self.attached = self.unchanged = 0
        """Reports that were attached, and that were there already."""
        self.limited: list[Skip] = []
        """What did not work of attaching, for the merged report: the results stay all the same."""

    def take(self, report: Report, image: ScannedImage, placed: Placed) -> None:
        """The report of one image, which it alone is about. UsageError where a folder or an index cannot be written."""
        reference = placed.references[0]
        if self.folder is not None:
            self.folder.write(report, reference, image.digest, image.platform)
        if self.index is not None:
            self.index.add(report, image, placed)
        if self._attacher is not None:
            self._attach(self._attacher, report, image, reference, placed.rules)

    def unread(self, reference: SafeText, skips: list[Skip]) -> None:
        """A reference of which no image could be read."""
        if self.index is not None:
            self.index.unread(reference, skips)

    def close(self) -> None:
        """Write what is left to be written."""
        for repository, number in sorted(self._refused.items()):
            more = f"{counted(number, 'more report')} of {repository} not attached, for the same reason"
            if number:
                self.limited.append(Skip(plain(""), plain("--attach"), plain(more)))
        if self.index is not None:
            self.index.close()

    def _attach(self, attacher: Attacher, report: Report, image: ScannedImage, reference: SafeText, rules: str) -> None:
        """Attach a report; what goes wrong is told, and a repository that refused is not asked again."""
        from imagelint.registry.attach import sarif_of

        repository = repository_of(reference)
        with self._lock:
            if repository in self._refused:
                self._refused[repository] += 1
                return
        try:
            texts = Texts(self._rules, whole=True)
            done = attacher.attach(reference, image.digest, sarif_of(report, texts), report.version, rules)
        except UnreadableError as error:
            with self._lock:
                if isinstance(error, DeniedError) and error.status == 401:
                    self._refused.setdefault(repository, 0)
                self.limited.append(Skip(image.target, plain("--attach"), plain(str(error))))
            return
        with self._lock:
            self.attached += done.new
            self.unchanged += not done.new
            if told := done.told():
                self.limited.append(Skip(image.target, plain("--attach"), plain(told)))


def _attacher(request: Request) -> Attacher:
    from imagelint.registry.attach import Attacher  # and its network: only where something is attached

    return Attacher(request)


def _formats(text: str) -> list[str]:
    from argparse import ArgumentTypeError

    words = [word for word in text.split(",") if word]
    if wrong := [word for word in words if word not in FORMATS]:
        raise ArgumentTypeError(f"{wrong[0]!r} is not one of {', '.join(FORMATS)}")
    return words
