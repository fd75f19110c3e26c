"""imagelint as users get it: one wheel of the checkout for the whole run, and environments that it is installed in.

uv makes the environments: a second each where pip takes ten.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
VERSIONS = ("3.11", "3.12", "3.13")


def once(folder: Path, name: str, make: Callable[[Path], object]) -> Path:
    """What `make` leaves below folder/name, made by the first process that asks and shared with the others."""
    made = folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(unready := folder / f"{name}.unready", ignore_errors=True)
            unready.mkdir()
            make(unready)
            unready.rename(made)
    return made


def build(target: str, source: Path, folder: Path, environment: Mapping[str, str] = os.environ, mask: int = -1) -> Path:
    """The `wheel` or `sdist` of a source tree, below the folder; by this Python's hatchling."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(
        words, cwd=source, env=dict(environment), umask=mask, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (made,) = folder.iterdir()
    return made


@cache
def python(version: str) -> str:
    """This machine's interpreter of a version, or nothing: this one, pyenv's, or one of the search path."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    asked = [sys.executable, *map(str, sorted(versions.glob(f"{version}.*/bin/python{version}"))), f"python{version}"]
    for path in filter(None, map(shutil.which, asked)):
        words = [path, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        if done.stdout.strip() == version:
            return path
    return ""


def environment(folder: Path, interpreter: str, wheel: Path, *more: str) -> None:
    """A virtual environment below the folder with the wheel in it, and what more uv is told."""
    uv("venv", "--quiet", "--relocatable", "--python", interpreter, str(folder / "venv"))
    uv("pip", "install", "--quiet", "--python", str(folder / "venv"), str(wheel), *more)


def uv(*words: str, environment: Mapping[str, str] = os.environ) -> str:
    """What uv says; it downloads no Python."""
    done = subprocess.run(
        [sys.executable, "-m", "uv", *words],
        env={**environment, "UV_PYTHON_DOWNLOADS": "never", "UV_LINK_MODE": "hardlink"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(command: Path, *words: str, folder: Path, status: Sequence[int] = (0,)) -> str:
    """What an installed program says on standard output: nothing of the checkout on its path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [command, *words], cwd=folder, env=environment, check=False, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode in status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout
