"""imagelint as users start it: a copy of the package with compiled rules, as its wheel has them.

It starts in a sixth of the time of a checkout, which reads every rule's YAML and may have to compile each module.
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from imagelint.engine.compiled import load, write_compiled
from tests.wheels import once

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


class Forked:
    """It, in a process of its own for each call, which is forked from one that has imported what most runs import: for
    who calls it hundreds of times."""

    def __init__(self) -> None:
        words = running(_FORKING)
        self._parent = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._said = Path(tempfile.mkdtemp())

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command with these words."""
        files = [self._said / "out", self._said / "errors"]
        assert self._parent.stdin
        assert self._parent.stdout
        print(json.dumps([words, *map(str, files)]), file=self._parent.stdin, flush=True)
        status = int(self._parent.stdout.readline())
        return subprocess.CompletedProcess(words, status, *(file.read_text(encoding="utf-8") for file in files))

    def stop(self) -> None:
        """End the process that they are forked from."""
        self._parent.communicate()
        shutil.rmtree(self._said)


_FORKING = """
import json, os, sys
import cel_expr_python, detect_secrets.core.scan, detect_secrets.plugins.keyword, dockerfile_parse, hyperscan
import tree_sitter, tree_sitter_bash
import imagelint.dockerfile.pool, imagelint.image.lint, imagelint.image.sources.docker_archive, imagelint.made_from
import imagelint.report.json, imagelint.scanning, imagelint.secrets.second_opinion
from imagelint.__main__ import main
for line in sys.stdin:
    words, *files = json.loads(line)
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, file in enumerate(files, 1):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.argv[1:] = words
        main()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@cache
def folder() -> Path:
    """Where the copy is; made by the first process that asks."""
    return once(Path(os.environ[WHERE]), "program", _copy)


def _copy(draft: Path) -> None:
    package = draft / "imagelint"
    shutil.copytree(_ROOT / "imagelint", package, ignore=shutil.ignore_patterns("__pycache__", "rules"))
    (package / "rules").mkdir()
    write_compiled(load().rules, package / "rules")
    (draft / "__main__.py").write_text("from imagelint.__main__ import main\n\nmain()\n", encoding="utf-8")
    compileall.compile_dir(draft, quiet=1)
