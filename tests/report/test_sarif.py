"""SARIF, by Microsoft's validator, by the schema, and by what GitHub takes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from imagelint.findings import LayerInfo, Location, Report, Severity, Skip
from imagelint.report import sarif
from imagelint.report.interface import RuleText
from tests import sarif_validate
from tests.report import samples
from tests.report.samples import RULES, T


def rendered(report: Report) -> str:
    """The log's text."""
    out = io.StringIO()
    sarif.render(report, RULES, out)
    return out.getvalue()


def run_of(report: Report) -> dict[str, Any]:
    """The log's only run."""
    (run,) = json.loads(rendered(report))["runs"]
    assert isinstance(run, dict)
    return run


def several() -> Report:
    """One rule twice on one line of one file, which GitHub would take for one alert."""
    first, second, third = samples.pipe(), samples.pipe(), samples.pipe()
    second.fingerprint = "1b" * 16
    return samples.report(first, second, third)


def unlisted() -> Report:
    """A rule that nobody has described, with one word as its name, in files with odd names."""
    odd = samples.apt()
    odd.rule, odd.fix = "sudo", None
    odd.location = Location(T("../up/C:/a b/Dockerfile#1?x"), 3)
    plain = samples.apt()
    plain.location, plain.frame = Location(T("/")), None
    return samples.report(odd, plain, targets=(".",))


def holes() -> Report:
    """Nothing found, since nothing was read."""
    report = samples.report()
    report.incomplete = [Skip(T("app:latest"), T("layer [4]"), T("its bytes do not match their digest"))]
    report.limited = [Skip(T(""), T("a.zip"), T("an encrypted archive"))]
    return report


REPORTS = {
    "dockerfile": samples.report(samples.apt(), samples.pipe(), targets=("Dockerfile",)),
    "image": samples.report(samples.key(), samples.env(), targets=("app:latest",)),
    "mapped": samples.report(samples.mapped()),
    "full": samples.full(),
    "several": several(),
    "unlisted": unlisted(),
    "empty": samples.report(targets=("app:latest",)),
    "incomplete": holes(),
    "hostile": samples.hostile(),
}


