"""A workspace for each test, and a Python that is quick to scan it."""

from __future__ import annotations

import shutil
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from imagelint.engine.compiled import write_compiled
from imagelint.engine.rule import read_rules
from tests.action.steps import Job


@pytest.fixture(scope="session")
def python(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With this tree's imagelint as a wheel has it, and all else that runs the tests. Where rules are compiled, a scan
    costs a quarter."""
    folder = tmp_path_factory.mktemp("python")
    venv.create(folder, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    shutil.copytree(repository / "imagelint", packages / "imagelint", ignore=shutil.ignore_patterns("__pycache__"))
    (packages / "imagelint/rules").mkdir(exist_ok=True)
    write_compiled(read_rules(repository / "rules", thorough=False), packages / "imagelint/rules")
    (packages / "others.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    return folder / "bin/python"


@pytest.fixture
def job(tmp_path: Path, python: Path) -> Job:
    """With nothing in its workspace yet."""
    for name in ("work", "temporary"):
        (tmp_path / name).mkdir()
    return Job(tmp_path / "work", tmp_path / "temporary", python)
