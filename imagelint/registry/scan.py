"""A scan of many images of registries: each distinct layer is read once, by whoever reads layers, and every image is
judged by the results.
"""

from __future__ import annotations

import copy
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from imagelint.errors import AbsentError, UsageError
from imagelint.findings import Report, SafeText
from imagelint.image.ahead import Tell as Layered
from imagelint.image.layer import place_of
from imagelint.image.model import Image, Layer
from imagelint.image.origin import Known
from imagelint.image.reading_settings import ReadingSettings
from imagelint.image.result import LayerResult
from imagelint.image.shared import share
from imagelint.image.system import unusual
from imagelint.kept_images import KeepingScan
from imagelint.record import field, record
from imagelint.registry.changes import Changes, changes
from imagelint.registry.filters import Wanted
from imagelint.registry.index import Placed
from imagelint.registry.listing import listed
from imagelint.registry.model import Found, Listed
from imagelint.registry.network import Registries
from imagelint.registry.planning import plan
from imagelint.registry.progress import Course
from imagelint.registry.results import Results
from imagelint.store import Nothing, Store
from imagelint.targets import Hole
from imagelint.triage.quieting import quiet

if TYPE_CHECKING:
    from imagelint.image.lint import Result
    from imagelint.registry.spread import Spread
    from imagelint.scan_options import Options
    from imagelint.secrets.confirm import Detector

AHEAD = 512
"""Layers that are given to a cluster at once: enough for a hundred workers, and their results fit into memory."""


@record
class Asked:
    """What of registries is looked at, and how."""

    wanted: Wanted
    registries: Registries
    store: Store = field(default_factory=Nothing)
    """Of results of earlier runs."""
    only_changed: bool = False
    """Only what is new since the index was written, or leads to another image."""
    referrers: bool = False
    """Look at what lies beside each image, too."""


