"""imagelint against the limit: the same OCI layout, as many layers at a time, in turns, each in a process of its own.

Twice: the layers alone, and with what is inside of their files (packages, archives, compressed files), which the limit
then decompresses too: the budget is of everything. At the end the same image again, by what --cache has kept of it.

usage: python bench/layers.py OCI_LAYOUT [--jobs N] [--runs N] [--imagelint COMMAND]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from make_image import KEY_PATH
from measure import Run, median, run


def line(name: str, runs: list[Run], size: int) -> str:
    """One row: time, throughput, memory."""
    seconds = median(runs)
    best = min(one.seconds for one in runs)
    memory = max(one.memory for one in runs)
    return f"{name:15} {seconds:7.2f} s (best {best:.2f})  {size / 1e6 / seconds:6.0f} MB/s  peak {memory:5.0f} MiB"


def in_turns(layout: str, jobs: str, scan: list[str], times: int) -> tuple[dict[str, list[Run]], dict[str, list[Run]]]:
    """The limit's runs and the scan's: "layers" for the layers alone, "inside" for all."""
    program = [sys.executable, str(Path(__file__).with_name("layer_limit.py")), layout, jobs]
    limit = {"layers": program, "inside": [*program, "--inside"]}
    ours = {"layers": [*scan, "--limit", "kept-archive=1"], "inside": scan}
    run(program)  # the files into the page cache
    with tempfile.TemporaryDirectory() as folder:
        first = run(scan, environment={**os.environ, "XDG_CACHE_HOME": folder}, allowed=(0, 1))
        print(f"a first run, which compiles the patterns that later ones find in the cache: {first.seconds:.2f} s")
    run(scan, allowed=(0, 1))
    limits: dict[str, list[Run]] = {name: [] for name in limit}
    runs: dict[str, list[Run]] = {name: [] for name in limit}
    for _ in range(times):
        for name in limit:
            limits[name].append(run(limit[name]))
            # 3: it says that it did not look inside
            runs[name].append(run(ours[name], allowed=(0, 1, 3)))
    return limits, runs


def again(scan: list[str], times: int) -> list[Run]:
    """Runs that find all results of an earlier one."""
    with tempfile.TemporaryDirectory() as folder:
        words = [*scan, "--cache", folder]
        run(words, allowed=(0, 1))
        return [run(words, allowed=(0, 1)) for _ in range(times)]


def main() -> None:
    """Measure in turns and print the ratios."""
    parser = argparse.ArgumentParser(description="imagelint against the limit program on one OCI layout.")
    parser.add_argument("layout")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--imagelint", default="imagelint", help="the installed command")
    asked = parser.parse_args()
    jobs = str(asked.jobs)
    words = ["scan", f"oci:{asked.layout}", "--format", "json", "--no-config", "--no-progress", "--jobs", jobs]
    limits, ours = in_turns(asked.layout, jobs, [asked.imagelint, *words], asked.runs)
    kept = again([asked.imagelint, *words], asked.runs)
    read, report = json.loads(limits["inside"][-1].output), json.loads(ours["inside"][-1].output)
    hits = [
        finding
        for finding in report["findings"]
        if finding.get("status") == "deleted" and finding.get("path") == KEY_PATH
    ]
    size = f"{read['layers']} gzip layers, {read['bytes'] / 1e6:.0f} MB uncompressed"
    print(f"{asked.layout}: {size}, {jobs} at a time, median of {asked.runs}")
    for name, inner in (("layers", 0), ("inside", read["inside"])):
        print(line(f"limit, {name}", limits[name], read["bytes"] + inner))
        print(line("imagelint", ours[name], read["bytes"] + inner))
        print(f"ratio           {median(ours[name]) / median(limits[name]):7.2f} (budget 2, aim 1.25)")
    print(f"the same again  {median(kept):7.2f} s (budget 0.5)")
    if json.loads(kept[-1].output)["findings"] != report["findings"]:
        raise SystemExit("what was kept gives other findings")
    print(f"findings        {len(report['findings'])}")
    if not hits:
        raise SystemExit(
            f"the key in {KEY_PATH}, deleted by the last layer, was not found: the measurement means nothing"
        )


if __name__ == "__main__":
    main()
