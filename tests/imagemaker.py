"""Images from a Python description, without a daemon and always the same bytes: archives of every `docker save`
layout, and OCI layouts.

    recipe = Recipe(layers=[[{"path": "etc/motd", "content": "hello"}], [{"path": "etc/.wh.motd"}]])
    docker_archive(path, recipe, layout="25")
    oci_layout(folder, recipe, compress="zstd")

An entry is a mapping: path, type (file, dir, symlink, hardlink, char, block, fifo; file when left out), mode, uid,
gid, user, group (names), mtime, content (text or bytes), link, xattrs (name -> text). A layer is a list of entries, or
the bytes of a finished tar. Layers are compressed by gzip or zstd, at a level of one's own if asked (gzip-9).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zstandard

OCI = "application/vnd.oci.image."
_TYPES = {
    "file": tarfile.REGTYPE,
    "dir": tarfile.DIRTYPE,
    "symlink": tarfile.SYMTYPE,
    "hardlink": tarfile.LNKTYPE,
    "char": tarfile.CHRTYPE,
    "block": tarfile.BLKTYPE,
    "fifo": tarfile.FIFOTYPE,
}
_MEDIA = {"": "", "gzip": "+gzip", "zstd": "+zstd"}


@dataclass
class Recipe:
    """One image. `history` items are texts (created_by) or whole entries; left out, there is one for each layer."""

    layers: Sequence[Sequence[Mapping[str, Any]] | bytes] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[str | Mapping[str, Any]] | None = None
    tags: Sequence[str] = ("example:1",)
    platform: str = "linux/amd64"
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Of the manifest, which the old layout of docker save does not have."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What else the configuration document says."""

    def tars(self) -> list[bytes]:
        """Each layer's uncompressed bytes."""
        return [layer if isinstance(layer, bytes) else layer_tar(layer) for layer in self.layers]

    def document(self) -> bytes:
        """The configuration as JSON."""
        system, architecture, *variant = self.platform.split("/")
        history = self.history if self.history is not None else [f"RUN step {n}" for n in range(len(self.layers))]
        document = {
            "architecture": architecture,
            "os": system,
            **({"variant": variant[0]} if variant else {}),
            "config": dict(self.config),
            "rootfs": {"type": "layers", "diff_ids": [sha256(tar) for tar in self.tars()]},
            "history": [{"created_by": item} if isinstance(item, str) else dict(item) for item in history],
            **self.more,
        }
        return dumps(document)


