"""Files that start containers as targets of the command: which they are, and every way to report and to quiet them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagelint.containers.sorts import sort
from imagelint.targets import named_like_one
from tests.program import Forked, imagelint
from tests.sarif_validate import errors

COMPOSE = "services:\n  web:\n    image: nginx:1.29\n    privileged: true\n"
SCRIPT = "docker run --privileged nginx:1.29\n"
PAGE = f"# Title\n\n```sh\n{SCRIPT}```\n"


@pytest.fixture(scope="module")
def command() -> Iterator[Forked]:
    """imagelint."""
    forked = Forked()
    yield forked
    forked.stop()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with one of each."""
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / "run.sh").write_text(SCRIPT)
    (tmp_path / "README.md").write_text(PAGE)
    return tmp_path


ALL = ("compose.yaml", "run.sh", "README.md")


def report(command: Forked, folder: Path, *words: str) -> dict[str, Any]:
    """A report as JSON."""
    paths = [str(folder / word) if (folder / word).exists() else word for word in words]
    done = command("scan", "--format", "json", "--no-progress", *paths)
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"status": done.returncode}


@pytest.mark.parametrize(
    ("path", "data", "wanted"),
    [
        ("compose.yaml", "", "compose"),
        ("a/docker-compose.prod.yml", "", "compose"),
        ("podman-compose.yml", "", "compose"),
        ("compose2.yml", "web: {image: x}\n", "compose"),
        ("composer.yml", "web: {image: x}\n", ""),
        ("stack.yml", "version: '3'\nservices:\n  a: {image: x}\n", "compose"),
        ("stack.yml", "\ufeffservices:\n", "compose"),
        ("C:\\a\\COMPOSE.YAML", "", "compose"),
        ("values.yaml", "image:\n  services: x\n", ""),
        ("run.sh", "", "script"),
        ("Dockerfile.sh", "FROM x\n", "script"),
        ("start", "#!/bin/sh\n", "script"),
        ("start", "#! /usr/bin/env bash\n", "script"),
        ("start", "#!/usr/bin/env -S bash -e\n", "script"),
        ("start", "#!/usr/bin/python3\n", ""),
        ("Dockerfile", "#!/bin/sh\n", ""),
        ("README.md", "", "page"),
        ("Dockerfile", "services:\n", ""),
        ("Containerfile.x", "", ""),
        ("docker-compose", "services:\n", ""),
    ],
)
def test_which_file_is_what(path: str, data: str, wanted: str) -> None:
    assert sort(path, data.encode(), named_like_one) == wanted


def test_all_three_in_one_run(command: Forked, files: Path) -> None:
    (files / "Dockerfile").write_text("FROM debian:12\nUSER 1000\n")
    found = report(command, files, *ALL, "Dockerfile")
    assert found["status"] == 1
    assert (found["stats"]["containers"], found["stats"]["dockerfiles"]) == (3, 1)
    places = [
        (f["path"].rpartition("/")[2], f["line"], f["surface"]) for f in found["findings"] if "privileged" in f["rule"]
    ]
    assert places == [("compose.yaml", 4, "compose"), ("run.sh", 1, "command"), ("README.md", 4, "command")]
    assert "incomplete" not in found or found["incomplete"] == []


def test_a_folder_is_not_searched_for_them(command: Forked, files: Path) -> None:
    (files / "Dockerfile").write_text("FROM debian:12\nUSER 1000\n")
    found = report(command, files, str(files))
    assert (found["findings"], found["stats"].get("containers", 0)) == ([], 0)


def test_from_standard_input(files: Path) -> None:
    for name, text in (
        ("compose.yaml", COMPOSE),
        ("x/run.sh", SCRIPT),
        ("README.md", PAGE),
        ("start", "#!/bin/sh\n" + SCRIPT),
    ):
        words = [*imagelint(), "scan", "-", "--stdin-filename", name, "--format", "json", "--no-config"]
        done = subprocess.run(words, input=text, capture_output=True, text=True, cwd=files)
        (found,) = [f for f in json.loads(done.stdout)["findings"] if f["rule"] == "container-privileged"]
        assert found["path"] == name


def test_sarif_is_valid_and_names_the_benchmark(command: Forked, files: Path) -> None:
    done = command("scan", "--format", "sarif", "--no-progress", *(str(files / name) for name in ALL))
    log = json.loads(done.stdout)
    (run,) = log["runs"]
    (files / "log.sarif").write_text(done.stdout)
    assert errors([files / "log.sarif"]) == []
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    ids = {relation["target"]["id"] for relation in rules["container-privileged"]["relationships"]}
    assert "5.5" in ids
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].rpartition("/")[2]
        for result in run["results"]
        if result["ruleId"] == "container-privileged"
    }
    assert places == set(ALL)


@pytest.mark.parametrize("form", ["terminal", "html", "github", "gitlab", "junit"])
def test_every_other_format(command: Forked, files: Path, form: str) -> None:
    done = command("scan", "--format", form, "--no-progress", *(str(files / name) for name in ALL))
    assert done.returncode == 1
    assert done.stderr == ""
    assert form == "github" or all(name in done.stdout for name in ALL)  # it names files of the working directory only
    assert done.stdout.count("container-privileged") >= 3
    assert "service web is privileged" in done.stdout
    if form == "terminal":
        assert "in 3 containers" in done.stdout


def test_configuration_and_baseline_quiet_them(command: Forked, files: Path) -> None:
    (files / "quiet.yaml").write_text(
        "ignore: [container-no-cpu-limit]\n"
        "overrides:\n"
        "  - {rules: [container-privileged], paths: ['**/run.sh'], severity: ignore, reason: it builds images}\n"
    )
    found = report(command, files, "--config", str(files / "quiet.yaml"), *ALL)
    quiet = {(f["rule"], f["path"].rpartition("/")[2]) for f in found["findings"] if "suppressed" in f}
    assert quiet == {("container-no-cpu-limit", name) for name in ALL} | {("container-privileged", "run.sh")}
    paths = [str(files / name) for name in ALL]
    known = files / "known.json"
    assert command("baseline", str(known), *paths).returncode == 0
    (files / "run.sh").write_text(f"#!/bin/sh\n\n{SCRIPT}docker run -u root busybox:1.37\n")
    again = report(command, files, "--baseline", str(known), *ALL)
    new = [f["rule"] for f in again["findings"] if f["baseline"] == "new"]
    assert sorted(new) == [
        "container-no-cpu-limit",
        "container-no-memory-limit",
        "container-no-pids-limit",
        "container-root",
    ]


def test_fixes_are_for_dockerfiles(command: Forked, files: Path) -> None:
    before = (files / "compose.yaml").read_text()
    done = command("scan", "--fix", "--no-progress", str(files / "compose.yaml"))
    assert "it is no Dockerfile; fixes are for Dockerfiles" in done.stdout + done.stderr
    assert (files / "compose.yaml").read_text() == before


def test_what_is_no_yaml_is_a_hole(command: Forked, files: Path) -> None:
    (files / "compose.yaml").write_text("services: [\n")
    found = report(command, files, *ALL)
    assert found["status"] == 3
    assert ["it is no YAML" in hole["reason"] for hole in found["incomplete"]] == [True]
    assert {f["path"].rpartition("/")[2] for f in found["findings"]} == {"run.sh", "README.md"}
