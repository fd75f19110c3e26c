"""imagelint against the limit: the same OCI layout, the same number of threads, in turns, each in a process of its own.

usage: python bench/layers.py OCI_LAYOUT [--threads N] [--runs N] [--imagelint COMMAND]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from make_image import KEY_PATH
from measure import Run, median, run


def line(name: str, runs: list[Run], size: int) -> str:
    """One row: time, throughput, memory."""
    seconds = median(runs)
    best = min(one.seconds for one in runs)
    memory = max(one.memory for one in runs)
    return f"{name:12} {seconds:7.2f} s (best {best:.2f})  {size / 1e6 / seconds:6.0f} MB/s  peak {memory:5.0f} MiB"


def main() -> None:
    """Measure in turns and print the ratio."""
    parser = argparse.ArgumentParser(description="imagelint against the limit program on one OCI layout.")
    parser.add_argument("layout")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--imagelint", default="imagelint", help="the installed command")
    asked = parser.parse_args()
    threads = str(asked.threads)
    limit = [sys.executable, str(Path(__file__).with_name("layer_limit.py")), asked.layout, threads]
    scan = [asked.imagelint, "scan", f"oci:{asked.layout}", "--format", "json", "--no-config", "--no-progress"]
    scan += ["--jobs", threads]
    run(limit)  # the files into the page cache
    limits, ours = [], []
    for _ in range(asked.runs):
        limits.append(run(limit))
        ours.append(run(scan, allowed=(0, 1)))
    read = json.loads(limits[-1].output)
    report = json.loads(ours[-1].output)
    hits = [
        finding
        for finding in report["findings"]
        if finding.get("status") == "deleted" and finding.get("path") == KEY_PATH
    ]
    size = f"{read['layers']} gzip layers, {read['bytes'] / 1e6:.0f} MB uncompressed"
    print(f"{asked.layout}: {size}, {threads} threads, median of {asked.runs}")
    print(line("limit", limits, read["bytes"]))
    print(line("imagelint", ours, read["bytes"]))
    print(f"ratio        {median(ours) / median(limits):7.2f} (budget 2, aim 1.25); {len(report['findings'])} findings")
    if not hits:
        raise SystemExit(
            f"the key in {KEY_PATH}, deleted by the last layer, was not found: the measurement means nothing"
        )


if __name__ == "__main__":
    main()
