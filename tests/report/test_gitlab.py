"""GitLab's Code Quality report."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.findings import Location, Report, Severity, Skip
from imagelint.report import gitlab
from tests.report import samples
from tests.report.samples import T
from tests.report.schemas import errors

ANY = st.text(st.characters(exclude_categories=()), max_size=60)  # lone surrogates too


@pytest.fixture(autouse=True)
def no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)


def entries(report: Report) -> list[dict[str, Any]]:
    """The report, which is valid, with each fingerprint once."""
    out = io.StringIO()
    gitlab.render(report, samples.RULES, out)
    assert out.getvalue().isascii()
    parsed = json.loads(out.getvalue())
    assert errors("gitlab", parsed) == []
    assert len({entry["fingerprint"] for entry in parsed}) == len(parsed)
    return list(parsed)


def test_the_fields_of_an_entry() -> None:
    (entry,) = entries(samples.report(samples.apt()))
    assert entry == {
        "description": "`apt-get install curl` asks a question that nobody can answer during a build",
        "check_name": "apt-get-assume-yes",
        "fingerprint": entry["fingerprint"],
        "severity": "major",
        "location": {"path": "Dockerfile", "lines": {"begin": 2}},
    }


def test_severities() -> None:
    note, likely, proved = samples.apt(), samples.key(), samples.key()
    note.severity = Severity.NOTE
    assert likely.secret is not None
    likely.secret.confidence = "likely"
    found = entries(samples.report(note, samples.apt(), likely, proved))
    assert sorted(entry["severity"] for entry in found) == ["blocker", "critical", "info", "major"]
    assert [entry["severity"] for entry in found][-2:] == ["major", "info"]


def test_an_image_has_a_path_below_its_name_unless_a_line_is_known() -> None:
    (first,) = entries(samples.report(samples.key()))
    (second,) = entries(samples.report(samples.mapped()))
    (third,) = entries(samples.report(samples.env()))
    assert first["location"] == {"path": "app_latest/root/.ssh/id_rsa", "lines": {"begin": 1}}
    assert second["location"] == {"path": "Dockerfile", "lines": {"begin": 4}}
    assert third["location"] == {"path": "app_latest/ENV DB_PASSWORD", "lines": {"begin": 1}}
    assert first["description"].endswith("deletes (in app:latest: root/.ssh/id_rsa:1:1, layer 3, deleted)")
    assert first["fingerprint"] == second["fingerprint"]


def test_an_image_keeps_its_path_when_its_tag_changes() -> None:
    report = samples.report(samples.key())
    report.images = [samples.shop()]
    (entry,) = entries(report)
    assert entry["location"]["path"] == "app/root/.ssh/id_rsa"


def test_paths_are_those_of_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path))
    findings = []
    for path in ("./Dockerfile", f"{tmp_path}/a b/Dockerfile", "../../etc/Dockerfile"):
        finding = samples.apt()
        finding.location = Location(T(path), 7)
        findings.append(finding)
    found = entries(samples.report(*findings))
    assert {entry["location"]["path"] for entry in found} == {"shop/Dockerfile", "a b/Dockerfile", "etc/Dockerfile"}


def test_a_fingerprint_stays_when_lines_and_tags_change() -> None:
    moved, renamed = samples.apt(), samples.key()
    moved.location = Location(T("Dockerfile"), 200, 1)
    renamed.target = T("app:2")
    before = entries(samples.report(samples.apt(), samples.key()))
    after = entries(samples.report(moved, renamed))
    assert {entry["fingerprint"] for entry in before} == {entry["fingerprint"] for entry in after}


def test_what_is_suppressed_is_left_out_and_what_was_not_read_is_not() -> None:
    found = entries(samples.full())
    assert len(found) == 5
    assert found[0] == {
        "description": "Not read: app:latest, layer 4: its bytes do not match their digest",
        "check_name": "incomplete",
        "fingerprint": found[0]["fingerprint"],
        "severity": "critical",
        "location": {"path": "app/layer 4", "lines": {"begin": 1}},
    }


@pytest.mark.parametrize(
    ("target", "place", "path", "told"),
    [
        ("a.tar", "a.tar", "a.tar", "a.tar: no file"),
        ("shop", "shop/Dockerfile", "shop/Dockerfile", "shop/Dockerfile: no file"),
        ("shop", "shop2/Dockerfile", "shop/shop2/Dockerfile", "shop, shop2/Dockerfile: no file"),
        ("app:1", "", "app_1", "app:1: no file"),
        ("", "", "unnamed", "no file"),
    ],
)
def test_where_something_was_not_read(target: str, place: str, path: str, told: str) -> None:
    report = samples.report()
    report.incomplete = [Skip(T(target), T(place), T("no file"))]
    (entry,) = entries(report)
    assert (entry["location"]["path"], entry["description"]) == (path, f"Not read: {told}")


def test_nothing_found() -> None:
    assert entries(Report("0.1.0")) == []


@given(ANY, ANY)
def test_any_text(text: str, path: str) -> None:
    file, image = samples.apt(), samples.key()
    file.message = image.message = T(f"{text}.")
    file.location, image.location, image.target = Location(T(path), 1), Location(T(path)), T(text)
    report = samples.report(file, image)
    report.incomplete = [Skip(T(text), T(path), T(text)), Skip(T(text), T(path), T(text))]
    assert len(entries(report)) == 4


def test_a_large_report_is_written_in_seconds() -> None:
    findings = []
    for number in range(20_000):
        finding = samples.key()
        finding.fingerprint = f"{number % 7:032x}"
        findings.append(finding)
    started = time.perf_counter()
    out = io.StringIO()
    gitlab.render(samples.report(*findings), samples.RULES, out)
    assert len({entry["fingerprint"] for entry in json.loads(out.getvalue())}) == 20_000
    assert time.perf_counter() - started < 60
