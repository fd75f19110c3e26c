"""The action as it is, run by act: a composite action, installed by pip from its checkout, in a workspace of its own.

Nothing is fetched: `--local-repository` stands in for the action's own repository, and for the action that uploads,
whose stand-in keeps what it is given; act itself stands in for actions/checkout. imagelint is installed once, and the
second run finds it there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.action.acting import THERE, Act, actor
from tests.action.steps import BAD, GOOD, RULE, commit, pull_event, write
from tests.action.test_pull_request import FORBIDDEN, QUIET

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def act(repository: Path, tree: list[str], tmp_path_factory: pytest.TempPathFactory) -> Act:
    """In a folder that the tests of this module share."""
    return actor(tmp_path_factory.mktemp("act"), repository, tree)


STEPS: dict[str, dict[str, str]] = {
    "clean": {"targets": "good"},
    "found": {"targets": "bad/Dockerfile", "upload": "true", "sarif-category": "shop", "sarif": "reports/found.sarif"},
    "rules": {"targets": "good", "rules": "ours"},
    "unread": {"targets": "good\nnothing-here"},
    "wrong": {"targets": "good", "profile": "none", "upload": "true"},
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
        {"run": 'mv "$RUNNER_TEMP/imagelint" "$KEPT/installed"'},
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
    example = example.replace("    steps:\n", f"    steps:\n      - run: {json.dumps(THERE)}\n", 1)
    uploaded = (act.kept / "categories").read_text()
    done = act.run(example, pull_event(base, fork=True), "pull_request", INSTALLED=str(act.kept / "installed"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "set-output:: exit-status=1" in done.stdout, done.stdout + done.stderr
    assert "set-output:: findings=3" in done.stdout
    assert f"those of the base commit {base[:12]}." in done.stdout
    assert f"title={RULE}" in done.stdout
    assert (act.kept / "categories").read_text() == uploaded