class RegistryScan(KeepingScan):
    """A scan whose targets are registries, repositories and references."""

    def __init__(self, options: Options, asked: Asked, results: Results, course: Course) -> None:
        super().__init__(options, course.layer, asked.store)
        self.asked, self.results, self.course = asked, results, course
        self.cluster: Callable[[ReadingSettings, Detector], Spread] | None = None
        """Makes who reads the layers, if that is not this machine; set ahead of `run`."""
        self._spread: Spread | None = None
        self._stopped = ""
        """Why nothing is read any more."""
        self._labels: dict[SafeText, SafeText] = {}
        """Of the image that was judged last."""
        self._roots: dict[str, str] = {}
        """Reference -> what lies under it in the registry."""
        self._by_layers: dict[tuple[str, ...], list[Known]] = {}
        """The images by their diff_ids: one is the base of others where it has their lowest layers."""
        self._spread_once = False
        # Each image's own report is marked by itself, so that counts of the whole are those of the whole.
        self._own_overrides = self._overriding() if options.config.overrides else None
        self._own_baselines = self._known() if options.baselines else None

    def run(self, names: Sequence[str]) -> Report:
        """Scan what these words name. What cannot be read is listed in the report's `incomplete`."""
        started = time.perf_counter()
        self.report.targets = [self.names.safe(name) for name in names]
        asked = self.asked
        found = listed(names, asked.wanted, asked.registries, self.course.tell)
        self._holes(found.holes)
        chosen = self._changed(found) if self.results.index is not None else found.listed
        planned = plan(chosen, asked.registries, referrers=asked.referrers, tell=self.course.tell)
        self._holes(planned.holes)
        self._each(sorted(planned.images, key=lambda image: [layer.digest for layer in image.layers]), chosen)
        for rule, reason in sorted(self._faults.items()):
            self._skip(self.report.incomplete, "", f"rule {rule}", reason)
        self._quiet()
        self.report.stats["seconds"] = round(time.perf_counter() - started, 3)
        return self.report

    def close(self) -> None:
        """Write what waits to be written, whatever came of the run; the report says what went wrong beside images."""
        try:
            self.results.close()
        finally:
            super().close()
        for line in self._spread.told if self._spread is not None else ():
            self._skip(self.report.limited, "", "", line)
        self.report.limited += self.results.limited

    def _holes(self, holes: Sequence[Hole]) -> None:
        for hole in holes:
            to = self.report.limited if hole.limited else self.report.incomplete
            self._skip(to, "", hole.place, hole.reason)
            if not hole.limited:
                self.results.unread(self.names.safe(hole.place), to[-1:])

    def _changed(self, found: Found) -> list[Listed]:
        """What is to be scanned, and what became of that which the index knows."""
        index = self.results.index
        assert index is not None  # noqa: S101 - asked for only then
        there = [f"{place}:{tag}" for place, tags in found.there.items() for tag in tags]
        gone = index.vanished(found.there, there)
        if gone:
            self.report.stats["gone"] = gone
        if not self.asked.only_changed:
            return found.listed
        moved: Changes = changes(found, index.known(self.kept.rules))
        chosen = moved.to_read(found)
        self.report.stats["unchanged"] = len(found.listed) - len(chosen)
        return chosen

    def _each(self, images: list[Image], chosen: Sequence[Listed]) -> None:
        """Judge every image: those that nothing changed of by what is kept, the others together."""
        if not images:
            return
        options = self.options
        for known in map(Known.of, images):
            self._by_layers.setdefault(known.diff_ids, []).append(known)
        kept, left = self.kept.together(images), list(images)
        if kept is not None:
            left = [one for one in images if not kept.knows(one, self._beside(one.target, one))]
        shared = share(left, always=True)
        shared.known = [known for some in self._by_layers.values() for known in some]
        shared.keeping, shared.lasting = kept.keeping if kept is not None else None, True
        if self.cluster is not None:
            paths = sorted({folder for image in left for folder in unusual(image.config)})
            settings = ReadingSettings.for_all(options.rules.rules, paths)
            self._spread = self.cluster(shared.keeping.settings if shared.keeping else settings, self.detector)
            shared.reader, shared.most = self._by_cluster, AHEAD
        elif left:
            self.asked.registries.split(options.jobs)
        self.course.plan(images, left)
        self._roots = {name: one.digest for one in chosen for name in one.names}
        together = Counter(tuple(image.tags) for image in images)
        while images:
            image = images.pop(0)  # and what was read of it, when it is through
            self._through(image, together)
            self.course.image()

    def _by_cluster(self, layers: Sequence[Layer], tell: Layered | None) -> Iterator[tuple[Layer, LayerResult]]:
        """The reader of Shared. When the cluster is gone, what was read by it counts, and the rest is told."""
        assert self._spread is not None  # noqa: S101 - the reader is only joined then
        left = list(layers)
        try:
            for layer, result in self._spread.read(layers) if not self._stopped else ():
                self._spread_once = True
                if tell is not None:
                    tell(layer, layer.size)
                left.remove(layer)
                yield layer, result
        except (AbsentError, UsageError) as error:
            if not self._spread_once:
                raise
            self._stopped = str(error)
        for layer in left:
            yield layer, LayerResult(layer.index, incomplete=[(place_of(layer), f"it was not read: {self._stopped}")])

    def _through(self, image: Image, together: Counter[tuple[str, ...]]) -> None:
        """Judge one image, and hand its own report on."""
        report, name = self.report, image.target
        marks = len(report.findings), len(report.incomplete), len(report.limited), len(report.images)
        self._image(name, image)
        findings, incomplete, limited, listed_as = (
            report.findings[marks[0] :],
            report.incomplete[marks[1] :],
            report.limited[marks[2] :],
            report.images[marks[3] :],
        )
        references = [self.names.safe(tag) for tag in image.tags]
        if not listed_as:
            for reference in references:
                self.results.unread(reference, incomplete)
            return
        own = Report(
            version=report.version,
            targets=[self.names.safe(name)],
            findings=[copy.copy(finding) for finding in findings],
            images=listed_as,
            incomplete=incomplete,
            limited=limited,
            stats={"images": 1, "layers": len(image.layers)},
            fail_on=report.fail_on,
        )
        quiet(own, self.ignoring, self.names, self._own_overrides, self._own_baselines)
        root = self._roots.get(image.tags[0], "") if image.tags else ""
        placed = Placed(references, root, together[tuple(image.tags)], self._labels, self.kept.rules)
        self.results.take(own, listed_as[0], placed)

    def _judged(self, name: str, image: Image) -> Result | None:
        result = super()._judged(name, image)
        self._labels = result.labels if result is not None else {}
        if result is None or not result.kept:
            self._documents(image, result is None or result.quoted)
        return result

    def _documents(self, image: Image, quoted: bool) -> None:
        """They are kept for the next run, unless a secret is quoted there. An index tells of other platforms' images
        too, of which this one knows nothing."""
        documents = self.asked.registries.documents
        for digest in (image.digest, image.config_digest):
            documents.forget(digest) if quoted else documents.keep(digest)
        root = self._roots.get(image.tags[0], "") if image.tags else ""
        data = documents.waits(root) if root != image.digest and not quoted else None
        if data is not None and next(iter(self.detector.every(data.decode("utf-8", "replace"))), None) is None:
            documents.keep(root)

    def _below(self, image: Image) -> Iterable[Known]:
        diff_ids = tuple(layer.diff_id for layer in image.layers)
        sizes = range(1, len(diff_ids) + 1)
        return (known for size in sizes for known in self._by_layers.get(diff_ids[:size], ()))
