"""A repository with a pull request, and the script of the action as GitHub runs it there."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parents[2] / "tools" / "github_action.py"
GOOD = "FROM scratch\nCOPY app /app\nUSER 1000\n"
BAD = "FROM debian:12\nADD app /app\nRUN sudo true\nUSER root\n"
RULE = "sudo"
"""One that BAD breaks, among others."""


def git(folder: Path, *words: str) -> str:
    """Run git as somebody, whatever the machine's configuration."""
    settings = ["user.name=A", "user.email=a@example.org", "safe.directory=*", "init.defaultBranch=main"]
    command = ["git", *(word for setting in settings for word in ("-c", setting)), *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def write(folder: Path, files: dict[str, str]) -> None:
    """Files with their texts; an empty text is no file."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text:
            path.write_text(text, encoding="utf-8")
        else:
            path.unlink()


def commit(folder: Path, files: dict[str, str]) -> str:
    """Write and commit them; the commit."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, files)
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "A change", "--no-verify")
    return git(folder, "rev-parse", "HEAD")


def pull_event(base: str, *, fork: bool = False) -> dict[str, Any]:
    """What GitHub tells of a pull request, as far as it matters here."""
    return {
        "pull_request": {
            "base": {"sha": base, "repo": {"full_name": "acme/shop"}},
            "head": {"repo": {"full_name": "stranger/shop" if fork else "acme/shop"}},
        }
    }


@dataclass
class Ran:
    """What a step has left."""

    log: str
    summary: str
    outputs: dict[str, str]

    @property
    def status(self) -> str:
        return self.outputs["exit-status"]


@dataclass
class Job:
    """A workspace, and the files that a runner has beside it."""

    workspace: Path
    temporary: Path
    python: Path
    name: str = "push"
    event: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def scan(self, **inputs: str) -> Ran:
        """Run the script with these inputs, `fail_on` for fail-on."""
        files = {name: self.temporary / name for name in ("output", "summary", "event.json")}
        for file in files.values():
            file.write_text("")
        files["event.json"].write_text(json.dumps(self.event))
        environment = {**os.environ, **self.environment}
        environment |= {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        environment |= {"GITHUB_EVENT_NAME": self.name, "GITHUB_EVENT_PATH": str(files["event.json"])}
        environment |= {"GITHUB_OUTPUT": str(files["output"]), "GITHUB_STEP_SUMMARY": str(files["summary"])}
        environment |= {"GITHUB_WORKSPACE": str(self.workspace), "RUNNER_TEMP": str(self.temporary)}
        words = [str(self.python), "-I", str(SCRIPT)]
        done = subprocess.run(
            words, cwd=self.workspace, env=environment, check=False, capture_output=True, text=True, errors="replace"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert not list(self.temporary.glob("imagelint-*"))
        return Ran(done.stdout + done.stderr, files["summary"].read_text(), outputs(files["output"].read_text()))


def outputs(text: str) -> dict[str, str]:
    """What the runner makes of the outputs' file: NAME=VALUE, or NAME<<END, lines and END."""
    found = {}
    rows = iter(text.splitlines())
    for row in rows:
        name, separator, end = row.partition("<<")
        if separator and "=" not in name:
            found[name] = "\n".join(iter(lambda end=end: next(rows), end))  # type: ignore[misc]  # a default of a lambda
        else:
            found[row.partition("=")[0]] = row.partition("=")[2]
    return found
