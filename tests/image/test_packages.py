"""Secrets in files of packages: kept back where a file is what the layer's own database lists, byte for byte, and
nowhere else."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from imagelint.cli import run
from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.evaluate import Engine
from imagelint.engine.shapes import expand
from imagelint.findings import Finding, Severity
from imagelint.image import reading
from imagelint.image.lint import Result, lint
from imagelint.image.sources.docker_archive import images
from imagelint.secrets.confirm import Detector
from imagelint.workers import Each
from tests import packaged
from tests.alone import alone
from tests.conftest import without
from tests.imagemaker import Recipe, docker_archive
from tests.material import password, rsa_key

KEY, OTHER = rsa_key(301), rsa_key(302)
SECRET = f"password = '{password(303)}'\n"
DOC = "usr/share/doc/tiny/test.key"
Layer = Sequence[dict[str, Any]]


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load()


class Asked:
    """Reads images of some layers, and says which findings are published."""

    def __init__(self, rules: RuleSet, folder: Path) -> None:
        self._rules, self._folder = rules, folder

    def result(self, *layers: Layer) -> Result:
        (image,) = images(str(docker_archive(self._folder / "image.tar", Recipe(layers), layout="25")))
        detector = Detector([rule for rule in self._rules.rules if rule.kind == "secret"])
        return lint(image, Engine(self._rules, ()), detector, target="app.tar", show=False)

    def findings(self, *layers: Layer) -> list[Finding]:
        result = self.result(*layers)
        assert (result.incomplete, result.limited) == ([], [])
        return result.findings

    def published(self, *layers: Layer) -> dict[str, bool]:
        found = self.findings(*layers)
        for finding in found:
            assert (finding.severity is Severity.NOTE) == finding.published
        return {finding.location.path: finding.published for finding in found}


@pytest.fixture
def asked(rules: RuleSet, tmp_path: Path) -> Asked:
    return Asked(rules, tmp_path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root file system with two packages of dpkg."""
    if missing := packaged.missing("dpkg", "dpkg-deb", "dpkg-divert"):
        without(f"it needs {missing}")
    root = tmp_path / "root"
    packaged.dpkg(root, "tiny", {DOC: KEY, "etc/tiny.conf": SECRET}, conffiles=["etc/tiny.conf"])
    return packaged.dpkg(root, "other", {"usr/lib/other/a": "nothing"})


def file(path: str, content: str | bytes) -> dict[str, Any]:
    return {"path": path, "content": content}


def test_what_dpkg_brought(asked: Asked, root: Path) -> None:
    assert asked.published(packaged.entries(root)) == {DOC: True, "etc/tiny.conf": True}


def test_without_a_database_everything_is_own(asked: Asked, root: Path) -> None:
    assert asked.published(packaged.entries(root, without=["var/lib/dpkg"])) == {DOC: False, "etc/tiny.conf": False}


@pytest.mark.parametrize("change", [SECRET + "\n", SECRET.replace("=", "= "), "#\n" + SECRET])
def test_a_file_that_was_changed_is_own(asked: Asked, root: Path, change: str) -> None:
    (root / "etc/tiny.conf").write_text(change)
    assert asked.published(packaged.entries(root)) == {DOC: True, "etc/tiny.conf": False}


def test_the_same_bytes_at_another_path_are_own(asked: Asked, root: Path) -> None:
    found = asked.published([*packaged.entries(root, without=[DOC]), file("srv/test.key", KEY)])
    assert found == {"srv/test.key": False, "etc/tiny.conf": True}


def test_a_secret_in_a_package_and_elsewhere_is_own(asked: Asked, root: Path) -> None:
    """The place that is the image's own stands for all."""
    (finding, _) = asked.findings(packaged.entries(root), [file("usr/zzz.key", KEY)])
    assert (finding.location.path, finding.published, finding.severity) == ("usr/zzz.key", False, Severity.ERROR)
    assert {place.path for place in finding.places} == {DOC, "usr/zzz.key"}


@pytest.mark.parametrize(("listed", "lies"), [("bin/tool", "usr/bin/tool"), ("usr/lib/a", "lib/a")])
def test_merged_usr(asked: Asked, root: Path, listed: str, lies: str) -> None:
    """A package lists /bin/x, which lies in /usr/bin since /bin is a link, and the other way round."""
    packaged.dpkg(root, "merged", {listed: OTHER})
    found = [{**entry, "path": lies} if entry["path"] == listed else entry for entry in packaged.entries(root)]
    assert asked.published(found)[lies]


