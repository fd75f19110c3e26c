"""The report of an image, put beside it in its registry, where scanners and policies look for such things.

A registry that knows referrers lists it by itself, and says so (OCI-Subject). In any other, it is added to the index
under the tag sha256-HEX, which may hold what others have put there: nothing of that is lost.
"""

from __future__ import annotations

import io
import json
import random
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from imagelint.errors import UnreadableError
from imagelint.findings import Report
from imagelint.image.document import Document, is_digest, parse
from imagelint.image.request import ANY, Request
from imagelint.image.sources.graph import ACCEPT, manifest_of
from imagelint.image.sources.reference import Reference, parse_reference
from imagelint.image.sources.registry import RegistryStore
from imagelint.image.sources.registry_errors import DeniedError
from imagelint.image.sources.registry_push import Pusher
from imagelint.record import field, record
from imagelint.registry.attached_form import (
    CREATED,
    EMPTY,
    INDEX,
    MANIFEST,
    MOST_BYTES,
    RULES,
    VERSION,
    descriptor,
    digest_of,
    is_ours,
    is_sarif,
    manifest,
)
from imagelint.report.interface import RuleText

TRIES = 6
"""Of the index under a tag, which others may write at the same time."""
SETTLES = 0.1
"""Seconds after which it is looked whether somebody who had read it before has written it since."""
MOST_LOOKED = 50
"""Referrers whose manifest is read to see what they are, where the list does not say it."""


@record
class Attached:
    """What became of a report."""

    digest: str
    """Of the artifact's manifest."""
    new: bool
    """False where the very same report was there already, by the same rules."""
    tagged: bool
    """It stands in the index under a tag, since the registry does not know referrers."""
    left: list[str] = field(default_factory=list)
    """Older ones of ours that the registry does not let go: their digests."""

    def told(self) -> str:
        """What the user should know; empty where all is as expected."""
        if not self.left:
            return ""
        these = self.left[0] if len(self.left) == 1 else f"{self.left[0]} and {len(self.left) - 1} more"
        return f"an older report stays, since the registry deletes nothing for this user: {these}"


def sarif_of(report: Report, rules: Mapping[str, RuleText]) -> bytes:
    """The report as it is attached. UnreadableError where it is too large for that."""
    from imagelint.report import sarif  # heavy: only where something is attached

    out = io.StringIO()
    sarif.render(report, rules, out)
    data = out.getvalue().encode()
    if len(data) > MOST_BYTES:
        raise UnreadableError(f"the report has {len(data)} bytes, and no more than {MOST_BYTES} are attached")
    return data


class Attacher:
    """Attaches reports to images, with the credentials of Docker's configuration. Threads may share it."""

    def __init__(self, request: Request = ANY) -> None:
        self._request = request
        self._pushers: dict[tuple[str, str], Pusher] = {}
        self._lock = threading.Lock()

    def attach(self, words: str, digest: str, sarif: bytes, version: str, rules: str) -> Attached:
        """Put the report of the image with this manifest digest beside it, in the stead of an older one of ours.

        DeniedError where the user may not push, UnreadableError for all else: one line each. What was there stays.
        """
        pusher = self._pusher(parse_reference(words))
        image = pusher.manifest(digest, ACCEPT)
        store = RegistryStore(pusher, image)
        older = _ours(store, digest)
        if older and _same(store, newest := max(older, key=_created), sarif, version, rules):
            return Attached(newest.text("digest"), False, False)
        subject = {"mediaType": image.media_type or MANIFEST, "digest": digest, "size": len(image.data)}
        made = manifest(subject, sarif, {CREATED: _now(), VERSION: version, RULES: rules})
        pusher.put_blob(EMPTY)
        pusher.put_blob(sarif)
        own = digest_of(made)
        headers = pusher.put_manifest(own, made, MANIFEST)
        tagged = headers.get("oci-subject") != digest
        gone = {one.text("digest") for one in older} - {own}
        if tagged:
            _index(pusher, digest, descriptor(made), gone)
        kept = [one for one in sorted(gone) if not pusher.delete_manifest(one)]
        return Attached(own, True, tagged, [] if tagged else kept)  # what no list names stands in nobody's way

    def _pusher(self, reference: Reference) -> Pusher:
        with self._lock:
            key = (reference.host, reference.name)
            if key not in self._pushers:
                self._pushers[key] = Pusher(reference, self._request.insecure)
            return self._pushers[key]


