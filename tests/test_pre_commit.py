"""The hooks as pre-commit runs them: installed from a repository of git, and put to real commits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.shapes import expand
from tests.hooked import Project, as_repository
from tests.imagemaker import Recipe, docker_archive

pytestmark = pytest.mark.slow

BAD = "FROM debian:latest\nRUN sudo true\n"
GOOD = "FROM scratch\nCOPY app /app\nUSER 1000\n"
TAKEN = [
    "Dockerfile",
    "Dockerfile.dev",
    "Dockerfile-slim",
    "dev.Dockerfile",
    "app.dockerfile",
    "DOCKERFILE.PROD",
    "Containerfile",
    "Containerfile.prod",
    "build/Containerfile",
    "build/of it/dockerfile",
    "größer/Dockerfile",
    "größer/ächt.containerfile",
    "-x.dockerfile",
    "--output=report/Dockerfile",
    "registry:example.org/x.dockerfile",
]
LEFT = ["README.md", "Dockerfile.dockerignore", "dockerfiles.txt", "Dockerfile.j2", "dockerfile.py", "mydockerfile"]
RUN = "RUN apt-get install curl && rm -rf /var/lib/apt/lists/*"
UNMENDED = f"FROM debian:12\n# why\n{RUN}\n\nENV A=1\n\nENV B=1\n\nENV C=1\nUSER app\n"
TOKEN = expand("glpat-{base62:20}", "hook")
SECRET = {"conf.py": f"TOKEN = '{TOKEN}'\n"}
SENDS = {"Dockerfile": "FROM scratch\nCOPY . /srv\nUSER 1000\n"}
LINT, FIX, CONTEXT, IMAGE = ({"id": f"imagelint{name}"} for name in ("", "-fix", "-context", "-image"))
Make = Callable[..., Project]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of pre-commit: the hooks' virtual environment is made once for all projects."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture(scope="module")
def hook(repository: Path, tree: list[str], cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This tree as a repository of one commit, changes that are not committed yet included."""
    return as_repository(tmp_path_factory.mktemp("hook"), repository, tree, cache)


@pytest.fixture
def make(hook: Path, cache: Path, tmp_path: Path) -> Make:
    def made(*hooks: dict[str, Any]) -> Project:
        project = Project(tmp_path / "project", cache)
        project.install(hook, *hooks)
        return project

    return made


def test_a_commit_is_checked_whatever_its_dockerfiles_are_called(make: Make) -> None:
    project = make(LINT)
    project.stage(dict.fromkeys(TAKEN + LEFT, BAD))
    done = project.commit()
    assert (done.returncode, project.commits()) == (1, 1)
    for name in TAKEN:
        assert f"--> {name}:1:" in done.stdout, name
    for name in LEFT:
        assert f"{name}:" not in done.stdout, name
    assert f"in {len(TAKEN)} Dockerfiles" in done.stdout  # one process, which read all of them
    assert not (project.folder / "report").exists()
    project.stage(dict.fromkeys(TAKEN, GOOD))
    done = project.commit()
    assert (done.returncode, project.commits()) == (0, 2), done.stdout


def test_only_what_is_staged_counts(make: Make) -> None:
    project = make(LINT)
    project.stage({"Dockerfile": GOOD})
    project.fill({"Dockerfile": BAD, "other.dockerfile": BAD})
    assert project.commit().returncode == 0
    assert project.read("Dockerfile") == BAD
    project.git("add", "Dockerfile")
    project.fill({"Dockerfile": GOOD})
    assert project.commit().returncode == 1
    assert (project.read("Dockerfile"), project.commits()) == (GOOD, 2)


def test_many_files_are_one_process(make: Make) -> None:
    project = make(LINT)
    project.stage({f"{number}/Dockerfile": BAD for number in range(200)})
    assert project.commit().stdout.count("in 200 Dockerfiles") == 1


def test_a_fix_is_staged_by_whom_it_pleases(make: Make) -> None:
    project = make(FIX, LINT)
    project.stage({"sub/Dockerfile": UNMENDED, "-x.dockerfile": UNMENDED})
    done = project.commit()
    assert done.returncode == 1
    assert "sub/Dockerfile: 1 finding mended: apt-get-assume-yes" in done.stdout
    assert "- exit code: 1\n- files were modified by this hook" in done.stdout
    assert "RUN apt-get install -y curl" in project.read("sub/Dockerfile")
    assert "RUN apt-get install curl" in project.git("show", ":sub/Dockerfile")
    project.git("add", "--all")
    done = project.commit()
    assert re.search(r"imagelint fix\.+Passed", done.stdout)
    assert "mended" not in done.stdout


