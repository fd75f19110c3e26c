"""The example that scans an image right after it was built, run by act against a real daemon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imagelint.engine.shapes import expand
from tests.action.acting import THERE, actor
from tests.action.steps import commit
from tests.engines import Engines

pytestmark = [pytest.mark.engine, pytest.mark.slow]

DOCKERFILE = "FROM base:1\nCOPY key /srv/key\nUSER 1000\n"


def test_the_example_for_an_image(
    engines: Engines, python: Path, repository: Path, tree: list[str], tmp_path: Path
) -> None:
    act = actor(tmp_path, repository, tree)
    example = (repository / "docs/examples/scan-after-build.yml").read_text()
    example = example.replace("    steps:\n", f"    steps:\n      - run: {json.dumps(THERE)}\n", 1)
    example, rest = example.split("      - if: ")  # an artifact goes to a service that is not here
    assert "actions/upload-artifact@" in rest
    key = expand("ghp_{base62:30}{crc32:github}", "act")
    commit(tmp_path / "project-push", {"Dockerfile": DOCKERFILE, "key": key})
    daemon = {"DOCKER_HOST": engines.address, "INSTALLED": str(python.parents[1])}
    done = act.run(example, {}, "push", **daemon)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "set-output:: exit-status=1" in done.stdout, done.stdout + done.stderr
    assert "::error file=Dockerfile,line=2," in done.stdout
    assert "srv/key" in done.stdout
    assert key not in done.stdout + done.stderr
    assert (act.kept / "categories").read_text() == "image"
    assert key not in (act.kept / "uploaded.sarif").read_text()
