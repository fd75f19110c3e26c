"""Fixtures for every test. Under IMAGELINT_TEST_ALL=1, as `make test` sets it, a missing tool fails what needs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from imagelint import process
from imagelint.engine.compiled import load
from imagelint.secrets.confirm import Detector
from tests import engines as real
from tests import podman as real_podman
from tests import program, sarif_validate, wheels

REPOSITORY = Path(__file__).parent.parent
process.own = True  # tests use the parts as the command line does; tests/test_api.py as a program does


def without(reason: str) -> NoReturn:
    """Fail where everything must run, else skip."""
    if os.environ.get("IMAGELINT_TEST_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def pytest_configure(config: pytest.Config) -> None:
    """One folder for the program that the processes of this run start."""
    if not hasattr(config, "workerinput"):
        os.environ[program.WHERE] = tempfile.mkdtemp(prefix="imagelint-program-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take it away."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(program.WHERE))


@pytest.hookimpl(tryfirst=True)  # ahead of pytest-xdist's own, which reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What runs in one process where pytest-xdist spreads the tests over several: those that share an engine, and those
    of a module that share what it made. The slow ones come first, so that no process is left alone with one at the end.
    """
    if not os.environ.get("IMAGELINT_TEST_LONG"):
        left = [item for item in items if item.get_closest_marker("long")]
        if left:
            config.hook.pytest_deselected(items=left)
            items[:] = [item for item in items if not item.get_closest_marker("long")]
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        made: dict[str, Any] = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
        if not {"engines", "podman"}.isdisjoint(made):
            item.add_marker(pytest.mark.xdist_group("engines"))
        elif any(fixtures[-1].scope == "module" for fixtures in made.values()):
            item.add_marker(pytest.mark.xdist_group(item.path.name))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Groups that pytest-xdist does not see would cost minutes, and starve what counts on being alone."""
    if getattr(session.config.option, "loadgroup", False):
        grouped = [item for item in session.items if item.get_closest_marker("xdist_group")]
        if any("@" not in item.nodeid for item in grouped):
            raise pytest.UsageError("this pytest-xdist does not know the groups of tests of this pytest")


@pytest.fixture(scope="session", autouse=True)
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What runs keep for each other stays out of the home of whoever tests, and what they tell out of the summary of a
    build that tests. Modules may be kept compiled, also where the build's environment says otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def tree() -> list[str]:
    """Every file that is, or may be, committed; relative to the checkout."""
    words = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(name for name in set(listed) if name and (REPOSITORY / name).is_file())


@pytest.fixture(scope="session")
def detector() -> Detector:
    """All of rules/secrets."""
    return Detector([rule for rule in load().rules if rule.kind == "secret"])


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the processes of this run share what tests/wheels.py makes."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def wheel(packages: Path) -> Path:
    """The wheel of the checkout."""
    (made,) = wheels.once(packages, "wheel", lambda folder: wheels.build("wheel", REPOSITORY, folder)).iterdir()
    return made


@pytest.fixture(scope="session")
def installed(packages: Path, wheel: Path) -> Path:
    """The command of the wheel, in an environment of its own."""
    made = wheels.once(packages, "installed", lambda folder: wheels.environment(folder, sys.executable, wheel))
    return made / "venv/bin/imagelint"


@pytest.fixture(scope="session")
def engines() -> Iterator[real.Engines]:
    """A Docker daemon for the whole run."""
    if reason := real.missing():
        without(reason)
    with real.Engines() as running:
        yield running


@pytest.fixture(scope="session")
def podman() -> Iterator[real_podman.Podman]:
    """Podman's service for the whole run."""
    if reason := real_podman.missing():
        without(reason)
    with real_podman.Podman() as running:
        yield running


@pytest.fixture(scope="session")
def sarif_validator() -> None:
    """For tests that ask Microsoft's SARIF validator."""
    try:
        sarif_validate.program()
    except RuntimeError as error:
        without(str(error))
