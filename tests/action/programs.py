"""The programs that read workflows, as the extra `dev` installs them: beside the interpreter, or on the path."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.conftest import without


def program(name: str) -> str:
    """Where it is; a skip, or a failure, where it is not."""
    folders = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    found = shutil.which(name, path=folders)
    return found or without(f"{name} is not installed: pip install -e '.[dev]'")
