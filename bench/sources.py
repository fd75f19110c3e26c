"""One image through every source that needs no daemon, against the limit program, and against kingfisher if asked.

usage: python bench/sources.py OCI_LAYOUT:TAG [--jobs N] [--runs N] [--imagelint COMMAND] [--kingfisher COMMAND]

The image is read as an OCI layout (gzip layers), as the same layers in a registry on loopback (Debian's
docker-registry), and as an archive of `docker save` (uncompressed layers; skopeo makes it). The limit decompresses what
is inside of files too. kingfisher is PyPI's kingfisher-bin; it scans the archive once, with --no-limits, which takes
minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Run, median, run

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.registries import Registry  # the one that tests start


def line(name: str, runs: list[Run], size: int, limit: float) -> str:
    """One row: time, throughput, memory, ratio to the limit."""
    seconds, memory = median(runs), max(one.memory for one in runs)
    ratio = f"  {seconds / limit:5.2f} of the limit" if limit else ""
    return f"{name:14} {seconds:7.2f} s  {size / 1e6 / seconds:6.0f} MB/s  peak {memory:5.0f} MiB{ratio}"


def main() -> None:
    """Measure in turns and print the ratios."""
    parser = argparse.ArgumentParser(description="One image through OCI layout, registry and archive.")
    parser.add_argument("layout", help="FOLDER:TAG")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--imagelint", default="imagelint", help="the installed command")
    parser.add_argument("--kingfisher", help="its command; without it only imagelint is measured")
    asked = parser.parse_args()
    folder, _, tag = asked.layout.rpartition(":")
    jobs = str(asked.jobs)
    words = ["--format", "json", "--no-config", "--no-progress", "--jobs", jobs]
    with tempfile.TemporaryDirectory() as made, Registry(Path(made) / "registry") as registry:
        archive = f"{made}/image.tar"
        copy = ["/usr/bin/skopeo", "copy", "--quiet", "--insecure-policy", f"oci:{asked.layout}"]
        subprocess.run([*copy, f"docker-archive:{archive}:{tag}:1"], check=True)
        reference = registry.push(Path(folder), tag, "image:1")
        limit = [sys.executable, str(Path(__file__).with_name("layer_limit.py")), folder, jobs, "--inside"]
        targets = {
            "layout": f"oci:{asked.layout}",
            "registry": f"registry:{reference}",
            "archive": f"docker-archive:{archive}",
        }
        run(limit)  # the files into the page cache
        limits: list[Run] = []
        ours: dict[str, list[Run]] = {name: [] for name in targets}
        for _ in range(asked.runs):
            limits.append(run(limit))
            for name, target in targets.items():
                ours[name].append(run([asked.imagelint, "scan", target, *words], allowed=(0, 1)))
        theirs = []
        if asked.kingfisher:
            scan = [asked.kingfisher, "scan", "docker", "--archive", archive, "--no-limits", "--no-validate"]
            scan += ["--no-update-check", "--format", "json"]
            # It leaves with 200 and more when it found something.
            theirs.append(run(scan, allowed=(0, 200, 205), environment={**os.environ, "HOME": made}))
    size = int(json.loads(limits[-1].output)["bytes"])
    findings = {name: len(json.loads(runs[-1].output)["findings"]) for name, runs in ours.items()}
    print(f"{asked.layout}: {size / 1e6:.0f} MB uncompressed, {jobs} at a time, median of {asked.runs}")
    print(line("limit", limits, size, 0))
    for name, runs in ours.items():
        print(line(name, runs, size, median(limits)))
    print("budget         2 times the limit for gzip layers (layout, registry), 256 MiB")
    print(f"findings       {findings}")
    for one in theirs:
        print(line("kingfisher", [one], size, 0))
        print(f"ratio          {median(ours['archive']) / one.seconds:.3f} of kingfisher's time (budget 0.1)")
    if len(set(findings.values())) != 1:
        raise SystemExit("the sources do not give the same findings: the measurement means nothing")


if __name__ == "__main__":
    main()
