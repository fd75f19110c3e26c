"""Targets in, Report out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from imagelint import __version__, targets
from imagelint.containers.sorts import sort
from imagelint.engine.evaluate import Engine
from imagelint.engine.selection import choose, resolve
from imagelint.errors import ImagelintError, UsageError, defect
from imagelint.findings import Dropped, Finding, Report, ScannedImage, Skip
from imagelint.secrets.confirm import STRICT, Detector
from imagelint.secrets.dropped import kept_back, merge
from imagelint.secrets.redact import Redactor, plain
from imagelint.stream import limits
from imagelint.triage.quieting import Ignoring, quiet

if TYPE_CHECKING:
    from imagelint.base import Bases
    from imagelint.dockerfile.context import Contexts
    from imagelint.dockerfile.kept import Kept
    from imagelint.dockerfile.mender import Mender
    from imagelint.dockerfile.pool import Linted, Linter, Remembering, Task
    from imagelint.engine.parameter import Settings
    from imagelint.image.lint import Result
    from imagelint.image.model import Image
    from imagelint.image.origin import Known
    from imagelint.image.recipe import Recipe
    from imagelint.resolve import Resolver
    from imagelint.scan_options import Options
    from imagelint.tracked import Tracked
    from imagelint.triage.baseline_file import Baselines
    from imagelint.triage.overrides import Overrides

Progress = Callable[[int, int, str], None]
"""Called with bytes read, bytes in all (-1: not known), and what is read."""


def scan(names: Sequence[str], options: Options, progress: Progress | None = None) -> Report:
    """Scan every target. What cannot be read is listed in the report's `incomplete`; it never keeps the rest from
    being scanned."""
    return Scan(options, progress).run(names)


class Scan:
    """One scan: the rules made ready once, and the report that grows target by target."""

    def __init__(self, options: Options, progress: Progress | None = None) -> None:
        self.options, self.progress = options, progress
        rules = options.rules
        settings = self._settings()
        chosen = choose(rules.rules, options.profile, options.select, options.ignore, settings)
        self.quiet = {rule.id for rule in resolve(rules.rules, options.config.ignore, lenient=True)}
        used = options.config
        told: dict[str, object] = {"parameters": sorted(used.parameters), "exclude": list(used.exclude)}
        self.ignoring = Ignoring(used.file, self.quiet, told)
        self.engine = Engine(rules, chosen, settings)
        # Secret rules that were not chosen still find what must be masked: only their findings are left out.
        strict = not STRICT.isdisjoint(chosen)
        secret = [rule for rule in rules.rules if rule.kind == "secret"]
        self.detector = Detector(secret, options.explain_dropped, strict)
        self.chosen = chosen
        self.names = Redactor(self.detector, options.show_secrets)
        self._overrides = self._overriding() if options.config.overrides else None
        self._baselines = self._known() if options.baselines else None
        self._linter: Linter | Remembering | None = None
        self._contexts: Contexts | None = None
        self._tracked = self._tracks() if options.tracked else None
        self._resolver = self._resolves() if options.resolve else None
        self._recipe = self._made_from() if options.dockerfile else None
        self._mender = self._mends() if options.mend else None
        self._bases: Bases | None = None
        self._faults: dict[str, str] = {}
        """Rules that could not be put to something, and why; each is told once."""
        self._told: set[tuple[str, str]] = set()
        """What was not read of build contexts."""
        self._names: Sequence[str] = ()
        self._room = limits.REPORTED_LAYERS
        self.report = Report(
            version=__version__,
            fail_on=options.fail_on,
            stats={"dockerfiles": 0, "images": 0, "layers": 0, "layers_read": 0, "bytes": 0, "published": 0},
            dropped=Dropped() if options.explain_dropped else None,
        )

    def _settings(self) -> Settings:
        """The parameters of rules that are set; UsageError where they are wrong, or where a rule was selected that
        lacks one."""
        options = self.options
        if not options.config.parameters and not options.select:
            return {}
        from imagelint.engine.parameter import checked, require  # only where somebody asks for rules by name

        used = options.config
        settings = checked(used.parameters, options.rules.by_id, used.given.get("parameters", used.file))
        require(resolve(options.rules.rules, options.select), settings)
        return settings

    def _overriding(self) -> Overrides:
        from imagelint.triage.entries import today
        from imagelint.triage.overrides import Overrides  # only where a configuration has some

        return Overrides(self.options.config.overrides, self.options.rules.rules, today())

    def _known(self) -> Baselines:
        from imagelint.triage.baseline_file import Baselines  # only where one is given

        return Baselines(self.options.baselines, self.options.rules.rules, self.options.context_only)

    def run(self, names: Sequence[str]) -> Report:
        """Scan the targets, each by itself."""
        started = time.perf_counter()
        self._names = names
        options = self.options
        if options.request.filters and not {"docker:", "podman:"}.intersection(names):
            raise UsageError("--filter narrows all images of a daemon: give docker: or podman: as a target")
        if options.context or any(map(os.path.isdir, names)):
            self._contexts = self._known_contexts()
        try:
            for name in names:
                self.report.targets.append(self.names.safe(name))
                self._target(name)
            if self._linter is not None:
                self._linted(self._linter.rest())
        finally:
            if self._linter is not None:
                self._linter.close()
        if self._recipe is not None and not self._recipe.stages:
            self._skip(self.report.incomplete, "", self._recipe.path, "holds no FROM, and is no Dockerfile")
        for rule, reason in sorted(self._faults.items()):
            self.report.incomplete.append(Skip(plain(""), plain(f"rule {rule}"), plain(reason)))
        if self._mender is not None:
            self.report.mended = self._mender.told
        if self._resolver is not None:
            for to, told in zip((self.report.incomplete, self.report.limited), self._resolver.told(), strict=True):
                for place, reason in told:
                    self._skip(to, "", place, reason)
        self._quiet()
        self.report.stats["seconds"] = round(time.perf_counter() - started, 3)
        return self.report

    def _target(self, name: str) -> None:
        """A defect of ours in one target is told, and loses nothing of the others."""
        asked = self.options
        said = (asked.request, asked.exclude, asked.stdin_name, self.progress, self._tracked, asked.force_exclude)
        try:
            for item in targets.expand(name, *said):
                self._take(name, item)
                del item  # and its temporary file, before the next image of a daemon takes one
        except ImagelintError:
            raise
        except Exception as error:
            self._skip(self.report.incomplete, name, "", defect(error))

    def _tracks(self) -> Tracked:
        from imagelint.tracked import Tracked  # only where it is asked for

        return Tracked()

    def _known_contexts(self) -> Contexts:
        from imagelint.context import contexts  # only with a folder: a Dockerfile alone is read alone

        named = self.options.context
        # What a Dockerfile holds is told as the Dockerfile's, where Dockerfiles are asked for.
        elsewhere = (lambda _: False) if named or self.options.context_only else targets.named_like_one
        if self._tracked is not None and named:
            self._tracked.below(named)  # a folder that git does not know is told at once
        return contexts(self.detector, named, elsewhere, self._tracked)

    def _take(self, name: str, item: targets.Source | Image | targets.Hole) -> None:
        if isinstance(item, targets.Source):
            if kind := sort(item.path, item.data, targets.named_like_one):
                self._containers(name, item, kind)
            else:
                self._dockerfile(name, item)
        elif isinstance(item, targets.Hole):
            self._skip(self.report.limited if item.limited else self.report.incomplete, name, item.place, item.reason)
        else:
            self._image(name, item)

    def _dockerfile(self, name: str, source: targets.Source) -> None:
        from imagelint.dockerfile.pool import Task

        top = name if self._contexts is not None and os.path.isdir(name) else ""
        if self._mender is not None:
            source.data = self._mender.take(name, source.path, source.data, top)
            if self.options.fix_only:
                return
        if self._linter is None:
            self._linter = self._made_linter()
        self._linted(self._linter.take(Task(name, source.path, source.data, top)))

    def _containers(self, name: str, source: targets.Source, kind: str) -> None:
        from imagelint.containers.lint import task

        options = self.options
        if self._mender is not None:
            self._mender.image(name, "no Dockerfile")
        if not options.fix_only:
            said = (self.engine, self.detector, options.show_secrets, options.inline_ignores)
            self._linted(task(name, source.path, source.data, kind, *said))

    def _made_linter(self) -> Linter | Remembering:
        from imagelint.dockerfile.pool import Linter, Remembering

        options = self.options
        linter = Linter(
            self.engine,
            self.detector,
            show=options.show_secrets,
            jobs=options.jobs if self._resolver is None else 1,  # workers would each ask for every image
            inline=options.inline_ignores,
            contexts=self._contexts,
            registry=self._resolver,
            shellcheck=options.shellcheck,
        )
        if not options.remembers:
            return linter
        if self._contexts is not None:
            self._contexts.listed = []
        return Remembering(linter, self._kept)

    def _kept(self) -> Kept:
        from imagelint.dockerfile.kept import Kept  # only for many Dockerfiles

        options = self.options
        changed = [getattr(limits, name) for name in limits.CHANGEABLE]
        return Kept(
            options.folders,
            [*self._names, *sorted(self.chosen), f"{options.inline_ignores} {changed} {options.config.parameters}"],
        )

    def _mends(self) -> Mender:
        from imagelint.dockerfile.context import Contexts  # only where fixes are asked for
        from imagelint.dockerfile.mender import Mender

        unsafe, write, rules = self.options.mend == "all", not self.options.diff, set(self.chosen) - self.quiet
        return Mender(
            self.engine,
            self.detector,
            rules,
            unsafe=unsafe,
            write=write,
            inline=self.options.inline_ignores,
            names=self.names,
            registry=self._resolver,
            stays=self._overrides.ignores if self._overrides is not None else None,
            contexts=Contexts(self.options.context, tracked=self._tracked) if unsafe else None,
        )

    def _resolves(self) -> Resolver:
        from imagelint.resolve import Resolver  # only where it is asked for

        return Resolver(self.options.resolve, self.options.request)

    def _made_from(self) -> Recipe | None:
        from imagelint.made_from import named  # only where it is asked for

        return named(self.options.dockerfile)

    def _linted(self, results: Iterable[tuple[Task, Linted]]) -> None:
        for task, linted in results:
            sort_of, number = ("dockerfiles", 1) if linted.containers < 0 else ("containers", linted.containers)
            self.report.stats[sort_of] = self.report.stats.get(sort_of, 0) + number
            self.report.stats["bytes"] += len(task.data)
            self._add(linted.findings)
            self._count(linted.dropped)
            self._faults.update({fault.rule: fault.reason for fault in linted.faults})
            for to, told in ((self.report.incomplete, linted.incomplete), (self.report.limited, linted.limited)):
                for place, reason in told:
                    if (place, reason) not in self._told:  # Dockerfiles of one context have the same holes
                        self._told.add((place, reason))
                        self._skip(to, task.target, place, reason)
            if linted.failure:
                self._skip(self.report.incomplete, task.target, task.path, linted.failure)

    def _image(self, name: str, image: Image) -> None:
        name = image.target or name
        if self._mender is not None:
            self._mender.image(name)
            if self.options.fix_only:
                return
        result = self._judged(name, image)
        if result is not None:
            self._take_image(name, image, result)

    def _judged(self, name: str, image: Image) -> Result | None:
        """What an image gives; None of one that could not be judged, which is told."""
        from imagelint.image.judging import judge
        from imagelint.made_from import dockerfiles

        options, before = self.options, len(self.engine.faults)
        try:
            return judge(
                image,
                self.engine,
                self.detector,
                target=name,
                show=options.show_secrets,
                jobs=options.jobs,
                progress=self.progress,
                base=self._base(name, image.platform),
                dockerfiles=dockerfiles(self._recipe, name),
            )
        except ImagelintError:
            raise
        except Exception as error:
            self._skip(self.report.incomplete, name, image.name, defect(error))
            return None
        finally:
            self._faults.update({fault.rule: fault.reason for fault in self.engine.faults[before:]})

    def _take_image(self, name: str, image: Image, result: Result) -> None:
        """Into the report."""
        self.report.stats["images"] += 1
        self.report.stats["layers"] += len(image.layers)
        self.report.stats["layers_read"] += result.layers_read
        self.report.stats["bytes"] += result.bytes
        for place, reason in result.incomplete:
            self._skip(self.report.incomplete, name, place, reason)
        for place, reason in result.limited:
            self._skip(self.report.limited, name, place, reason)
        if result.image is not None:
            self._list(result.image)
        self._add(self._owned(name, result) if self.options.own else result.findings)
        self._count(result.dropped)

    def _base(self, name: str, platform: str) -> Known | None:
        """What --base names; a reason why it is not known is told once for each target."""
        if not self.options.base:
            return None
        if self._bases is None:
            from imagelint.base import Bases

            self._bases = Bases(self.options.base, self.options.request, self.progress)
        known = self._bases.of(platform)
        if not isinstance(known, str):
            return known
        if (name, known) not in self._told:
            self._told.add((name, known))
            self._skip(self.report.incomplete, name, f"--base {self.options.base}", known)
        return None

    def _owned(self, name: str, result: Result) -> list[Finding]:
        """The findings without those in the base image alone, which are counted; where it is not known, that is
        said."""
        from imagelint.image.origin import UNKNOWN, is_inherited

        asked = [f for f in self._asked(result.findings) if self.options.show_published or not f.published]
        left = sum(is_inherited(finding, result.mixed) for finding in asked)
        self.report.stats["base"] = self.report.stats.get("base", 0) + left
        if any(finding.layer is not None and not finding.layer.origin for finding in asked):
            base = result.image.base if result.image is not None else None
            self._skip(self.report.limited, name, "--own", UNKNOWN.replace("IMAGE", base or "IMAGE"))
        return [finding for finding in result.findings if not is_inherited(finding, result.mixed)]

    def _count(self, dropped: Dropped | None) -> None:
        if self.report.dropped is not None and dropped is not None:
            merge(self.report.dropped, dropped)

    def _list(self, image: ScannedImage) -> None:
        """In the report, with its layers as long as there is room for them."""
        if len(image.layers) > self._room:
            image.layers = ()
        self._room -= len(image.layers)
        self.report.images.append(image)

    def _add(self, found: list[Finding]) -> None:
        found = self._asked(found)
        if not self.options.show_published:
            kept = [f for f in found if f.published]
            found = [f for f in found if not f.published]
            self.report.stats["published"] += len(kept)
            self._count(kept_back([f for f in kept if f.secret is not None]))
        self.report.findings += found

    def _asked(self, found: list[Finding]) -> list[Finding]:
        """Those of a rule and a status that are asked for."""
        if self.options.context_only:
            found = [f for f in found if f.surface == "context"]
        return [f for f in found if f.rule in self.chosen and (not f.status or f.status in self.options.status)]

    def _skip(self, to: list[Skip], name: str, place: str, reason: str) -> None:
        to.append(Skip(self.names.safe(name), self.names.safe(place), self.names.safe(reason)))

    def _quiet(self) -> None:
        """Mark what is kept quiet: it stays in the report, counted."""
        quiet(self.report, self.ignoring, self.names, self._overrides, self._baselines)
