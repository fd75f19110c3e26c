"""A scan of hosts: the containers of each engine, its images and what they hold, and what could be removed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from imagelint.errors import ImagelintError, UnreadableError, defect
from imagelint.findings import Report
from imagelint.host.containers import Defaults, container
from imagelint.host.engine import Engine, find
from imagelint.host.findings import Finder
from imagelint.host.given import NOTHING, given
from imagelint.host.names import name_them
from imagelint.host.removal import Removal, remedy, removals
from imagelint.host.sizes import Sizes
from imagelint.host.stored import Stored, steps, stored
from imagelint.image.sources.answers import as_map, items, plain_id, text, words
from imagelint.image.sources.daemon import Local, together
from imagelint.record import field, record
from imagelint.scan_options import Options
from imagelint.scanning import Progress, Scan

RUNNING = ("running", "paused", "restarting")
"""States of a container whose processes are there."""

REMOVAL = "removal"
"""The tag of rules whose findings name the command that removes the image."""
WASTE = "waste"
GONE = "is gone since the scan began"


@record
class Asked:
    """What of a host is looked at."""

    stopped: bool = False
    """Containers that do not run, too."""
    containers: bool = True
    images: bool = True
    layers: bool = True
    """What the images hold."""


@record
class _Listed:
    """A container, as the list has it."""

    id: str
    name: str
    image: str
    """Its image's id, in digits."""
    started_as: str
    runs: bool


@record
class _Census:
    """What was learned of one engine."""

    engine: Engine
    info: dict[str, Any]
    """Its answer to GET /info."""
    containers: list[_Listed] = field(default_factory=list)
    images: dict[str, Stored] = field(default_factory=dict)
    """By id."""
    told: list[tuple[str, str]] = field(default_factory=list)
    """(id, name) of what names the engine knows that images had, the newest last."""
    sizes: Sizes = field(default_factory=Sizes)


