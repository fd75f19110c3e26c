"""imagelint as users start it: a copy of the package with compiled rules, as its wheel has them.

It starts in a sixth of the time of a checkout, which reads every rule's YAML and may have to compile each module.
"""

from __future__ import annotations

import compileall
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from imagelint.engine.compiled import load, write_compiled

WHERE = "IMAGELINT_TEST_PROGRAM"
"""The variable that names the folder for the copy; tests/conftest.py makes it, and every process of a run has it."""

_ROOT = Path(__file__).parent.parent


def imagelint() -> list[str]:
    """The words that start it, in whatever folder and environment; without a run of tests, those of the checkout."""
    return [sys.executable, str(folder())] if WHERE in os.environ else [sys.executable, "-m", "imagelint"]


def running(code: str, *words: str) -> list[str]:
    """The words that run a Python program which imports it."""
    before = f"import sys\nsys.path.insert(0, {str(folder())!r})\n" if WHERE in os.environ else ""
    return [sys.executable, "-c", before + code, *words]


@cache
def folder() -> Path:
    """Where the copy is; made by the first process that asks."""
    made = Path(os.environ[WHERE]) / "program"
    if not made.exists():
        draft = Path(tempfile.mkdtemp(dir=made.parent))
        package = draft / "imagelint"
        shutil.copytree(_ROOT / "imagelint", package, ignore=shutil.ignore_patterns("__pycache__", "rules"))
        (package / "rules").mkdir()
        write_compiled(load().rules, package / "rules")
        (draft / "__main__.py").write_text("from imagelint.__main__ import main\n\nmain()\n", encoding="utf-8")
        compileall.compile_dir(draft, quiet=1)
        try:
            draft.rename(made)
        except OSError:  # another process was faster
            shutil.rmtree(draft)
    return made
