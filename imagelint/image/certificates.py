"""Certificates in layers: which files are read for them, which have expired, which lie beside their private key."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from imagelint.image.digests import digests
from imagelint.image.result import Kept, LayerResult
from imagelint.image.timeline import Timeline
from imagelint.secrets.x509 import certificates, key_of
from imagelint.stream import limits

if TYPE_CHECKING:
    from imagelint.secrets.confirm import Candidate
    from imagelint.stream.tar import Entry

SUFFIXES = (b".crt", b".pem", b".cer", b".der", b".cert")
_STORE = 20
"""Files with certificates in one folder; where there are more, they are those of authorities that others trust."""
_OTHERS = frozenset(
    (
        "test tests testing testdata test_data test-data fixtures fixture example examples demo doc docs samples spec "
        "mock mocks __tests__ node_modules bower_components site-packages dist-packages gems vendor third_party "
        "pkg registry"
    ).split()
)
"""Folders of tests and of what others wrote: nobody serves with the certificates in them."""
KEY = "pem-private-key"
"""The rule that finds private keys in PEM."""


def is_small_certificate(entry: Entry) -> bool:
    """Whether a file may hold a service's certificate, by its name and size."""
    return (
        entry.type == "file"
        and entry.sparse < 0
        and 0 < entry.size <= limits.CERTIFICATE
        and (entry.path.endswith(SUFFIXES))
    )


def read_certificates(kept: Kept) -> None:
    """Put what a whole file says in place of its bytes."""
    content, kept.content = bytes(kept.content or b""), None
    kept.certificates = certificates(content)
    if kept.certificates:
        kept.digests = digests(content)


def today() -> str:
    """The day of the run, YYYY-MM-DD, in UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def expired(kept: Kept, day: str) -> list[str]:
    """Whose certificates of a file held until a day before this one, each with that day; none of a
    file for tests, or of another's program."""
    path = kept.entry.path.decode("utf-8", "surrogateescape")
    if not kept.certificates or not _OTHERS.isdisjoint(path.lower().split("/")[:-1]):
        return []
    return [f"{one.subject or 'no name'} ({one.expires})" for one in kept.certificates if one.expires < day]


def next_end(layers: Sequence[LayerResult]) -> str:
    """The first day, from today on, behind which a certificate of the layers has expired; empty where none will."""
    day = today()
    ends = (one.expires for layer in layers for kept in layer.kept for one in kept.certificates)
    return min((end for end in ends if end >= day), default="")


def stores(layers: Sequence[LayerResult]) -> set[bytes]:
    """The folders in which one layer puts many files with certificates."""
    found: set[bytes] = set()
    for layer in layers:
        counts = Counter(kept.entry.path.rpartition(b"/")[0] for kept in layer.kept if kept.certificates)
        found.update(folder for folder, count in counts.items() if count >= _STORE)
    return found


def keys_of(layers: Sequence[LayerResult], timeline: Timeline) -> dict[Kept, bytes]:
    """Files with a certificate -> the file that has its private key, where both are present: by what both say of the
    public key, wherever they lie; where the private one does not say it, by their names in one folder."""
    by_key: dict[bytes, list[Kept]] = {}
    by_name: dict[bytes, list[Kept]] = {}
    for layer in layers:
        for kept in layer.kept:
            if kept.certificates and timeline.of(kept, layer.index).status == "present":
                by_name.setdefault(_stem(kept.entry.path), []).append(kept)
                for one in kept.certificates:
                    by_key.setdefault(one.key, []).append(kept)
    found: dict[Kept, bytes] = {}
    for layer in layers if by_key else ():
        for key in layer.found:
            if key.candidate.rule == KEY and key.surface == "file":
                public = public_of(key.candidate)
                known, name = (by_key, public) if public else (by_name, _stem(key.path))
                if name in known and timeline.of(key, layer.index).status == "present":
                    # Each is tied once: a thousand copies of a key beside a thousand of its certificate tell no more.
                    found.update((kept, key.path) for kept in known.pop(name) if kept not in found)
    return found


def public_of(key: Candidate) -> bytes:
    """What a private key says of the public one; empty where it does not."""
    return key.gist.public if key.gist is not None else key_of(key.value)


def _stem(path: bytes) -> bytes:
    """A path without what follows the first point of its name."""
    folder, slash, name = path.rpartition(b"/")
    return folder + slash + name.partition(b".")[0]
