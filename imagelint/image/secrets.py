"""Candidates of all layers and surfaces -> findings: one secret is one finding, wherever it lies."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass, field

from imagelint.engine.rule import Rule
from imagelint.findings import STATUSES, Finding, LayerInfo, Location, Place, SafeText, Secret, Severity
from imagelint.image.model import Layer
from imagelint.image.once import once
from imagelint.image.origin import BASE, OWN
from imagelint.image.remedies import Remedies
from imagelint.image.result import Found, Kept
from imagelint.image.surfaces import Surface
from imagelint.image.timeline import Life, Timeline
from imagelint.image.trail import Trails
from imagelint.secrets.checksum import DIGITS
from imagelint.secrets.confirm import Candidate
from imagelint.secrets.gist import gist_of
from imagelint.secrets.identity import fingerprint, grouping
from imagelint.secrets.redact import Redactor
from imagelint.secrets.severity import severity_of, title_of

SURFACES = (
    "file",
    "archive",
    "name",
    "link",
    "xattr",
    "header",
    "gap",
    "env",
    "label",
    "cmd",
    "entrypoint",
    "healthcheck",
    "onbuild",
    "shell",
    "user",
    "workdir",
    "volume",
    "port",
    "stop-signal",
    "build-arg",
    "author",
    "comment",
    "annotation",
    "config",
    "manifest",
    "attestation",
    "history",
)
"""The more telling place of a secret first: the ENV that sets it ahead of the history entry that mentions it."""
MAX_PLACES = 1000
"""GitHub takes 1,000 locations of a result; a secret in more places is told with the first ones."""
WHAT = {
    "present": "{title} in {place}: anyone who can pull the image can read it",
    "deleted": "{title} in {place}: deleted in layer {by}, and layer {layer} still ships it",
    "overwritten": "{title} in {place}: overwritten in layer {by}, and layer {layer} still ships it",
    "hidden": "{title} in {place}: hidden since layer {by}, and layer {layer} still ships it",
}


BOTH = "; it lies in the base image's layers and in this image's own"


@dataclass(slots=True)
class Origin:
    """Where the bytes of a finding lie; no member (0) for what lies in the configuration or in a header."""

    layer: Layer | None
    ordinal: int
    surface: str


@dataclass(slots=True)
class Spot:
    """One place of one secret. `candidate` has the value, so it stays out of the repr."""

    candidate: Candidate = field(repr=False)
    surface: str
    path: str
    life: Life
    layer: int = -1
    line: int = 0
    column: int = 0
    history: int = -1
    found: Found | None = None
    published: bool = False
    """It lies in a file that is what its package brought."""
    value: bytes = b""
    """Equal for equal values of the image, where a note of it tells (notes.py): some are forgotten then."""

    @property
    def rank(self) -> tuple[bool, int, float, int, str, int]:
        """The place that stands for all: the image's own first, then what is still present, the more telling surface,
        the lowest layer. A line in an archive's member tells more than the bytes of a file that has none."""
        surface = SURFACES.index(self.surface) + (1.5 if self.surface in ("file", "archive") and not self.line else 0)
        return (self.published, STATUSES.index(self.life.status), surface, self.layer, self.path, self.line)


def of_layer(
    found: Iterable[Found], layer: int, timeline: Timeline, published: Container[tuple[int, Found | Kept]] = ()
) -> Iterable[Spot]:
    """The spots of a layer's candidates; `published` has those in files that are what their package brought."""
    for item in found:
        path = (item.path + b"!" + item.way if item.way else item.path).decode("utf-8", "surrogateescape")
        life = timeline.of(item, layer)
        yield Spot(
            item.candidate,
            item.surface,
            path,
            life,
            layer,
            item.line,
            item.column,
            found=item,
            published=(layer, item) in published,
        )


def of_document(found: Iterable[Found]) -> Iterable[Spot]:
    """The spots of a document beside the layers that was read as one file."""
    for item in found:
        path = item.path.decode("utf-8", "surrogateescape")
        yield Spot(item.candidate, "attestation", path, Life("present"), line=item.line, column=item.column)


