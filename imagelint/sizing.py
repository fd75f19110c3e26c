"""Targets in, SizeReport out: what `imagelint size` tells of images."""

from __future__ import annotations

import re
from collections.abc import Sequence

from imagelint import __version__, targets
from imagelint.base import Bases, the_image
from imagelint.engine.compiled import load
from imagelint.errors import ImagelintError, UsageError, defect
from imagelint.findings import Skip
from imagelint.image.model import Image
from imagelint.image.origin import BASE, Known
from imagelint.image.progress import Progress
from imagelint.image.request import ANY, Request
from imagelint.image.size import measure
from imagelint.made_from import dockerfiles, named
from imagelint.record import record
from imagelint.secrets.confirm import Detector
from imagelint.secrets.redact import Redactor
from imagelint.sizes import SizedImage, SizeReport, Threshold

NO_IMAGE = "is a Dockerfile, and only an image has a size: name the image that was built from it"
NUMBER = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?) ?([a-z]{0,3}|%)")
UNITS = {"": 1, "b": 1}
UNITS |= {f"{letter}b": 1000**power for power, letter in enumerate("kmgt", 1)}
UNITS |= {f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", 1)}
"""As Docker and registries count: MB is a million bytes, MiB 1,048,576."""


@record
class Options:
    """What `imagelint size` is asked to do."""

    request: Request = ANY
    base: str = ""
    """What the images were built on."""
    dockerfile: str = ""
    """That they were built from."""
    own: bool = False
    """Thresholds are for what the base image does not have."""
    max_waste: str = ""
    """A share (5%) or a size (20MB) of what a pull transmits; empty for none."""
    max_size: str = ""
    jobs: int = 2
    ignore: frozenset[str] = frozenset()
    """Kinds of waste that are none."""
    compare: str = ""
    """An older build of the images."""


def size_of(text: str) -> float:
    """Bytes of a size: 300MB, 1.5GiB, 4096. UsageError for what is none."""
    found = NUMBER.fullmatch(text.strip().lower())
    if found is None or found[2] not in UNITS:
        raise UsageError(f"{text[:60]!r} is no size; 300MB, 1.5GiB and 4096 are")
    return float(found[1]) * UNITS[found[2]]


def share_of(text: str) -> float:
    """5% as 0.05; UsageError for what is none from 0 to 100."""
    found = NUMBER.fullmatch(text.strip())
    if found is None or found[2] != "%" or float(found[1]) > 100:
        raise UsageError(f"{text[:60]!r} is no share; 5% and 0.5% are")
    return float(found[1]) / 100


@record
class _Limit:
    name: str
    text: str
    most: float
    """Bytes, or a share."""
    share: bool


def _limits_of(options: Options) -> list[_Limit]:
    found = []
    if options.max_waste:
        share = options.max_waste.strip().endswith("%")
        most = share_of(options.max_waste) if share else size_of(options.max_waste)
        found.append(_Limit("max-waste", options.max_waste.strip(), most, share))
    if options.max_size:
        found.append(_Limit("max-size", options.max_size.strip(), size_of(options.max_size), False))
    return found


class Sizing:
    """One run over targets."""

    def __init__(self, options: Options, progress: Progress | None = None) -> None:
        self.options, self._progress = options, progress
        self._limits = _limits_of(options)
        self._recipe = named(options.dockerfile)
        self._detector = Detector([rule for rule in load(()).rules if rule.kind == "secret"])
        self._bases = Bases(options.base, options.request, progress) if options.base else None
        self._names = Redactor(self._detector)
        self._told: set[tuple[str, str]] = set()
        self.report = SizeReport(__version__)

    def run(self, names: Sequence[str]) -> SizeReport:
        """Measure the images of all targets, each by itself."""
        for name in names:
            self.report.targets.append(self._names.safe(name))
            try:
                for item in targets.expand(name, self.options.request, progress=self._progress):
                    self._take(name, item)
                    del item  # and its temporary file, before the next image of a daemon takes one
            except ImagelintError:
                raise
            except Exception as error:
                self._skip(self.report.incomplete, name, "", defect(error))
        return self.report

    def _take(self, name: str, item: targets.Source | targets.Hole | Image) -> None:
        if isinstance(item, targets.Hole):
            self._skip(self.report.limited if item.limited else self.report.incomplete, name, item.place, item.reason)
            return
        if isinstance(item, targets.Source):
            self._skip(self.report.incomplete, name, item.path, NO_IMAGE)
            return
        name = item.target or name
        old = self._older(name, item.platform)
        try:
            found = measure(
                item,
                self._detector,
                target=name,
                jobs=self.options.jobs,
                progress=self._progress,
                base=self._base(name, item.platform),
                dockerfiles=dockerfiles(self._recipe, name),
                ignore=self.options.ignore,
                old=old,
                old_name=self.options.compare,
            )
        except Exception as error:
            self._skip(self.report.incomplete, name, item.name, defect(error))
            return
        for to, told in ((self.report.incomplete, found.incomplete), (self.report.limited, found.limited)):
            for place, reason in told:
                self._skip(to, name, place, reason)
        self.report.images.append(found.image)
        self._judge(found.image)

    def _base(self, name: str, platform: str) -> Known | None:
        """What --base names; a reason why it is not known is told once for each target."""
        known = self._bases.of(platform) if self._bases is not None else None
        if not isinstance(known, str):
            return known
        if (name, known) not in self._told:
            self._told.add((name, known))
            self._skip(self.report.incomplete, name, f"--base {self.options.base}", known)
        return None

    def _older(self, name: str, platform: str) -> Image | None:
        """What --compare names."""
        if not self.options.compare:
            return None
        image = the_image(self.options.compare, platform, self.options.request, self._progress)
        if not isinstance(image, str):
            return image
        self._skip(self.report.incomplete, name, f"--compare {self.options.compare}", image)
        return None

    def _judge(self, sized: SizedImage) -> None:
        """Hold an image against what is allowed."""
        parts = [pair for origin, pair in sized.origins.items() if not (self.options.own and origin == BASE)]
        every, waste = (sum(pair[number].size for pair in parts) for number in (0, 1))
        for limit in self._limits:
            found: float = waste if limit.name == "max-waste" else every
            if limit.share:
                found = waste / every if every else 0.0
            passed = found > limit.most
            self.report.thresholds.append(Threshold(limit.name, limit.text, found, sized.image.target, passed))

    def _skip(self, to: list[Skip], name: str, place: str, reason: str) -> None:
        to.append(Skip(self._names.safe(name), self._names.safe(place), self._names.safe(reason)))
