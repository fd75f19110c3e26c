"""The hook as pre-commit runs it: cloned from a repository, installed by pip, put to files by name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow

BAD = "FROM debian:latest\nRUN sudo true\n"


def git(folder: Path, *words: str) -> None:
    """Run git as somebody, whatever the machine's configuration."""
    author = [
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.org",
        "-c",
        "safe.directory=*",
        "-c",
        "init.defaultBranch=main",
    ]
    subprocess.run(["git", *author, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def hook(repository: Path, tree: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This tree as a repository of one commit, changes that are not committed yet included."""
    folder = tmp_path_factory.mktemp("hook")
    for name in tree:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repository / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "The hook", "--no-verify")
    git(folder, "tag", "v0")
    return folder


def test_hook_reports_the_files_it_is_for(hook: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    taken = ["Dockerfile", "Dockerfile.dev", "app.dockerfile", "build/Containerfile"]
    left = ["README", "Dockerfile.dockerignore", "dockerfiles.txt"]
    for name in taken + left:
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(BAD)
    (project / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": str(hook), "rev": "v0", "hooks": [{"id": "imagelint"}]}]})
    )
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    # A cache of its own; its virtual environment comes from this interpreter.
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "GIT_CONFIG_COUNT": "1"}
    environment |= {"GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    words = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose", "--color", "never"]
    done = subprocess.run(words, cwd=project, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "exit code: 1" in done.stdout
    for name in taken:
        assert name in done.stdout
    for name in left:
        assert name not in done.stdout
    for name in taken:
        (project / name).write_text("FROM scratch\nCOPY app /app\nUSER 1000\n")
    git(project, "add", "--all")
    done = subprocess.run(words, cwd=project, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
