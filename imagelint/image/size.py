"""One image for `imagelint size`: its layers read once, what of them is waste, and who made it so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from imagelint.image.attestations import read_statement
from imagelint.image.layer import read_layer
from imagelint.image.ledger import Ledger
from imagelint.image.leftovers import BUILD, BYTECODE, DOCUMENTATION, LOCALES, Useless, is_slim
from imagelint.image.model import Image, Layer
from imagelint.image.origin import BASE, Known, materials
from imagelint.image.paths import Allowance
from imagelint.image.progress import Progress
from imagelint.image.provenance import Dockerfiles
from imagelint.image.provenance_build import Build
from imagelint.image.reading import read_all, read_image
from imagelint.image.result import LayerResult
from imagelint.image.side import since
from imagelint.image.surfaces import MAX_TEXT, surfaces
from imagelint.image.telling import Told, tell
from imagelint.image.timeline import Timeline
from imagelint.image.waste import Piece, pieces
from imagelint.image.waste_fates import Fates
from imagelint.image.waste_score import dive
from imagelint.secrets.confirm import Detector
from imagelint.secrets.redact import Redactor
from imagelint.sizes import SizedImage, SizedLayer, Sum, Wasted
from imagelint.stream import limits
from imagelint.stream.steps import FINE

WANTED = frozenset((DOCUMENTATION, LOCALES))
TOO_DEEP = "folders are nested too deep, or are too many; what went with one of them may count as if it was there"
IN_BASE = frozenset((BUILD, BYTECODE))


@dataclass(slots=True)
class Measured:
    """What an image gave."""

    image: SizedImage
    incomplete: list[tuple[str, str]] = field(default_factory=list)
    limited: list[tuple[str, str]] = field(default_factory=list)


def measure(
    image: Image,
    detector: Detector,
    *,
    target: str,
    jobs: int = 2,
    progress: Progress | None = None,
    base: Known | None = None,
    dockerfiles: Dockerfiles | None = None,
    ignore: Collection[str] = (),
    old: Image | None = None,
    old_name: str = "",
) -> Measured:
    """Read an image, `jobs` layers at a time. `detector` masks what is shown of it, and looks into no layer; the others
    are as in lint.py. `ignore` has the kinds of waste that are none, and `old` is an older build, to compare it
    with."""
    allowance = Allowance()

    def read(layer: Layer, allowance: Allowance) -> LayerResult:
        return read_layer(layer, None, allowance=allowance, measure=FINE)

    results = read_image(image, read, allowance, jobs, progress)
    redactor = Redactor(detector)
    _learn(image, detector, redactor)
    incomplete, limited = list(image.incomplete), list(image.limited)
    for result in results:
        incomplete += result.incomplete
        limited += result.limited
    builds: list[Build] = []
    addresses: list[str] = []
    for attestation in image.attestations:
        statement = read_statement(attestation, detector, allowance)
        incomplete += statement.incomplete
        limited += statement.limited
        addresses += materials(statement.surfaces)
        builds += [statement.build] if statement.build is not None else []
    told = tell(
        image,
        results,
        Timeline(results),
        redactor,
        redactor.safe(target),
        builds=builds,
        materials=addresses,
        base=base,
        dockerfiles=dockerfiles,
    )
    limited += told.limited
    fates = Fates(results)
    if fates.cut:
        limited.append(("", TOO_DEEP))
    sized = _sized(told, results, _pieces(told, image, fates, ignore), redactor)
    score = dive(results)
    sized.dive_efficiency, sized.dive_wasted = score.efficiency, score.wasted
    if old is not None:
        _learn(old, detector, redactor)

        def gone(layers: Sequence[Layer]) -> list[LayerResult]:
            others = list(read_all(layers, lambda layer: read(layer, allowance), allowance, jobs))
            for other in others:
                incomplete.extend((f"{old_name}: {place}", reason) for place, reason in other.incomplete)
            return others

        sized.compared = since(old, redactor.safe(old_name), image, told, redactor, results, gone, base)
    return Measured(sized, incomplete, limited)


def _learn(image: Image, detector: Detector, redactor: Redactor) -> None:
    """What is a secret in the configuration is masked everywhere."""
    for surface in surfaces(image):
        for candidate in detector.text(surface.text[:MAX_TEXT], surface.filename, surface.name):
            if not candidate.dropped:
                redactor.learn(candidate.value, candidate.prefix)


def _pieces(told: Told, image: Image, fates: Fates, ignore: Collection[str]) -> list[Piece]:
    """What is waste. Documentation is none where nobody meant to leave it out; compilers and compiled Python are none
    in a base image, which may be there for those who build on it."""
    results = fates.results
    slim, useless = is_slim(told.origins.name or image.name, results), Useless(results)
    left = {*ignore, *(() if slim else WANTED)}

    def among(ledger: Ledger, paths: Sequence[bytes]) -> dict[int, str]:
        return {number: kind for number, kind in useless.among(ledger, paths).items() if kind not in left}

    found = pieces(results, among, fates)
    found = [piece for piece in found if piece.kind not in left]
    return [piece for piece in found if piece.kind not in IN_BASE or told.origins.of_layer(piece.layer) != BASE]


def _sized(told: Told, results: list[LayerResult], found: list[Piece], redactor: Redactor) -> SizedImage:
    layers = [_layer(told, result) for result in results]
    kinds: defaultdict[str, Sum] = defaultdict(Sum)
    origins: defaultdict[str, tuple[Sum, Sum]] = defaultdict(lambda: (Sum(), Sum()))
    sized = SizedImage(told.image, layers, Sum(), Sum(), {}, origins, [], Sum(), 1.0, 0)
    for layer in layers:
        of = layer.all
        for sum_ in (sized.all, origins[layer.made.origin][0]):
            sum_.add(of.files, max(of.size, 0), max(of.unpacked, 0))
    for number, piece in enumerate(found):
        layer = layers[piece.layer]
        sums = [sized.waste, layer.waste, kinds[piece.kind], origins[layer.made.origin][1]]
        if number < limits.WASTE_PIECES:
            sized.pieces.append(_wasted(piece, redactor))
        else:
            sums.append(sized.rest)
        for sum_ in sums:
            sum_.add(piece.files, piece.compressed, piece.size)
    sized.kinds = dict(sorted(kinds.items(), key=lambda item: (-item[1].size, -item[1].unpacked, item[0])))
    sized.origins = {name: origins[name] for name in ("own", "base", "") if name in origins}
    return sized


def _layer(told: Told, result: LayerResult) -> SizedLayer:
    stored, ledger = told.image.layers[result.index], result.ledger
    read = not result.incomplete
    compression = (ledger.compression or "none") if read and ledger is not None else ""
    return SizedLayer(
        result.index,
        stored.digest,
        stored.diff_id,
        compression,
        Sum(result.entries, stored.size, result.bytes_out if read else -1),
        Sum(),
        told.trails.layer(result.index),
    )


def _wasted(piece: Piece, redactor: Redactor) -> Wasted:
    path, largest, first = (
        redactor.safe(one.decode("utf-8", "surrogateescape")) if one else None
        for one in (piece.path, piece.largest, piece.first)
    )
    return Wasted(
        piece.kind,
        piece.layer,
        piece.by,
        path or redactor.safe("/"),
        piece.files,
        piece.compressed,
        piece.size,
        largest,
        first,
    )
