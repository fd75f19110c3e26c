"""The last line: what to do next."""

from __future__ import annotations

import inspect
import re
from argparse import ArgumentParser

import pytest

from imagelint.cli import COMMANDS
from imagelint.findings import Finding, Fix, LayerInfo, Location, MendedFile, Report
from imagelint.options import add_scan
from imagelint.report import closing
from tests.report import samples
from tests.report.samples import T
from tests.report.test_terminal import shown


def last(report: Report) -> str:
    """The last line, without what is always said."""
    line = shown(report).splitlines()[-1]
    assert line.startswith("next: ")
    return line.removeprefix("next: ").partition("; ")[0]


def unsafe() -> Finding:
    """A finding with a fix that somebody should look at."""
    finding = samples.apt()
    finding.fix = Fix("Add -y", "unsafe", ())
    return finding


def in_layer(**facts: object) -> Finding:
    """A finding of a layer of which so much is known."""
    finding = samples.key()
    finding.layer = LayerInfo(3, samples.DIFF, T("COPY a b"))
    for name, value in facts.items():
        setattr(finding.layer, name, value)
    return finding


def piped(finding: Finding) -> Finding:
    finding.target = T("-")
    return finding


LINE = Location(T("Dockerfile"), 4)
READ = "`imagelint explain {}` tells why, and how to mend it"


@pytest.mark.parametrize(
    ("findings", "step"),
    [
        ([samples.apt()], "add --fix to mend it"),
        ([samples.apt(), samples.apt()], "add --fix to mend both"),
        ([samples.apt()] * 3, "add --fix to mend all 3"),
        ([samples.apt(), samples.pipe(), unsafe()], "add --fix to mend 1 of these 3"),
        ([unsafe(), samples.pipe()], "add --unsafe-fixes --diff to see how to mend 1 of these 2"),
        ([piped(samples.apt())], "add --fix --diff to see how to mend it"),
        ([samples.pipe()], READ.format("curl-pipe-shell")),
        ([in_layer()], "add --dockerfile FILE to see the line that did it"),
        ([in_layer(), in_layer(index=4)], "add --dockerfile FILE to see the lines that did it"),
        ([in_layer(certainty="uncertain", origin="own")], READ.format("openssh-private-key")),
        ([in_layer(source=LINE, certainty="exact")], "add --base IMAGE to tell its layers from your own"),
        ([in_layer(source=LINE, certainty="exact", origin="own")], READ.format("openssh-private-key")),
        ([in_layer(origin="base"), in_layer(origin="own")], "add --own to leave out the 1 of the base image"),
        ([in_layer(origin="base")], READ.format("openssh-private-key")),
        ([samples.env()], READ.format("secret-in-env")),
        (
            [samples.pipe()] * 30,
            "`imagelint baseline FILE` writes down these 30, and --baseline FILE then shows what is new",
        ),
    ],
)
def test_what_helps_most_is_said(findings: list[Finding], step: str) -> None:
    assert last(samples.report(*findings)) == step


def test_who_has_a_baseline_needs_no_other() -> None:
    findings = [samples.pipe() for _ in range(30)]
    findings[7].baseline = "new"
    assert last(samples.report(*findings)) == READ.format("curl-pipe-shell")


def test_a_diff_can_be_made() -> None:
    report = samples.report(samples.apt())
    report.mended = [MendedFile(T("Dockerfile"), {"apt-get-assume-yes": 1}, False, T(""), (T("-a"), T("+b")))]
    assert last(report) == "leave out --diff to make these changes"


def test_one_reads_on_about_the_worst_that_is_left() -> None:
    line = shown(samples.report(samples.apt(), samples.pipe(), samples.env())).splitlines()[-1]
    assert line == f"next: add --fix to mend 1 of these 3; {READ.format('curl-pipe-shell')}"
    worse, better = unsafe(), samples.pipe()
    worse.severity, better.severity = better.severity, worse.severity
    line = shown(samples.report(samples.apt(), worse, better)).splitlines()[-1]
    assert line.endswith(READ.format("apt-get-assume-yes"))


def test_where_there_is_nothing_there_is_nothing_to_do() -> None:
    assert "next:" not in shown(samples.report())
    quieted = samples.apt()
    quieted.suppressed = "by .imagelint.yaml"
    assert "next:" not in shown(samples.report(quieted))
    assert "next:" not in shown(samples.report(samples.apt()), quiet=True)


def test_every_option_and_command_it_names_is_there() -> None:
    parser = ArgumentParser()
    add_scan(parser)
    source = inspect.getsource(closing)
    options, commands = set(re.findall(r"--[a-z-]+", source)), set(re.findall(r"`imagelint (\w+)", source))
    assert {"--fix", "--unsafe-fixes", "--diff", "--own", "--dockerfile", "--base", "--baseline"} <= options
    assert options <= set(re.findall(r"--[a-z-]+", parser.format_usage()))
    assert {"explain", "baseline"} <= commands <= set(COMMANDS)


def test_of_a_report_that_was_attached_only_reading_on_is_left() -> None:
    """Nothing is scanned, so nothing can be mended or looked for here."""
    report = Report("0.1.0", [T("registry:app:1")], [in_layer(), unsafe()])
    assert "--" in last(report)
    report.config["attached"] = [{"digest": "sha256:" + "a" * 64}]
    assert last(report).startswith("`imagelint explain ")
    assert "--" not in last(report)


def test_what_a_run_left_out_or_missed_is_counted() -> None:
    report = Report("0.1.0", [T("registry.example.org")])
    report.stats = {"unchanged": 1, "gone": 2}
    assert "1 image is left out, of which nothing is new (--only-changed)" in shown(report)
    assert "2 references of the index are not in the registry any more" in shown(report)
    report.stats = {"unchanged": 3, "gone": 1}
    assert "3 images are left out, of which nothing is new (--only-changed)" in shown(report)
    assert "1 reference of the index is not in the registry any more" in shown(report)
    report.stats = {"unchanged": 0}
    assert "left out" not in shown(report)
