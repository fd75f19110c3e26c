"""Files that are all hits, or one line: each streamed to disk compressed, and read in bounded time and memory, and what
was cut is named."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from isal import igzip

from imagelint.engine.shapes import expand
from imagelint.image.hits import REPEATED, UNSEEN
from tests.imagemaker import OCI, Recipe, blob, docker_archive, dumps, write
from tests.material import password
from tests.program import running
from tests.tarmaker import END, header
from tests.test_hostile_images import PROGRAM

MIB = 1 << 20
SECRET = password(81)
BEHIND = f"DB_PASS{'WORD'}={SECRET}\n".encode()
FILES = {
    "one-line": (b"srv/a.conf", b"x", 200 * MIB, False),
    "signs-alone": (b"srv/a.conf", b"key=", 200 * MIB, False),
    "100-million-hits": (b"srv/a.conf", b"pwd=", 400 * MIB, True),
    "hopeless-hits": (b"srv/a.txt", b"pass" + b"word=x1y2z3;", 100 * MIB, True),
    "assignments": (b"srv/a.conf", b"pass" + b"word=x1y2z3;", 100 * MIB, True),
    "tokens": (b"srv/a.bin", b"AK" + b"IAQ3EGRZ7NQ3EGRZ7N ", 200 * MIB, True),
}
"""Path, what is repeated, bytes, and whether something is cut."""


def image(folder: Path, path: bytes, chunk: bytes, size: int) -> Path:
    """An OCI layout of one layer, with this file and a small one with a password behind it; never held in memory."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    block = chunk * (MIB // len(chunk))
    count = size // len(block)
    plain, stored = hashlib.sha256(), hashlib.sha256()
    with igzip.open(folder / "layer", "wb", compresslevel=0) as out:  # type: ignore[no-untyped-call]  # isal has no types here
        tail = bytes(-count * len(block) % 512) + header(b"srv/b.env", len(BEHIND)) + BEHIND
        for piece in (header(path, count * len(block)), *[block] * count, tail, bytes(-len(BEHIND) % 512), END):
            plain.update(piece)
            out.write(piece)
    with (folder / "layer").open("rb") as file:
        while piece := file.read(MIB):
            stored.update(piece)
    name = stored.hexdigest()
    layer = {"mediaType": OCI + "layer.v1.tar+gzip", "digest": f"sha256:{name}"}
    layer |= {"size": (folder / "layer").stat().st_size}  # type: ignore[dict-item]  # one that is no text
    (folder / "layer").rename(blobs / name)
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"User": "app"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{plain.hexdigest()}"]},
        "history": [{"created_by": "COPY a b"}],
    }
    files: dict[str, bytes | str] = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    config = blob(files, dumps(document), OCI + "config.v1+json")
    manifest = dumps({"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": config, "layers": [layer]})
    files["index.json"] = dumps({"manifests": [blob(files, manifest, OCI + "manifest.v1+json")]})
    return write(folder, files)


def scan(repository: Path, target: Path, *words: str) -> dict[str, Any]:
    """In 512 MiB of address space and 60 s of a processor."""
    program = running(PROGRAM, "scan", "--no-config", "--no-progress", "--format", "json", *words)
    done = subprocess.run([*program, str(target)], capture_output=True, text=True, check=False, cwd=repository)
    assert "Traceback" not in done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["incomplete"] == []
    return report


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep to RLIMIT_AS")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] if name == "100-million-hits" else []) for name in FILES]
)
def test_bounded_and_named(tmp_path: Path, repository: Path, name: str) -> None:
    path, chunk, size, cut = FILES[name]
    report = scan(repository, image(tmp_path / "image", path, chunk, size))
    told = {limit["reason"] for limit in report["limited"]}
    assert (UNSEEN in told) == cut
    # What one file spends is not taken from the next.
    assert "srv/b.env" in {found["path"] for found in report["findings"]}
    assert (REPEATED in told) == (name in ("assignments", "tokens"))


def test_base64_ten_deep(tmp_path: Path, repository: Path) -> None:
    """All are looked into, whatever the text begins with."""
    token = expand("ghp_{base62:30}{crc32}", "deep")
    entries, planted = [], {}
    for number, begin in enumerate(("# settings\n", "{", "\n", "~", "A", "\u00e9")):
        text = f"{begin}DB_PASS{'WORD'}={SECRET} {token}\n".encode()
        for depth in range(1, 11):
            text = base64.b64encode(text)
            path = f"srv/{number}/{depth}.conf"
            entries.append({"path": path, "content": (b"data: " if number else b"") + text + b"\n" * (number != 1)})
            planted[path] = depth
    report = scan(repository, docker_archive(tmp_path / "image.tar", Recipe([entries], {"User": "app"})))
    assert sorted(found["rule"] for found in report["findings"]) == ["github-token", "secret-in-assignment"]
    for found in report["findings"]:
        missed = planted.keys() - {place["path"] for place in found["places"]}
        assert missed == set()
