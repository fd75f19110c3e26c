"""Whole outputs, kept as files. IMAGELINT_SNAPSHOTS=write writes them anew; look at the difference before it is
committed."""

from __future__ import annotations

import io
import os
from collections import ChainMap
from functools import cache
from pathlib import Path

import pytest

from imagelint.report.screen import cells
from imagelint.report.terminal import render
from imagelint.report.write import Texts
from tests.report import samples
from tests.report.cases import CASES, SECRETS, case, rules

FOLDER = Path(__file__).parent / "snapshots"
WIDTHS = (60, 80, 140)
WRITES = os.environ.get("IMAGELINT_SNAPSHOTS") == "write" and os.environ.get("IMAGELINT_TEST_ALL") != "1"


@cache
def output(name: str, width: int, quiet: bool = False) -> str:
    """What is shown of a report, with the texts of the real rules, and of those that the samples name."""
    out = io.StringIO()
    render(case(name), ChainMap(samples.RULES, Texts(rules(), whole=False)), out, width=width, quiet=quiet)  # type: ignore[arg-type]  # ChainMap wants what it writes to, and nobody writes
    return out.getvalue()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", CASES)
def test_whole_output(name: str, width: int) -> None:
    shown, file = output(name, width), FOLDER / f"{name}-{width}.txt"
    if WRITES:
        FOLDER.mkdir(exist_ok=True)
        file.write_text(shown, encoding="utf-8", newline="\n")
    assert shown == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 59, *WIDTHS])
@pytest.mark.parametrize("name", [name for name in CASES if name != "fixes"])
def test_no_line_is_wider_than_the_screen(name: str, width: int) -> None:
    # But for a diff, which has the lines of its file as they are.
    assert not [line for line in output(name, width).splitlines() if cells(line) > width]


@pytest.mark.parametrize("name", CASES)
def test_no_secret_is_shown(name: str) -> None:
    assert not [secret for secret in SECRETS if secret in output(name, 0)]


@pytest.mark.parametrize("name", CASES)
def test_quiet_shows_the_findings_and_the_holes_only(name: str) -> None:
    whole, quiet = output(name, 80).splitlines(), output(name, 80, quiet=True).splitlines()
    assert not [line for line in quiet if line.startswith(("next: ", "most often: ", "no findings"))]
    assert whole[: len(quiet)] == quiet


def test_every_snapshot_has_its_case() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {f"{name}-{width}.txt" for name in CASES for width in WIDTHS}
