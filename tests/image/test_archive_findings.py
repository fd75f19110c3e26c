"""Findings inside of files, from the image to the report: their way in, their places, the outer file again."""

from __future__ import annotations

import base64
import zipfile
from pathlib import Path

import pytest

from imagelint.engine.compiled import RuleSet, load
from imagelint.extract import extract
from tests import nested
from tests.image.test_lint import KEY, PASSWORD, Linter, file
from tests.imagemaker import Recipe, docker_archive

JAR = nested.zipped({"app.properties": f"a=1\ndb.password={PASSWORD}\n".encode(), "id_rsa": KEY.encode()})
WAR = nested.zipped({"WEB-INF/lib/x.jar": JAR}, zipfile.ZIP_STORED)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load()


@pytest.fixture
def linter(rules: RuleSet, tmp_path: Path) -> Linter:
    return Linter(rules, tmp_path)


def test_the_way_in_and_the_trail_of_the_outer_file(linter: Linter) -> None:
    war = {"path": "srv/app.war", "content": WAR}
    found = linter.secrets([war], [file("srv/.wh.app.war", "")])
    assert [(f.rule, f.location.path, f.location.line, f.location.column, f.surface, f.status) for f in found] == [
        ("secret-in-assignment", "srv/app.war!WEB-INF/lib/x.jar!app.properties", 2, 13, "archive", "deleted"),
        ("pem-private-key", "srv/app.war!WEB-INF/lib/x.jar!id_rsa", 1, 1, "archive", "deleted"),
    ]
    assert [step.kind for step in found[0].trail] == ["introduced", "deleted", "shipped"]
    assert found[1].message == (
        "Private key in srv/app.war!WEB-INF/lib/x.jar!id_rsa: deleted in layer 1, and layer 0 still ships it"
    )


def test_one_secret_in_a_file_and_in_archives_is_one_finding(linter: Linter) -> None:
    stored = nested.zipped({"k": KEY.encode()}, zipfile.ZIP_STORED)
    layer = [{"path": "a.zip", "content": stored}, {"path": "b.jar", "content": JAR}]
    (found,) = [f for f in linter.secrets(layer) if f.rule == "pem-private-key"]
    assert (found.location.path, found.surface) == ("a.zip!k", "archive")
    assert [(place.path, place.line, place.surface) for place in found.places] == [
        ("a.zip!k", 1, "archive"),
        ("b.jar!id_rsa", 1, "archive"),
        ("a.zip", 0, "file"),
    ]
    (plain,) = [f for f in linter.secrets([*layer, file("root/k", KEY)]) if f.rule == "pem-private-key"]
    assert (plain.location.path, plain.surface, plain.fingerprint) == ("root/k", "file", found.fingerprint)


def test_base64_is_told_where_it_stands(linter: Linter) -> None:
    value = base64.b64encode(f"db.password={PASSWORD}\n".encode()).decode()
    (found,) = linter.secrets([file("srv/secret.yaml", f"kind: Secret\ndata:\n  app.properties: {value}\n")])
    assert (found.location.path, found.location.line, found.location.column, found.surface) == (
        "srv/secret.yaml",
        3,
        19,
        "file",
    )
    assert PASSWORD not in repr(found)


def test_what_is_not_read_is_limited_and_named(linter: Linter) -> None:
    deep = b"x"
    for _ in range(12):
        deep = nested.zipped({"z": deep})
    result = linter.result(Recipe(layers=[[{"path": "deep.zip", "content": deep}]], config={"User": "app"}))
    assert result.incomplete == []
    ((place, reason),) = result.limited
    assert place.endswith(": deep.zip!z!z!z!z!z!z!z!z")
    assert reason == "more than 8 archives inside of each other"


def test_extract_gives_the_outer_file(linter: Linter, tmp_path: Path) -> None:
    recipe = Recipe(layers=[[file("x"), {"path": "srv/app.war", "content": WAR}], [file("srv/.wh.app.war", "")]])
    (found, *_) = [f for f in linter.result(recipe).findings if f.secret]
    image = docker_archive(tmp_path / "app.tar", recipe)
    out = tmp_path / "out.war"
    assert extract(str(image), found.fingerprint, str(out)) == len(WAR)
    assert out.read_bytes() == WAR
