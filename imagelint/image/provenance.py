"""Which instruction of which Dockerfile made a layer, or an entry of the history.

The Dockerfile is the one that the user names, or the one that BuildKit's provenance holds, or the only one that lies
beside the image. Where the provenance tells which lines made a layer, that is `exact`; where the instructions of the
Dockerfile fit the history, each line is `matched`; all others are `uncertain`: what several instructions can have made,
what is below the first instruction (the base image's, or what its ONBUILD put off), and everything when the Dockerfile
is not the image's, which is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from imagelint.findings import Finding, Frame, LayerInfo, Location
from imagelint.image.model import Image
from imagelint.image.provenance_build import Build, Lines
from imagelint.image.provenance_match import Match, Told, match
from imagelint.image.recipe import Framer, Made, Recipe
from imagelint.image.result import LayerResult
from imagelint.record import field, record
from imagelint.secrets.redact import Redactor
from imagelint.stream import limits

if TYPE_CHECKING:
    from imagelint.secrets.confirm import Detector

TOO_LARGE = f"in the provenance has over {limits.EMBEDDED_DOCKERFILE >> 10} KiB, and was not read for lines"
EXACT, MATCHED, UNCERTAIN = "exact", "matched", "uncertain"


@record
class Dockerfiles:
    """Where the Dockerfile of an image may be found."""

    parse: Callable[[str, bytes], Recipe]
    """Reads one: its name in reports, and its content."""
    given: Recipe | None = None
    """Named by the user: no other one counts."""
    beside: Recipe | None = None
    """The only one beside the image."""


@record
class Traced:
    """What is known of an image's layers and entries."""

    path: str = ""
    """Of the Dockerfile; empty where there is none."""
    entries: dict[int, Made] = field(default_factory=dict)
    """By index in the history."""
    behind: dict[int, Made] = field(default_factory=dict)
    """What made the layer of an entry, by index in the history."""
    layers: dict[int, Made] = field(default_factory=dict)
    """By index, those that the provenance tells of."""
    limited: list[tuple[str, str]] = field(default_factory=list)
    start: int = -1
    """The entry that the build began with; -1 where that is not sure."""
    base: str = ""
    """The image that its FROM names; empty where that is not sure."""
    line: int = 0
    """Of that FROM."""
    recipe: Recipe | None = None
    """The Dockerfile; None where there is none."""

    def of(self, layer: int, history: int) -> tuple[Made | None, str]:
        """The instruction and how it is known. -1 for what is none."""
        if not self.path:
            return None, ""
        matched = (self.entries if layer < 0 else self.behind).get(history)
        exact = self.layers.get(layer) if layer >= 0 else None
        if exact is not None and (matched is None or matched is exact):
            return exact, EXACT
        if matched is not None and exact is None:
            return matched, MATCHED
        return None, UNCERTAIN

    def made_layer(self, history: int) -> bool:
        """Whether the layer of an entry is what its instruction made, as far as is known."""
        return self.entries.get(history) is self.behind.get(history)

    def fill(self, info: LayerInfo, redactor: Redactor) -> LayerInfo:
        """Tell a layer, or an entry of the history, its place in the Dockerfile."""
        made, info.certainty = self.of(info.index, info.history)
        if made is not None:
            path = redactor.safe(self.path)
            info.source = Location(path, made.line, made.column, made.end_line, made.end_column)
        elif info.origin == "base":
            info.certainty = ""  # nobody looks for it in this Dockerfile
        return info

    def show(self, findings: Iterable[Finding], detector: Detector, redactor: Redactor) -> None:
        """Show the findings the line that made their layer: to be called when every secret of the image is learned."""
        make = self.recipe.framer if self.recipe is not None else None
        framer: Framer | None = None
        frames: dict[tuple[int, int], Frame] = {}
        for finding in findings:
            source = finding.layer.source if finding.layer is not None else None
            if source is None or make is None:
                continue
            framer = framer or make(detector, redactor)
            place = (source.line, source.column)
            if place not in frames:
                frames[place] = framer(source)
            finding.frame = frames[place]


def trace(
    image: Image,
    builds: Sequence[Build],
    digests: Sequence[str],
    dockerfiles: Dockerfiles | None,
    layers: Sequence[LayerResult] = (),
) -> Traced:
    """`builds` is what attestations tell, `digests` are those of the layers as they are stored, the lowest first, and
    `layers` is what was read of them."""
    if dockerfiles is None:
        return Traced()
    build = builds[0] if builds else None
    number = _main(build, digests) if build is not None else -1
    embedded = build.sources[number] if build is not None and number >= 0 else None
    recipe = dockerfiles.given
    large = [(name, TOO_LARGE) for name in build.large] if build is not None and recipe is None else []
    if recipe is None and embedded is not None:
        recipe = dockerfiles.parse(*embedded)
    recipe = recipe or dockerfiles.beside
    if recipe is None:
        return Traced(limited=large)
    same = embedded is not None and embedded[1] == recipe.data
    files = {image.layers[one.index].history: one.names for one in layers if not one.incomplete}
    found = match(recipe, Told(image, files), build.target if same and build is not None else None)
    traced = Traced(recipe.path, found.made, found.layers, start=found.start, recipe=recipe)
    if found.lowest >= 0:
        traced.base, traced.line = recipe.stages[found.lowest].base, recipe.stages[found.lowest].line
    if same and build is not None:
        traced.layers = _layers(build, number, digests, recipe)
    traced.limited = large
    if found.reason:
        traced.limited.append((recipe.path, _reason(image, found, beside=recipe is dockerfiles.beside)))
    return traced


def _reason(image: Image, found: Match, beside: bool) -> str:
    if beside:
        return f"lies beside {image.name} and does not fit its history: {found.reason}"
    return f"does not fit the history of {image.name}: {found.reason}"


def _behind(build: Build, digests: Sequence[str]) -> list[Lines | None]:
    """For each layer the lines of the step behind which it was the topmost one; None where that is not known, or where
    there are several."""
    found: list[Lines | None] = []
    chains = {len(chain): chain for chain in build.chains if chain == tuple(digests[: len(chain)])}
    for count in range(1, len(digests) + 1):
        lines = build.chains[chains[count]] if count in chains else set()
        found.append(next(iter(lines)) if len(lines) == 1 else None)
    return found


def _main(build: Build, digests: Sequence[str]) -> int:
    """The number of the Dockerfile that made the topmost layer that lines are known of; else the first one."""
    for lines in reversed(_behind(build, digests)):
        if lines is not None and lines[0] < len(build.sources) and build.sources[lines[0]][1]:
            return lines[0]
    return next((number for number, (_, data) in enumerate(build.sources) if data), -1)


def _layers(build: Build, number: int, digests: Sequence[str], recipe: Recipe) -> dict[int, Made]:
    """The layers whose lines are all of one instruction. A trigger has the lines of FROM (BuildKit's convert.go,
    initOnBuildTriggers), which made no layer itself."""
    every = [made for stage in recipe.stages for made in stage.made if not made.onbuild]
    found: dict[int, Made] = {}
    for layer, lines in enumerate(_behind(build, digests)):
        if lines is not None and lines[0] == number:
            _, first, last = lines
            around = [made for made in every if made.line <= first and last <= made.end_line]
            if len(around) == 1:
                found[layer] = around[0]
    return found
