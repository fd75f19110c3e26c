"""SARIF logs over the limits of GitHub, and what they cost."""

from __future__ import annotations

import io
import json
import random
import time
import tracemalloc

from imagelint.findings import Finding, Frame, Location, Place, SafeText, Severity
from imagelint.report import sarif
from imagelint.report.interface import in_order
from tests import memory, sarif_validate
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
    findings = many(30_000)
    for number, finding in enumerate(findings):
        finding.severity = (Severity.NOTE, Severity.WARNING, Severity.NOTE, Severity.ERROR)[number % 4]
    findings[3].suppressed = "ignored by .imagelint.yaml"
    report = samples.report(*findings)
    started = time.perf_counter()
    text = rendered(report)
    taken = time.perf_counter() - started
    run = json.loads(text)["runs"][0]
    levels = [result["level"] for result in run["results"]]
    assert levels == ["error"] * 7499 + ["warning"] * 7500 + ["note"] * 10_001
    assert not any("suppressions" in result for result in run["results"])
    # The others keep their order, so that the next run has the same ones.
    order = [f.fingerprint for f in in_order(report) if f.severity is Severity.NOTE]
    kept = [result["partialFingerprints"]["imagelint/v1"] for result in run["results"] if result["level"] == "note"]
    assert kept == order[:10_001]
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == (
        "5000 results left out, the least severe ones."
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
        finding.layer, finding.surface = None, "dockerfile"
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


def test_thirty_thousand_findings_in_three_hundred_mebibytes() -> None:
    before, after = memory.run(
        """
        import tempfile
        from imagelint.report import sarif
        from tests.report import samples
        from tests.report.test_sarif_large import many
        report = samples.report(*many(30_000))
        print(peak())
        with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
            sarif.render(report, samples.RULES, out)
            assert out.tell() > 40_000_000
        print(peak())
        """
    )
    assert after < 300
    # What is kept of 25,000 results are the files and paths that they lie in, each of them another one here.
    assert after - before < 80
