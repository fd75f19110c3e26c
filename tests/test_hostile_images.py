"""Hostile images through the command, each in a process of its own: no crash, no hang, bounded memory, the case is
named, and the good layer beside is still read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile_images import CASES, KEY, Case
from tests.program import running
from tests.report.schemas import errors

LONGEST = 60
"""Seconds of a processor for each of them: it may have to share the machine."""
MOST_MEMORY = 512
"""MiB of address space for each, so that what asks for more fails."""
OF_REGISTRIES = {44, *range(51, 60)}
"""Cases in which the registry misbehaves, and no image: their tests start one."""
PROGRAM = f"""
import resource
import sys
resource.setrlimit(resource.RLIMIT_AS, ({MOST_MEMORY << 20}, {MOST_MEMORY << 20}))
resource.setrlimit(resource.RLIMIT_CPU, ({LONGEST}, {LONGEST}))
from imagelint.cli import main
main(sys.argv[1:])
"""


def test_every_case_of_the_catalogue_is_here(repository: Path) -> None:
    assert {int(case.name.partition("-")[0]) for case in CASES} == set(range(1, 61)) - OF_REGISTRIES
    assert len({case.name for case in CASES}) == len(CASES)
    texts = [path.read_text() for path in (repository / "tests" / "image").glob("test_registry_*.py")]
    assert {int(number) for text in texts for number in re.findall(r"def test_(\d\d)_", text)} == OF_REGISTRIES


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep to RLIMIT_AS")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_image(case: Case, tmp_path: Path, repository: Path) -> None:
    (tmp_path / "target").mkdir()
    target = str(case.make(tmp_path / "target"))
    before = sorted(tmp_path.rglob("*"))
    words = running(PROGRAM, "scan", "--no-config", "--no-progress", "--format", "json", target)
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=5 * LONGEST, cwd=repository)
    assert "Traceback" not in done.stderr
    report = json.loads(done.stdout)
    assert errors("json", report) == []
    assert sorted(tmp_path.rglob("*")) == before
    assert KEY.split("\n")[3] not in done.stdout + done.stderr
    told = [f"{skip['place']}: {skip['reason']}" for skip in (*report["incomplete"], *report["limited"])]
    assert not [text for text in told if "defect" in text]
    if case.said:
        assert any(case.said in text for text in told), told
    else:
        assert told == []
    assert bool(report["incomplete"]) == (case.incomplete and bool(case.said)), told
    assert done.returncode == (3 if report["incomplete"] else 1 if report["findings"] else 0)
    findings = [found for found in report["findings"] if found["rule"] == "pem-private-key"]
    places = {place.get("path", "") for found in findings for place in (found, *found.get("places", []))}
    assert places >= set(case.found), told
