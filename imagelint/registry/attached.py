"""The report that was attached to an image, found again in its registry: nothing of the image's layers is read.

Whoever may push to the repository can attach one, so it is shown, and said of it who made it and when; it proves
nothing.
"""

from __future__ import annotations

import re

from imagelint import __version__
from imagelint.errors import UnreadableError
from imagelint.findings import Report, ScannedImage, Skip, StoredLayer
from imagelint.image.document import Document, is_digest
from imagelint.image.model import Image
from imagelint.image.request import Request
from imagelint.image.sources.assemble import blob_name
from imagelint.image.sources.graph import manifest_of
from imagelint.image.sources.oci_layout import images_of
from imagelint.image.sources.platform import machine
from imagelint.image.sources.reference import parse_reference
from imagelint.image.sources.registry import RegistryStore, find
from imagelint.image.sources.registry_client import Client
from imagelint.record import record
from imagelint.registry import sarif_read
from imagelint.registry.attached_form import CREATED, MOST_BYTES, RULES, SARIF, VERSION, is_ours, is_sarif
from imagelint.secrets.redact import Redactor, plain
from imagelint.stream.blob import Blob

MOST_LOOKED = 50
"""Artifacts of SARIF that are looked at, for one of ours."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)\Z")
_PLAIN = re.compile(r"[0-9A-Za-z.+:_-]{1,100}\Z")


@record
class _Found:
    """An artifact with a report of ours."""

    manifest: Document
    digest: str
    created: str
    version: str
    rules: str


def attached(words: str, request: Request, redactor: Redactor, target: str = "") -> Report:
    """The report that was attached to the image of a reference, for the platform that is asked for, or for each of
    them; `target` is what the user typed.

    Where there is none, or none that can be read, `incomplete` says why, in one line.
    """
    name = redactor.safe(target or words)
    report = Report(__version__, [name], stats={"images": 0, "layers": 0, "layers_read": 0})
    told: list[dict[str, str]] = []
    report.config = {"attached": told}
    try:
        reference = parse_reference(words)
        client = Client(reference, request.insecure)
        answer, public = find(client)
        store = RegistryStore(client, answer)
        images = images_of(store, request=request, preferred=machine(), what=str(reference))
    except UnreadableError as error:
        report.incomplete.append(Skip(name, plain(""), redactor.safe(str(error))))
        return report
    for image in images:
        image.source, image.public, image.name = "registry", public, str(reference)
        try:
            told.append(_read(report, store, image, redactor, target or words))
        except UnreadableError as error:
            place = redactor.safe(image.platform if len(images) > 1 else "")
            report.incomplete.append(Skip(name, place, redactor.safe(str(error))))
    return report


def _read(report: Report, store: RegistryStore, image: Image, redactor: Redactor, target: str) -> dict[str, str]:
    """Add what is attached to an image; who made it and when."""
    found = _newest(store, image)
    diff_ids = [layer.diff_id for layer in image.layers]
    log = sarif_read.Reader(redactor, target, diff_ids).read(sarif_read.parse(_sarif(store, found)))
    report.findings += log.findings
    report.incomplete += log.incomplete
    report.limited += log.limited
    report.images.append(_scanned(image, log, redactor, target))
    report.stats["images"] += 1
    report.stats["layers"] += len(image.layers)
    by = f"imagelint {found.version}" if found.version else "an imagelint that does not say its version"
    when = found.created or "at a time that is not told"
    said = f"nothing was scanned: this is the report that was attached {when} as one of {by}, which whoever may push"
    place = plain(found.digest)
    report.limited.append(Skip(redactor.safe(target), place, plain(f"{said} to the repository can write")))
    if log.strange:
        left = f"{log.strange} results of the attached report are none of imagelint's, and were left out"
        report.incomplete.append(Skip(redactor.safe(target), place, plain(left)))
    facts = {"digest": found.digest, "created": found.created, "version": found.version, "rules": found.rules}
    return {key: value for key, value in facts.items() if value}


def _newest(store: RegistryStore, image: Image) -> _Found:
    """The newest of ours that refers to an image."""
    found: list[_Found] = []
    others = 0
    for descriptor in [one for one in store.referrers(image.digest) if _maybe(one)][:MOST_LOOKED]:
        try:
            document = manifest_of(descriptor, store)
        except UnreadableError:
            continue  # it is gone, or never was; another one may be there
        if not is_sarif(document) or document.part("subject").text("digest") != image.digest:
            continue
        if not is_ours(document):
            others += 1
            continue
        told = document.annotations()
        created = told.get(CREATED, "")
        found.append(
            _Found(
                document,
                descriptor.text("digest"),
                created if _TIME.match(created) else "",
                *(value if _PLAIN.match(value := told.get(key, "")) else "" for key in (VERSION, RULES)),
            )
        )
    if not found:
        why = "only reports of other tools are" if others else "none is"
        mend = "`imagelint registry --attach` attaches one, and without --attached the image is scanned"
        raise UnreadableError(f"there is no report of imagelint's beside the image: {why} attached; {mend}")
    return max(found, key=lambda one: one.created)


def _maybe(descriptor: Document) -> bool:
    """SARIF, or what the list of referrers does not tell."""
    return is_digest(descriptor.value.get("digest")) and (
        is_sarif(descriptor) or not descriptor.value.get("artifactType")
    )


def _sarif(store: RegistryStore, found: _Found) -> bytes:
    """The report's bytes, verified, and not more than can be read."""
    layers = [part for part in found.manifest.parts("layers") if part.value.get("mediaType") == SARIF]
    digest, size = (layers[0].text("digest"), layers[0].number("size")) if len(layers) == 1 else ("", -1)
    if not is_digest(digest) or size < 0:
        raise UnreadableError(f"the artifact {found.digest} holds no report in SARIF")
    if size > MOST_BYTES:
        raise UnreadableError(f"the attached report has {size} bytes, and no more than {MOST_BYTES} are read")
    data, buffer = bytearray(), memoryview(bytearray(1 << 20))
    with store.open(blob_name(digest)) as stream:
        blob = Blob(stream, digest, size)
        while count := blob.readinto(buffer):
            data += buffer[:count]
            if len(data) > MOST_BYTES:
                raise UnreadableError(f"the attached report has more than {MOST_BYTES} bytes once it is unpacked")
        blob.finish()
    return bytes(data)


def _scanned(image: Image, log: sarif_read.Log, redactor: Redactor, target: str) -> ScannedImage:
    """The image as its own manifest has it, with what the report says of its base."""
    return ScannedImage(
        redactor.safe(target),
        redactor.safe(image.name),
        image.source,
        plain(image.digest),
        redactor.safe(image.platform),
        image.public,
        tuple(StoredLayer(one.index, one.digest, one.diff_id, one.size) for one in image.layers),
        log.base,
        log.base_layers,
    )
