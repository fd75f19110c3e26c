"""A folder of ten thousand Dockerfiles, with all that people have lying about among them."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests import memory

MOST_MEMORY = 256
"""MiB; the budget of any run."""
COUNT = 10_000


def test_ten_thousand_dockerfiles_and_what_lies_between_them(tmp_path: Path) -> None:
    top = tmp_path / "top"
    for number in range(COUNT):
        folder = top / f"{number // 100:03}" / f"{number % 100:02}"
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text(f"FROM debian:12\nRUN cd /x{number} && sudo make\n")
    (top / "000" / "00" / ".dockerignore").write_text("[\n")
    (top / "000" / "00" / "Dockerfile").write_text("FROM debian:12\nCOPY . /srv/\n")
    (top / "000" / "01" / "Dockerfile").write_bytes("FROM debian:12\nMAINTAINER é\n".encode("utf-16"))
    (top / "000" / "02" / "Dockerfile").write_bytes(b"FROM debian:12\nMAINTAINER Ren\xe9\n")
    with (top / "huge.Dockerfile").open("wb") as huge:
        huge.truncate(200 << 20)
    os.mkfifo(top / "pipe.Dockerfile")
    (top / "loop.Dockerfile").symlink_to("loop.Dockerfile")
    (top / "round").symlink_to(top)
    (top / "gone.Dockerfile").symlink_to("/nowhere")
    output = tmp_path / "report.json"
    words = [
        "scan",
        str(top),
        "--no-config",
        "--no-progress",
        "--no-cache",
        "--format",
        "json",
        "--output",
        str(output),
    ]
    status, used = memory.run("from imagelint.cli import run\nimport sys\nprint(run(sys.argv[1:]), peak())", *words)
    assert status == 3
    report = json.loads(output.read_text())
    assert report["stats"]["dockerfiles"] == COUNT
    assert used < MOST_MEMORY
    missed, left = (
        sorted(skip["place"].rpartition("/")[2] for skip in report[key]) for key in ("incomplete", "limited")
    )
    assert missed == [".dockerignore:1", "huge.Dockerfile", "pipe.Dockerfile"]
    assert left == ["gone.Dockerfile", "loop.Dockerfile"]
    found = {finding["rule"] for finding in report["findings"]}
    assert found >= {"sudo", "cd-for-workdir", "unreadable-text"}
