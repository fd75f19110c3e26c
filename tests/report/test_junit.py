"""JUnit XML for build servers."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from imagelint.findings import Location, Report, Severity, Skip
from imagelint.report import junit
from tests.report import samples
from tests.report.samples import T

SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).with_name("junit.xsd"))))
ANY = st.text(st.characters(exclude_categories=()), max_size=60)  # lone surrogates too


def rendered(report: Report) -> Any:
    """The document, which is valid, and whose counts are true."""
    out = io.StringIO()
    junit.render(report, samples.RULES, out)
    assert out.getvalue().isascii()
    root = etree.fromstring(out.getvalue().encode())
    SCHEMA.assertValid(root)
    for suite in root:
        assert int(suite.get("tests")) == len(suite)
        for attribute, result in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute)) == len(suite.findall(f"testcase/{result}"))
    return root


def suites(report: Report) -> dict[str, list[tuple[str, str]]]:
    """(name, result) of each case, by suite; a case that passes has no result."""
    return {
        suite.get("name"): [
            (case.get("name"), next((child.tag for child in case if child.tag != "system-out"), "")) for case in suite
        ]
        for suite in rendered(report)
    }


def test_a_suite_for_each_target() -> None:
    report = samples.full()
    report.findings[-1].reason = T("the installer insists")
    assert suites(report) == {
        "Dockerfile": [
            ("apt-get-assume-yes: Dockerfile (0a0a0a0a0a0a)", "failure"),
            ("curl-pipe-shell: Dockerfile (0b0b0b0b0b0b)", "failure"),
            ("curl-pipe-shell: Dockerfile (0b0b0b0b0b0b) 2", "skipped"),
        ],
        "app:latest": [
            ("secret-in-env: ENV DB_PASSWORD (0d0d0d0d0d0d)", "failure"),
            ("openssh-private-key: root/.ssh/id_rsa (0c0c0c0c0c0c)", "failure"),
            ("not read: layer 4", "error"),
            ("looked into only in part: srv/a.zip", "skipped"),
        ],
    }
    root = rendered(report)
    skipped = root.find("testsuite/testcase/skipped")
    assert skipped.get("message") == "ignored by .imagelint.yaml: the installer insists"
    assert root.find("testsuite/testcase/error").get("message") == "its bytes do not match their digest"


def test_a_failure_says_what_where_and_how_to_mend_it() -> None:
    (case,) = rendered(samples.report(samples.mapped(), targets=("app:latest",)))[0]
    failure = case.find("failure")
    assert case.get("classname") == "app:latest"
    assert failure.get("type") == "error"
    assert failure.get("message") == samples.key().message
    assert failure.text.split("\n") == [
        "error: root/.ssh/id_rsa holds an OpenSSH private key that a later layer deletes",
        "in app:latest: root/.ssh/id_rsa:1:1, layer 3, deleted",
        "made by Dockerfile:4",
        "introduced in layer 3: COPY id_rsa /root/.ssh/",
        "deleted in layer 5: RUN rm /root/.ssh/id_rsa",
        "still shipped: anyone who can pull the image can read it",
        "to mend it: Mount the key with RUN --mount=type=ssh, and make a new one",
    ]


def test_a_note_passes_and_is_told() -> None:
    finding = samples.apt()
    finding.severity = Severity.NOTE
    (case,) = rendered(samples.report(finding, targets=("Dockerfile",)))[0]
    assert [child.tag for child in case] == ["system-out"]
    assert case.find("system-out").text.startswith("note: `apt-get install curl` asks")


def test_nothing_found_is_a_case_that_passes() -> None:
    assert suites(samples.report(targets=("Dockerfile",))) == {"Dockerfile": [("no findings", "")]}
    assert suites(Report("0.1.0")) == {}


def test_a_daemon_stands_for_its_images() -> None:
    report = samples.report(targets=("docker:",))
    assert suites(report) == {"docker:": [("no findings", "")]}
    report.images = [samples.shop()]
    assert suites(report) == {"app:latest": [("no findings", "")]}
    report.incomplete = [Skip(T("docker:"), T("app:2"), T("the daemon went away"))]
    assert suites(report) == {"docker:": [("not read: app:2", "error")], "app:latest": [("no findings", "")]}


def test_a_name_does_not_move_with_the_line() -> None:
    moved = samples.apt()
    moved.location = Location(T("Dockerfile"), 200, 5, 200, 25)
    assert suites(samples.report(moved)) == suites(samples.report(samples.apt()))


def test_names_are_told_apart() -> None:
    report = samples.report()
    places = ("layer", "layer 2", "layer", "layer", "layer 2", "layer 2 2")
    report.incomplete = [Skip(T("app"), T(place), T("cut short")) for place in places]
    names = [name for name, _ in suites(report)["app"]]
    assert len(names) == len(set(names)) == 6


def test_what_belongs_to_no_target() -> None:
    report = samples.report(targets=())
    report.incomplete = [Skip(T(""), T("rule sudo"), T("it could not be put to line 3"))]
    assert suites(report) == {"imagelint": [("not read: rule sudo", "error")]}


@given(ANY)
def test_any_text_is_valid_xml(text: str) -> None:
    finding = samples.key()
    finding.message, finding.target, finding.reason = T(text + "x"), T(f"a{text}"), T(text)
    finding.location = Location(T(text), 1)
    quiet = samples.pipe()
    quiet.suppressed, quiet.reason = f"inline: {text}", T(text)
    report = samples.report(finding, quiet, targets=(f"a{text}",))
    report.incomplete = [Skip(T(f"a{text}"), T(text), T(f"{text}."))]
    rendered(report)


def test_characters_that_xml_forbids_are_shown() -> None:
    finding = samples.apt()
    finding.message = T("a\x00\x0b\x1b\ufffe\U0001ffff\ud800\udcff]]><!--&amp;\u202e")
    failure = rendered(samples.report(finding))[0][0].find("failure")
    assert failure.get("message") == "a\\x00\\x0b\\x1b\\ufffe\\U0001ffff\\ud800\\xff]]><!--&amp;\\u202e"


def test_no_text_attaches_a_file_of_the_build() -> None:
    finding = samples.apt()
    finding.severity = Severity.NOTE
    finding.message = T("[[ATTACHMENT|/etc/passwd]]")
    text = rendered(samples.report(finding))[0][0].find("system-out").text
    assert "[\\x5bATTACHMENT|/etc/passwd]]" in text
    assert "[[ATTACHMENT" not in text


def test_a_large_report_is_written_in_seconds() -> None:
    findings = []
    for number in range(20_000):
        finding = samples.key()
        finding.fingerprint = f"{number % 7:032x}"
        findings.append(finding)
    started = time.perf_counter()
    (suite,) = [suite for suite in rendered(samples.report(*findings)) if suite.get("name") == "app:latest"]
    assert len(suite) == 20_000
    assert time.perf_counter() - started < 60
