"""Images through all rooms: one finding for each secret, its places, its status and trail; rules over configuration
and entries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.evaluate import Engine
from imagelint.engine.shapes import expand
from imagelint.findings import Finding
from imagelint.image.lint import Result, lint
from imagelint.image.sources.docker_archive import images
from imagelint.secrets.confirm import Detector
from tests.imagemaker import Recipe, docker_archive
from tests.material import password, rsa_key

KEY, OTHER = rsa_key(21), rsa_key(22)
PASSWORD = password(23)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load()


class Linter:
    def __init__(self, rules: RuleSet, folder: Path) -> None:
        self.rules, self.folder = rules, folder

    def result(self, recipe: Recipe, *, show: bool = False, jobs: int = 2) -> Result:
        (image,) = images(str(docker_archive(self.folder / "image.tar", recipe, layout="25")))
        detector = Detector([rule for rule in self.rules.rules if rule.kind == "secret"])
        engine = Engine(self.rules, {rule.id for rule in self.rules.rules if rule.profile == "default"})
        return lint(image, engine, detector, target="app.tar", show=show, jobs=jobs)

    def secrets(self, *layers: Sequence[dict[str, Any]], **more: Any) -> list[Finding]:
        result = self.result(Recipe(layers=layers, config={"User": "app", **more.pop("config", {})}, **more))
        assert (result.incomplete, result.limited) == ([], [])
        return [finding for finding in result.findings if finding.secret]


@pytest.fixture
def linter(rules: RuleSet, tmp_path: Path) -> Linter:
    return Linter(rules, tmp_path)


def file(path: str, content: str = "x", **more: Any) -> dict[str, Any]:
    return {"path": path, "content": content, **more}


def kinds(finding: Finding) -> list[tuple[str, int]]:
    return [(step.kind, step.layer.index if step.layer else -1) for step in finding.trail]


def test_present(linter: Linter) -> None:
    (found,) = linter.secrets([file("root/key.pem", KEY)])
    assert (found.location.path, found.location.line, found.status) == ("root/key.pem", 1, "present")
    assert kinds(found) == [("introduced", 0), ("shipped", 0)]
    assert found.message == "Private key in root/key.pem: anyone who can pull the image can read it"


@pytest.mark.parametrize(
    ("second", "status"),
    [
        ([file("root/.wh.key.pem", "")], "deleted"),
        ([file(".wh.root", "")], "deleted"),
        ([file("root/key.pem", "nothing")], "overwritten"),
        ([file("root", "no folder any more")], "overwritten"),
        ([file("root/.wh..wh..opq", ""), file("root/other")], "hidden"),
    ],
)
def test_every_status(linter: Linter, second: list[dict[str, Any]], status: str) -> None:
    (found,) = linter.secrets([file("root/key.pem", KEY)], second, [file("srv/later")])
    assert (found.status, kinds(found)) == (status, [("introduced", 0), (status, 1), ("shipped", 0)])
    assert found.layer is not None
    assert (found.layer.index, found.layer.created_by) == (0, "RUN step 0")


def test_deleted_and_made_again_is_present_and_one_finding(linter: Linter) -> None:
    (found,) = linter.secrets([file("k", KEY)], [file(".wh.k", "")], [file("k", KEY)])
    assert (found.status, found.layer.index if found.layer else -1) == ("present", 2)
    assert [(place.path, place.layer, place.status) for place in found.places] == [
        ("k", 2, "present"),
        ("k", 0, "deleted"),
    ]


def test_a_whiteout_and_a_new_file_in_one_layer(linter: Linter) -> None:
    found = linter.secrets([file("k", KEY)], [file(".wh.k", ""), file("k", OTHER)])
    assert [(finding.status, kinds(finding)) for finding in found] == [
        ("present", [("introduced", 1), ("shipped", 1)]),
        ("deleted", [("introduced", 0), ("deleted", 1), ("shipped", 0)]),
    ]


def test_a_hard_link_keeps_the_bytes_alive(linter: Linter) -> None:
    (found,) = linter.secrets([file("a", KEY), {"path": "b", "type": "hardlink", "link": "a"}], [file(".wh.a", "")])
    assert (found.status, found.location.path) == ("present", "a")
    assert found.trail[-1].text.startswith("the same bytes are b, a hard link")


def test_one_value_in_many_places_is_one_finding(linter: Linter) -> None:
    (found,) = linter.secrets(
        [file("app/.env", f"DB_PASSWORD={PASSWORD}\n")],
        config={"Env": [f"DB_PASSWORD={PASSWORD}"], "Labels": {"db.password": PASSWORD}},
        history=["COPY .env /app/", {"created_by": f"ENV DB_PASSWORD={PASSWORD}", "empty_layer": True}],
    )
    assert [(place.surface, place.path) for place in found.places] == [
        ("file", "app/.env"),
        ("env", "ENV DB_PASSWORD"),
        ("label", "LABEL db.password"),
        ("history", "history[1]"),
    ]
    assert PASSWORD not in repr(found)


def test_a_value_of_the_configuration_has_its_history_entry(linter: Linter) -> None:
    (found,) = linter.secrets(
        [file("x")],
        config={"Env": [f"DB_PASSWORD={PASSWORD}"]},
        history=["ADD x /", {"created_by": f"ENV DB_PASSWORD={PASSWORD}", "empty_layer": True}],
    )
    assert found.layer is not None
    assert (found.layer.index, found.layer.history, found.layer.created_by) == (-1, 1, "ENV DB_PASSWORD=****")
    assert [step.kind for step in found.trail] == ["introduced", "shipped"]


def test_the_same_findings_whatever_the_number_of_threads(linter: Linter) -> None:
    layers = [[file(f"k{number}", rsa_key(100 + number))] for number in range(6)]
    recipe = Recipe(layers=layers, config={"User": "app"})
    one, many = linter.result(recipe, jobs=1), linter.result(recipe, jobs=4)
    assert [f.fingerprint for f in one.findings] == [f.fingerprint for f in many.findings]
    assert len(one.findings) == 6


def test_a_shown_value_is_whole(linter: Linter) -> None:
    result = linter.result(Recipe(layers=[[file("k", KEY)]], config={"User": "app"}), show=True)
    (found,) = [finding for finding in result.findings if finding.secret]
    assert found.secret is not None
    assert (found.secret.value or "").strip() == KEY.strip()


def test_rules_see_the_final_filesystem_only(linter: Linter) -> None:
    layers = [
        [file("opt/run", mode=0o4755), file("opt/gone", mode=0o4755), file("etc/shadow", "root::1:0:99999:7:::\n")],
        [file("opt/.wh.gone", ""), file("etc/shadow", "root:*:1:0:99999:7:::\n")],
    ]
    result = linter.result(Recipe(layers=layers, config={}))
    assert [(finding.rule, finding.location.path) for finding in result.findings] == [
        ("image-runs-as-root", "configuration"),
        ("setuid-file", "opt/run"),
    ]


def test_a_secret_in_a_name_is_found_and_never_shown(linter: Linter) -> None:
    token = expand("ghp_{base62:30}{crc32:github}", "name")
    layer = [file(f"srv/{token}.txt"), {"path": "l", "type": "symlink", "link": token}]
    (found,) = linter.secrets(layer)
    assert (found.rule, found.surface, found.location.path) == ("github-token", "name", "srv/ghp_****.txt")
    assert {place.surface for place in found.places} == {"name", "link"}
    assert token not in repr([found.message, found.location, found.trail, found.places])


def test_a_long_history_entry_is_masked_before_it_is_cut(linter: Linter) -> None:
    start = "RUN /bin/sh -c " + "x" * 4060 + " DB_PASSWORD="
    (found,) = linter.secrets([file("k", KEY)], history=[f"{start}{PASSWORD} make"], config={"User": "app"})[:1]
    told = found.layer.created_by if found.layer else None
    assert told is not None
    assert told.endswith(" ...")
    assert PASSWORD[:5] not in told
