"""action.yml and the example workflows, by those who know what GitHub takes and what attackers make of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import imagelint
from tests.action.programs import program
from tests.action.steps import git, write
from tools.github_action import INPUTS

EXAMPLES = ("lint-pull-request", "nightly-registry", "scan-after-build")


@pytest.fixture
def project(repository: Path, tmp_path: Path) -> Path:
    """A repository whose workflows are the examples, and use the action that lies in it."""
    examples = {name: (repository / f"docs/examples/{name}.yml").read_text() for name in EXAMPLES}
    for text in examples.values():
        assert text.count("OWNER/imagelint@") == 1
    here = {
        f".github/workflows/{name}.yml": text.replace("OWNER/imagelint@v0.1.0", "./") for name, text in examples.items()
    }
    write(tmp_path, {**here, "action.yml": (repository / "action.yml").read_text()})
    git(tmp_path, "init", "--quiet")
    return tmp_path


def check(project: Path, *words: str) -> str:
    """What a program says; empty where it has nothing against them."""
    done = subprocess.run([program(words[0]), *words[1:]], cwd=project, check=False, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr or f"exit status {done.returncode}"


def test_zizmor(repository: Path, project: Path) -> None:
    examples = [str(repository / f"docs/examples/{name}.yml") for name in EXAMPLES]
    assert check(project, "zizmor", "--offline", "--no-progress", *examples, "action.yml") == ""
    action = project / "action.yml"
    action.write_text(action.read_text().replace('exit "$STATUS"', "exit ${{ inputs.fail-on }}"))
    assert "template-injection" in check(project, "zizmor", "--offline", "--no-progress", "action.yml")


def test_schemas(project: Path) -> None:
    words = ("check-jsonschema", "--builtin-schema")
    workflows = [f".github/workflows/{name}.yml" for name in EXAMPLES]
    assert check(project, *words, "vendor.github-actions", "action.yml") == ""
    assert check(project, *words, "vendor.github-workflows", *workflows) == ""
    action = project / "action.yml"
    action.write_text(action.read_text().replace("using: composite", "using: nothing"))
    assert "nothing" in check(project, *words, "vendor.github-actions", "action.yml")


def test_actionlint(project: Path) -> None:
    """Which knows the inputs and outputs of an action that lies in the repository."""
    assert check(project, "actionlint") == ""
    action = project / "action.yml"
    action.write_text(action.read_text().replace("  image:", "  picture:"))
    assert '"image" is not defined' in check(project, "actionlint")


def test_scripts(project: Path) -> None:
    document = yaml.safe_load((project / "action.yml").read_text())
    scripts = [step["run"] for step in document["runs"]["steps"] if "run" in step]
    assert len(scripts) == 3
    for number, script in enumerate(scripts):
        assert "${{" not in script
        (project / f"{number}.sh").write_text(script)
        assert check(project, "shellcheck", "--shell=bash", f"{number}.sh") == ""


def test_a_version_is_no_more_than_that(project: Path, tmp_path: Path) -> None:
    """Neither an option of pip nor another requirement; and what is installed already is not installed again."""
    document = yaml.safe_load((project / "action.yml").read_text())
    (project / "install.sh").write_text(document["runs"]["steps"][0]["run"])
    write(tmp_path, {"temporary/imagelint/installed": "false imagelint==0.1.0\n"})
    asked = {"PYTHON": "false", "GITHUB_ACTION_PATH": "none", "RUNNER_TEMP": str(tmp_path / "temporary")}
    for version, status in (
        ("0.1.0", 0),
        ("0.1.1", 1),
        ("0.1.0 --pre", 2),
        ("0.1.0;a", 2),
        ("-r x", 2),
        ("0.1.0\nx", 2),
    ):
        words = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "install.sh"]  # as GitHub calls it
        environment = {**os.environ, **asked, "VERSION": version}
        assert subprocess.run(words, cwd=project, env=environment, check=False).returncode == status, version


def test_a_version_comes_from_the_index(project: Path, tmp_path: Path, wheel: Path) -> None:
    """The one that is asked for, and not the checkout's, into an environment of its own."""
    document = yaml.safe_load((project / "action.yml").read_text())
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel.parent), "PIP_NO_DEPS": "1"}
    asked = {"PYTHON": sys.executable, "GITHUB_ACTION_PATH": str(tmp_path), "RUNNER_TEMP": str(tmp_path)}
    for version, there in (("0.0.1", False), (imagelint.__version__, True)):
        words = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", document["runs"]["steps"][0]["run"]]
        environment = {**os.environ, **index, **asked, "VERSION": version}
        done = subprocess.run(words, cwd=project, env=environment, check=False, capture_output=True, text=True)
        assert (done.returncode == 0) is there, done.stderr
        assert (tmp_path / "imagelint/installed").exists() is there
    words = [str(tmp_path / "imagelint/bin/python"), "-I", "-c", "import imagelint; print(imagelint.__version__)"]
    assert subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip() == imagelint.__version__


def test_what_is_pinned(project: Path) -> None:
    """Every action by its commit, with the release behind it."""
    for path in [project / "action.yml", *project.glob(".github/workflows/*.yml")]:
        uses = [line.split("uses: ")[1] for line in path.read_text().splitlines() if "uses: " in line]
        for use in uses:
            if not use.startswith("./"):
                commit, _, release = use.partition("@")[2].partition(" # v")
                assert (len(commit), release.count(".")) == (40, 2), use


def test_every_input_is_passed_on(repository: Path) -> None:
    """What action.yml takes, the script reads; what the script sets, action.yml hands on."""
    document = yaml.safe_load((repository / "action.yml").read_text())
    (scan,) = (step for step in document["runs"]["steps"] if step.get("id") == "scan")
    passed = {f"${{{{ inputs.{name} }}}}": f"INPUT_{name.replace('-', '_').upper()}" for name in document["inputs"]}
    for other in ("upload", "version", "python", "sarif-category"):
        del passed[f"${{{{ inputs.{other} }}}}"]
    assert scan["env"] == {name: value for value, name in passed.items()}
    assert {f"INPUT_{name.replace('-', '_').upper()}" for name in INPUTS} == set(passed.values())
    assert set(document["outputs"]) == {"sarif", "html", "findings", "errors", "exit-status"}
