"""The action as it is, run by act: a composite action, installed by pip from its checkout, in a workspace of its own.

Nothing is fetched: `--local-repository` stands in for the action's own repository, and for the action that uploads,
whose stand-in keeps what it is given; act itself stands in for actions/checkout. imagelint is installed once, and the
second run finds it there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.action.programs import program
from tests.action.steps import BAD, GOOD, RULE, commit, pull_event, write
from tests.action.test_pull_request import FORBIDDEN, QUIET

pytestmark = pytest.mark.slow

UPLOAD = {
    "name": "Upload",
    "description": "Keep what would be uploaded",
    "inputs": {"sarif_file": {"description": "A file"}, "category": {"description": "A name"}},
    "runs": {
        "using": "composite",
        "steps": [
            {
                "shell": "bash",
                "env": {"FILE": "${{ inputs.sarif_file }}", "CATEGORY": "${{ inputs.category }}"},
                "run": 'cp "$FILE" "$KEPT/uploaded.sarif" && printf %s "$CATEGORY" >>"$KEPT/categories"',
            }
        ],
    },
}


@dataclass
class Act:
    """act in a folder of its own, with the actions that it may use."""

    folder: Path
    actions: Mapping[str, Path]

    @property
    def kept(self) -> Path:
        """What steps keep for the test."""
        return self.folder / "kept"

    def run(
        self, workflow: str, event: Mapping[str, Any], name: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a workflow for an event."""
        project = self.folder / f"project-{name}"
        write(project, {".github/workflows/test.yml": workflow, "event.json": json.dumps(event)})
        commit(project, {})
        words = [program("act"), name, "--eventpath", "event.json", "--platform", "ubuntu-latest=-self-hosted"]
        words += ["--action-offline-mode", *(f"--local-repository={name}={at}" for name, at in self.actions.items())]
        words += [f"--env={key}={value}" for key, value in {**environment, "KEPT": str(self.kept)}.items()]
        home = {"HOME": str(self.folder / "home"), "XDG_CACHE_HOME": str(self.folder / "home/cache")}
        return subprocess.run(
            words, cwd=project, env={**os.environ, **home}, check=False, capture_output=True, text=True
        )


