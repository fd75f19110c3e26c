"""Which files the hooks are for, and what each is started with; tests/test_pre_commit.py has pre-commit start them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from identify import identify

from imagelint import targets

Hook = dict[str, Any]
TAKEN = """
Dockerfile dockerfile DOCKERFILE Dockerfile.dev Dockerfile.3.12 Dockerfile-slim Dockerfile_ci dev.Dockerfile
app.dockerfile APP.DOCKERFILE Containerfile containerfile Containerfile.prod x.containerfile -x.dockerfile
Dockerfile. größe.Dockerfile
""".split()
LEFT = """
Dockerfile.dockerignore .dockerignore dockerfiles.txt Dockerfile.md Dockerfile.py dockerfile.go Dockerfile~
Dockerfile.swp mydockerfile Dockerfiles docker-compose.yml Dockerfile.orig dockerfile.abi3.so Dockerfile.yaml
xdockerfile.y
""".split()
TEMPLATES = "j2 jinja jinja2 tmpl tpl template gotmpl erb ejs mustache hbs m4 in".split()


@pytest.fixture(scope="module")
def hooks(repository: Path) -> dict[str, Hook]:
    listed: list[Hook] = yaml.safe_load((repository / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return {hook["id"]: hook for hook in listed}


def takes(hook: Hook, path: str) -> bool:
    return bool(re.search(hook["files"], path)) and not re.search(hook["exclude"], path)


@pytest.mark.parametrize("folder", ["", "sub/", "a b/Dockerfile.d/", "--output=x/"])
def test_the_files_are_those_that_a_folder_scan_reads(hooks: dict[str, Hook], folder: str) -> None:
    for name in TAKEN + LEFT:
        assert targets.named_like_one(name) == (name in TAKEN), name
        for hook in ("imagelint", "imagelint-fix"):
            assert takes(hooks[hook], folder + name) == (name in TAKEN), name


def test_templates_are_no_dockerfiles_yet(hooks: dict[str, Hook]) -> None:
    for ending in TEMPLATES:
        assert not takes(hooks["imagelint"], f"Dockerfile.{ending}")
        assert not takes(hooks["imagelint"], f"app.dockerfile.{ending}")
        assert takes(hooks["imagelint"], f"{ending}.dockerfile")


def test_a_pattern_is_read_in_linear_time(hooks: dict[str, Hook]) -> None:
    """A name that nearly fits, as long as Linux takes one, is judged in a moment: nothing in it is tried twice."""
    for name in ("dockerfile" * 400, "Dockerfile." + "." * 4000 + "/", ".dockerfile" * 370 + "x"):
        takes(hooks["imagelint"], name)


def test_what_the_types_of_pre_commit_say(hooks: dict[str, Hook], tmp_path: Path) -> None:
    for name in TAKEN:
        (tmp_path / name).write_text("FROM scratch\n", encoding="utf-8")
        assert set(hooks["imagelint"]["types"]) <= identify.tags_from_path(str(tmp_path / name)), name


def test_each_is_one_process_and_only_the_image_waits(hooks: dict[str, Hook]) -> None:
    assert list(hooks) == ["imagelint", "imagelint-fix", "imagelint-context", "imagelint-image"]
    for name, hook in hooks.items():
        assert hook["require_serial"] is True
        assert hook["entry"].startswith("imagelint scan --no-progress")
        assert (hook["stages"] == ["manual"]) == (name == "imagelint-image")
        assert hook.get("pass_filenames", True) == ("files" in hook)
        assert hook.get("always_run", False) == ("files" not in hook)
