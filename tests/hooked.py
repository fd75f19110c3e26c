"""Repositories with our hooks, as pre-commit has them: cloned from a repository of git, installed by pip, run by a real
commit. What is installed is installed once, and every project of a run shares it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

REV = "v0"
GIT = {
    "user.name": "A",
    "user.email": "a@example.org",
    "safe.directory": "*",
    "init.defaultBranch": "main",
    "core.quotePath": "false",
}
Done = subprocess.CompletedProcess[str]


def environment(cache: Path, **more: str) -> dict[str, str]:
    """Git as somebody, whatever the machine's configuration, and a cache of one's own for pre-commit. Files are
    compiled when they are imported, not all that pip brings."""
    said = {
        name: word for name, word in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT", "PYTHONPATH"))
    }
    said |= {"PRE_COMMIT_HOME": str(cache), "PIP_NO_COMPILE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    said |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": str(len(GIT))}
    for number, (name, word) in enumerate(GIT.items()):
        said |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": word}
    return said | more


def as_repository(folder: Path, source: Path, names: Iterable[str], cache: Path) -> Path:
    """These files of a tree as a repository of one commit, which has the tag REV."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, folder / name)
    made = Project(folder, cache)
    made.git("init", "--quiet")
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message", "The hooks", "--no-verify")
    made.git("tag", REV)
    return folder


class Project:
    """A repository whose commits are checked."""

    def __init__(self, folder: Path, cache: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.environment = folder, environment(cache)

    def install(self, hook: Path, *hooks: Mapping[str, Any]) -> None:
        """Make it, with hooks that each commit has to pass; their configuration is committed already."""
        config = {"repos": [{"repo": str(hook), "rev": REV, "hooks": list(hooks)}]}
        self.fill({".pre-commit-config.yaml": yaml.safe_dump(config)})
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "The configuration", "--no-verify")
        self.check("install")

    def fill(self, files: Mapping[str, str]) -> None:
        """Write files."""
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")

    def stage(self, files: Mapping[str, str]) -> None:
        """Write files, and stage them alone."""
        self.fill(files)
        self.git("add", "--", *files)

    def read(self, name: str) -> str:
        """A file's text."""
        return (self.folder / name).read_text(encoding="utf-8")

    def git(self, *words: str) -> str:
        """What git prints."""
        return self._run(["git", *words], 0).stdout

    def commit(self, *words: str, **more: str) -> Done:
        """A commit of what is staged, or of what the words say."""
        return self._run(["git", "commit", "--message", "A change", *words], None, **more)

    def commits(self) -> int:
        """How many there are."""
        return int(self.git("rev-list", "--count", "HEAD"))

    def check(self, *words: str, status: int = 0) -> Done:
        """pre-commit itself."""
        return self._run([sys.executable, "-m", "pre_commit", *words], status)

    def _run(self, words: Sequence[str], status: int | None, **more: str) -> Done:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment | more,
            check=False,
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        assert status in (None, done.returncode), done.stdout
        return done