def layer_tar(entries: Sequence[Mapping[str, Any]], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A layer's tar."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for entry in entries:
            kind = entry.get("type", "file")
            content = entry.get("content", b"")
            content = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(entry["path"])
            member.type = _TYPES[kind]
            member.mode = entry.get("mode", 0o755 if kind == "dir" else 0o644)
            member.uid, member.gid = entry.get("uid", 0), entry.get("gid", 0)
            member.linkname = entry.get("link", "")
            member.mtime = entry.get("mtime", 0)
            member.uname, member.gname = entry.get("user", ""), entry.get("group", "")
            member.size = len(content) if kind == "file" else 0
            member.pax_headers = {f"SCHILY.xattr.{name}": value for name, value in entry.get("xattrs", {}).items()}
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def docker_archive(path: Path, *recipes: Recipe, layout: str = "old", compress: str = "") -> Path:
    """Write what `docker save` writes: layout old (before 25), 25 (graph driver store) or 29 (containerd store, layers
    compressed)."""
    files: dict[str, bytes | str] = {}
    manifest: list[dict[str, Any]] = []
    descriptors: list[dict[str, Any]] = []
    for recipe in recipes:
        if layout == "old":
            manifest.append(_old(files, recipe))
        else:
            item, found = _new(files, recipe, "gzip" if layout == "29" else "")
            manifest.append(item)
            descriptors += found
    if layout != "old":
        files["index.json"] = dumps({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": descriptors})
        files["oci-layout"] = b'{"imageLayoutVersion":"1.0.0"}'
    files["manifest.json"] = dumps(manifest)
    files["repositories"] = dumps({})
    path.write_bytes(packed(archive(files), compress))
    return path


def oci_layout(
    folder: Path,
    *recipes: Recipe,
    compress: str = "gzip",
    nested: bool = False,
    attestation: bool = False,
) -> Path:
    """Write an OCI layout folder: one manifest a recipe; `nested` puts them in one index below index.json (a
    multi-platform image)."""
    files: dict[str, bytes | str] = {}
    descriptors: list[dict[str, Any]] = []
    for recipe in recipes:
        descriptor = _manifest(files, recipe, compress)
        descriptors.append(descriptor)
        if attestation:
            descriptors.append(_attestation(files, descriptor["digest"]))
    if nested:
        name = descriptors[0].pop("annotations", {})
        for descriptor in descriptors:
            if descriptor.get("annotations", {}).get("vnd.docker.reference.type") is None:
                descriptor.pop("annotations", None)
        index = dumps({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": descriptors})
        descriptors = [{**blob(files, index, OCI + "index.v1+json"), "annotations": name}]
    files["index.json"] = dumps({"schemaVersion": 2, "manifests": descriptors})
    files["oci-layout"] = b'{"imageLayoutVersion":"1.0.0"}'
    return write(folder, files)


def write(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    """Write files below a folder."""
    for name, data in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def archive(files: Mapping[str, bytes | str]) -> bytes:
    """A plain tar of files; a text is the target of a symbolic link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            if isinstance(data, str):
                member.type, member.linkname = tarfile.SYMTYPE, data
                tar.addfile(member)
            else:
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def packed(data: bytes, compress: str) -> bytes:
    """The bytes compressed: gzip, zstd, or as they are."""
    kind, _, level = compress.partition("-")
    if kind == "gzip":
        return gzip.compress(data, int(level or 1), mtime=0)
    return zstandard.compress(data, int(level or 3)) if kind == "zstd" else data


def sha256(data: bytes) -> str:
    """sha256:..."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def dumps(document: object) -> bytes:
    """JSON as registries store it."""
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def blob(files: dict[str, bytes | str], data: bytes, media_type: str) -> dict[str, Any]:
    """Add a blob, and describe it."""
    digest = sha256(data)
    files["blobs/" + digest.replace(":", "/")] = data
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def _old(files: dict[str, bytes | str], recipe: Recipe) -> dict[str, Any]:
    """<id>/layer.tar; a layer that was written before is a link to it, as Docker does it."""
    document = recipe.document()
    name = sha256(document).removeprefix("sha256:") + ".json"
    written: dict[bytes, str] = {}
    layers = []
    for number, tar in enumerate(recipe.tars()):
        identity = hashlib.sha256(f"{name} {number}".encode()).hexdigest()
        files[f"{identity}/VERSION"] = b"1.0"
        files[f"{identity}/json"] = dumps({"id": identity})
        files[f"{identity}/layer.tar"] = f"../{written[tar]}/layer.tar" if tar in written else tar
        written.setdefault(tar, identity)
        layers.append(f"{identity}/layer.tar")
    files[name] = document
    return {"Config": name, "RepoTags": list(recipe.tags), "Layers": layers}


def _new(files: dict[str, bytes | str], recipe: Recipe, compress: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    descriptor = _manifest(files, recipe, compress)
    manifest = json.loads(files["blobs/" + descriptor["digest"].replace(":", "/")])
    layers = manifest["layers"]
    item = {
        "Config": "blobs/" + manifest["config"]["digest"].replace(":", "/"),
        "RepoTags": list(recipe.tags),
        "Layers": ["blobs/" + layer["digest"].replace(":", "/") for layer in layers],
        "LayerSources": {layer["digest"]: layer for layer in layers},
    }
    found = []
    for tag in recipe.tags:
        names = {"io.containerd.image.name": "registry.example/" + tag, OCI_REF: tag.rpartition(":")[2]}
        found.append({**descriptor, "annotations": names})
    return item, found or [descriptor]


OCI_REF = "org.opencontainers.image.ref.name"


def _manifest(files: dict[str, bytes | str], recipe: Recipe, compress: str) -> dict[str, Any]:
    config = blob(files, recipe.document(), OCI + "config.v1+json")
    layers = [
        blob(files, packed(tar, compress), OCI + "layer.v1.tar" + _MEDIA[compress.partition("-")[0]])
        for tar in recipe.tars()
    ]
    manifest = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": config, "layers": layers}
    if recipe.annotations:
        manifest["annotations"] = dict(recipe.annotations)
    descriptor = blob(files, dumps(manifest), OCI + "manifest.v1+json")
    system, architecture, *variant = recipe.platform.split("/")
    descriptor["platform"] = {
        "os": system,
        "architecture": architecture,
        **({"variant": variant[0]} if variant else {}),
    }
    if recipe.tags:
        descriptor["annotations"] = {OCI_REF: recipe.tags[0].rpartition(":")[2]}
    return descriptor


def _attestation(files: dict[str, bytes | str], subject: str) -> dict[str, Any]:
    """What BuildKit puts beside an image: a manifest of an unknown platform whose layer is an in-toto statement."""
    statement = {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://slsa.dev/provenance/v0.2"}
    layer = blob(files, dumps(statement), "application/vnd.in-toto+json")
    config = blob(files, dumps({"architecture": "unknown", "os": "unknown", "config": {}}), OCI + "config.v1+json")
    document = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": config, "layers": [layer]}
    return {
        **blob(files, dumps(document), OCI + "manifest.v1+json"),
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": subject},
    }
