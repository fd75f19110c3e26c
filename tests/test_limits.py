"""Limits: changed for one run by the command line, and by nothing else; what bites is said."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from imagelint.stream import limits
from tests.imagemaker import Recipe, docker_archive
from tests.material import rsa_key
from tests.program import imagelint

KEY = rsa_key(61)


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a folder, without a limit of this process."""
    program = [*imagelint(), *words]
    environment = {"PATH": "/usr/bin:/bin"}
    return subprocess.run(program, capture_output=True, text=True, check=False, cwd=folder, env=environment)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Two layers, the upper one with a key."""
    layers: list[list[dict[str, Any]]] = [
        [{"path": "a", "content": bytes(100_000)}],
        [{"path": "key.pem", "content": KEY}],
    ]
    return docker_archive(tmp_path / "image.tar", Recipe(layers, {"User": "app"}), compress="gzip")


def scan(image: Path, *words: str) -> dict[str, Any]:
    done = command(image.parent, "scan", "--no-progress", "--format", "json", *words, image.name)
    report: dict[str, Any] = {**json.loads(done.stdout), "status": done.returncode}
    return report


@pytest.mark.parametrize(
    ("limit", "place", "reason"),
    [
        ("layers=1", "layers", "2 layers: only the first 1 were read"),
        ("layer-bytes=64K", "layer 0", "more than 65536 uncompressed bytes"),
        ("archive-bytes=50k", "image.tar", "more than 51200 uncompressed bytes"),
        ("document=100", "image.tar", "more than 100 bytes"),
        ("archive-members=2", "image.tar", "more than 2 members"),
    ],
)
def test_a_lower_limit_bites_and_is_said(image: Path, limit: str, place: str, reason: str) -> None:
    report = scan(image, "--limit", limit)
    assert report["status"] == 3
    (hole, *_) = [hole for hole in report["incomplete"] if reason in hole["reason"]]
    assert hole["place"].startswith(place)


def test_candidates_and_paths_are_only_limited(image: Path) -> None:
    report = scan(image, "--limit", "candidates=1", "--limit", "paths=1")
    assert (report["status"], report["incomplete"]) == (1, [])
    assert {limit["reason"] for limit in report["limited"]} >= {
        "more paths than are kept; what they replace or delete is not known"
    }
    assert [found["rule"] for found in report["findings"]] == ["pem-private-key"]


def test_every_limit_can_be_raised(image: Path) -> None:
    words = [word for name in limits.CHANGEABLE for word in ("--limit", f"{limits.word(name)}=1T")]
    report = scan(image, *words)
    assert (report["status"], report["incomplete"], report["limited"]) == (1, [], [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("layer-byte=1", "there is no limit 'layer-byte'; did you mean 'layer-bytes'?"),
        ("x=1", "there is no limit 'x'; there are layer-bytes, "),
        ("layers", "--limit layers: '' is not a size"),
        ("layers=0", "--limit layers: '0' is not a size"),
        ("layers=-1", "--limit layers: '-1' is not a size"),
        ("layers=1.5G", "--limit layers: '1.5G' is not a size"),
        ("layers=" + "9" * 30, "is not a size"),
    ],
)
def test_what_is_no_limit(tmp_path: Path, words: str, said: str) -> None:
    done = command(tmp_path, "scan", "--limit", words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_configuration_cannot_change_them(tmp_path: Path) -> None:
    (tmp_path / ".imagelint.yaml").write_text("limit: [layers=1]\n")
    done = command(tmp_path, "scan")
    assert done.returncode == 2
    assert "no such setting: 'limit'" in done.stderr


def test_extract_takes_them_too(image: Path) -> None:
    (found,) = scan(image)["findings"]
    done = command(image.parent, "extract", image.name, found["fingerprint"], "-o", "out", "--limit", "layers=1")
    assert done.returncode == 2
    assert "no finding of this target" in done.stderr


def test_the_page_is_up_to_date_and_names_all(repository: Path) -> None:
    done = subprocess.run([sys.executable, "tools/limits_page.py", "--check"], cwd=repository, check=False)
    assert done.returncode == 0
    page = (repository / "docs/limits.md").read_text()
    numbers = [
        name
        for name in vars(limits)
        if name.isupper() and name not in ("KIB", "MIB", "GIB", "CHANGEABLE") and name[0] != "_"
    ]
    assert [name for name in numbers if f"| `{limits.word(name)}` |" not in page] == []