def of_surface(candidates: Iterable[Candidate], surface: Surface) -> Iterable[Spot]:
    """The spots of a text outside the layers."""
    for candidate in candidates:
        line, column = (candidate.line, candidate.column) if surface.filename else (0, 0)
        yield Spot(
            candidate,
            surface.kind,
            surface.path,
            Life("present"),
            line=line,
            column=column,
            history=surface.history,
        )


def grouped(spots: Iterable[Spot]) -> list[list[Spot]]:
    """The places of each secret, the one that stands for all first; the secrets in the order of these."""
    groups: dict[tuple[str, bytes], list[Spot]] = {}
    for spot in _told(list(spots)):
        groups.setdefault((spot.candidate.rule, spot.value or grouping(spot.candidate.value)), []).append(spot)
    chosen = [sorted(group, key=lambda spot: spot.rank) for group in groups.values()]
    return sorted(chosen, key=lambda group: group[0].rank)


def _told(spots: list[Spot]) -> list[Spot]:
    """All but what is another's again: of layers that was settled when they were read (once.py)."""
    beside = once([spot for spot in spots if spot.layer < 0], lambda spot: spot.path)
    chosen = set(map(id, beside))
    return [
        spot for spot in spots if (not (spot.found and spot.found.within) if spot.layer >= 0 else id(spot) in chosen)
    ]


