"""A pull request and the action: its configuration, baselines, rules and comments keep nothing of its own quiet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.action.steps import BAD, GOOD, RULE, Job, commit, git, pull_event, write
from tools.github_action import PullRequest, pull_request

QUIET = "ignore: [sudo, last-user-root, add-for-files]\n"
SHA = "1" * 40
OTHER = "2" * 40
FORBIDDEN = """id: no-maintainer
title: MAINTAINER is not for us
kind: instruction
instruction: [MAINTAINER]
severity: error
when: |
  true
message: "`{instruction.text}` is not for us"
at: instruction
remedy: "Leave it out"
rationale: |
  We say so.
examples:
  bad:
    - line: 2
      text: |
        FROM debian:12
        MAINTAINER somebody
  good:
    - text: |
        FROM debian:12
"""


@pytest.fixture(autouse=True)
def event(job: Job) -> None:
    """Tests say of which commit."""
    job.name = "pull_request"


def proposed(job: Job, base: dict[str, str], head: dict[str, str], *, fork: bool = False) -> str:
    """Commit what the base has and what the pull request changes; the base commit."""
    before = commit(job.workspace, base)
    commit(job.workspace, head)
    job.event = pull_event(before, fork=fork)
    return before


def test_its_own_configuration_counts_for_nothing(job: Job) -> None:
    known = {"Dockerfile": BAD, ".imagelint.yaml": QUIET, "pyproject.toml": '[tool.imagelint]\nexclude = ["*"]\n'}
    base = proposed(job, {"Dockerfile": GOOD}, known)
    ran = job.scan()
    assert (ran.status, ran.outputs["findings"]) == ("1", "3"), ran.log
    assert f"those of the base commit {base[:12]}." in ran.log
    assert f"those of the base commit {base[:12]}." in ran.summary
    # Named by an input, they are looked for in the base commit too, and are not there.
    ran = job.scan(config=".imagelint.yaml", baseline="known.json\n", rules=str(job.workspace / "rules"))
    assert ran.status == "1"
    assert ran.log.count("::warning") - ran.log.count("::warning file=") == 3
    for line in ("config .imagelint.yaml", "baseline known.json", f"rules {job.workspace / 'rules'}"):
        assert f"The {line} is not used: the base commit has none." in ran.log
    # Once it is merged, it counts.
    job.name, job.event = "push", {}
    assert job.scan().status == "0"


def test_the_configuration_of_the_base_counts(job: Job) -> None:
    """With the baseline that it names, though the pull request has neither any more."""
    write(job.workspace, {"Dockerfile": BAD})
    job.name = "push"
    report = json.loads(job.scan(format="json", annotations="false").log)
    entries = [{"rule": f["rule"], "fingerprint": f["fingerprint"], "place": "Dockerfile"} for f in report["findings"]]
    assert len(entries) == 3
    known = json.dumps({"imagelint-baseline": 1, "entries": entries})
    overrides = "overrides: [{rules: [sudo], paths: [tools], reason: never run}]\nbaseline: [ci/known.json]\n"
    base = {"Dockerfile": BAD, "ci/known.json": known, ".imagelint.yml": overrides}
    none = dict.fromkeys(("ci/known.json", ".imagelint.yml"), "")
    sudo = {"tools/Dockerfile": "FROM debian:12\nRUN sudo true\nUSER 1000\n", ".imagelint.yaml": "profile: strict\n"}
    proposed(job, base, none | sudo)
    job.name = "pull_request"
    ran = job.scan(fail_on="note")
    assert (ran.status, ran.outputs["findings"]) == ("0", "0"), ran.log
    assert "4 suppressed" in ran.summary


def test_rules_of_the_base(job: Job) -> None:
    loose = FORBIDDEN.replace("  true\n", "  instruction.text == ''\n")
    base = {"ci/rules/no-maintainer.yaml": FORBIDDEN, "Dockerfile": GOOD}
    proposed(job, base, {"ci/rules/no-maintainer.yaml": loose, "Dockerfile": f"{GOOD}MAINTAINER somebody\n"})
    assert "no-maintainer" in job.scan(rules="./ci/rules").summary
    # A folder outside of the workspace is the workflow's own.
    write(job.temporary, {"own/no-maintainer.yaml": FORBIDDEN})
    assert "no-maintainer" in job.scan(rules=str(job.temporary / "own")).summary


def test_comments_of_a_fork(job: Job) -> None:
    """Those that the base has stay what they are; those of the pull request's own repository count at once."""
    before = f"FROM debian:12\n# imagelint ignore={RULE} reason: it is so\nRUN sudo true\nUSER 1000\n"
    after = before.replace("USER", f"# imagelint ignore={RULE} reason: look away\nRUN sudo reboot\nUSER")
    job_files = {"a/Dockerfile": before, ".imagelint.yaml": "exclude: [b/*]\n"}
    proposed(job, job_files, {"a/Dockerfile": after})
    assert job.scan().status == "0"
    job.event = pull_event(job.event["pull_request"]["base"]["sha"], fork=True)
    ran = job.scan()
    assert (ran.status, ran.outputs["findings"]) == ("1", "1"), ran.log
    assert "1 suppressed" in ran.summary
    assert "where the base commit has them" in ran.summary


