"""What a scan says of bytes that nobody needs: from images as the engines' builders make them, and from made ones."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imagelint.image.subjects_waste import only_modes
from tests.engines import BASE, Engines
from tests.imagemaker import Recipe, layer_tar, oci_layout, packed
from tests.material import password
from tests.program import imagelint
from tests.report.schemas import errors
from tests.sarif_validate import errors as sarif_errors

BIG = os.urandom(3_000_000) + bytes(2_000_000)
"""Three of five megabytes are left where it is compressed."""
CHAPTER = f"""FROM {BASE}
COPY big.file /srv/big.file
COPY app.conf /srv/app.conf
RUN rm /srv/big.file
"""
"""The case of the book: a file that is copied, and taken away when it is too late."""
KIT = {"comment": "buildkit.dockerfile.v0"}


def report(target: str, *words: str, status: int = 1, select: str = "") -> dict[str, Any]:
    """What a scan reports of waste, as JSON that its schema knows."""
    chosen = ["--select", select] if select else ["--ignore", "image-runs-as-root"]
    command = [*imagelint(), "scan", "--no-config", "-f", "json", "--jobs", "1", *chosen, *words, target]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == status, done.stderr.decode() + done.stdout.decode()[:2000]
    found: dict[str, Any] = json.loads(done.stdout)
    assert errors("json", found) == []
    return found


def steps(finding: dict[str, Any]) -> list[tuple[str, int, int]]:
    """(kind, layer, line) of a trail; line 0 where it is not known."""
    return [
        (step["kind"], step["layer"]["index"], step["layer"].get("source", {}).get("line", 0))
        for step in finding["trail"]
    ]


@pytest.mark.engine
@pytest.mark.parametrize("buildkit", [False, True], ids=["legacy", "buildkit"])
def test_the_file_that_was_taken_away_too_late(engines: Engines, tmp_path: Path, buildkit: bool) -> None:
    """Found with its size, both lines, and what a pull would save."""
    tag = engines.build(CHAPTER, {"big.file": BIG, "app.conf": "x = 1\n"}, buildkit=buildkit)
    layout, source = engines.oci(tag), tmp_path / "Dockerfile"
    source.write_text(CHAPTER, encoding="utf-8")
    found = report(f"oci:{layout}:image", "--dockerfile", str(source), select="deleted-file-shipped")
    (one,) = found["findings"]
    assert (one["path"], one["status"], one["severity"]) == ("srv/big.file", "deleted", "warning")
    assert (one["layer"]["index"], one["layer"]["source"]["line"], one["layer"]["origin"]) == (1, 2, "own")
    assert steps(one) == [("introduced", 1, 2), ("deleted", 3, 4), ("shipped", 1, 2)]
    assert "5.0 MB" in one["message"]
    assert "--mount=type=bind" in one["remedy"]
    stored = next(image for image in found["images"])["layers"][1]["size"]
    saved = float(one["message"].rpartition("could be ")[2].partition(" MB")[0]) * 1e6
    assert saved == pytest.approx(stored, rel=0.02, abs=50_000)


@pytest.mark.parametrize(
    "created_by",
    [
        "RUN /bin/sh -c chown -R app:app /srv # buildkit",
        "/bin/sh -c chmod 755 /a",
        "RUN |2 A=b C=d /bin/sh -c chmod 755 /a && chown app /a # buildkit",
        "|1 A=b /bin/sh -c chgrp 0 /x;  chmod g=u /x",
        "RUN /bin/bash -o pipefail -c chmod 755 /a # buildkit",
        "/bin/sh -c set -eux; chmod 755 /a",
        "RUN chmod 755 /a",
    ],
)
def test_changes_modes_alone(created_by: str) -> None:
    assert only_modes(created_by)


@pytest.mark.parametrize(
    "created_by",
    [
        "",
        "COPY --chown=app . /srv # buildkit",
        "RUN /bin/sh -c npm ci && chown -R app /srv # buildkit",
        "/bin/sh -c #(nop) COPY file:1 in /srv ",
        "RUN /bin/sh -c chown app $(make) # buildkit",
        "RUN /bin/sh -c chown app `make` # buildkit",
        "/bin/sh -c chmod 755 /a | tee /x",
        "/bin/sh -c chmod 755 /a > /x",
        "/bin/sh -c chmodx /a",
        "RUN /bin/sh -c cp a b; chmod 755 b",
        "RUN <<EOF\nchmod 755 /a\nmake\nEOF",
        "RUN |1 A=chmod x /bin/sh -c make # buildkit",
    ],
)
def test_may_change_more(created_by: str) -> None:
    assert not only_modes(created_by)


def made(folder: Path, *layers: list[dict[str, Any]], history: list[Any] | None = None) -> str:
    """An image with gzip layers, by its target's name."""
    recipe = Recipe(layers, {"User": "10001"}, history)
    return f"oci:{oci_layout(folder / 'layout', recipe, compress='gzip-6')}"