class HostScan(Scan):
    """A scan whose targets are engines: docker, podman, or addresses."""

    def __init__(self, options: Options, asked: Asked, progress: Progress | None = None) -> None:
        """What images weigh is left to `scan` and `size`, unless rules about it are selected: it takes a look at every
        path of every image, and most of a host's are those of one base."""
        if not options.select:
            weight = [rule.id for rule in options.rules.rules if rule.kind == WASTE]
            options.ignore = [*options.ignore, *weight]
        super().__init__(options, progress)
        self.asked = asked
        self.removals: list[tuple[str, list[Removal]]] = []
        """What could be removed of each engine."""
        self._finder = Finder(self.engine, self.detector, self.names, options.show_secrets)

    def run(self, names: Sequence[str]) -> Report:
        """Scan these engines. What cannot be read is listed in the report's `incomplete`."""
        for name in names:
            with suppress(UnreadableError):  # is told of that engine
                find(name)  # a word that is none is refused before anything is asked
        return super().run(names)

    def _target(self, name: str) -> None:
        before = len(self.engine.faults)
        try:
            engine = Engine(find(name))
            census = _Census(engine, as_map(engine.ask("/info")))
            self._learn(name, census)
            if self.asked.containers:
                self._each_container(name, census)
            if self.asked.images:
                self._each_image(name, census)
        except UnreadableError as error:
            self._skip(self.report.incomplete, name, "", str(error))
        except ImagelintError:
            raise
        except Exception as error:
            self._skip(self.report.incomplete, name, "", defect(error))
        finally:
            self._faults.update({fault.rule: fault.reason for fault in self.engine.faults[before:]})

    def _learn(self, name: str, census: _Census) -> None:
        """What containers there are, and what is known of each image."""
        engine = census.engine
        for item in engine.each("/containers/json", all="1"):
            called = next(iter(words(item.get("Names"))), "").removeprefix("/") or text(item.get("Id"))[:12]
            made_of, runs = plain_id(text(item.get("ImageID"))), text(item.get("State")) in RUNNING
            census.containers.append(_Listed(text(item.get("Id")), called, made_of, text(item.get("Image")), runs))
        if not self.asked.images:
            return
        for item in engine.each("/images/json"):
            if image := self._image_of(census, text(item.get("Id")), item):
                census.told += [(image.id, had) for had in reversed(words(item.get("History")))]
            else:
                place = next(iter(words(item.get("RepoTags"))), text(item.get("Id")))
                self._skip(self.report.limited, name, f"image {place}", GONE)
        if census.engine.kind == "docker":
            census.told += engine.tagged(text(census.info.get("SystemTime")))

    def _image_of(self, census: _Census, identity: str, listed: dict[str, Any] | None = None) -> Stored | None:
        """What the engine knows of an image, asked for once; None of one that is gone."""
        digits = plain_id(identity)
        if digits in census.images or not digits:
            return census.images.get(digits)
        inspected = census.engine.image(identity)
        if inspected is None:
            return None
        image = census.images[digits] = stored({"Id": identity, **(listed or {})}, inspected)
        if self.asked.images:
            history = items(census.engine.ask(f"/images/{identity}/history"))
            image.made = steps(history)
            census.sizes.add(image, history)
        return image

    def _each_container(self, name: str, census: _Census) -> None:
        engine = census.engine
        defaults = Defaults.of(census.info)
        for listed in census.containers:
            if not (listed.runs or self.asked.stopped):
                continue
            place = f"container {listed.name}"
            try:
                inspected = engine.container(listed.id)
                image = self._image_of(census, listed.image) if inspected else None
            except UnreadableError as error:
                self._failed(name, census, place, error)
                continue
            if inspected is None:
                self._skip(self.report.limited, name, place, GONE)
                continue
            # What the image sets is told as the image's, where images are looked into.
            looked = self.asked.images and self.asked.layers
            target, config = f"{engine.kind}-container:{listed.name}", as_map(inspected.get("Config"))
            own = given(config, image.settings if image is not None else NOTHING)
            subject = container(inspected, own["Env"], defaults)
            parts = own if looked else given(config, NOTHING)
            found = self._finder.secrets(target, parts)
            self._add([*found.findings, *self._finder.container(target, subject)])
            self._count(found.dropped)
            for to, told in ((self.report.incomplete, found.incomplete), (self.report.limited, found.limited)):
                for where, reason in told:
                    self._skip(to, target, where, reason)
            self.report.stats["containers"] = self.report.stats.get("containers", 0) + 1

    def _failed(self, name: str, census: _Census, place: str, error: UnreadableError) -> None:
        """One of many was not read: that is told, and the others follow as long as the engine answers at all."""
        census.engine.ask("/version")
        self._skip(self.report.incomplete, name, place, str(error))

    def _each_image(self, name: str, census: _Census) -> None:
        engine, images = census.engine, census.images
        for listed in sorted(census.containers, key=lambda container: container.name):
            if image := images.get(listed.image):
                (image.running if listed.runs else image.stopped).append(listed.name)
                if not image.tags:
                    image.started_as.append(self._started_as(census, listed))
        name_them(list(images.values()), census.told)
        if census.sizes.unknown:  # it adds up what lies on the disk, which takes its time
            try:
                census.sizes.alone(as_map(engine.ask("/system/df", type="image")))
            except UnreadableError as error:
                self._skip(self.report.limited, name, "what removing images frees", str(error))
        census.sizes.fill(images.values())
        if self.asked.layers:
            self._look_into(name, census)
        for image in images.values():
            target = _target(engine.kind, image)
            for finding in self._finder.stored(target, image):
                if REMOVAL in self.options.rules.by_id[finding.rule].tags:
                    finding.remedy = self.names.parts(remedy(engine.kind, image))
                self._add([finding])
        left = removals(engine.kind, list(images.values()), census.sizes)
        safe = self.names.safe
        self.removals.append((engine.kind, [Removal(safe(one.command), safe(one.why), one.frees) for one in left]))

    def _started_as(self, census: _Census, listed: _Listed) -> str:
        """By which name a container was made; the list of Docker has an id where the name is another image's now."""
        if plain_id(listed.started_as) not in ("", *census.images):
            return listed.started_as
        inspected = census.engine.container(listed.id) or {}
        return text(as_map(inspected.get("Config")).get("Image"))

    def _look_into(self, name: str, census: _Census) -> None:
        """Look into every image, each layer once."""
        engine, by_target = (
            census.engine,
            {_target(census.engine.kind, image): image for image in census.images.values()},
        )
        found = [
            Local(
                target.partition(":")[2],
                bool(image.tags),
                image.platform,
                image.size,
                image.layers,
                census.sizes.of(image),
            )
            for target, image in by_target.items()
        ]
        for item in together(engine, found, self.options.request, self.progress):
            if isinstance(item, tuple):
                self._unread(name, census, *item)
                continue
            before, image = len(self.report.findings), by_target[item.target]
            self._take(name, item)
            for finding in self.report.findings[before:]:
                image.secrets += finding.secret is not None
                if image.superseded:
                    was = [(f"{finding.message}; the image was ", False), (image.was, True)]
                    finding.message = self.names.parts(was)
            del item  # and its temporary file, before the next image takes one

    def _unread(self, name: str, census: _Census, place: str, reason: str) -> None:
        """An image that did not come; one that was removed meanwhile is no hole."""
        if census.engine.image(place) is None:
            self._skip(self.report.limited, name, place, GONE)
        else:
            self._skip(self.report.incomplete, name, place, reason)


def _target(kind: str, image: Stored) -> str:
    """What findings of an image have as their target, and `imagelint extract` takes."""
    return f"{kind}:{image.tags[0] if image.tags else f'sha256:{image.id}'}"