def _ours(store: RegistryStore, digest: str) -> list[Document]:
    """Descriptors of the reports that imagelint attached, as far as anybody can know."""
    found, looked = [], 0
    for one in store.referrers(digest):
        told = one.value.get("annotations")
        if not is_digest(one.value.get("digest")):
            continue
        if is_sarif(one) and not told and looked < MOST_LOOKED:  # a list that leaves annotations away
            looked += 1
            try:
                one = Document({**one.value, "annotations": manifest_of(one, store).annotations()}, one.what)
            except UnreadableError:
                continue  # whatever it is, it is not ours to take away
        if is_ours(one):
            found.append(one)
    return found


def _now() -> str:
    """The moment, in UTC (RFC 3339), to the millisecond: of two reports the later one is the newest."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _created(found: Document) -> str:
    return found.annotations().get(CREATED, "")


def _same(store: RegistryStore, found: Document, sarif: bytes, version: str, rules: str) -> bool:
    """Whether this very report was attached, by the same rules."""
    try:
        document = manifest_of(found, store)
        told, digests = document.annotations(), [one.text("digest") for one in document.parts("layers")]
    except UnreadableError:
        return False
    return digests == [digest_of(sarif)] and (told.get(VERSION), told.get(RULES)) == (version, rules)


def _index(pusher: Pusher, about: str, added: dict[str, Any], gone: set[str]) -> None:
    """Add an artifact to the index under an image's tag, and take older ones of ours out of it.

    A tag has no lock, and no write that fails when somebody else was faster: so it is read, written, and, when
    everybody who had read it before has written, read again. Who attaches a later report may take ours away meanwhile.
    """
    tag, own = about.replace(":", "-"), added["digest"]
    for attempt in range(TRIES):
        index = _read(pusher, tag)
        kept = [one for one in index["manifests"] if _digest(one) not in gone | {own}]
        try:
            pusher.put_manifest(tag, json.dumps({**index, "manifests": [*kept, added]}).encode(), INDEX)
        except UnreadableError:
            named = filter(is_digest, [own, *map(_digest, kept)])
            if not (vanished := {one for one in named if not _is_there(pusher, one)}):
                raise
            if own in vanished:
                return
            gone = gone | vanished  # a registry may refuse a list of what it does not have
            continue
        time.sleep(SETTLES * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not go on in step
        there = {_digest(one) for one in _read(pusher, tag)["manifests"]}
        if there >= {own, *map(_digest, kept)}:
            return
        time.sleep(SETTLES * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - the same
    raise UnreadableError(
        f"{pusher.reference.host}: the list of what refers to the image is written by others all the time: the report "
        f"is stored as {own}, and the tag {tag} does not name it; try again later"
    )


def _read(pusher: Pusher, tag: str) -> dict[str, Any]:
    """The index under a tag, with whatever it holds; an empty one where there is none."""
    try:
        data = pusher.manifest(tag, ACCEPT).data  # asked for an index alone, some say of an image that it is not there
    except DeniedError as error:
        if error.status != 404:
            raise
        return {"schemaVersion": 2, "mediaType": INDEX, "manifests": []}
    found = Document(parse(data, f"the index under {tag}"), f"the index under {tag}")
    if found.text("mediaType", INDEX) != INDEX or not isinstance(found.value.get("manifests"), list):
        raise UnreadableError(f"what stands under the tag {tag} is no index of referrers, and was left as it is")
    return found.value


def _is_there(pusher: Pusher, digest: str) -> bool:
    try:
        pusher.manifest(digest, ACCEPT)
    except DeniedError as error:
        if error.status != 404:
            raise
        return False
    return True


def _digest(found: object) -> str:
    digest = found.get("digest") if isinstance(found, dict) else None
    return digest if isinstance(digest, str) else ""