def told(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return sorted((one["rule"], one["path"], one["status"]) for one in found["findings"])


def big(path: str, size: int = 2_000_000, **more: Any) -> dict[str, Any]:
    return {"path": path, "content": os.urandom(size), **more}


def test_a_byte_counts_once(tmp_path: Path) -> None:
    """What is gone is no cache any more, and of a cache that was written anew the upper one alone is there."""
    cache, lists = "root/.cache/pip/http-v2/a.body", "var/lib/apt/lists/x_Packages"
    target = made(tmp_path, [big(cache), big(lists, 6_000_000)], [{"path": "root/.cache/.wh.pip"}, big(lists)])
    assert told(report(target)) == [
        ("deleted-file-shipped", "root/.cache/pip", "deleted"),
        ("overwritten-file-shipped", lists, "overwritten"),
        ("package-lists-shipped", "var/lib/apt/lists", "present"),
    ]


def test_a_base_image_is_not_this_users_doing(tmp_path: Path) -> None:
    """Its own waste is for the strict profile; what a later layer does to its files is a note."""
    history = ["COPY rootfs /", {"created_by": "RUN rm /opt/big # buildkit", **KIT}]
    base = [big("opt/big", 11_000_000), big("var/cache/apt/archives/git.deb")]
    target = made(tmp_path, base, [{"path": "opt/.wh.big"}], history=history)
    found = report(target, status=0)
    assert told(found) == [("base-file-replaced", "opt/big", "deleted")]
    (one,) = found["findings"]
    assert (one["severity"], one["layer"]["origin"]) == ("note", "base")
    assert one["remedy"].startswith("The base image brings it")
    assert told(report(target, "--own", status=0)) == []
    strict = report(target, "--profile", "strict", status=0, select="base-image-waste")
    assert told(strict) == [("base-image-waste", "var/cache/apt", "present")]


def test_the_same_in_every_format(tmp_path: Path) -> None:
    """Both instructions stand in each; SARIF is what its validators want."""
    history = ["COPY big.iso /srv/", "RUN /bin/sh -c rm /srv/big.iso # buildkit"]
    target = made(tmp_path, [big("srv/big.iso")], [{"path": "srv/.wh.big.iso"}], history=history)
    outputs = [f"{name}={tmp_path / name}" for name in ("terminal", "sarif", "html", "json", "junit", "gitlab")]
    words = [word for output in outputs for word in ("--output", output)]
    command = [*imagelint(), "scan", "--no-config", "--jobs", "1", *words, target]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    for output in outputs:
        text = " ".join(Path(output.partition("=")[2]).read_text(encoding="utf-8").split())
        assert "srv/big.iso" in text, output
        assert "a later layer deletes" in text, output
    for name in ("terminal", "sarif", "html", "json"):
        text = " ".join((tmp_path / name).read_text(encoding="utf-8").split())
        assert "COPY big.iso /srv/" in text, name
        assert "rm /srv/big.iso" in text, name
    assert sarif_errors([tmp_path / "sarif"]) == []


def test_what_a_pull_would_save(tmp_path: Path) -> None:
    """To the truth: the same layer, compressed without the file."""
    small = [{"path": f"srv/{n}", "content": os.urandom(50_000)} for n in range(40)]
    gone = {"path": "srv/gone", "content": BIG}
    whole, without_it = (
        len(packed(layer_tar(entries), "gzip-6")) for entries in ([*small[:20], gone, *small[20:]], small)
    )
    target = made(tmp_path, [*small[:20], gone, *small[20:]], [{"path": "srv/.wh.gone"}])
    (one,) = report(target, select="deleted-file-shipped")["findings"]
    saved = float(one["message"].rpartition("could be ")[2].partition(" MB")[0]) * 1e6
    assert saved == pytest.approx(whole - without_it, rel=0.02)


@pytest.mark.parametrize(
    ("made_by", "path", "remedy"),
    [
        ("RUN apt-get install", "var/cache/apt/archives/x.deb", "End the same RUN with: && apt-get clean; or keep it"),
        ("RUN pip install", "home/app/.cache/pip/x", "Give pip its --no-cache-dir; or keep it"),
        ("RUN mvn package", "root/.m2/repository/x.jar", "Delete it in the same RUN; or keep it"),
        ("COPY --from=build /root /root", "root/.m2/repository/x.jar", "Leave it out of what is copied"),
        ("COPY . /srv", "srv/.git/objects/x.pack", "Leave it out of what is copied: name it in .dockerignore"),
    ],
)
def test_what_to_do_about_it(tmp_path: Path, made_by: str, path: str, remedy: str) -> None:
    rules = "package-cache-shipped,version-control-shipped"
    target = made(tmp_path, [big(path)], history=[made_by])
    (one,) = report(target, select=rules, status=int("/.git/" in path))["findings"]
    assert one["remedy"].startswith(remedy)
    if "keep it" in remedy:
        assert one["remedy"].endswith(f"RUN --mount=type=cache,target=/{one['path']}")


def test_a_secret_in_a_path_stays_masked(tmp_path: Path) -> None:
    name = f"DB_PASSWORD={password(321)}"
    target = made(tmp_path, [big(f"srv/{name}.iso")], [{"path": f"srv/.wh.{name}.iso"}])
    found = report(target)
    assert "deleted-file-shipped" in {one["rule"] for one in found["findings"]}
    assert password(321) not in json.dumps(found)


def test_the_threshold_is_a_parameter(tmp_path: Path) -> None:
    target = made(tmp_path, [big("srv/x", 400_000)], [{"path": "srv/.wh.x"}])
    assert told(report(target, status=0)) == []
    config = tmp_path / "imagelint.yaml"
    config.write_text("parameters: {deleted-file-shipped: {least: 300000}}\n", encoding="utf-8")
    command = [*imagelint(), "scan", "--config", str(config), "-f", "json", "--jobs", "1", target]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr.decode()
    assert told(json.loads(done.stdout)) == [("deleted-file-shipped", "srv/x", "deleted")]