def test_a_diverted_file(asked: Asked, root: Path) -> None:
    packaged.dpkg_divert(root, DOC)
    assert (root / f"{DOC}.distrib").read_text() == KEY
    (root / DOC).write_text(OTHER)
    assert asked.published(packaged.entries(root)) == {
        f"{DOC}.distrib": True,
        DOC: False,
        "etc/tiny.conf": True,
    }


def test_each_layer_has_its_own_state(asked: Asked, root: Path, tmp_path: Path) -> None:
    """An upgrade in a later layer: old bytes below and new ones above are both their package's."""
    first = packaged.entries(root)
    packaged.dpkg(root, "tiny", {DOC: OTHER, "etc/tiny.conf": SECRET}, version="2", conffiles=["etc/tiny.conf"])
    second = [entry for entry in packaged.entries(root) if entry not in first]
    assert {entry["path"] for entry in second} >= {DOC, "var/lib/dpkg/info/tiny.md5sums", "var/lib/dpkg/status"}
    found = asked.findings(first, second)
    assert [(f.status, f.published) for f in found if f.location.path == DOC] == [
        ("present", True),
        ("overwritten", True),
    ]


def test_old_bytes_above_a_new_version_are_own(asked: Asked, root: Path) -> None:
    """What an older version of the package had, copied back behind an upgrade, nobody brought but the author."""
    first = packaged.entries(root)
    packaged.dpkg(root, "tiny", {DOC: OTHER}, version="2")
    second = [entry for entry in packaged.entries(root) if entry not in first]
    (finding,) = [f for f in asked.findings(first, second, [file(DOC, KEY)]) if len(f.places) == 2]
    assert (finding.layer and finding.layer.index, finding.published, finding.status) == (2, False, "present")


def test_a_later_database_excuses_nothing_below(asked: Asked, root: Path) -> None:
    database = [entry for entry in packaged.entries(root) if entry["path"].startswith("var/lib/dpkg")]
    below = packaged.entries(root, without=["var/lib/dpkg"])
    assert asked.published(below, database) == {DOC: False, "etc/tiny.conf": False}
    assert asked.published(database, below) == {DOC: True, "etc/tiny.conf": True}


@pytest.mark.parametrize(
    "mark",
    ["var/lib/dpkg/info/.wh.tiny.md5sums", "var/lib/.wh.dpkg", "var/lib/dpkg/info/.wh..wh..opq", "var/lib/dpkg/info"],
)
def test_a_database_that_was_deleted_says_nothing_any_more(asked: Asked, root: Path, mark: str) -> None:
    """But of the layers below it does: a slim image that deletes it keeps what it inherited."""
    layers = [packaged.entries(root), [file(mark, "")]]
    assert asked.published(*layers)[DOC]
    database = [entry for entry in packaged.entries(root) if entry["path"].startswith("var/lib/dpkg")]
    assert not asked.published(database, [file(mark, "")], [file(DOC, KEY)])[DOC]


def test_of_two_databases_in_one_layer_the_last_counts(asked: Asked, root: Path) -> None:
    sums = "var/lib/dpkg/info/tiny.md5sums"
    right = (root / sums).read_bytes()
    base = packaged.entries(root, without=[sums])
    assert asked.published([*base, file(sums, b""), file(sums, right)])[DOC]
    assert not asked.published([*base, file(sums, right), file(sums, b"")])[DOC]


def test_distroless(asked: Asked, root: Path) -> None:
    sums = (root / "var/lib/dpkg/info/tiny.md5sums").read_bytes()
    assert asked.published([file("var/lib/dpkg/status.d/tiny.md5sums", sums), file(DOC, KEY)]) == {DOC: True}


@pytest.mark.parametrize("folder", ["lib/apk/db", "usr/lib/apk/db"])
def test_apk(asked: Asked, folder: str) -> None:
    files = {"etc/tiny.key": KEY, "usr/bin/a": "x", "usr/top.key": OTHER, "root.key": rsa_key(304)}
    layer = [file(path, content) for path, content in files.items()]
    database = file(f"{folder}/installed", packaged.apk({"bin/b": "y"}) + packaged.apk(files))
    assert asked.published([*layer, database]) == {"etc/tiny.key": True, "usr/top.key": True, "root.key": True}
    assert asked.published([database], [file("etc/tiny.key", KEY + "\n")]) == {"etc/tiny.key": False}


