"""CWE and the CIS Docker Benchmark, as the rules that ship name them."""

from __future__ import annotations

import io
import json
from functools import cache
from typing import Any

import pytest

from imagelint.engine.compiled import RuleSet, load
from imagelint.findings import Finding, Severity
from imagelint.report import sarif, sarif_cis
from imagelint.report.interface import RuleText
from imagelint.report.write import Texts
from tests import sarif_validate
from tests.report import samples


@cache
def rules() -> RuleSet:
    return load()


def rendered(*ids: str) -> tuple[dict[str, Any], bytes]:
    """The run of a report with a finding of each of these rules, and the text of the log."""
    findings: list[Finding] = []
    for id_ in ids:
        finding = samples.apt()
        finding.rule, finding.severity, finding.fix = id_, Severity(rules().by_id[id_].severity), None
        findings.append(finding)
    out = io.StringIO()
    sarif.render(samples.report(*findings), Texts(rules(), whole=True), out)
    (run,) = json.loads(out.getvalue())["runs"]
    assert isinstance(run, dict)
    return run, out.getvalue().encode()


def test_every_rule_that_ships_points_into_the_taxonomies() -> None:
    run, text = rendered(*rules().by_id)
    assert sarif_validate.github_errors({"runs": [run]}, text) == []
    taxonomies = {taxonomy["name"]: taxonomy["taxa"] for taxonomy in run["taxonomies"]}
    for rule, written in ((told, rules().by_id[told["id"]]) for told in run["tool"]["driver"]["rules"]):
        named: dict[str, list[str]] = {"CWE": [], sarif_cis.NAME: []}
        for relationship in rule.get("relationships", []):
            target = relationship["target"]
            assert taxonomies[target["toolComponent"]["name"]][target["index"]]["id"] == target["id"]
            named[target["toolComponent"]["name"]].append(target["id"])
        assert named["CWE"] == [f"CWE-{number}" for number in written.cwe], rule["id"]
        cis = [tag.removeprefix("cis-docker-") for tag in written.tags if tag.startswith("cis-docker-")]
        assert named[sarif_cis.NAME][: len(cis)] == cis, rule["id"]
    recommendations = taxonomies[sarif_cis.NAME]
    assert [taxon["id"] for taxon in recommendations] == list(sarif_cis.ABOUT)
    assert all(taxon["shortDescription"]["text"] for taxon in recommendations)


@pytest.mark.parametrize(
    ("rule", "numbers"),
    [
        ("github-token", ["4.10"]),
        ("secret-file-copied", ["4.10"]),
        ("image-runs-as-root", ["4.1"]),
        ("setuid-file", ["4.8"]),
        ("base-abandoned", ["4.2", "4.4"]),
        ("apt-unauthenticated", ["4.11"]),
        ("packages-unsorted", []),
    ],
)
def test_recommendations(rule: str, numbers: list[str]) -> None:
    assert sarif_cis.recommendations(Texts(rules(), whole=True)[rule]) == numbers


def test_every_rule_about_a_secret_has_a_weakness() -> None:
    of_secrets = [rule for rule in rules().rules if {"secret", "secrets"} & {*rule.tags}]
    assert len(of_secrets) > 300
    assert [rule.id for rule in of_secrets if not rule.cwe] == []


def test_a_recommendation_that_nobody_has_described_is_named_by_its_number() -> None:
    rule = RuleText("mine", "Mine", Severity.NOTE, tags=("cis-docker-2.18", "cis-docker-2.2"))
    finding = samples.apt()
    finding.rule, finding.fix = "mine", None
    out = io.StringIO()
    sarif.render(samples.report(finding), {"mine": rule}, out)
    (run,) = json.loads(out.getvalue())["runs"]
    assert run["taxonomies"][0]["taxa"] == [{"id": "2.2"}, {"id": "2.18"}]
