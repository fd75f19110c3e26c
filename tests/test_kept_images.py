"""`imagelint scan --cache`: what was found in an image and its layers is kept, and the next scan says the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from imagelint import cli
from imagelint.engine.compiled import load
from imagelint.findings import ScannedImage
from imagelint.image import remembered
from imagelint.image.keeping import Keeping
from imagelint.image.lint import Result
from imagelint.image.model import Image
from imagelint.image.remembered import Remembered
from imagelint.secrets.confirm import Detector
from imagelint.secrets.redact import plain
from tests import registries
from tests.imagemaker import Recipe, docker_archive, oci_layout
from tests.material import password, rsa_key
from tests.registries import Registry

KEY, PASSWORD = rsa_key(930), password(931)
SYSTEM: list[dict[str, Any]] = [
    {"path": "usr/bin/tool", "mode": 0o4755, "content": "x" * 4000},
    {"path": "opt/tools/run", "mode": 0o777, "content": "#!/bin/sh\n"},
]
KEYS: list[dict[str, Any]] = [
    {"path": "root/.ssh/id_rsa", "content": KEY},
    {"path": "root/.my.cnf", "content": f"[client]\nuser = root\npassword = {PASSWORD}\n"},
]
RECIPE = Recipe(
    [SYSTEM, KEYS, [{"path": "root/.ssh/.wh.id_rsa"}]], {"Env": [f"DB_PASSWORD={PASSWORD}"]}, tags=("app:1",)
)


class Scan:
    """The command, in this process, with a cache below a folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.cache = folder / "kept"
        self.status = 0

    def __call__(self, *words: str, kept: bool = True) -> tuple[dict[str, Any], int]:
        """The report without what may differ from run to run, and how many layers were read."""
        more = ["--cache", str(self.cache)] if kept else []
        self.status = cli.run(["scan", "--format", "json", "--no-config", "--no-progress", *more, *words])
        report: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        read = report["stats"].pop("layers_read")
        for name in ("seconds", "bytes"):
            report["stats"].pop(name)
        return report, read


@pytest.fixture
def scan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Scan:
    return Scan(tmp_path, capsys)


@pytest.fixture
def layout(tmp_path: Path) -> str:
    return f"oci:{oci_layout(tmp_path / 'image', RECIPE)}"


def test_the_same_image_again(scan: Scan, layout: str) -> None:
    """No layer is read, and the report is the same, as it is without anything kept."""
    alone = scan(layout, kept=False)
    assert not scan.cache.exists()
    first, again = scan(layout), scan(layout)
    assert first == alone
    assert first[0] == again[0]
    assert (first[1], again[1]) == (3, 0)
    assert {"pem-private-key", "setuid-file"} <= {finding["rule"] for finding in again[0]["findings"]}
    assert scan.status == 1


def test_other_rules_and_other_options(scan: Scan, layout: str) -> None:
    """The image is judged anew by what is kept of its layers."""
    scan(layout)
    for words in (["--ignore", "setuid-file"], ["--fail-on", "error"], ["--status", "deleted"], ["--own"]):
        report, read = scan(layout, *words)
        assert read == 0, words
        assert report == scan(layout, *words, kept=False)[0], words


