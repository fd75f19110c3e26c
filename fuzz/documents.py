"""Manifests, indexes and configurations: read from an archive as an image, and put to every rule.

The input is texts, split at NUL: how to read it, the top document, manifest, configuration, an attestation's manifest
and its statement. @M, @C, @L, @A and @S in a text stand for their digests, so that a changed document is still found.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from fuzz.linting import DETECTOR, ENGINE
from imagelint.errors import UnreadableError
from imagelint.image.lint import lint
from imagelint.image.sources.docker_archive import images
from imagelint.made_from import dockerfiles
from tests.attested import provenance
from tests.imagemaker import OCI, archive, dumps, layer_tar, sha256

LAYER = layer_tar([{"path": "etc/shadow", "content": "root::1::::::\n"}])
CONFIG = {
    "architecture": "amd64",
    "os": "linux",
    "config": {
        "Env": ["PATH=/bin", "A=b"],
        "Labels": {"a": "b"},
        "Cmd": ["x"],
        "Healthcheck": {"Test": ["CMD", "x"]},
        "ExposedPorts": {"22/tcp": {}},
    },
    "rootfs": {"type": "layers", "diff_ids": ["@L"]},
    "history": [{"created_by": "|1 A=b /bin/sh -c x"}, {"created_by": "ENV A=b", "empty_layer": True}],
}
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": OCI + "manifest.v1+json",
    "config": {"mediaType": OCI + "config.v1+json", "digest": "@C", "size": 9},
    "layers": [{"mediaType": OCI + "layer.v1.tar", "digest": "@L", "size": len(LAYER)}],
    "annotations": {"a": "b"},
}
ATTESTATION = {
    "mediaType": OCI + "manifest.v1+json",
    "config": {"mediaType": OCI + "config.v1+json", "digest": "@C", "size": 9},
    "layers": [{"mediaType": "application/vnd.in-toto+json", "digest": "@S", "size": None}],
}
INDEX = {
    "manifests": [
        {"mediaType": OCI + "manifest.v1+json", "digest": "@M", "annotations": {"a": "b"}},
        {"digest": "@A", "annotations": {"vnd.docker.reference.type": "a", "vnd.docker.reference.digest": "@M"}},
    ]
}
SAVED = [{"Config": "blobs/@C", "RepoTags": ["a:1"], "Layers": ["blobs/@L"]}]
PATH = Path(tempfile.mkdtemp(prefix="imagelint-fuzz-")) / "image.tar"


def seeds() -> Iterator[bytes]:
    """An archive of each layout."""
    document = provenance({"PASSWORD": "x"}, "FROM a\nRUN x\nENV A=b\n", ["A=b"], {"a": b"b"})
    told = document["predicate"]["metadata"]["https://mobyproject.org/buildkit@v1#metadata"]
    line = {"ranges": [{"start": {"line": 2}, "end": {"line": 2}}]}
    told["source"]["locations"] = {"step0": {"locations": [line]}}
    told["layers"] = {"step0:0": [[{"digest": "@L"}]]}
    said = dumps(document)
    below = (dumps(MANIFEST), dumps(CONFIG), dumps(ATTESTATION), said)
    yield b"\0".join((b"o", dumps(INDEX), *below))
    yield b"\0".join((b"d", dumps(SAVED), *below))


def one(data: bytes) -> None:
    """What is wrong is an UnreadableError; an image that was read is put to every rule."""
    how, top, manifest, config, attestation, statement, *_ = (*data.split(b"\0"), *[b""] * 6)
    digests = {b"@L": sha256(LAYER).encode()}
    files: dict[str, bytes | str] = {"blobs/" + sha256(LAYER).replace(":", "/"): LAYER}
    for mark, text in ((b"@S", statement), (b"@C", config), (b"@A", attestation), (b"@M", manifest)):
        named = filled(text, digests)
        digests[mark] = sha256(named).encode()
        files["blobs/" + sha256(named).replace(":", "/")] = named
    files["index.json"] = filled(top if how == b"o" else dumps(INDEX), digests)
    if how != b"o":
        files["manifest.json"] = filled(top, digests)
    PATH.write_bytes(archive(files))
    try:
        found = images(str(PATH))
    except UnreadableError:
        return
    for image in found:
        lint(image, ENGINE, DETECTOR, target="image", show=False, jobs=1, dockerfiles=dockerfiles(None, ""))


def filled(text: bytes, digests: dict[bytes, bytes]) -> bytes:
    """The text with the digests that its marks stand for, as paths where a path has them."""
    for mark, digest in digests.items():
        text = text.replace(b"blobs/" + mark, b"blobs/" + digest.replace(b":", b"/")).replace(mark, digest)
    return text
