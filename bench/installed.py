"""Build the wheel and install it into a virtual environment of its own: what a user runs, not the checkout.

usage: python bench/installed.py FOLDER     prints the path of the installed command
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent


def install(folder: Path) -> Path:
    """The command, freshly built and installed below the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder)]
    subprocess.run([*pip, str(REPOSITORY)], check=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    (wheel,) = folder.glob("*.whl")
    programs = folder.resolve() / "venv/bin"
    subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", "--compile", wheel], check=True)
    return programs / "imagelint"


if __name__ == "__main__":
    print(install(Path(sys.argv[1])))