def test_a_changed_base(scan: Scan, tmp_path: Path, layout: str) -> None:
    """What --base names may be another image by now."""
    base = tmp_path / "base"
    told = []
    for layers in (RECIPE.layers[:1], RECIPE.layers[:2]):
        oci_layout(base, replace(RECIPE, layers=layers, history=None))
        words = (layout, "--base", f"oci:{base}")
        report, _ = scan(*words)
        assert report == scan(*words)[0] == scan(*words, kept=False)[0]
        told.append([layer["origin"] for layer in report["images"][0]["layers"]])
        for path in sorted(base.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    assert told == [["base", "own", "own"], ["base", "base", "own"]]


def test_a_dockerfile_beside_it(scan: Scan, tmp_path: Path, layout: str) -> None:
    """It decides which lines are told, so the image is judged each time; a layer with a secret is read for that."""
    scan(layout)
    for number in range(2):
        (tmp_path / "Dockerfile").write_text("FROM scratch\n" + "\n" * number + "RUN step 0\nRUN step 1\nRUN step 2\n")
        report, read = scan(layout)
        assert read == 1
        assert report == scan(layout, kept=False)[0]
        lines = {layer["source"]["line"] for layer in report["images"][0]["layers"]}
        assert lines == {2 + number, 3 + number, 4 + number}


def test_platforms_and_images_of_one_target(scan: Scan, tmp_path: Path) -> None:
    """Layers that they share are read once, and those of one that came later alone."""
    recipes = [RECIPE, replace(RECIPE, layers=[SYSTEM], tags=("app:2",), platform="linux/arm64")]
    first = oci_layout(tmp_path / "one", *recipes)
    assert scan(f"oci:{first}", "--platform", "all")[1] == 3
    assert scan(f"oci:{first}", "--platform", "all")[1] == 0
    recipes.append(replace(RECIPE, layers=[SYSTEM, [{"path": "srv/app", "content": "app"}]], tags=("app:3",)))
    both = oci_layout(tmp_path / "two", *recipes)
    report, read = scan(f"oci:{both}", "--platform", "all")
    assert read <= 2  # the new one, and that with the secrets for what is said of it under another name
    assert report == scan(f"oci:{both}", "--platform", "all", kept=False)[0]


def test_another_image_of_the_target_is_its_base(scan: Scan, tmp_path: Path) -> None:
    """And is so no more when it is gone."""
    base = replace(RECIPE, layers=RECIPE.layers[:2], tags=("team:base",), more={"author": "base"})
    own = replace(RECIPE, annotations={"org.opencontainers.image.base.name": "base"})
    told = []
    for recipes in ([base, own], [own]):
        folder = oci_layout(tmp_path / "image", *recipes)
        report, _ = scan(f"oci:{folder}")
        assert report == scan(f"oci:{folder}")[0] == scan(f"oci:{folder}", kept=False)[0]
        told.append([layer.get("origin", "") for layer in report["images"][-1]["layers"]])
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    assert told == [["base", "base", "own"], ["", "", ""]]


def test_what_is_not_kept(scan: Scan, tmp_path: Path, layout: str) -> None:
    """Values, reasons, and what has no digest of the bytes that were read, as an archive of docker save."""
    archive = str(docker_archive(tmp_path / "image.tar", RECIPE))
    for words in ([layout, "--show-secrets"], [layout, "--explain-dropped"], [archive]):
        assert [scan(*words)[1], scan(*words)[1]] == [3, 3], words


def test_no_value_is_in_it(scan: Scan, layout: str) -> None:
    scan(layout)
    scan(layout, "--show-secrets")
    data = b"".join(path.read_bytes() for path in scan.cache.iterdir())
    assert len(data) > 4096
    for value in (PASSWORD, KEY.splitlines()[3]):
        assert value.encode() not in data


@pytest.mark.parametrize("what", ["a layer", "its configuration"])
def test_a_hole_is_told_each_time(scan: Scan, tmp_path: Path, layout: str, what: str) -> None:
    root = tmp_path / "image"
    manifest = json.loads((root / "index.json").read_bytes())["manifests"][0]["digest"]
    document = json.loads((root / "blobs/sha256" / manifest[7:]).read_bytes())
    part = document["layers"][1] if what == "a layer" else document["config"]
    (root / "blobs/sha256" / part["digest"][7:]).unlink()
    first, again = scan(layout)[0], scan(layout)[0]
    assert scan.status == 3
    assert first["incomplete"]
    assert first == again


def test_a_folder_that_cannot_be_used(scan: Scan, layout: str) -> None:
    """The scan is as good as without, and says so in one line."""
    scan.cache.write_text("a file")
    report, read = scan(layout)
    assert read == 3
    (told,) = report["limited"]
    assert str(scan.cache) in told["reason"]
    assert report["findings"] == scan(layout, kept=False)[0]["findings"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--no-cache"], "leave one of them away"),
        (["--cache-key", "key"], "--cache-key"),
        (["--attached"], "--cache says how to scan"),
    ],
)
def test_words_that_do_not_go_together(scan: Scan, words: list[str], told: str) -> None:
    from imagelint.errors import UsageError

    with pytest.raises(UsageError, match=told):
        scan("registry:127.0.0.1:1/app:1", *words)
    assert not scan.cache.exists()


@pytest.mark.engine
def test_an_image_of_a_registry(scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its configuration nor its layers are fetched again; and `imagelint registry` uses the same results."""
    if reason := registries.missing():
        pytest.skip(reason)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with Registry(tmp_path / "registry") as registry:
        words = f"registry:{registry.push(oci_layout(tmp_path / 'image', RECIPE), '1', 'shop/app:1')}"
        first, again = scan(words), scan(words)
        assert (first[1], again[1]) == (3, 0)
        assert first[0] == again[0]


def test_an_image_is_known_when_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without a last day, damaged, of another version, and where nothing is kept."""
    image = Image("app:1", f"sha256:{'1' * 64}", "linux/amd64", {}, layers=[])
    told = ScannedImage(plain("app:1"), plain("app:1"), "oci", plain(image.digest), plain(image.platform), None, ())
    kept: dict[str, bytes] = {}

    class Store:
        def get(self, kind: str, key: str) -> bytes | None:
            return kept.get(kind + key)

        def put(self, kind: str, key: str, data: bytes) -> None:
            kept[kind + key] = data

    monkeypatch.setattr(remembered, "today", lambda: "2026-06-01")
    rules = load().rules
    found = Remembered(Keeping(Store(), rules, Detector(rules), [image]), "rules")
    assert not found.knows(image, "x")
    for until, there in (("", True), ("2026-06-01", True), ("2026-05-31", False)):
        found.keep(Result(image=told, until=until), image, "x")
        assert found.knows(image, "x") is there
        assert (found.find(image, "x") is not None) is there
        assert not found.knows(image, "y")
    found.keep(Result(image=told), image, "x")
    ((name, data),) = kept.items()
    for other in (data[:-1], b"", data[:32], _sealed(b"[]"), _sealed(b"{}"), _sealed(b"[1, 2"), _sealed(b"null")):
        kept[name] = other
        assert not found.knows(image, "x")
        assert found.find(image, "x") is None


def _sealed(body: bytes) -> bytes:
    return hashlib.sha256(body).digest() + body
