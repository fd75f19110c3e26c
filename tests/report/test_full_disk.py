"""A disk that is full under the output is one clear line: what, where, how to mend."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from imagelint.report.interface import FORMATS
from tests.program import imagelint

FULL = "/dev/full"
pytestmark = pytest.mark.skipif(not os.path.exists(FULL), reason="only Linux has a device that is always full")


def run(*words: str, output: str = FULL) -> subprocess.CompletedProcess[str]:
    with open(output, "w", encoding="utf-8") as stdout:
        return subprocess.run(
            [*imagelint(), *words],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def dockerfile(tmp_path: Path) -> str:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM debian\nRUN sudo apt-get install curl\n")
    return str(file)


@pytest.mark.parametrize("name", FORMATS)
def test_a_report(name: str, dockerfile: str) -> None:
    scan = ("scan", "--no-config", "--no-progress", "--format", name)
    for done, place in (
        (run(*scan, dockerfile), "standard output"),
        (run(*scan, "--output", FULL, dockerfile, output=os.devnull), FULL),
    ):
        assert done.stderr.startswith(
            f"imagelint: {place}: the output cannot be written: No space left on device; make"
        )
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


@pytest.mark.parametrize(
    "words", [("rules",), ("explain", "sudo"), ("rules", "--format", "json"), ("rules", "--coverage")]
)
def test_what_other_commands_say(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.stderr.startswith("imagelint: standard output: the output cannot be written: No space left on device")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


def test_a_large_report(dockerfile: str) -> None:
    Path(dockerfile).write_text("FROM debian\n" + "RUN sudo ls\n" * 2000)
    done = run("scan", "--no-config", "--no-progress", "--format", "json", dockerfile)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
