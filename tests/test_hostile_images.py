"""Hostile images through the command: no crash, no hang, bounded memory, the case is named, and the good layer beside
is still read."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.hostile_images import CASES, KEY, Case
from tests.memory import PEAK

LONGEST = 180
"""Seconds for all of them; each takes less than a few."""
MOST_MEMORY = 256
"""MiB, of the whole run."""
PROGRAM = f"""{PEAK}
import sys
from imagelint.cli import main
try:
    main(sys.argv[1:])
finally:
    print("PEAK", peak(), file=sys.stderr)
"""


@dataclass
class Scan:
    """One scan of all of them."""

    status: int
    report: dict[str, Any]
    memory: int
    targets: dict[str, str]

    def of(self, name: str, kind: str) -> list[dict[str, Any]]:
        """What the report says of a case."""
        return [item for item in self.report[kind] if item["target"] == self.targets[name]]


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Scan:
    if sys.platform != "linux":
        pytest.skip("peak memory is read from /proc")
    targets = {}
    for number, case in enumerate(CASES):
        folder = tmp_path_factory.mktemp(f"case{number}")
        targets[case.name] = str(case.make(folder))
    words = ["scan", "--no-config", "--no-progress", "--format", "json", *targets.values()]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], capture_output=True, check=False, timeout=LONGEST, cwd=repository
    )
    errors = done.stderr.decode()
    assert "Traceback" not in errors
    return Scan(done.returncode, json.loads(done.stdout), int(errors.rpartition("PEAK ")[2]), targets)


def test_all_of_them_end_in_bounded_memory(scan: Scan) -> None:
    assert scan.memory < MOST_MEMORY
    assert scan.status == 3
    assert not [hole for hole in scan.report["incomplete"] if "defect" in hole["reason"]]
    assert KEY.split("\n")[3] not in json.dumps(scan.report)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_image(case: Case, scan: Scan) -> None:
    holes, limits = scan.of(case.name, "incomplete"), scan.of(case.name, "limited")
    told = [f"{skip['place']}: {skip['reason']}" for skip in (*holes, *limits)]
    if case.said:
        assert any(case.said in text for text in told), told
        assert bool(holes) == case.incomplete, told
    else:
        assert told == []
    findings = [found for found in scan.of(case.name, "findings") if found["rule"] == "pem-private-key"]
    places = {place.get("path", "") for found in findings for place in (found, *found.get("places", []))}
    assert places >= set(case.found), told