@pytest.fixture(scope="module")
def rpm_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with so many files that its header fills pages of the database."""
    if missing := packaged.missing("rpm", "rpmbuild"):
        without(f"it needs {missing}")
    root = tmp_path_factory.mktemp("rpm") / "root"
    many = {f"usr/share/many/{number}": "x" for number in range(1000)}
    packaged.rpm(root, "first", {"usr/bin/first": "x"})
    return packaged.rpm(root, "tiny", {**many, "etc/tiny.conf": SECRET, DOC: KEY})


def test_rpm(asked: Asked, rpm_root: Path) -> None:
    layer = packaged.entries(rpm_root)
    assert asked.published(layer) == {DOC: True, "etc/tiny.conf": True}
    assert asked.published(layer, [file("etc/tiny.conf", SECRET + "\n")])["etc/tiny.conf"] is False


def test_berkeley_db_is_named_where_it_matters(asked: Asked) -> None:
    database = file("var/lib/rpm/Packages", b"\0" * 4096)
    assert asked.result([database, file("a", "nothing")]).limited == []
    reason = "databases of rpm in Berkeley DB's format are not read; files of its packages count as the image's own"
    assert asked.result([database, file(DOC, KEY)]).limited == [("layer 0: var/lib/rpm/Packages", reason)]
    assert asked.result([file(DOC, KEY)], [database]).limited == []


def test_inside_of_a_published_file(asked: Asked, root: Path) -> None:
    """A secret in an archive that a package brought: the archive is what counts."""
    example = "usr/share/doc/tiny/example.gz"
    packaged.dpkg(root, "packed", {example: gzip.compress(OTHER.encode(), mtime=0)})
    (finding,) = [f for f in asked.findings(packaged.entries(root)) if example in f.location.path]
    assert (finding.surface, finding.published) == ("archive", True)


def test_what_a_package_does_not_list_proves_nothing(asked: Asked, root: Path) -> None:
    """The record of a wheel says what its author wrote."""
    record = "usr/lib/python3/dist-packages/a-1.dist-info/RECORD"
    layer = [*packaged.entries(root), file(record, f"a/k.pem,sha256=x,{len(OTHER)}\n"), file("usr/lib/a/k.pem", OTHER)]
    assert asked.published(layer)["usr/lib/a/k.pem"] is False


def test_only_the_bodies_of_files_are_excused(asked: Asked, root: Path) -> None:
    """What a tar's header says (an extended attribute) no package lists."""
    layer = packaged.entries(root)
    for entry in layer:
        if entry["path"] == DOC:
            entry["xattrs"] = {"user.note": SECRET}
    found = {finding.surface: finding.published for finding in asked.findings(layer)}
    assert found["xattr"] is False


def test_a_token_with_right_check_digits_is_never_kept_back(asked: Asked, root: Path) -> None:
    """Whoever forges a database hides no live token of GitHub by that."""
    token = expand("ghp_{base62:30}{crc32}", "305")
    packaged.dpkg(root, "token", {"usr/share/token": f"{token}\n"})
    (finding,) = [f for f in asked.findings(packaged.entries(root)) if f.location.path == "usr/share/token"]
    assert (finding.published, finding.severity) == (False, Severity.ERROR)


@pytest.mark.parametrize("size", [100_000, 1_900_000, 2_097_152, 2_097_153, 3_000_000])
@pytest.mark.parametrize("ahead", [0, 1_000_000, 2_080_000, 2_090_000, 2_096_000, 2_097_000])
def test_a_file_that_windows_cut(asked: Asked, size: int, ahead: int) -> None:
    """Wherever it lies, a file of up to 2 MiB is compared whole."""
    body = "\n" * (size - len(KEY) - 10) + KEY + "\n" * 10
    layer = [file("a", bytes(ahead)), file("etc/big.key", body), file("etc/small.key", OTHER), file("b", bytes(50_000))]
    database = file("lib/apk/db/installed", packaged.apk({"etc/big.key": body, "etc/small.key": OTHER}))
    assert asked.published([*layer, database]) == {"etc/big.key": size <= 2_097_152, "etc/small.key": True}


