"""act, and the actions that it may use in place of those that it would fetch."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.action.programs import program
from tests.action.steps import commit, write

THERE = """ln -s "$INSTALLED" "$RUNNER_TEMP/imagelint"
echo "python3 ${RUNNER_TEMP%/tmp}/act/actions/OWNER-imagelint@v0.1.0" >"$RUNNER_TEMP/imagelint/installed"
"""
"""A step by which the action finds what it would install, as another step of its job could have."""
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


def actor(folder: Path, repository: Path, tree: Iterable[str]) -> Act:
    """With this tree as the action, changes that are not committed yet included."""
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
