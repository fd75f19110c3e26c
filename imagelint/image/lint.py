"""An image through all its rooms: layers in one pass each, the timeline, secrets, rules, findings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from imagelint.engine.evaluate import Engine, Hit
from imagelint.findings import Dropped, Finding, Location, SafeText, ScannedImage, Severity, StoredLayer
from imagelint.image import secrets
from imagelint.image.attestations import read_statement
from imagelint.image.certificates import next_end
from imagelint.image.hits import TOO_MANY
from imagelint.image.labels import labels_of
from imagelint.image.layer import read_layer
from imagelint.image.memory import Data, Memory, Remembering
from imagelint.image.model import Image, Layer
from imagelint.image.origin import Known, materials
from imagelint.image.packages import Published, published
from imagelint.image.paths import Allowance
from imagelint.image.progress import Progress
from imagelint.image.provenance import Dockerfiles
from imagelint.image.provenance_build import Build
from imagelint.image.reading import read_image
from imagelint.image.reading_settings import ReadingSettings
from imagelint.image.remedies import Remedies
from imagelint.image.result import LayerResult
from imagelint.image.secrets import Origin, SecretFindings, Spot
from imagelint.image.subjects import ConfigSubject, EntrySubject, ImageSubject, LayerSubject
from imagelint.image.subjects_waste import as_told, waste
from imagelint.image.surfaces import MAX_TEXT, Surface, surfaces, writers
from imagelint.image.system import System, search_path
from imagelint.image.telling import tell
from imagelint.image.timeline import Timeline
from imagelint.image.trail import Trails
from imagelint.secrets.confirm import Detector
from imagelint.secrets.disguises import LEAST_FOR_NAME
from imagelint.secrets.dropped import Tally
from imagelint.secrets.redact import Redactor, plain

PUBLISHED = "entry.published"
"""A rule that asks this fact is about what packages decide: where it holds, its finding is a note, and kept back."""


@dataclass(slots=True)
class Result:
    """What an image gave."""

    findings: list[Finding] = field(default_factory=list)
    incomplete: list[tuple[str, str]] = field(default_factory=list)
    limited: list[tuple[str, str]] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)
    """Where the bytes of each secret lie, by fingerprint."""
    mixed: set[str] = field(default_factory=set)
    """The fingerprints of secrets that lie in the base image's layers and in others too."""
    materials: list[str] = field(default_factory=list)
    """The addresses of the images that attestations say the build took."""
    bytes: int = 0
    """Uncompressed, of the layers that were read for this image."""
    layers_read: int = 0
    """Those of its layers that no earlier image of the target had."""
    image: ScannedImage | None = None
    """How the report lists it."""
    dropped: Dropped | None = None
    """What filters turned away, where the detector explains."""
    builds: list[Build] = field(default_factory=list)
    """What attestations tell of how it was built."""
    again: bool = False
    """There are no findings: layers have forgotten their values, and no note tells what is needed of them. They are to
    be read again."""
    until: str = ""
    """The last day on which the same would be found, where certificates decide; empty for any day."""
    note: Data | None = field(default=None, repr=False)
    """Where it was asked for: what is to be remembered of the image (notes.py)."""
    mentioned: list[int] = field(default_factory=list)
    """Where it was asked for: the layers of which nothing may be kept, since a value of the image stands in it."""
    labels: dict[SafeText, SafeText] = field(default_factory=dict)
    """Of an image that is one of many: its labels, masked."""
    kept: bool = False
    """It is of an earlier run."""
    quoted: bool = True
    """Of an image whose layers are kept: a value stands in its own documents, of which nothing may be kept then."""