@pytest.fixture(scope="module")
def logs(sarif_validator: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file for each report."""
    folder = tmp_path_factory.mktemp("sarif")
    paths = {name: folder / f"{name}.sarif" for name in REPORTS}
    for name, path in paths.items():
        path.write_text(rendered(REPORTS[name]), encoding="utf-8")
    return paths


def test_the_validator_of_microsoft_has_nothing_to_say(logs: dict[str, Path]) -> None:
    assert sarif_validate.multitool_errors(list(logs.values())) == []


@pytest.mark.parametrize("name", REPORTS)
def test_schema_and_limits(name: str, logs: dict[str, Path]) -> None:
    data = logs[name].read_bytes()
    log = json.loads(data)
    assert sarif_validate.schema_errors(log) == []
    assert sarif_validate.github_errors(log, data) == []


def test_the_judges_can_say_no(logs: dict[str, Path], tmp_path: Path) -> None:
    log = json.loads(logs["full"].read_bytes())
    run = log["runs"][0]
    result = run["results"][0]
    result["message"]["text"] = "see [there](99)"
    result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "app:latest/x"
    del run["tool"]["driver"]["rules"][0]["help"]
    run["tool"]["driver"]["rules"][1]["properties"]["tags"] = [str(number) for number in range(21)]
    path = tmp_path / "wrong.sarif"
    path.write_text(json.dumps(log))
    assert [error.split(":")[0] for error in sarif_validate.multitool_errors([path])] == ["GH2012", "SARIF1004"]
    run["tool"]["driver"]["rules"][0]["help"] = {"text": "x", "markdown": "x"}
    found = "\n".join(sarif_validate.github_errors(log))
    assert "over 20 tags" in found
    assert "[there](99) leads nowhere" in found
    assert "uri 'app:latest/x'" in found
    # The validator stays silent about a wrong level, and then about everything else too.
    result["level"] = "fatal"
    assert any("fatal" in error for error in sarif_validate.schema_errors(log))


def test_a_missing_validator_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sarif_validate, "INSTALLED", tmp_path)
    monkeypatch.setenv(sarif_validate.VARIABLE, str(tmp_path / "nothing"))
    with pytest.raises(RuntimeError, match="no SARIF validator"):
        sarif_validate.program()


def test_the_rule_object() -> None:
    driver = run_of(REPORTS["image"])["tool"]["driver"]
    key, env = driver["rules"]
    assert key["id"] == "openssh-private-key"
    assert key["name"] == "OpensshPrivateKey"
    assert key["shortDescription"]["text"] == "An OpenSSH private key."
    assert key["help"]["markdown"].startswith("# An OpenSSH private key")
    assert key["helpUri"] == "https://docs.docker.com/reference/dockerfile/#run---mounttypessh"
    assert key["defaultConfiguration"]["level"] == "error"
    assert key["properties"] == {
        "tags": ["security", "external/cwe/cwe-538", "external/cwe/cwe-798", "secrets", "cis-docker-4.10"],
        "precision": "very-high",
        "security-severity": "9.1",
    }
    assert [(r["target"]["id"], r["target"]["toolComponent"]["name"], r["kinds"]) for r in key["relationships"]] == [
        ("CWE-538", "CWE", ["superset"]),
        ("CWE-798", "CWE", ["superset"]),
        ("4.10", "CIS Docker Benchmark", ["relevant"]),
    ]
    assert env["properties"]["security-severity"] == "6.5"


def test_taxonomies_hold_what_the_rules_point_at() -> None:
    run = run_of(REPORTS["full"])
    for rule in run["tool"]["driver"]["rules"]:
        for relationship in rule.get("relationships", []):
            target = relationship["target"]
            taxonomy = run["taxonomies"][target["toolComponent"]["index"]]
            assert taxonomy["name"] == target["toolComponent"]["name"]
            assert taxonomy["taxa"][target["index"]]["id"] == target["id"]


def test_a_rule_that_is_not_about_security_makes_no_security_alert() -> None:
    (rule,) = run_of(samples.report(samples.apt()))["tool"]["driver"]["rules"]
    assert rule["properties"] == {"tags": ["packages"], "precision": "high"}


def test_a_dockerfile_result_with_its_fix() -> None:
    (result,) = run_of(samples.report(samples.apt()))["results"]
    assert (result["ruleIndex"], result["level"], result["kind"]) == (0, "warning", "fail")
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "Dockerfile", "uriBaseId": "%SRCROOT%", "index": 0}
    assert physical["region"] == {
        "startLine": 2,
        "startColumn": 5,
        "endLine": 2,
        "endColumn": 25,
        "snippet": {"text": "apt-get install curl"},
    }
    assert result["fixes"][0]["artifactChanges"][0]["replacements"] == [
        {
            "deletedRegion": {"startLine": 2, "startColumn": 20, "endLine": 2, "endColumn": 20},
            "insertedContent": {"text": " -y"},
        }
    ]
    assert result["properties"] == {"surface": "dockerfile"}


def test_a_snippet_of_two_lines() -> None:
    (result,) = run_of(samples.report(samples.pipe()))["results"]
    snippet = result["locations"][0]["physicalLocation"]["region"]["snippet"]["text"]
    assert snippet == "curl -fsSL https://get.example.com \\\n\t | sh"


def test_an_image_result_lies_below_the_name_of_the_image() -> None:
    run = run_of(samples.report(samples.key()))
    (result,) = run["results"]
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "app_latest/root/.ssh/id_rsa"
    assert "uriBaseId" not in location["physicalLocation"]["artifactLocation"]
    assert result["message"]["text"] == (
        "root/.ssh/id_rsa holds an OpenSSH private key that a later layer deletes. "
        "In image app:latest, layer 3, deleted. "
        "Trail: [introduced](1) in layer 3, [deleted](2) in layer 5, [still shipped](3). "
        "Also in [srv/backup.tar!id_rsa](4)."
    )
    logical = run["logicalLocations"]
    entry = logical[location["logicalLocations"][0]["index"]]
    layer = logical[entry["parentIndex"]]
    image = logical[layer["parentIndex"]]
    assert [(place["kind"], place["name"]) for place in (image, layer, entry)] == [
        ("image", "app:latest"),
        ("layer", samples.DIFF),
        ("file", "root/.ssh/id_rsa"),
    ]
    assert [place["id"] for place in result["relatedLocations"]] == [1, 2, 3, 4]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == [
        "introduced in layer 3: COPY id_rsa /root/.ssh/",
        "deleted in layer 5: RUN rm /root/.ssh/id_rsa",
        "still shipped: anyone who can pull the image can read it",
    ]
    assert {name: result["properties"][name] for name in ("status", "layer", "diffId", "surface")} == {
        "status": "deleted",
        "layer": 3,
        "diffId": samples.DIFF,
        "surface": "file",
    }


def test_a_known_dockerfile_line_is_the_primary_location() -> None:
    (result,) = run_of(samples.report(samples.mapped()))["results"]
    primary = result["locations"][0]["physicalLocation"]
    assert (primary["artifactLocation"]["uri"], primary["region"]["startLine"]) == ("Dockerfile", 4)
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].endswith("/root/.ssh/id_rsa")
    assert [place["physicalLocation"]["region"]["startLine"] for place in result["relatedLocations"]] == [4, 9, 4, 1]


def test_a_value_of_the_configuration_lies_in_no_layer() -> None:
    run = run_of(samples.report(samples.env()))
    (result,) = run["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "app_latest/ENV%20DB_PASSWORD"
    assert "In image app:latest, the configuration, present." in result["message"]["text"]
    assert [place["kind"] for place in run["logicalLocations"]] == ["image", "member"]
    assert "layer" not in result["properties"]


def test_findings_on_one_line_stay_apart_and_keep_their_identity() -> None:
    first, second = ([r["partialFingerprints"] for r in run_of(several())["results"]] for _ in range(2))
    assert first == second
    hashes = [fingerprints["primaryLocationLineHash"] for fingerprints in first]
    assert len(set(hashes)) == 3
    assert sorted(fingerprints["imagelint/v1"] for fingerprints in first) == ["0b" * 16, "0b" * 16, "1b" * 16]


def test_a_rebuilt_image_keeps_its_alerts() -> None:
    rebuilt = samples.key()
    assert rebuilt.layer is not None
    rebuilt.layer.diff_id, rebuilt.layer.index = "sha256:" + "8" * 64, 4
    old, new = (run_of(samples.report(finding))["results"][0] for finding in (samples.key(), rebuilt))
    assert old["partialFingerprints"] == new["partialFingerprints"]


@pytest.mark.parametrize(
    ("reason", "kind"), [("inline: a test key", "inSource"), ("ignored by .imagelint.yaml", "external")]
)
def test_suppressions(reason: str, kind: str) -> None:
    finding = samples.apt()
    finding.suppressed = reason
    (result,) = run_of(samples.report(finding))["results"]
    assert result["suppressions"] == [{"kind": kind, "status": "accepted", "justification": reason}]


def test_holes_are_told() -> None:
    (invocation,) = run_of(holes())["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [
        (notice["descriptor"]["id"], notice["level"], notice["message"]["text"])
        for notice in invocation["toolExecutionNotifications"]
    ] == [
        ("incomplete", "error", "app:latest, layer \\[4\\]: its bytes do not match their digest."),
        ("limited", "warning", "a.zip: an encrypted archive."),
    ]


def test_a_whole_scan_is_a_success_and_names_its_targets() -> None:
    run = run_of(samples.report())
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    assert run["automationDetails"]["id"] == "imagelint/Dockerfile+app:latest/"
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["results"] == []
    assert run_of(samples.report(targets=(".",)))["automationDetails"]["id"] == "imagelint/"


def test_many_targets_have_a_short_category_of_their_own() -> None:
    ids = {
        run_of(samples.report(targets=tuple(f"service-{number}-{end}" for number in range(50))))["automationDetails"][
            "id"
        ]
        for end in "ab"
    }
    assert len(ids) == 2
    assert max(map(len, ids)) < 40


def test_a_long_description_is_cut() -> None:
    rule = RuleText(
        "sudo", "t" * 2000, Severity.NOTE, rationale="r" * 2000, tags=tuple(map(str, range(30))), cwe=(250,)
    )
    finding = samples.apt()
    finding.rule, finding.fix = "sudo", None
    out = io.StringIO()
    sarif.render(samples.report(finding), {"sudo": rule}, out)
    log = json.loads(out.getvalue())
    assert sarif_validate.github_errors(log) == []
    assert log["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["tags"][:3] == [
        "security",
        "external/cwe/cwe-250",
        "0",
    ]


def test_an_absolute_path_is_told_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    finding = samples.apt()
    finding.location = Location(T(str(tmp_path / "sub" / "Dockerfile")), 1, 1, 1, 5)
    (result,) = run_of(samples.report(finding))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "sub/Dockerfile"


def test_a_layer_without_digest_is_named_by_its_number() -> None:
    finding = samples.key()
    finding.layer, finding.trail = LayerInfo(2), ()
    run = run_of(samples.report(finding))
    assert [place["name"] for place in run["logicalLocations"]] == ["app:latest", "layer 2", "root/.ssh/id_rsa"]


def test_where_an_image_was_read_from_is_said_once() -> None:
    run = run_of(samples.full())
    assert run["properties"]["images"] == [
        {
            **samples.SHOP,
            "layers": [
                {"index": 0, "diffId": samples.DIFF},
                {"index": 1, "digest": samples.BLOB, "diffId": samples.DIFF, "size": 512},
            ],
        }
    ]
    assert samples.BLOB not in json.dumps(run["results"])