SELECT = ("--select", "pem-private-key,secret-in-assignment")


def scan(image: Path, *words: str) -> tuple[int, str]:
    out = image.with_suffix(".out")
    status = run(["scan", "--no-config", "--no-progress", *SELECT, "-o", str(out), *words, str(image)])
    return status, out.read_text()


@pytest.fixture
def image(root: Path, tmp_path: Path) -> Path:
    return docker_archive(tmp_path / "image.tar", Recipe([packaged.entries(root)]))


def test_kept_back_and_counted(image: Path) -> None:
    status, text = scan(image)
    assert status == 0
    assert "2 findings kept back, in files as their packages brought them: --show-published reports them" in text
    assert DOC not in text
    status, text = scan(image, "--format", "json")
    report = json.loads(text)
    assert (report["findings"], report["stats"]["published"]) == ([], 2)
    (log,) = json.loads(scan(image, "--format", "sarif")[1])["runs"]
    assert (log["results"], log["properties"]["published"]) == ([], 2)


def test_shown_when_asked_for(image: Path) -> None:
    """As notes, which fail no scan unless it is asked to."""
    status, text = scan(image, "--show-published")
    assert status == 0
    assert "published: the file is, byte for byte, what its package brought" in text
    assert "kept back" not in text
    assert scan(image, "--show-published", "--fail-on", "note")[0] == 1
    assert scan(image, "--fail-on", "note")[0] == 0
    report = json.loads(scan(image, "--show-published", "--format", "json")[1])
    told = [(f["path"], f["severity"], f["published"]) for f in report["findings"]]
    assert told == [("etc/tiny.conf", "note", True), (DOC, "note", True)]
    (log,) = json.loads(scan(image, "--show-published", "--format", "sarif")[1])["runs"]
    assert [(result["level"], result["properties"]["published"]) for result in log["results"]] == [("note", True)] * 2
    assert all("byte for byte" in result["message"]["text"] for result in log["results"])


def test_extract_gives_what_was_kept_back(image: Path, tmp_path: Path) -> None:
    report = json.loads(scan(image, "--show-published", "--format", "json")[1])
    (finding,) = [finding for finding in report["findings"] if finding["path"] == DOC]
    assert run(["extract", str(image), finding["fingerprint"], "-o", str(tmp_path / "key")]) == 0
    assert (tmp_path / "key").read_text() == KEY


def test_own_findings_say_nothing_of_it(asked: Asked, root: Path, tmp_path: Path) -> None:
    image = docker_archive(tmp_path / "image.tar", Recipe([[file("srv/a.key", KEY)]]))
    status, text = scan(image, "--format", "json")
    assert status == 1
    assert not re.search(r'"published": true', text)
    assert json.loads(text)["stats"]["published"] == 0


@alone
def test_layers_that_are_read_in_worker_processes(asked: Asked, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one process says of a database and another of a file is compared in a third."""
    database = [entry for entry in packaged.entries(root) if entry["path"].startswith("var/lib/dpkg")]
    below = packaged.entries(root, without=["var/lib/dpkg"])
    forked: list[int] = []
    monkeypatch.setattr(reading, "WORTH_IT", 0)

    def spied(work: Any, numbers: Sequence[int], *more: Any) -> Any:
        forked.extend(numbers)
        return Each(work, numbers, *more)

    monkeypatch.setattr(reading, "Each", spied)
    assert asked.published(database, below) == {DOC: True, "etc/tiny.conf": True}
    assert forked == [0, 1]


def test_two_images_of_a_target_share_what_a_database_says(root: Path, tmp_path: Path) -> None:
    """The layer is read once, and each image has its own state of it."""
    base = packaged.entries(root)
    own = [file(DOC, KEY)]
    recipes = [Recipe([base], tags=["a:1"]), Recipe([base, own, [file("var/lib/.wh.dpkg", "")], own], tags=["b:1"])]
    image = docker_archive(tmp_path / "both.tar", *recipes, layout="25")
    report = json.loads(scan(image, "--format", "json")[1])
    assert report["stats"]["layers_read"] < report["stats"]["layers"]
    assert [(f["path"], f["layer"]["index"]) for f in report["findings"]] == [(DOC, 3)]
    assert report["stats"]["published"] == 3