def lint(
    image: Image,
    engine: Engine,
    detector: Detector,
    *,
    target: str,
    show: bool,
    jobs: int = 2,
    progress: Progress | None = None,
    base: Known | None = None,
    dockerfiles: Dockerfiles | None = None,
    remembering: Remembering | None = None,
) -> Result:
    """Read an image once, `jobs` layers at a time, and put every rule to it. `base` is the image that the user says it
    was built on; `dockerfiles` tells where to look for what it was made from, None for nowhere. `remembering` has to do
    with layers that have forgotten their values."""
    result = Result(incomplete=list(image.incomplete), limited=list(image.limited))
    allowance = Allowance()
    layers = _read(image, engine, detector, jobs, allowance, progress)
    names = [target, *(base.names if base is not None else ())]
    own = list(surfaces(image))
    memory = Memory(own, image, layers, remembering, names, detector.by_id)
    if show or (dockerfiles is not None and (dockerfiles.given or dockerfiles.beside)):
        memory.useless = True
    known = memory.packaged()
    if memory.lost:
        result.again = True
        return result
    for layer in layers:
        result.incomplete += layer.incomplete
        result.limited += layer.limited
        if not layer.shared:
            result.bytes += layer.bytes_out
            result.layers_read += 1
    timeline, redactor = Timeline(layers), Redactor(detector, show)
    tally = Tally() if detector.explains else None
    if tally is not None:
        for layer in layers:
            if layer.dropped is not None and not layer.shared:
                tally.take(layer.dropped, layer.index)
    packaged = known or published(layers, timeline)
    result.limited += packaged.limited
    spots = _spots(image, own, layers, timeline, packaged, detector, allowance, result, tally, memory)
    secrets.learn(spots, redactor)
    names_set = _set_by_mistake(own, detector)
    for value, prefix in names_set:
        redactor.learn(value, prefix)
    memory.recall(spots, result.builds, redactor)
    name = redactor.safe(target)
    told = tell(
        image,
        layers,
        timeline,
        redactor,
        name,
        builds=result.builds,
        materials=result.materials,
        base=base,
        dockerfiles=dockerfiles,
    )
    memory.names.append(told.origins.name)
    if memory.unsure():
        return Result(again=True)
    if memory.wanted:
        texts_own = Redactor(detector)
        secrets.learn([spot for spot in spots if spot.layer < 0], texts_own)
        for value, prefix in names_set:
            texts_own.learn(value, prefix)
        result.note = memory.note(packaged, spots, redactor, texts_own)
    result.mentioned = memory.mentioned(redactor)
    result.limited += told.limited
    result.image, stored, trails = told.image, told.image.layers, told.trails
    remedies = Remedies(told.origins.name, told.origins.where, bool(image.public), redactor)
    made = SecretFindings(
        {rule.id: rule for rule in detector.patterns.rules}, image.layers, trails, remedies, redactor, name, show
    )
    result.findings = made.make(spots)
    result.origins, result.mixed = made.origins, made.mixed
    result.dropped = tally.told(name, redactor) if tally is not None else None
    result.until = next_end(layers)
    system = System(image, layers, timeline, packaged, told.origins.name)
    rules = _Rules(image, engine, trails, remedies, redactor, name, told.origins.name)
    result.findings += rules.findings(layers, stored, system)
    told.traced.show(result.findings, detector, redactor)
    if image.shared is not None:
        result.labels = labels_of(image.config, redactor)
    if image.shared is not None and image.shared.keeping is not None:
        image.shared.keeping.keep(image, layers, result.mentioned)
        result.quoted = memory.quoted(redactor)
    return result


def _read(
    image: Image, engine: Engine, detector: Detector, jobs: int, allowance: Allowance, progress: Progress | None
) -> list[LayerResult]:
    """Results in the layers' order. What an earlier image of the target has is not read again."""
    shared = image.shared
    keeping = shared.keeping if shared is not None else None
    if keeping is not None:
        read_one = keeping.reader(detector, read_layer)
    else:
        paths = shared.paths if shared is not None else search_path(image.config)
        read_one = ReadingSettings.of(engine, paths).reader(detector, read_layer)

    def read(layer: Layer, allowance: Allowance) -> LayerResult:
        result = read_one(layer, allowance)
        result.short = allowance.exhausted
        return result

    return read_image(image, read, allowance, jobs, progress, detector.patterns.prepare)


def _spots(
    image: Image,
    own: Sequence[Surface],
    layers: list[LayerResult],
    timeline: Timeline,
    packaged: Published,
    detector: Detector,
    allowance: Allowance,
    result: Result,
    tally: Tally | None,
    memory: Memory,
) -> list[Spot]:
    spots: list[Spot] = []
    for layer in layers:
        spots += secrets.of_layer(layer.found, layer.index, timeline, packaged.found)
    for attestation in image.attestations:
        statement = read_statement(attestation, detector, allowance)
        result.incomplete += statement.incomplete
        result.limited += statement.limited
        if statement.build is not None:
            result.builds.append(statement.build)
        spots += secrets.of_document(statement.found)
        memory.heard(statement.surfaces)
        result.materials += materials(statement.surfaces)
        spots += _of_surfaces(statement.surfaces, detector, allowance, result, tally)
        if tally is not None and statement.dropped is not None:
            tally.take(statement.dropped)
    return spots + _of_surfaces(own, detector, allowance, result, tally)


def _of_surfaces(
    texts: Iterable[Surface], detector: Detector, allowance: Allowance, result: Result, tally: Tally | None
) -> list[Spot]:
    spots: list[Spot] = []
    for surface in texts:
        if len(surface.text) > MAX_TEXT:
            result.limited.append((surface.path, f"only the first {MAX_TEXT} characters were looked at"))
        text = surface.text[:MAX_TEXT]
        every = detector.text(text, surface.filename, surface.name)
        found = [candidate for candidate in every if not candidate.dropped]
        if tally is not None:
            for candidate in every:
                if candidate.dropped:
                    tally.add(candidate.dropped, surface.path, candidate.line if surface.filename else 0)
        if not found:
            continue
        if allowance.take("candidates", len(found)) and allowance.take("values", sum(len(c.value) for c in found)):
            spots += secrets.of_surface(found, surface)
        else:
            result.limited.append((surface.path, TOO_MANY))
            break
    return spots


