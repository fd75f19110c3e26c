"""SARIF of whole scans: what Microsoft's validator, the schema and GitHub's limits say of Dockerfiles, build contexts,
images, all of them in one run, and runs with holes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.shapes import expand
from tests import sarif_validate
from tests.engines import BASE, Engines
from tests.imagemaker import Recipe, oci_layout
from tests.material import password, rsa_key
from tests.program import imagelint

pytestmark = pytest.mark.engine

TOKEN = expand("ghp_{base62:30}{crc32:github}", "sarif of scans")
DOCKERFILE = f"""\
FROM {BASE}
COPY id_rsa /root/.ssh/id_rsa
COPY ["app.env", "a [b].env", "/srv/"]
# imagelint ignore=sudo # it is a test
RUN sudo true; rm /root/.ssh/id_rsa && chmod 4755 /srv/app.env
ENV DB_PASSWORD={password(61)} TOKEN={TOKEN}
LABEL note={TOKEN}
EXPOSE 22
"""
FILES = {
    "id_rsa": rsa_key(63),
    "app.env": f"API_PASSWORD={password(64)}\n",
    "a [b].env": f"B_PASSWORD={password(65)}\n",
}
# Built without sudo, which the base does not have.
BUILT = DOCKERFILE.replace("sudo true; ", "")
LATER = Recipe(
    [
        [{"path": "srv/a [b](1)/id_rsa", "content": rsa_key(66)}],
        [{"path": "srv/a [b](1)/.wh.id_rsa"}, {"path": "opt/tool", "content": "x", "mode": 0o4755}],
        [{"path": f"srv/{number}/token", "content": TOKEN} for number in range(150)],
    ],
    {"Env": [f"MAIL_PASSWORD={password(67)}"]},
    ["COPY . /srv", "RUN rm -r '/srv/a [b](1)/id_rsa'", "RUN |1 A=b /bin/sh -c make"],
)


@pytest.fixture(scope="module")
def logs(engines: Engines, sarif_validator: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A log of each kind of run, from the installed command."""
    folder = tmp_path_factory.mktemp("runs")
    context = folder / "app"
    context.mkdir()
    for name, text in {**FILES, "Dockerfile": DOCKERFILE}.items():
        (context / name).write_text(text)
    (folder / "Built.dockerfile").write_text(BUILT)
    engines.save(engines.build(BUILT, FILES, buildkit=True)).rename(folder / "image.tar")
    engines.save(BASE).rename(folder / "base.tar")
    oci_layout(folder / "layout", LATER, compress="zstd")
    targets = {
        "dockerfile": ["app/Dockerfile"],
        "context": ["app"],
        "archive": ["image.tar"],
        "layout": ["oci:layout"],
        "mixed": ["app/Dockerfile", "app", "image.tar", "oci:layout", "missing.tar"],
        "twice": ["image.tar", "docker-archive:image.tar"],
        "mapped": ["--dockerfile", "Built.dockerfile", "--base", "base.tar", "image.tar"],
        "uncertain": ["--dockerfile", "Built.dockerfile", "oci:layout"],
        "known": ["--baseline", "known.json", "image.tar", "app"],
    }

    def run(command: str, *words: str) -> int:
        options = ["--no-config", "--no-progress", "--profile", "strict"]
        done = subprocess.run(
            [*imagelint(), command, *options, *words],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1, 3), done.stderr
        return done.returncode

    run("baseline", "known.json", "image.tar")
    paths = {name: folder / f"{name}.sarif" for name in targets}
    for name, words in targets.items():
        assert run("scan", "-f", "sarif", "-o", f"{name}.sarif", *words) == (3 if "missing.tar" in words else 1)
    return paths


def run_of(path: Path) -> dict[str, Any]:
    """The only run of a log."""
    (run,) = json.loads(path.read_bytes())["runs"]
    assert isinstance(run, dict)
    return run


def test_nothing_to_say_of_any_run(logs: dict[str, Path]) -> None:
    assert sarif_validate.errors(list(logs.values())) == []


