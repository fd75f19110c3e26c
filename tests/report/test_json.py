"""The document for programs."""

from __future__ import annotations

import io
import json
import math
import time
from typing import Any

from imagelint.findings import Report, Secret, Severity
from imagelint.report.json import render
from tests.report import samples
from tests.report.samples import T


def document(report: Report) -> dict[str, Any]:
    """The document, read again."""
    out = io.StringIO()
    render(report, samples.RULES, out)
    assert out.getvalue().isascii()
    parsed = json.loads(out.getvalue(), parse_constant=lambda name: math.nan)
    assert isinstance(parsed, dict)
    return parsed


def test_the_whole_document() -> None:
    report = samples.report(samples.key(), samples.apt())
    report.images = samples.full().images
    report.limited = samples.full().limited
    report.incomplete = samples.full().incomplete
    report.config = samples.full().config
    layer = {
        "index": 3,
        "diff_id": samples.DIFF,
        "created_by": "COPY id_rsa /root/.ssh/",
        "origin": "own",
    }
    gone = {
        "index": 5,
        "diff_id": "sha256:" + "2" * 64,
        "created_by": "RUN rm /root/.ssh/id_rsa",
        "origin": "own",
    }
    assert document(report) == {
        "version": "0.1.0",
        "targets": ["Dockerfile", "app:latest"],
        "images": [
            {
                **samples.SHOP,
                "layers": [
                    {"index": 0, "diff_id": samples.DIFF},
                    {"index": 1, "digest": samples.BLOB, "diff_id": samples.DIFF, "size": 512},
                ],
            }
        ],
        "findings": [
            {
                "rule": "apt-get-assume-yes",
                "severity": "warning",
                "message": "`apt-get install curl` asks a question that nobody can answer during a build",
                "target": "Dockerfile",
                "path": "Dockerfile",
                "line": 2,
                "column": 5,
                "end_line": 2,
                "end_column": 25,
                "surface": "dockerfile",
                "fix": {
                    "title": "Add -y",
                    "safety": "safe",
                    "edits": [{"line": 2, "column": 20, "end_line": 2, "end_column": 20, "text": " -y"}],
                },
                "fingerprint": "0a" * 16,
            },
            {
                "rule": "openssh-private-key",
                "severity": "error",
                "message": "root/.ssh/id_rsa holds an OpenSSH private key that a later layer deletes",
                "target": "app:latest",
                "path": "root/.ssh/id_rsa",
                "line": 1,
                "column": 1,
                "end_line": 1,
                "end_column": 36,
                "surface": "file",
                "layer": layer,
                "status": "deleted",
                "trail": [
                    {"kind": "introduced", "text": "COPY id_rsa /root/.ssh/", "layer": layer},
                    {"kind": "deleted", "text": "RUN rm /root/.ssh/id_rsa", "layer": gone},
                    {"kind": "shipped", "text": "anyone who can pull the image can read it"},
                ],
                "secret": {"type": "openssh-private-key", "masked": "-----BEGIN ****", "fingerprint": "0c" * 16},
                "places": [
                    {"path": "root/.ssh/id_rsa", "line": 1, "layer": 3, "status": "deleted", "surface": "file"},
                    {"path": "srv/backup.tar!id_rsa", "line": 1, "layer": 4, "status": "present", "surface": "archive"},
                ],
                "fingerprint": "0c" * 16,
            },
        ],
        "incomplete": [{"target": "app:latest", "place": "layer 4", "reason": "its bytes do not match their digest"}],
        "limited": [{"target": "app:latest", "place": "srv/a.zip", "reason": "an encrypted archive"}],
        "config": {"file": ".imagelint.yaml", "ignore": ["curl-pipe-shell"], "quieted": 1},
        "stats": {"layers": 6, "seconds": 1.5},
    }


def test_keys_keep_their_order() -> None:
    (finding,) = document(samples.report(samples.key()))["findings"]
    assert list(finding) == [
        *(
            "rule",
            "severity",
            "message",
            "target",
            "path",
            "line",
            "column",
            "end_line",
            "end_column",
            "surface",
            "layer",
        ),
        *("status", "trail", "secret", "places", "fingerprint"),
    ]


def test_nothing_found() -> None:
    out = io.StringIO()
    render(Report("0.1.0"), {}, out)
    assert json.loads(out.getvalue()) == {
        "version": "0.1.0",
        "targets": [],
        "images": [],
        "findings": [],
        "incomplete": [],
        "limited": [],
        "config": {},
        "stats": {},
    }


def test_the_order_of_findings_does_not_depend_on_the_scan() -> None:
    findings = samples.full().findings
    forwards, backwards = document(samples.report(*findings)), document(samples.report(*reversed(findings)))
    assert forwards == backwards
    assert [finding["target"] for finding in forwards["findings"]] == ["Dockerfile"] * 3 + ["app:latest"] * 2


def test_a_value_is_told_only_where_it_was_asked_for() -> None:
    hidden, shown = samples.key(), samples.key()
    shown.secret = Secret("password", T("****"), "0c" * 16, value="")
    first, second = document(samples.report(hidden, shown))["findings"]
    assert sorted(("value" in first["secret"], "value" in second["secret"])) == [False, True]


def test_a_known_dockerfile_line() -> None:
    (finding,) = document(samples.report(samples.mapped()))["findings"]
    assert finding["layer"]["source"] == {"path": "Dockerfile", "line": 4, "column": 1, "end_line": 4, "end_column": 24}


def test_a_configuration_value_has_a_layer_object_without_a_layer() -> None:
    (finding,) = document(samples.report(samples.env()))["findings"]
    assert finding["layer"] == {"created_by": "ENV DB_PASSWORD=****", "origin": "own"}
    assert "line" not in finding


def test_suppressed_findings_are_there_and_say_why() -> None:
    assert [finding.get("suppressed") for finding in document(samples.full())["findings"]] == [
        None,
        None,
        "ignored by .imagelint.yaml",
        None,
        None,
    ]


def test_odd_values_of_the_configuration() -> None:
    report = samples.report()
    report.config = {
        "select": ("b", "a"),
        "status": {"present", "deleted"},
        "path": Severity.NOTE,
        "byte": "\udcff",
    }
    assert document(report)["config"] == {
        "select": ["b", "a"],
        "status": ["deleted", "present"],
        "path": "note",
        "byte": "\\xff",
    }


def test_a_large_report_is_written_in_seconds() -> None:
    findings = []
    for number in range(25_000):
        finding = samples.key()
        finding.fingerprint = f"{number:032x}"
        findings.append(finding)
    started = time.perf_counter()
    parsed = document(samples.report(*findings))
    assert len(parsed["findings"]) == 25_000
    # Not a benchmark: a rendering that has become quadratic takes minutes.
    assert time.perf_counter() - started < 60
