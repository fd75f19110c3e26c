"""The folder that a docker-registry keeps its images in, written directly (distribution: registry/storage/paths.go).

A push by the program takes a second for each image; a test with hundreds of them writes what a push would leave there.
The registry may run meanwhile: it looks at the folder anew for each request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.imagemaker import OCI, Recipe, dumps, packed, sha256

MANIFEST, LAYER, CONFIG = OCI + "manifest.v1+json", OCI + "layer.v1.tar+gzip", OCI + "config.v1+json"


class Storage:
    """Writes images below a registry's folder (`Registry.folder`)."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "data/docker/registry/v2"
        self._written: set[str] = set()

    def blob(self, data: bytes) -> str:
        """Keep these bytes; their digest."""
        digest = sha256(data)
        if digest not in self._written:
            path = self._root / "blobs/sha256" / digest[7:9] / digest[7:] / "data"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            self._written.add(digest)
        return digest

    def manifest(self, name: str, tags: Iterable[str], document: bytes, blobs: Iterable[str] = ()) -> str:
        """A repository's manifest, under tags, with links to the blobs (digests) that it has; its digest."""
        digest = self.blob(document)
        repository = self._root / "repositories" / name
        (repository / "_layers").mkdir(parents=True, exist_ok=True)  # what makes it one in the catalogue
        for blob in blobs:
            _link(repository / "_layers/sha256" / blob[7:], blob)
        _link(repository / "_manifests/revisions/sha256" / digest[7:], digest)
        for tag in tags:
            _link(repository / "_manifests/tags" / tag / "current", digest)
            _link(repository / "_manifests/tags" / tag / "index/sha256" / digest[7:], digest)
        return digest

    def image(
        self,
        name: str,
        tags: Iterable[str],
        config: bytes,
        layers: Iterable[tuple[str, int]],
        annotations: Mapping[str, str] | None = None,
    ) -> str:
        """An image of layers (digest, size) that are there already; its digest. `annotations` are the manifest's."""
        descriptors = [{"mediaType": LAYER, "digest": digest, "size": size} for digest, size in layers]
        own = self.blob(config)
        described = {"mediaType": CONFIG, "digest": own, "size": len(config)}
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": descriptors}
        document |= {"annotations": dict(annotations)} if annotations else {}
        return self.manifest(name, tags, dumps(document), [own, *(one[0] for one in layers)])

    def recipe(self, name: str, tags: Iterable[str], recipe: Recipe) -> str:
        """An image from its description; its digest."""
        layers = []
        for tar in recipe.tars():
            data = packed(tar, "gzip")
            layers.append((self.blob(data), len(data)))
        return self.image(name, tags, recipe.document(), layers, recipe.annotations)

    def artifact(self, name: str, tags: Iterable[str], config_type: str, **more: Any) -> str:
        """What is no image: a chart, a signature, a report; `more` stands in its manifest. Its digest."""
        config, content = self.blob(b"{}"), self.blob(f"{name} {config_type}".encode())
        document: Mapping[str, Any] = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": config_type, "digest": config, "size": 2},
            "layers": [{"mediaType": "application/octet-stream", "digest": content, "size": 1}],
            **more,
        }
        return self.manifest(name, tags, json.dumps(document).encode(), [config, content])

    def forget(self, name: str, tag: str) -> None:
        """Take a tag away; its manifest stays."""
        tags = self._root / "repositories" / name / "_manifests/tags" / tag
        for path in sorted(tags.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        tags.rmdir()


def _link(folder: Path, digest: str) -> None:
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        if (folder / "link").read_text() == digest:
            return
    (folder / "link").write_text(digest)
