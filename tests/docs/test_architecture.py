"""docs/architecture.md draws the stair that tools/check_house.py keeps, and speaks of files that are there."""

from __future__ import annotations

import re
import runpy

from tests.docs.blocks import REPOSITORY, blocks

STAIR = runpy.run_path(str(REPOSITORY / "tools/check_house.py"))["STAIR"]
PAGE = "docs/architecture.md"
STEP = re.compile(r'^  s(\d+)\["<b>([\w, ]+)</b><br>[^"]+"\]$', re.MULTILINE)


def test_the_picture_is_the_stair() -> None:
    """From the top down: a step more or less, or a room, is drawn where it is on the stair."""
    (block,) = (block for block in blocks(PAGE) if block.language == "mermaid")
    drawn = {int(number): tuple(rooms.split(", ")) for number, rooms in STEP.findall(block.text)}
    assert drawn == dict(enumerate(STAIR))
    chain = " --> ".join(f"s{number}" for number in reversed(range(len(STAIR))))
    assert block.text.rstrip("\n").split("\n")[-1].strip() == chain


def test_its_files_are_there() -> None:
    text = (REPOSITORY / PAGE).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:dockerfile|image|stream|secrets|engine|report|triage)/[\w/.]*)`", text))
    assert len(named) > 10
    assert [name for name in sorted(named) if not (REPOSITORY / "imagelint" / name).exists()] == []
