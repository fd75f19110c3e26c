"""What we claim to find, planted in one image and scanned by the command: everything is found, each secret once."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.imagemaker import Recipe, oci_layout
from tests.program import imagelint
from tests.secrets.planted import Maker, Planted, planted
from tests.secrets.skipped import PATHS

BINARY = tuple(
    ".png .jpg .gif .ico .woff2 .ttf .pyc .so.1 .a .mo .db .1234 .i .bin .suo .class .mdb .mp4 .ogg .webp .pdf .wasm "
    ".eot .parquet .avro .npy .safetensors .onnx .part .sqlite3 -wal -journal .rdb .DS_Store .swp .img .cache .debug "
    ".pcf modules ib_logfile0 0001 .acme .journal wtmp environ cmdline notes".split()
)
PLANTED = list(planted())
TOKEN = Maker(29).github()


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The findings of an image with all of PLANTED, and with TOKEN in every path of PATHS."""
    folder = tmp_path_factory.mktemp("recall")
    files = [{"path": item.path, "content": item.content} for item in PLANTED]
    for path in PATHS:
        frame = (b"\x7f\0\x01\0", b"\0\0\xff") if path.endswith(BINARY) else (b"// ", b"\n")
        files.append({"path": path, "content": frame[0] + TOKEN.encode() + frame[1]})
    oci_layout(folder / "image", Recipe(layers=[files], config={"User": "app"}), compress="zstd")
    words = ["scan", "--no-config", "--show-secrets", "--format", "json", f"oci:{folder / 'image'}"]
    run = subprocess.run([*imagelint(), *words], capture_output=True, check=False)
    assert run.returncode == 1, run.stderr
    report = json.loads(run.stdout)
    assert not report.get("incomplete")
    assert not report.get("limited")
    return [finding for finding in report["findings"] if finding.get("secret")]


def test_there_are_many_sorts() -> None:
    assert len(PLANTED) >= 220
    assert len({item.path for item in PLANTED}) == len({item.needle for item in PLANTED}) == len(PLANTED)
    assert len(set(PATHS)) == len(PATHS) >= 70


@pytest.mark.parametrize("item", PLANTED, ids=[item.sort for item in PLANTED])
def test_each_planted_secret_is_found_once(item: Planted, findings: list[dict[str, Any]]) -> None:
    here = [finding for finding in findings if finding["path"] == item.path]
    assert len(here) == 1
    assert item.needle in here[0]["secret"]["value"]


def test_nothing_else_is_found(findings: list[dict[str, Any]]) -> None:
    expected = Counter(item.path for item in PLANTED)
    assert Counter(f["path"] for f in findings if f["secret"]["value"] != TOKEN) == expected


def test_a_token_is_found_in_every_path_that_scanners_skip(findings: list[dict[str, Any]]) -> None:
    (found,) = [finding for finding in findings if finding["secret"]["value"] == TOKEN]
    assert sorted(place["path"] for place in found["places"]) == sorted(PATHS)


def test_a_key_with_a_passphrase_is_one_step_less_severe(findings: list[dict[str, Any]]) -> None:
    keys = {f["path"]: f["severity"] for f in findings if f["rule"].endswith("-private-key")}
    assert len(keys) == 17
    for path, severity in keys.items():
        assert severity == ("warning" if "encrypted" in Path(path).name else "error")
