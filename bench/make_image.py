"""Make a large OCI layout out of this machine's own files, without a daemon.

usage: python bench/make_image.py LAYOUT [--megabytes N] [--layers N] [--from FOLDER [--as-root]]

The files of FOLDER (default /usr) are dealt out over gzip layers of about the same size until N megabytes of compressed
bytes (default 300) are there or the files end. With --as-root, FOLDER is the root of the image, and the distribution,
what was installed under /usr/local and /srv are a layer each, whole. As in real images,
a later layer deletes some files of an earlier one and writes others again. One made-up access key is copied into the
second layer and deleted in the last one: a scan that does not find it measured nothing.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import random
import string
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

KEY_PATH = "srv/deploy/keys.env"


class Layout:
    """An OCI layout that grows blob by blob (OCI image specification 1.1, image-layout.md)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.blobs = root / "blobs/sha256"
        self.blobs.mkdir(parents=True)
        (root / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def add(self, data: bytes, media_type: str) -> dict[str, object]:
        """Write a blob; its descriptor."""
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def add_json(self, document: object, media_type: str) -> dict[str, object]:
        """Write a document as a blob; its descriptor."""
        return self.add(json.dumps(document).encode(), media_type)


def files_below(folder: Path) -> Iterator[Path]:
    """Regular files and symbolic links, folder by folder in a shuffled order: each slice gets large and small ones."""
    below = sorted((Path(parent), sorted(names)) for parent, _, names in os.walk(folder))
    random.Random(1).shuffle(below)
    for parent, names in below:
        for path in (parent / name for name in names):
            if path.is_symlink() or path.is_file():
                yield path


def made_up_key() -> bytes:
    """An access key that nobody ever had, written as an environment file."""
    letters = random.choices(string.ascii_uppercase + "234567", k=16)
    secret = random.choices(string.ascii_letters + string.digits, k=40)
    return f"AWS_ACCESS_KEY_ID={'AK' + 'IA' + ''.join(letters)}\nAWS_SECRET_ACCESS_KEY={''.join(secret)}\n".encode()


def member(name: str, data: bytes = b"") -> tuple[tarfile.TarInfo, io.BytesIO]:
    """A small file of a layer."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o644
    return info, io.BytesIO(data)


def pack(root: Path, paths: list[Path], extra: dict[str, bytes]) -> tuple[bytes, str, int]:
    """(compressed tar, diff id, uncompressed size) of a layer with these files, named from the root, and some small
    ones.
    """
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in paths:
            try:
                tar.add(path, str(path.relative_to(root)), recursive=False)
            except OSError:
                continue  # a file of a running machine may go away at any time, and no measurement depends on one
        for name, data in extra.items():
            tar.addfile(*member(name, data))
    data = plain.getvalue()
    return gzip.compress(data, 6, mtime=0), f"sha256:{hashlib.sha256(data).hexdigest()}", len(data)


def deal(folder: Path, layers: int, megabytes: int) -> list[list[Path]]:
    """Files for each layer, about the same number of bytes each; 0.4 is how well programs and libraries compress."""
    share = megabytes * 1_000_000 / layers / 0.4
    dealt: list[list[Path]] = [[]]
    filled = 0
    for path in files_below(folder):
        if filled > share:
            if len(dealt) == layers:
                break
            dealt.append([])
            filled = 0
        dealt[-1].append(path)
        filled += path.lstat().st_size
    return dealt


def deal_root(root: Path) -> list[list[Path]]:
    """The files of a root filesystem as a Dockerfile would have brought them: the base, /usr/local, /srv."""
    parts: dict[str, list[Path]] = {"": [], "usr/local/": [], "srv/": []}
    for path in files_below(root):
        name = str(path.relative_to(root))
        parts[next((part for part in ("usr/local/", "srv/") if name.startswith(part)), "")].append(path)
    return [part for part in parts.values() if part]


def main() -> None:
    """Deal, pack, write."""
    parser = argparse.ArgumentParser(description="Make a large OCI layout out of this machine's own files.")
    parser.add_argument("layout", type=Path)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--layers", type=int, default=14)
    parser.add_argument("--from", dest="folder", type=Path, default=Path("/usr"))
    parser.add_argument("--as-root", action="store_true", help="FOLDER is the root of the image")
    asked = parser.parse_args()
    root = asked.folder.absolute() if asked.as_root else Path("/")
    layout = Layout(asked.layout)
    dealt = deal_root(root) if asked.as_root else deal(asked.folder.absolute(), asked.layers - 1, asked.megabytes)
    extras: list[dict[str, bytes]] = [{} for _ in dealt]
    extras[min(1, len(dealt) - 1)][KEY_PATH] = made_up_key()
    for earlier, extra in zip(dealt, extras[2:], strict=False):
        extra.update({str(path.relative_to(root).with_name(f".wh.{path.name}")): b"" for path in earlier[:40:4]})
        again = [path.relative_to(root) for path in earlier[1:40:4] if not path.is_symlink()]
        extra.update({str(path): b"written again\n" for path in again})
    dealt.append([])
    folder, name = os.path.split(KEY_PATH)
    extras.append({f"{folder}/.wh.{name}": b""})
    layers, diff_ids, history, total = [], [], [], 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (data, diff_id, size) in enumerate(pool.map(partial(pack, root), dealt, extras)):
            layers.append(layout.add(data, "application/vnd.oci.image.layer.v1.tar+gzip"))
            diff_ids.append(diff_id)
            history.append({"created_by": f"COPY slice-{number} / # buildkit"})
            total += size
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": history,
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": layout.add_json(config, "application/vnd.oci.image.config.v1+json"),
        "layers": layers,
    }
    index = {"schemaVersion": 2, "manifests": [layout.add_json(manifest, "application/vnd.oci.image.manifest.v1+json")]}
    (asked.layout / "index.json").write_text(json.dumps(index))
    stored = sum(blob.stat().st_size for blob in layout.blobs.iterdir())
    print(f"{asked.layout}: {len(layers)} layers, {stored / 1e6:.0f} MB compressed, {total / 1e6:.0f} MB uncompressed")


if __name__ == "__main__":
    main()