def test_a_fix_leaves_what_is_not_staged(make: Make) -> None:
    project = make(FIX)
    project.stage({"Dockerfile": UNMENDED})
    mended = UNMENDED.replace("install", "install -y")
    project.fill({"Dockerfile": UNMENDED.replace("C=1", "C=2")})
    assert project.commit().returncode == 1
    assert project.read("Dockerfile") == mended.replace("C=1", "C=2")
    assert project.git("show", ":Dockerfile") == UNMENDED
    both = UNMENDED.replace("curl", "curl make")  # the very line that is to be mended
    project.fill({"Dockerfile": both})
    done = project.commit()
    assert done.returncode == 1
    assert "conflicted with hook auto-fixes" in done.stdout
    assert project.read("Dockerfile") == both
    assert project.git("show", ":Dockerfile") == UNMENDED


def test_a_secret_that_a_build_would_take_in(make: Make) -> None:
    project = make(CONTEXT)
    project.stage({"README.md": "# It\n"})
    assert project.commit().returncode == 0  # there is no Dockerfile yet
    project.stage(SENDS)
    project.fill(SECRET)
    done = project.commit()
    assert done.returncode == 0, done.stdout  # it is not staged, and stays here
    project.git("add", "conf.py")
    project.fill({".dockerignore": "conf.py\n"})
    done = project.commit()
    assert done.returncode == 1  # nor is what would keep it out
    assert "conf.py:1, which COPY takes" in done.stdout
    assert TOKEN not in done.stdout
    project.git("add", ".dockerignore")
    assert project.commit().returncode == 0
    project.git("rm", "--quiet", ".dockerignore")
    done = project.commit()
    assert (done.returncode, project.commits()) == (1, 4)  # though no file is staged
    assert "conf.py:1, which COPY takes" in done.stdout


def test_a_change_that_is_not_staged_is_no_secret_yet(make: Make) -> None:
    project = make(CONTEXT)
    project.stage(SENDS | {"conf.py": "TOKEN = None\n"})
    project.fill(SECRET)
    assert project.commit().returncode == 0
    assert project.read("conf.py") == SECRET["conf.py"]
    # `git commit FILE` takes this file, staged or not, and has an index of its own for it.
    project.stage({"other.txt": "1\n"})
    assert project.commit("other.txt").returncode == 0
    assert project.commit("conf.py").returncode == 1
    assert project.commits() == 3


def test_an_image_is_for_whom_asks(make: Make, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    docker_archive(archive, Recipe(layers=[[{"path": "srv/conf.py", "content": SECRET["conf.py"]}]]))
    project = make(IMAGE | {"args": [str(archive)]})
    project.stage({"Dockerfile": BAD})
    assert project.commit().returncode == 0
    manual = ("run", "--hook-stage", "manual", "imagelint-image")
    done = project.check(*manual, status=1)
    assert "gitlab-token" in done.stdout
    assert TOKEN not in done.stdout


def test_an_image_must_be_named(make: Make) -> None:
    done = make(IMAGE).check("run", "--hook-stage", "manual", "imagelint-image", status=1)
    assert "name-the-image-in-args" in done.stdout


def test_arguments_baseline_and_skip(make: Make, repository: Path) -> None:
    project = make(LINT | {"args": ["--baseline", "known.json", "--ignore", "base-latest"]})
    project.stage(SENDS | SECRET | {"Dockerfile": "FROM debian:12\nRUN sudo true\nCOPY . /srv\nUSER 1000\n"})
    words = [sys.executable, "-m", "imagelint", "baseline", "known.json", "--tracked", "."]
    subprocess.run(words, cwd=project.folder, env=os.environ | {"PYTHONPATH": str(repository)}, check=True)
    project.git("add", "known.json")
    done = project.commit()
    assert done.returncode == 0, done.stdout
    project.stage({"app.dockerfile": "FROM debian:latest\nRUN sudo ls\nUSER 1000\n"})
    done = project.commit()
    assert done.returncode == 1
    assert "[sudo] new: " in done.stdout
    assert "[base-latest]" not in done.stdout
    assert "not found any more" not in done.stdout  # what a context holds was not looked for
    assert project.commit(SKIP="imagelint").returncode == 0


def test_what_the_configuration_excludes_is_not_put(make: Make) -> None:
    project = make(LINT, FIX)
    project.stage({"third/Dockerfile": UNMENDED + BAD, ".imagelint.yaml": 'exclude: ["third/*"]\n'})
    done = project.commit()
    assert done.returncode == 0, done.stdout
    assert project.git("show", "HEAD:third/Dockerfile") == UNMENDED + BAD


def test_try_repo(hook: Path, cache: Path, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", cache)
    project.git("init", "--quiet")
    project.stage({"Dockerfile": BAD, "app.dockerfile": UNMENDED, "src.dockerfile": SENDS["Dockerfile"]} | SECRET)
    done = project.check("try-repo", str(hook), "--color", "never", status=1)
    for told in ("--> Dockerfile:1:", "app.dockerfile: 1 finding mended", "conf.py:1, which COPY takes"):
        assert told in done.stdout
    assert "imagelint image" not in done.stdout  # which waits for whom asks
    assert TOKEN not in done.stdout
