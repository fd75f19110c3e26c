"""Documents that lie beside an image: in-toto statements with a provenance or an SBOM, plain or in a DSSE envelope.

A provenance of BuildKit (mode=max) holds build arguments, the environment of every step, the files that a Dockerfile
makes and the Dockerfile itself (BuildKit's docs/attestations/slsa-provenance.md). Whoever pulls the image can ask for
it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from imagelint.errors import UnreadableError
from imagelint.image.document import parse
from imagelint.image.layer import read_layer
from imagelint.image.model import Attestation, Layer
from imagelint.image.paths import Allowance
from imagelint.image.provenance_build import Build, read_build
from imagelint.image.result import Found
from imagelint.image.surfaces import Surface, surface
from imagelint.image.texts import texts
from imagelint.secrets.confirm import Detector
from imagelint.secrets.dropped import Tally
from imagelint.stream import limits
from imagelint.stream.blob import Blob


@dataclass(slots=True)
class Statement:
    """What an attestation says: by its grammar, or, where it has none or is too large, what was found in its bytes."""

    surfaces: Iterable[Surface] = ()
    found: list[Found] = field(default_factory=list)
    incomplete: list[tuple[str, str]] = field(default_factory=list)
    limited: list[tuple[str, str]] = field(default_factory=list)
    dropped: Tally | None = None
    build: Build | None = None
    """The build that it tells of, with its Dockerfile."""


def read_statement(attestation: Attestation, detector: Detector, allowance: Allowance) -> Statement:
    """Read an attestation to its end; it is never kept whole when it has more than limits.DOCUMENT bytes."""
    name = f"attestation {attestation.kind.removeprefix('https://')}"
    try:
        data = _small(attestation)
        if data is not None:
            document = parse(data, name)
            found = [surface("attestation", f"{name}: {text.path}", text) for text in texts(document)]
            return Statement(found, build=read_build(document))
    except UnreadableError:
        pass  # it is read as a file, which also says what is wrong with its bytes
    layer = Layer(-1, attestation.digest, "", attestation.size, "", attestation.open)
    result = read_layer(layer, detector, allowance=allowance, name=name)
    return Statement((), result.found, result.incomplete, result.limited, result.dropped)


def _small(attestation: Attestation) -> bytes | None:
    """The whole document, verified; None when it is too large to be kept."""
    data, buffer = bytearray(), memoryview(bytearray(limits.STEP))
    with attestation.open() as stream:
        blob = Blob(stream, attestation.digest, attestation.size)
        while count := blob.readinto(buffer):
            data += buffer[:count]
            if len(data) > limits.DOCUMENT:
                return None
        blob.finish()
    return bytes(data)