def test_the_base_commit_is_fetched(job: Job, tmp_path: Path) -> None:
    """A checkout of one commit, as actions/checkout makes it; and one whose repository is out of reach."""
    origin = tmp_path / "origin"
    origin.mkdir()
    base = commit(origin, {"Dockerfile": BAD, ".imagelint.yaml": QUIET})
    commit(origin, {".imagelint.yaml": "profile: strict\n"})
    git(tmp_path, "clone", "--quiet", "--depth=1", origin.as_uri(), str(job.workspace))
    job.event = pull_event(base)
    git(job.workspace, "remote", "set-url", "origin", str(tmp_path / "none"))
    ran = job.scan()
    assert ran.status == "1"
    assert f"{base} cannot be fetched" in ran.log
    assert "base-no-digest" not in ran.log
    git(job.workspace, "remote", "set-url", "origin", origin.as_uri())
    ran = job.scan()
    assert (ran.status, "::warning" in ran.log) == ("0", False)


def test_links_lead_nowhere(job: Job) -> None:
    """Neither one of the base commit, nor one by which the pull request puts another file in the place of a folder."""
    write(job.workspace, {"lax/config.yaml": QUIET, "ci/config.yaml": "fail-on: note\n", "Dockerfile": GOOD})
    (job.workspace / ".imagelint.yaml").symlink_to("lax/config.yaml")
    base = commit(job.workspace, {})
    write(job.workspace, {"ci/config.yaml": "", "Dockerfile": BAD})
    (job.workspace / "ci").rmdir()
    (job.workspace / "ci").symlink_to("lax")
    commit(job.workspace, {})
    job.event = pull_event(base)
    for config in ("", "ci/config.yaml"):
        ran = job.scan(config=config)
        assert (ran.status, ran.outputs["findings"]) == ("1", "3"), ran.log


def test_a_checkout_below_the_workspace(job: Job) -> None:
    base = commit(job.workspace / "src", {"Dockerfile": BAD, "ci.yaml": QUIET})
    commit(job.workspace / "src", {"ci.yaml": "fail-on: note\n"})
    job.event = pull_event(base)
    assert job.scan(config="src/ci.yaml").status == "0"
    write(job.workspace, {"made.yaml": QUIET})
    assert "The config made.yaml is not used" in job.scan(config="made.yaml").log


def test_a_mistake_in_the_base_is_told(job: Job) -> None:
    proposed(job, {"Dockerfile": GOOD, ".imagelint.yaml": "fail-on: [\n"}, {".imagelint.yaml": ""})
    assert job.scan().outputs == {"exit-status": "2"}


PULL = pull_event(SHA)["pull_request"]


@pytest.mark.parametrize(
    ("name", "event", "expected"),
    [
        ("push", {"before": SHA}, None),
        ("schedule", {}, None),
        ("issue_comment", {"issue": {"number": 1}}, None),
        ("workflow_run", {"workflow_run": {"event": "push"}}, None),
        ("pull_request", {"pull_request": PULL}, PullRequest(SHA, fork=False)),
        ("pull_request_target", pull_event(SHA, fork=True), PullRequest(SHA, fork=True)),
        ("pull_request_review", {"pull_request": PULL | {"head": {"repo": None}}}, PullRequest(SHA, fork=True)),
        ("pull_request", {"pull_request": {"base": {"sha": "--upload-pack=x"}}}, PullRequest("", fork=True)),
        ("pull_request", {}, PullRequest("", fork=True)),
        ("merge_group", {"merge_group": {"base_sha": SHA}}, PullRequest(SHA, fork=False)),
        ("issue_comment", {"issue": {"pull_request": {"url": "x"}}}, PullRequest(OTHER, fork=True)),
        ("workflow_run", {"workflow_run": {"event": "pull_request"}}, PullRequest(OTHER, fork=True)),
    ],
)
def test_events(name: str, event: dict[str, Any], expected: PullRequest | None) -> None:
    assert pull_request(name, event, OTHER) == expected