class SecretFindings:
    """Groups spots by rule and value, and makes a finding of each group."""

    def __init__(
        self,
        rules: dict[str, Rule],
        layers: Sequence[Layer],
        trails: Trails,
        remedies: Remedies,
        redactor: Redactor,
        target: SafeText,
        show: bool,
    ) -> None:
        self._rules, self._layers, self._trails, self._redactor = rules, layers, trails, redactor
        self._remedies = remedies
        self._target, self._show = target, show
        self._ordinals: dict[tuple[str, str, str], int] = {}
        self.origins: dict[str, Origin] = {}
        """By fingerprint."""
        self.mixed: set[str] = set()
        """Fingerprints of secrets that lie in the base image's layers or entries, and in others too."""

    def make(self, spots: Iterable[Spot]) -> list[Finding]:
        """One finding for each secret, in the order of their places."""
        return [self._finding(group) for group in grouped(spots)]

    def _finding(self, group: list[Spot]) -> Finding:
        spot = group[0]
        candidate, rule = spot.candidate, self._rules[spot.candidate.rule]
        path = self._redactor.safe(spot.path)
        # A history entry has another number when a step is added ahead of it.
        place = f"history{path.partition(']')[2]}" if spot.surface == "history" else path
        key = (rule.id, place, candidate.name)
        ordinal = self._ordinals[key] = self._ordinals.get(key, -1) + 1
        gist = gist_of(candidate, rule.checksum)
        identity = gist.identity or fingerprint(rule.id, "", False, place, candidate.name, ordinal)
        layers, gone = _at_path(spot, group)
        first = self._introduced(spot, group, layers, gone)
        # builders copy values around the configuration, which says nothing of where they came from
        origins = {
            self._trails.origin(one.layer, one.history) for one in group if one.surface not in ("config", "manifest")
        }
        if BASE in origins and len(origins) > 1:
            self.mixed.add(identity)
        mixed = {BASE, OWN} <= origins
        layer = self._trails.layer(first.layer) if first.layer >= 0 else self._trails.history(spot.history)
        in_file = first.found is not None and first.surface in ("file", "archive")
        self.origins[identity] = Origin(
            self._layers[first.layer] if first.layer >= 0 else None,
            first.found.ordinal if first.found and in_file else 0,
            first.surface,
        )
        # A token with right check digits is no sample: no distribution ships one on purpose, and who wrote the package
        # database may be who wants it overlooked.
        published = spot.published and not (rule.checksum in DIGITS and candidate.confidence == "proved")
        masked = self._redactor.mask(candidate.value) if self._show else self._redactor.masked(gist.shown)
        end = first.column + gist.width if gist.width and first.column else 0
        return Finding(
            rule=rule.id,
            severity=Severity.NOTE if published else severity_of(rule, candidate),
            message=self._message(rule, spot, path, first.layer, mixed=mixed),
            target=self._target,
            location=Location(path, first.line, first.column, first.line if end else 0, end),
            fingerprint=identity,
            surface=spot.surface,
            layer=layer,
            status=spot.life.status,
            trail=self._trails.of_secret(spot.found, spot.life, first.layer, layers, gone)
            if spot.found
            else self._trails.of_value(spot.history, spot.surface),
            secret=Secret(
                rule.title,
                masked,
                identity,
                candidate.confidence,
                candidate.encrypted,
                candidate.value if self._show else None,
            ),
            places=self._places(group) if len(group) > 1 else (),
            published=published,
            remedy=None if published else self._remedy(rule, group, spot, layer, mixed=mixed),
        )

    def _remedy(
        self, rule: Rule, group: Iterable[Spot], spot: Spot, layer: LayerInfo | None, *, mixed: bool
    ) -> SafeText | None:
        """Of the place that stands for all or, where the base image has the secret too, of the image's own."""
        if mixed:
            spot = next(one for one in group if self._trails.origin(one.layer, one.history) == OWN)
            layer = self._trails.layer(spot.layer) if spot.layer >= 0 else self._trails.history(spot.history)
        return self._remedies.secret(rule, spot.surface, spot.path, spot.life.status, layer, mixed=mixed)

    def _introduced(self, spot: Spot, group: Sequence[Spot], layers: Collection[int], gone: Collection[int]) -> Spot:
        """The place that the secret came from: the same one, in the layer that brought it there."""
        if spot.found is None or len(layers) < 2:
            return spot
        layer = self._trails.introduced(spot.found, spot.layer, layers, gone)
        same = (one for one in group if (one.layer, one.path, one.surface) == (layer, spot.path, spot.surface))
        return next(same, spot)

    def _message(self, rule: Rule, spot: Spot, path: SafeText, layer: int, *, mixed: bool) -> SafeText:
        place = {
            "file": path,
            "name": f"the name {path}",
            "link": f"the target of the link {path}",
            "header": f"a tar header of {path}",
            "xattr": f"an extended attribute of {path}",
            "gap": f"bytes behind {path} that belong to no file",
        }.get(spot.surface, path)
        title = title_of(rule, spot.candidate)
        before, _, after = WHAT[spot.life.status].partition("{place}")
        words = {"title": title, "by": str(spot.life.by), "layer": str(layer)}
        after += BOTH if mixed else ""
        # The place comes from the target and is never formatted; the rest is ours.
        return self._redactor.parts([(before.format(**words), False), (place, True), (after.format(**words), False)])

    def _places(self, group: list[Spot]) -> tuple[Place, ...]:
        # the same bytes may be read in two ways, as a container's own and as its member's
        places = dict.fromkeys(
            (spot.path, spot.line, spot.layer, spot.life.status, spot.surface) for spot in group[: 2 * MAX_PLACES]
        )
        return tuple(
            Place(self._redactor.safe(path), line, layer, status, surface)
            for path, line, layer, status, surface in list(places)[:MAX_PLACES]
        )


def _at_path(spot: Spot, group: Iterable[Spot]) -> tuple[set[int], set[int]]:
    """The layers whose entry at the spot's path has the secret as the spot has it, and those of them in which a later
    entry of the same layer takes its place."""
    layers: set[int] = set()
    last: set[int] = set()
    if spot.found is not None:
        for one in group:
            # a file that its package brought, and the same that nobody vouches for, are two things
            alike = one.published == spot.published
            if alike and one.found is not None and one.found.path == spot.found.path:
                layers.add(one.layer)
                if not one.found.replaced:
                    last.add(one.layer)
    return layers, layers - last


def learn(spots: Iterable[Spot], redactor: Redactor) -> None:
    """Tell the redactor every value before any text is made."""
    for spot in spots:
        if not spot.candidate.forgot:
            redactor.learn(spot.candidate.value, spot.candidate.prefix)
