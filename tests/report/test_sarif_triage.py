"""What SARIF says of how a finding stands to a baseline, to a base image and to a line, and of how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from imagelint.findings import Edit, Finding, Fix, LayerInfo, Place, Report, ScannedImage, StoredLayer
from tests import sarif_validate
from tests.report import samples
from tests.report.samples import T
from tests.report.test_sarif import run_of


def result_of(finding: Finding, report: Report | None = None) -> dict[str, Any]:
    """The only result, after the schema and GitHub's limits had their say."""
    run = run_of(report or samples.report(finding))
    assert sarif_validate.github_errors({"runs": [run]}) == []
    (result,) = run["results"]
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize("state", ["new", "unchanged"])
def test_how_a_result_stands_to_the_baseline(state: str) -> None:
    finding = samples.apt()
    finding.baseline = state
    assert result_of(finding)["baselineState"] == state


def test_without_a_baseline_there_is_no_state() -> None:
    assert "baselineState" not in result_of(samples.apt())


def test_what_a_baseline_accepts_is_suppressed_for_its_reason() -> None:
    finding = samples.apt()
    finding.suppressed, finding.reason, finding.baseline = (
        "baseline: known.yaml",
        T("the key is [revoked]"),
        "unchanged",
    )
    result = result_of(finding)
    assert result["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "the key is [revoked] (baseline: known.yaml)",
        }
    ]
    assert result["baselineState"] == "unchanged"


def test_the_remedy_of_a_finding_ends_its_message() -> None:
    finding = samples.key()
    finding.remedy = T("Mount the key with RUN --mount=type=ssh [here](1), and revoke it")
    text = result_of(finding)["message"]["text"]
    assert text.endswith(r"Mount the key with RUN --mount=type=ssh \[here\](1), and revoke it.")


def test_a_line_that_is_not_known_is_said_to_be_so() -> None:
    finding = samples.key()
    assert finding.layer is not None
    finding.layer.certainty = "uncertain"
    result = result_of(finding)
    assert "In image app:latest, layer 3, deleted. The line is not known: " in result["message"]["text"]
    assert result["properties"]["certainty"] == "uncertain"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "app_latest/root/.ssh/id_rsa"


@pytest.mark.parametrize("certainty", ["exact", "matched"])
def test_a_known_line_carries_its_certainty(certainty: str) -> None:
    finding = samples.mapped()
    assert finding.layer is not None
    finding.layer.certainty = certainty
    result = result_of(finding)
    assert "not known" not in result["message"]["text"]
    assert (result["properties"]["certainty"], result["properties"]["origin"]) == (certainty, "own")


def test_the_layers_of_a_base_image() -> None:
    finding = samples.key()
    finding.layer, finding.trail = LayerInfo(0, samples.DIFF, origin="base"), ()
    result = result_of(finding)
    assert "In image app:latest, layer 0 of the base image, deleted." in result["message"]["text"]
    assert result["properties"]["origin"] == "base"


def test_the_base_image_is_named_once() -> None:
    report = samples.report(samples.key())
    image = samples.shop()
    image.base, image.base_layers = T("debian:12"), 1
    report.images = [image]
    (told,) = run_of(report)["properties"]["images"]
    assert (told["base"], told["baseLayers"]) == ("debian:12", 1)
    image.base, image.base_layers = None, -1
    (told,) = run_of(report)["properties"]["images"]
    assert not {"base", "baseLayers"} & told.keys()


def test_what_no_layer_and_no_step_made_lies_in_the_image_all_the_same() -> None:
    finding = samples.env()
    finding.layer = None
    run = run_of(samples.report(finding))
    (result,) = run["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert (artifact["uri"], "uriBaseId" in artifact) == ("app_latest/ENV%20DB_PASSWORD", False)
    assert "In image app:latest, the configuration, present." in result["message"]["text"]
    assert [place["kind"] for place in run["logicalLocations"]] == ["image", "member"]
    assert result["properties"]["image"] == "app:latest"


def test_a_fix_of_an_image_needs_a_line_of_a_dockerfile() -> None:
    finding = samples.mapped()
    finding.fix = Fix("Mount it", "unsafe", (Edit(4, 1, 4, 24, T("RUN --mount=type=ssh true")),))
    (fix,) = result_of(finding)["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "Dockerfile"
    assert change["replacements"][0]["deletedRegion"]["startLine"] == 4
    assert finding.layer is not None
    finding.layer.source = None
    assert "fixes" not in result_of(finding)


def image(target: str, source: str) -> ScannedImage:
    return ScannedImage(T(target), T("whatever"), source, T(""), T(""), layers=(StoredLayer(0, "", samples.DIFF, 1),))


def uris(*images: ScannedImage) -> Iterator[str]:
    """Where the key is said to lie in each image."""
    findings = []
    for one in images:
        finding = samples.key()
        finding.target = one.target
        findings.append(finding)
    report = samples.report(*findings, targets=tuple(one.target for one in images))
    report.images = list(images)
    run = run_of(report)
    assert sarif_validate.github_errors({"runs": [run]}) == []
    for result in run["results"]:
        yield result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].removesuffix("/root/.ssh/id_rsa")


@pytest.mark.parametrize(
    ("target", "source", "folder"),
    [
        ("app:1.2", "docker", "app"),
        ("docker:app:1.2", "docker", "docker_app"),
        ("docker:app", "docker", "docker_app"),
        ("registry.example.org:5000/team/app", "registry", "registry.example.org_5000/team/app"),
        ("registry.example.org:5000/team/app:1", "registry", "registry.example.org_5000/team/app"),
        ("team/app:1@sha256:" + "a" * 64, "registry", "team/app"),
        ("team/app@sha256:" + "a" * 64, "podman", "team/app"),
        ("docker:sha256:" + "a" * 64, "docker", "docker_sha256_" + "a" * 64),
        ("build/app:1.tar", "docker-archive", "build/app_1.tar"),
    ],
)
def test_the_next_tag_of_an_image_keeps_its_alerts(target: str, source: str, folder: str) -> None:
    assert list(uris(image(target, source))) == [folder]


def test_two_tags_in_one_run_stay_apart() -> None:
    assert list(uris(image("app:1", "docker"), image("app:2", "docker"), image("other:1", "docker"))) == [
        "app_1",
        "app_2",
        "other",
    ]


def test_other_lines_of_the_same_file_are_linked() -> None:
    finding = samples.pipe()
    finding.places = tuple(Place(finding.location.path, line, -1, "", "dockerfile") for line in (9, 12, 15))
    result = result_of(finding)
    assert result["message"]["text"].endswith("Also on [line 12](1), [line 15](2).")
    assert [place["message"]["text"] for place in result["relatedLocations"]] == [
        "also on line 12",
        "also on line 15",
    ]
    assert [place["physicalLocation"]["region"]["startLine"] for place in result["relatedLocations"]] == [12, 15]


def test_equal_findings_are_numbered_in_each_file() -> None:
    first, again, elsewhere = samples.apt(), samples.apt(), samples.apt()
    elsewhere.location.path = T("other/Dockerfile")
    results = run_of(samples.report(first, again, elsewhere))["results"]
    numbers = [result["partialFingerprints"]["primaryLocationLineHash"].partition(":")[2] for result in results]
    assert numbers == ["1", "2", "1"]