def test_what_lies_in_an_image_lies_in_no_file_of_the_source_tree(logs: dict[str, Path]) -> None:
    for name in ("archive", "layout", "uncertain"):
        for result in run_of(logs[name])["results"]:
            assert "uriBaseId" not in result["locations"][0]["physicalLocation"]["artifactLocation"], name
            assert result["properties"]["image"]


def test_a_mixed_run_has_everything(logs: dict[str, Path]) -> None:
    run = run_of(logs["mixed"])
    images = {image["target"]: image for image in run["properties"]["images"]}
    assert images.keys() == {"image.tar", "oci:layout"}
    surfaces = {result["properties"]["surface"] for result in run["results"]}
    assert {"dockerfile", "context", "file", "env", "config"} <= surfaces
    assert any("codeFlows" in result for result in run["results"])
    assert any("fixes" in result for result in run["results"])
    (suppressed,) = {result["suppressions"][0]["kind"] for result in run["results"] if "suppressions" in result}
    assert suppressed == "inSource"
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert any("missing.tar" in told["message"]["text"] for told in invocation["toolExecutionNotifications"])
    assert run["automationDetails"]["id"] == "imagelint/app/Dockerfile+app+image.tar+oci:layout+missing.tar/"


def test_a_run_of_several_targets_has_what_each_has_alone(logs: dict[str, Path]) -> None:
    def prints(name: str) -> set[tuple[str, str, str]]:
        return {
            (
                result["ruleId"],
                result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
                result["partialFingerprints"]["imagelint/v1"],
            )
            for result in run_of(logs[name])["results"]
        }

    assert prints("mixed") == prints("dockerfile") | prints("context") | prints("archive") | prints("layout")


def test_an_image_points_at_the_lines_of_its_dockerfile(logs: dict[str, Path]) -> None:
    results = run_of(logs["mapped"])["results"]
    lines = BUILT.split("\n")
    found = {}
    for result in results:
        place = result["locations"][0]
        if place["physicalLocation"]["artifactLocation"]["uri"] == "Built.dockerfile":
            line = lines[place["physicalLocation"]["region"]["startLine"] - 1]
            found[result["ruleId"], result["properties"]["path"]] = line.partition(" ")[0]
            assert place["logicalLocations"][0]["fullyQualifiedName"].startswith("image.tar")
            assert result["properties"]["certainty"] in ("exact", "matched")
            assert result["properties"]["origin"] == "own"
    assert found["pem-private-key", "root/.ssh/id_rsa"] == "COPY"
    assert found["setuid-file", "srv/app.env"] == "RUN"
    assert found["github-token", "ENV TOKEN"] == "ENV"
    key = next(result for result in results if result["ruleId"] == "pem-private-key")
    trail = [step["physicalLocation"]["region"]["startLine"] for step in key["relatedLocations"][:2]]
    assert [lines[line - 1].partition(" ")[0] for line in trail] == ["COPY", "RUN"]


def test_a_dockerfile_that_is_not_the_images_is_said_to_be_none(logs: dict[str, Path]) -> None:
    results = run_of(logs["uncertain"])["results"]
    told = [result for result in results if "certainty" in result["properties"]]
    assert told
    for result in told:
        assert result["properties"]["certainty"] == "uncertain"
        assert "The line is not known: " in result["message"]["text"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("oci_layout/")


def test_a_baseline_says_what_is_new(logs: dict[str, Path]) -> None:
    results = run_of(logs["known"])["results"]
    states = {(result["baselineState"], result["properties"].get("image", "")) for result in results}
    assert states == {("unchanged", "image.tar"), ("new", "")}
    for result in results:
        quiet = [told for told in result.get("suppressions", ()) if told["kind"] == "external"]
        assert bool(quiet) == (result["baselineState"] == "unchanged")


def test_no_secret_in_any_run(logs: dict[str, Path]) -> None:
    for path in logs.values():
        text = path.read_text()
        for value in (TOKEN[8:], *map(password, (61, 64, 65, 67)), rsa_key(63)[200:260], rsa_key(66)[200:260]):
            assert value not in text
