"""SARIF logs over the limits of GitHub, and what they cost."""

from __future__ import annotations

import io
import json
import random
import time
import tracemalloc

from imagelint.findings import Finding, Frame, Location, Place, SafeText, Severity
from imagelint.report import sarif
from tests import sarif_validate
from tests.report import samples
from tests.report.samples import RULES, T
from tests.report.test_sarif import rendered


def test_a_secret_in_many_places() -> None:
    finding = samples.key()
    finding.places = tuple(Place(T(f"srv/{number}/id_rsa"), 1, 3, "present", "file") for number in range(5000))
    log = json.loads(rendered(samples.report(finding)))
    assert sarif_validate.github_errors(log) == []
    (result,) = log["runs"][0]["results"]
    assert len(result["relatedLocations"]) == 100
    assert result["message"]["text"].endswith("[srv/4/id_rsa](8), 4995 more places.")


def many(count: int, name: str = "d{}/Dockerfile") -> list[Finding]:
    """Different findings: notes, but for one error at the end."""
    findings = []
    for number in range(count):
        finding = samples.key() if number % 2 else samples.apt()
        finding.severity = Severity.NOTE
        finding.location = Location(T(name.format(number)), 2, 5, 2, 25)
        finding.fingerprint = f"{number:032x}"
        findings.append(finding)
    findings[-1].severity = Severity.ERROR
    return findings


def test_the_least_severe_go_when_there_are_too_many() -> None:
    findings = many(25_100)
    findings[0].severity, findings[0].suppressed = Severity.ERROR, "ignored by .imagelint.yaml"
    started = time.perf_counter()
    text = rendered(samples.report(*findings))
    taken = time.perf_counter() - started
    run = json.loads(text)["runs"][0]
    assert len(run["results"]) == 25_000
    assert run["results"][0]["level"] == "error"
    assert not any("suppressions" in result for result in run["results"])
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == (
        "100 results left out, the least severe ones."
    )
    assert sarif_validate.github_errors({"runs": [run]}, text.encode()) == []
    # Not a benchmark: a rendering that has become quadratic takes minutes.
    assert taken < 60


def test_a_log_that_would_be_too_large_is_cut_in_time() -> None:
    random.seed(7)
    findings = many(4500)
    for finding in findings:
        noise = "".join(random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=3000))
        finding.message = T(noise[:1000])
        finding.location = Location(T("Dockerfile"), 2, 1, 2, 3000)
        finding.frame = Frame(1, tuple(SafeText(noise[at : at + 300]) for at in range(0, 3000, 300)), ())
        finding.location.end_line = 11
        finding.layer = None
    text = rendered(samples.report(*findings))
    run = json.loads(text)["runs"][0]
    kept = len(run["results"])
    assert 1000 < kept < 4500
    assert run["results"][0]["level"] == "error"
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith(
        f"{4500 - kept} results"
    )
    assert sarif_validate.github_errors({"runs": [run]}, text.encode()) == []


def test_memory_does_not_grow_with_the_findings() -> None:
    class Nowhere(io.StringIO):
        def write(self, text: str) -> int:
            return len(text)

    report = samples.report(*many(1500, "Dockerfile"))
    sarif.render(samples.report(), RULES, Nowhere())
    tracemalloc.start()
    sarif.render(report, RULES, Nowhere())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The results are 3 MB of text, and as objects of sarif-om many times that.
    assert peak < 1 << 20