@pytest.fixture(scope="module")
def act(repository: Path, tree: list[str], tmp_path_factory: pytest.TempPathFactory) -> Act:
    """With this tree as the action, changes that are not committed yet included."""
    folder = tmp_path_factory.mktemp("act")
    for name in tree:
        if name.startswith(("imagelint/", "rules/", "tools/")) or "/" not in name:
            (folder / "action" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(repository / name, folder / "action" / name)
    write(folder, {"upload/upload-sarif/action.yml": yaml.safe_dump(UPLOAD)})
    (folder / "kept").mkdir()
    (folder / "home").mkdir()
    (upload,) = re.findall(r"uses: (github/codeql-action)/upload-sarif(@\w+)", (repository / "action.yml").read_text())
    actions = {"OWNER/imagelint@v0.1.0": "action", "".join(upload): "upload"}
    return Act(folder, {name: folder / place for name, place in actions.items()})


STEPS: dict[str, dict[str, str]] = {
    "clean": {"targets": "good"},
    "found": {"targets": "bad/Dockerfile", "upload": "true", "sarif-category": "shop", "sarif": "reports/found.sarif"},
    "rules": {"targets": "good", "rules": "ours"},
    "unread": {"targets": "good\nnothing-here"},
    "wrong": {"targets": "good", "profile": "none", "upload": "true"},
    "version": {"version": "0.1.0 --index-url=x"},
}


@pytest.fixture(scope="module")
def pushed(act: Act) -> dict[str, Any]:
    """`log`, and the outcome and the outputs of each of STEPS, one after the other in one job."""
    trap = f"open({str(act.kept / 'trapped')!r}, 'w').close()\n"
    files = {
        "good/Dockerfile": GOOD,
        "bad/Dockerfile": BAD,
        "ours/no-copy.yaml": FORBIDDEN.replace("no-maintainer", "no-copy"),
    }
    write(act.folder / "files", {name: text.replace("MAINTAINER", "COPY") for name, text in files.items()})
    write(
        act.folder / "files", {f"{name}.py": trap for name in ("venv", "ensurepip", "pip", "json", "yaml", "imagelint")}
    )
    used = {"uses": "OWNER/imagelint@v0.1.0", "continue-on-error": True}
    python = {"python": sys.executable}
    steps: list[dict[str, Any]] = [
        {"run": 'cp -r "$FILES/." . && mkdir reports'},
        *({"id": name, "with": {**python, **inputs}, **used} for name, inputs in STEPS.items()),
        {
            "run": 'cp reports/* "$KEPT"; printf %s "$STEPS" >"$KEPT/steps.json"',
            "env": {"STEPS": "${{ toJSON(steps) }}"},
        },
        {"run": 'cp -r "$RUNNER_TEMP/imagelint" "$KEPT/installed"'},
    ]
    workflow = {"on": "push", "jobs": {"test": {"runs-on": "ubuntu-latest", "steps": steps}}}
    done = act.run(yaml.safe_dump(workflow), {}, "push", FILES=str(act.folder / "files"))
    assert done.returncode == 0, done.stdout + done.stderr
    return {"log": done.stdout, **json.loads((act.kept / "steps.json").read_text())}


def test_a_clean_target(pushed: dict[str, Any]) -> None:
    step = pushed["clean"]
    assert step["outcome"] == "success", pushed["log"]
    expected = {
        "exit-status": "0",
        "findings": "0",
        "errors": "0",
        "sarif": "imagelint.sarif",
        "html": "imagelint.html",
    }
    assert step["outputs"] == expected


def test_findings(act: Act, pushed: dict[str, Any]) -> None:
    step = pushed["found"]
    assert (step["outcome"], step["outputs"]["exit-status"]) == ("failure", "1")
    report = json.loads((act.kept / "found.sarif").read_text())
    results = report["runs"][0]["results"]
    assert RULE in {result["ruleId"] for result in results}
    assert step["outputs"]["sarif"] == "reports/found.sarif"
    assert step["outputs"]["findings"] == str(len(results))
    assert step["outputs"]["errors"] == str(sum(result["level"] == "error" for result in results))
    assert RULE in (act.kept / "found.html").read_text()
    # To code scanning goes the same report, and nothing of the step that had none.
    assert json.loads((act.kept / "uploaded.sarif").read_text()) == report
    assert (act.kept / "categories").read_text() == "shop"
    assert "## imagelint: 1 error, " in pushed["log"]
    assert f"title={RULE}" in pushed["log"]


def test_rules_of_ones_own(pushed: dict[str, Any]) -> None:
    assert pushed["rules"]["outputs"]["errors"] == "1", pushed["log"]
    assert "title=no-copy" in pushed["log"]


def test_an_unreadable_target(pushed: dict[str, Any]) -> None:
    step = pushed["unread"]
    assert (step["outcome"], step["outputs"]["exit-status"], step["outputs"]["findings"]) == ("failure", "3", "0")


def test_wrong_words(pushed: dict[str, Any]) -> None:
    step = pushed["wrong"]
    told = {name: value for name, value in step["outputs"].items() if value}
    assert (step["outcome"], told) == ("failure", {"exit-status": "2"})
    assert not any(pushed["version"]["outputs"].values())
    assert pushed["version"]["outcome"] == "failure"
    assert "version is one release" in pushed["log"]


def test_no_module_of_the_workspace_is_imported(act: Act, pushed: dict[str, Any]) -> None:
    assert pushed["clean"]["outcome"] == "success"
    assert not (act.kept / "trapped").exists()


def test_the_example_for_a_pull_request(act: Act, pushed: dict[str, Any], repository: Path) -> None:
    """Of a fork that brings a configuration and a comment to keep its finding quiet."""
    assert pushed["clean"]["outcome"] == "success"
    project = act.folder / "project-pull_request"
    base = commit(project, {"Dockerfile": GOOD, "tools/Dockerfile": BAD, ".imagelint.yaml": "exclude: [tools/*]\n"})
    ignored = BAD.replace("RUN", f"# imagelint ignore={RULE} reason: look away\nRUN")
    commit(project, {"Dockerfile": ignored, ".imagelint.yaml": QUIET})
    example = (repository / "docs/examples/lint-pull-request.yml").read_text()
    # What the first run has installed, where the action would look for what another step of its job has.
    there = 'echo "python3 ${RUNNER_TEMP%/tmp}/act/actions/OWNER-imagelint@v0.1.0" >"$RUNNER_TEMP/imagelint/installed"'
    step = json.dumps(f'cp -r "$KEPT/installed" "$RUNNER_TEMP/imagelint"\n{there}')
    example = example.replace("    steps:\n", f"    steps:\n      - run: {step}\n", 1)
    uploaded = (act.kept / "categories").read_text()
    done = act.run(example, pull_event(base, fork=True), "pull_request")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "set-output:: exit-status=1" in done.stdout, done.stdout + done.stderr
    assert "set-output:: findings=3" in done.stdout
    assert f"those of the base commit {base[:12]}." in done.stdout
    assert f"title={RULE}" in done.stdout
    assert (act.kept / "categories").read_text() == uploaded
