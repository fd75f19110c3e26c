"""`imagelint size` on an image that a real daemon built, against what its layers' tars say."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from imagelint import cli
from tests.engines import BASE, Engines
from tests.image.test_waste import noise, prose

pytestmark = pytest.mark.engine

FILE = f"""\
FROM {BASE}
COPY BigFile /srv/BigFile
RUN rm /srv/BigFile
COPY app /opt/app
RUN chmod -R 0500 /opt/app
COPY first /srv/conf
COPY second /srv/conf
COPY second /srv/copy
COPY accounts /etc/passwd
"""
FILES: dict[str, str | bytes] = {
    "BigFile": noise(700_000) + prose(300_000),
    "app/one": prose(400_000),
    "app/lib/two": noise(90_000),
    "app/lib/three": b"3",
    "first": prose(50_000),
    "second": noise(200_000),
    "accounts": "root:x:0:0:root:/root:/bin/sh\nservice:x:1:1::/:/bin/false\n",
}


def layers(layout: Path) -> list[bytes]:
    """The uncompressed tars of an OCI layout's only image."""

    def blob(digest: str) -> bytes:
        return (layout / "blobs" / digest.replace(":", "/")).read_bytes()

    manifest = json.loads(blob(json.loads((layout / "index.json").read_bytes())["manifests"][0]["digest"]))
    return [gzip.decompress(blob(layer["digest"])) for layer in manifest["layers"]]


def spans(tar: bytes) -> dict[str, tuple[int, int, int]]:
    """Path -> where its headers, its data, and what is behind its padding begin."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return {
            member.name.rstrip("/"): (
                member.offset,
                member.offset_data,
                member.offset_data + (member.size + 511 & -512),
            )
            for member in archive.getmembers()
        }


def lost(tar: bytes, *parts: tuple[int, int]) -> float:
    """The share of a tar, compressed, that it has no more without these parts."""
    left, at = b"", 0
    for begin, end in sorted(parts):
        left, at = left + tar[at:begin], end
    return 1 - len(gzip.compress(left + tar[at:], 6)) / len(gzip.compress(tar, 6))


@pytest.mark.parametrize("buildkit", [True, False])
def test_every_figure_is_that_of_the_tars(
    engines: Engines, buildkit: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tag = engines.build(FILE, FILES, buildkit=buildkit)
    layout = engines.oci(tag)
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(FILE)
    assert cli.run(["size", "--no-progress", "-f", "json", f"oci:{layout}", "--dockerfile", str(dockerfile)]) == 0
    (image,) = json.loads(capsys.readouterr().out)["images"]
    tars = layers(layout)
    told = [(layer.get("origin"), layer.get("source", {}).get("line")) for layer in image["layers"]]
    assert [origin for origin, _ in told] == ["base", *["own"] * 8]
    # The legacy builder names files by sums, and two COPYs to one place look alike.
    lines = [line if buildkit or line not in (6, 7) else None for line in range(2, 10)]
    assert [line for _, line in told] == [None, *lines]
    assert [layer["unpacked"] for layer in image["layers"]] == list(map(len, tars))

    app = ["opt/app/one", "opt/app/lib/two", "opt/app/lib/three"]
    files = {
        ("deleted", 1, 2): ["srv/BigFile"],
        ("metadata", 4, 3): app,
        ("overwritten", 5, 6): ["srv/conf"],
        ("overwritten", 0, 8): ["etc/passwd"],
    }
    parts = {key: [spans(tars[key[1]])[path][::2] for path in paths] for key, paths in files.items()}
    parts["duplicate", 7, 6] = [spans(tars[7])["srv/copy"][1:]]
    truth: dict[tuple[str, int, int], tuple[int, float]] = {}
    for key, places in parts.items():
        stored = image["layers"][key[1]]["size"]
        truth[key] = (sum(end - begin for begin, end in places), stored * lost(tars[key[1]], *places))
    pieces: dict[tuple[str, int, int], list[dict[str, Any]]] = {}
    for piece in image["pieces"]:
        pieces.setdefault((piece["kind"], piece["layer"], piece["by"]), []).append(piece)
    assert set(pieces) == set(truth)
    for key, (unpacked, size) in truth.items():
        assert sum(piece["unpacked"] for piece in pieces[key]) == unpacked, key
        assert sum(piece["size"] for piece in pieces[key]) == pytest.approx(size, rel=0.02, abs=40), key
    base, own = (image["origins"][name]["waste"] for name in ("base", "own"))
    assert base["unpacked"] == truth["overwritten", 0, 8][0]
    assert own["unpacked"] == sum(unpacked for unpacked, _ in truth.values()) - base["unpacked"]
    assert own["size"] == pytest.approx(sum(size for _, size in truth.values()) - base["size"], rel=0.02)

    # dive: BigFile 0 of 1,000,000; conf 50,000 of 250,000; app's files, once each in two layers; passwd the smaller one
    passwd = [len(FILES["accounts"]), len("root:x:0:0:root:/root:/bin/sh\n")]
    twice = [1_000_000, 250_000, 800_000, 180_000, 2, sum(passwd)]
    least = [0, 50_000, 400_000, 90_000, 1, min(passwd)]
    once = 200_000 + sum(size for path, size in base_sizes(tars[0]).items() if path != "etc/passwd")
    assert image["dive"]["wasted"] == sum(twice)
    assert image["dive"]["efficiency"] == round((sum(least) + once) / (sum(twice) + once), 6)


def base_sizes(tar: bytes) -> dict[str, int]:
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return {member.name: member.size for member in archive.getmembers()}