def _set_by_mistake(own: Iterable[Surface], detector: Detector) -> list[tuple[str, int]]:
    """A token with a `=` in it may have been set by mistake: its first part is then the name of a variable. Values, and
    how many characters of each are its format's."""
    return [
        (candidate.value, candidate.prefix)
        for surface in own
        if len(surface.name) >= LEAST_FOR_NAME
        for candidate in detector.every(f"{surface.name}={surface.text[:MAX_TEXT]}")
        if candidate.start < len(surface.name)
    ]


class _Rules:
    """Puts the rules of an image to its subjects."""

    def __init__(
        self,
        image: Image,
        engine: Engine,
        trails: Trails,
        remedies: Remedies,
        redactor: Redactor,
        target: SafeText,
        base: str,
    ) -> None:
        self._base = base
        self._image, self._engine, self._trails, self._redactor, self._target = image, engine, trails, redactor, target
        self._remedies = remedies
        self._ordinals: dict[tuple[str, str], int] = {}

    def findings(self, layers: list[LayerResult], stored: Sequence[StoredLayer], system: System) -> list[Finding]:
        """The findings about the image, its configuration, its layers and their entries."""
        image, put = self._image, self._engine.put
        subject = ImageSubject(image, system)
        found = [self._finding(hit, "configuration") for hit in put(subject)]
        for hit in put(ConfigSubject(subject, image.config)):
            found.append(self._finding(hit, "configuration"))
            found[-1].layer = self._trails.history(self._writer(hit))
        if self._engine.has("layer"):
            for layer, told, read in zip(image.layers, stored, layers, strict=True):
                created_by = image.history[layer.history].created_by if layer.history >= 0 else ""
                found += [
                    self._finding(hit, f"layer {layer.index}", layer.index, known_by=f"layer\0{created_by}")
                    for hit in put(LayerSubject(subject, told, read.bytes_out, created_by))
                ]
        for result in layers:
            for kept in result.kept:
                life = system.life(kept, result.index)
                entry = EntrySubject(subject, kept, result, life.status)
                for hit in put(entry):
                    path = kept.entry.path.decode("utf-8", "surrogateescape")
                    finding = self._finding(hit, path, result.index, life.status)
                    finding.trail = self._trails.of_entry(kept, life, result.index)
                    if entry.published and PUBLISHED in self._engine.ruleset.program(hit.rule)[1]:
                        finding.published, finding.severity = True, Severity.NOTE
                    else:
                        finding.remedy = self._remedies.entry(self._trails.layer(result.index))
                    found.append(finding)
        return found + self._waste(subject, layers)

    def _waste(self, image: ImageSubject, layers: list[LayerResult]) -> list[Finding]:
        """The findings about bytes that nobody needs."""
        if not self._engine.has("waste"):
            return []
        found, shared = [], self._image.shared
        told = shared.waste(self._image, layers) if shared is not None else as_told(layers)
        for subject in waste(image, layers, told, self._trails, self._base, self._redactor.safe):
            for hit in self._engine.put(subject):
                found.append(self._finding(hit, subject.shown, subject.layer, subject.status))
                found[-1].trail = self._trails.of_waste(subject.status, subject.layer, subject.by)
                layer = self._trails.layer(subject.layer)
                found[-1].remedy = self._remedies.waste(subject.status, layer, subject.cache)
        return found

    def _writer(self, hit: Hit) -> int:
        """The history entry that set what a rule of the configuration is about, if that is one thing; else -1."""
        facts = (name.rpartition(".")[2] for name in self._engine.ruleset.program(hit.rule)[1])
        sets = {where for name in facts if (where := hit.subject.set_by(name)) is not None}
        return writers(self._image).get(sets.pop(), -1) if len(sets) == 1 else -1

    def _finding(self, hit: Hit, path: str, layer: int = -1, status: str = "", known_by: str = "") -> Finding:
        """`known_by` is for what has no path: what it is known by in the next build."""
        shown = self._redactor.safe(path)
        return Finding(
            rule=hit.rule.id,
            severity=hit.rule.severity,
            message=self._redactor.parts(hit.parts) or plain(hit.rule.title),
            target=self._target,
            location=Location(shown),
            fingerprint=self._identity(hit.rule.id, self._redactor.safe(known_by) if known_by else shown),
            surface="file" if status else "config",
            layer=self._trails.layer(layer) if layer >= 0 else None,
            status=status,
        )

    def _identity(self, rule: str, place: str) -> str:
        """Of rule, place and ordinal, which counts the layers that bring the same path from below: neither a layer's
        number nor what later layers do to its files is part of it. 32 hexadecimal digits."""
        ordinal = self._ordinals[rule, place] = self._ordinals.get((rule, place), -1) + 1
        text = "\0".join((rule, place, str(ordinal)))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
